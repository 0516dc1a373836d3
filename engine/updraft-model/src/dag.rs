//! The serialised DAG: the one document that a bundle returns, the store keeps per version and everybody reads.
//!
//! Field names are Airflow's. Durations are seconds, times RFC 3339 in UTC. A field that is unknown is an error; one
//! that is absent has the default given here, which is Airflow's. A field that came later is left out where it has its
//! default, so that a newer program sees no new version in a DAG that did not change.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    Asset, AssetAlias, AssetExpression, AssetRef, CallbackEvent, CompatLevel, DagId, DeadlineSpec,
    ExpandInput, ParamSpec, Schedule, TaskGroupId, TaskId, TriggerRule,
};

/// A DAG as its source describes it: tasks, their order, and when it runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DagSpec {
    /// Its name, unique in the installation.
    pub dag_id: DagId,
    /// Which Airflow generation's meaning it has.
    #[serde(default)]
    pub compat: CompatLevel,
    /// One line for lists.
    #[serde(default)]
    pub description: Option<String>,
    /// Markdown for its page.
    #[serde(default)]
    pub doc_md: Option<String>,
    /// When it runs by itself; never, if absent.
    #[serde(default)]
    pub schedule: Schedule,
    /// The IANA name of the zone its cron expression is read in; `UTC` if absent.
    #[serde(default = "default_timezone")]
    pub timezone: String,
    /// No scheduled run has an earlier logical date.
    #[serde(default)]
    pub start_date: Option<Timestamp>,
    /// No scheduled run has a later logical date.
    #[serde(default)]
    pub end_date: Option<Timestamp>,
    /// Whether all runs since the start date are made up for; false if absent: only the latest. (What a DAG source that
    /// does not say it means, true in Airflow 2, is settled where the source is read.)
    #[serde(default)]
    pub catchup: bool,
    /// How many runs may be running at once; 16 if absent.
    #[serde(default = "default_max_active_runs")]
    pub max_active_runs: u32,
    /// How many tasks of all its runs may be queued or running at once (the argument `concurrency` of old); 16 if
    /// absent.
    #[serde(default = "default_max_active_tasks")]
    pub max_active_tasks: u32,
    /// A run that takes longer fails. Seconds.
    #[serde(default, with = "crate::seconds::optional")]
    pub dagrun_timeout: Option<Duration>,
    /// Words to find it by.
    #[serde(default)]
    pub tags: BTreeSet<String>,
    /// Default values of the run's parameters.
    #[serde(default)]
    pub params: Map<String, Value>,
    /// What else is known of parameters; one without a default must be given a value by each run.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub param_specs: BTreeMap<String, ParamSpec>,
    /// Whether it is paused when first seen; absent: as the installation is configured.
    #[serde(default)]
    pub is_paused_upon_creation: Option<bool>,
    /// Whether one failed task fails the whole run at once.
    #[serde(default)]
    pub fail_fast: bool,
    /// Whether rendered templates keep their type instead of becoming text.
    #[serde(default)]
    pub render_template_as_native_obj: bool,
    /// Which callbacks of its own its source has: for the success or failure of a run, and for tasks that miss their `sla`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub callbacks: BTreeSet<CallbackEvent>,
    /// By when its runs should have succeeded. Each has a callback in the source.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deadlines: Vec<DeadlineSpec>,
    /// Where it was found, for people.
    #[serde(default)]
    pub fileloc: String,
    /// Its tasks. The order is the source's and decides ties.
    pub tasks: Vec<TaskSpec>,
    /// Its task groups, parents before children.
    #[serde(default)]
    pub task_groups: Vec<TaskGroupSpec>,
}

fn default_timezone() -> String {
    "UTC".to_owned()
}

/// `[core] max_active_runs_per_dag` of Airflow 2.11.
const fn default_max_active_runs() -> u32 {
    16
}

/// `[core] max_active_tasks_per_dag` of Airflow 2.11.
const fn default_max_active_tasks() -> u32 {
    16
}

impl DagSpec {
    /// A DAG without tasks, with every other field at its default.
    pub fn new(dag_id: DagId) -> Self {
        Self {
            dag_id,
            compat: CompatLevel::default(),
            description: None,
            doc_md: None,
            schedule: Schedule::None,
            timezone: default_timezone(),
            start_date: None,
            end_date: None,
            catchup: false,
            max_active_runs: default_max_active_runs(),
            max_active_tasks: default_max_active_tasks(),
            dagrun_timeout: None,
            tags: BTreeSet::new(),
            params: Map::new(),
            param_specs: BTreeMap::new(),
            is_paused_upon_creation: None,
            fail_fast: false,
            render_template_as_native_obj: false,
            callbacks: BTreeSet::new(),
            deadlines: Vec::new(),
            fileloc: String::new(),
            tasks: Vec::new(),
            task_groups: Vec::new(),
        }
    }

    /// The owners of its tasks, each once, in alphabetical order.
    pub fn owners(&self) -> BTreeSet<&str> {
        self.tasks.iter().map(|task| task.owner.as_str()).collect()
    }

    /// Whether a task of it waits for the previous run.
    pub fn looks_back(&self) -> bool {
        self.tasks.iter().any(TaskSpec::looks_back)
    }

    /// How many of its newest runs its deadlines look at.
    pub fn runtimes_needed(&self) -> u32 {
        self.deadlines
            .iter()
            .map(DeadlineSpec::runs_needed)
            .max()
            .unwrap_or(0)
    }

    /// Every asset that its schedule waits for, or that a task of it updates or reads, with where it stands.
    pub fn assets(&self) -> impl Iterator<Item = (AssetUse<'_>, &Asset)> {
        let schedule = self
            .schedule
            .assets()
            .map_or_else(Vec::new, AssetExpression::assets);
        let schedule = schedule.into_iter().map(|asset| (AssetUse::Schedule, asset));
        let of_tasks = self.tasks.iter().flat_map(|task| {
            let outlets = task
                .outlets
                .iter()
                .map(|asset| (AssetUse::Outlet(&task.task_id), asset));
            let inlets = task
                .inlets
                .iter()
                .map(|asset| (AssetUse::Inlet(&task.task_id), asset));
            outlets.chain(inlets)
        });
        schedule.chain(of_tasks)
    }

    /// Every alias that its schedule waits for, or by which a task of it updates or reads assets, with where it stands.
    pub fn asset_aliases(&self) -> impl Iterator<Item = (AssetUse<'_>, &AssetAlias)> {
        let schedule = self
            .schedule
            .assets()
            .map_or_else(Vec::new, AssetExpression::aliases);
        let schedule = schedule.into_iter().map(|alias| (AssetUse::Schedule, alias));
        let of_tasks = self.tasks.iter().flat_map(|task| {
            let outlets = task
                .outlet_aliases
                .iter()
                .map(|alias| (AssetUse::Outlet(&task.task_id), alias));
            let inlets = task
                .inlet_aliases
                .iter()
                .map(|alias| (AssetUse::Inlet(&task.task_id), alias));
            outlets.chain(inlets)
        });
        schedule.chain(of_tasks)
    }

    /// Every reference to an asset in its schedule, and among what its tasks update or read, with where it stands.
    pub fn asset_refs(&self) -> impl Iterator<Item = (AssetUse<'_>, &AssetRef)> {
        let schedule = self
            .schedule
            .assets()
            .map_or_else(Vec::new, AssetExpression::refs);
        let schedule = schedule.into_iter().map(|asset| (AssetUse::Schedule, asset));
        let of_tasks = self.tasks.iter().flat_map(|task| {
            let outlets = task
                .outlet_refs
                .iter()
                .map(|asset| (AssetUse::Outlet(&task.task_id), asset));
            let inlets = task
                .inlet_refs
                .iter()
                .map(|asset| (AssetUse::Inlet(&task.task_id), asset));
            outlets.chain(inlets)
        });
        schedule.chain(of_tasks)
    }

    /// The task of that name.
    pub fn task(&self, task_id: &TaskId) -> Option<&TaskSpec> {
        self.tasks.iter().find(|task| task.task_id == *task_id)
    }

    /// The tasks of a task group and of the groups in it; `None` if there is no such group.
    pub fn tasks_of_group(&self, group_id: &TaskGroupId) -> Option<Vec<TaskId>> {
        let is_it = |group: &TaskGroupSpec| group.group_id == *group_id;
        let mut inside = BTreeSet::from([&self.task_groups.iter().find(|group| is_it(group))?.group_id]);
        // Parents come before children.
        for group in &self.task_groups {
            if group
                .parent
                .as_ref()
                .is_some_and(|parent| inside.contains(parent))
            {
                inside.insert(&group.group_id);
            }
        }
        let is_inside = |task: &&TaskSpec| {
            task.task_group
                .as_ref()
                .is_some_and(|group| inside.contains(group))
        };
        let tasks = self.tasks.iter().filter(is_inside);
        Some(tasks.map(|task| task.task_id.clone()).collect())
    }
}

/// Where a DAG names an asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AssetUse<'a> {
    /// Its schedule waits for it.
    Schedule,
    /// A task updates it.
    Outlet(&'a TaskId),
    /// A task reads it.
    Inlet(&'a TaskId),
}

impl fmt::Display for AssetUse<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Schedule => f.write_str("schedule"),
            Self::Outlet(task_id) => write!(f, "task `{task_id}`: outlets"),
            Self::Inlet(task_id) => write!(f, "task `{task_id}`: inlets"),
        }
    }
}

/// How a task's priority weight takes its neighbours into account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightRule {
    /// Its own weight and those of all tasks after it. The default: long chains first.
    #[default]
    Downstream,
    /// Its own weight and those of all tasks before it: runs are finished rather than begun.
    Upstream,
    /// Its own weight alone.
    Absolute,
}

/// A task as its DAG describes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskSpec {
    /// Its name, unique in the DAG.
    pub task_id: TaskId,
    /// The class or kind of task that people see, e.g. `RustOperator`.
    pub operator: String,
    /// Whether it does nothing at all, so that it succeeds without a process (`EmptyOperator` without callbacks
    /// for its start and success).
    #[serde(default)]
    pub is_empty: bool,
    /// The tasks directly before it.
    #[serde(default)]
    pub upstream_task_ids: BTreeSet<TaskId>,
    /// Which ends of those let it run.
    #[serde(default)]
    pub trigger_rule: TriggerRule,
    /// Who looks after it; `airflow` if absent.
    #[serde(default = "default_owner")]
    pub owner: String,
    /// How many further tries it has after the first; 0 if absent.
    #[serde(default)]
    pub retries: u32,
    /// The wait between two tries; 300 seconds if absent.
    #[serde(default = "default_retry_delay", with = "crate::seconds")]
    pub retry_delay: Duration,
    /// Whether that wait doubles with each try.
    #[serde(default)]
    pub retry_exponential_backoff: bool,
    /// By what it is multiplied with each try instead; Airflow 3's `retry_exponential_backoff` as a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_backoff_factor: Option<f64>,
    /// The longest such wait. Seconds.
    #[serde(default, with = "crate::seconds::optional")]
    pub max_retry_delay: Option<Duration>,
    /// An attempt that takes longer is ended and counts as failed. Seconds.
    #[serde(default, with = "crate::seconds::optional")]
    pub execution_timeout: Option<Duration>,
    /// It should have succeeded so long after the period of its run is over. Seconds.
    #[serde(
        default,
        with = "crate::seconds::optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub sla: Option<Duration>,
    /// Whether it waits until the same task of the previous run has succeeded or was skipped.
    #[serde(default)]
    pub depends_on_past: bool,
    /// With `depends_on_past`: whether a run counts as the task's first if the run before did not have the task; true if
    /// absent, as in Airflow 2. If not, the task waits there.
    #[serde(default = "default_true", skip_serializing_if = "is_true")]
    pub ignore_first_depends_on_past: bool,
    /// Whether it waits, beside that, until the tasks directly after it have succeeded or were skipped in the previous
    /// run. Implies `depends_on_past`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub wait_for_downstream: bool,
    /// With `depends_on_past`: whether it waits for the run before also where it is to be skipped.
    #[serde(default, skip_serializing_if = "is_false")]
    pub wait_for_past_depends_before_skipping: bool,
    /// The pool it takes slots from; `default_pool` if absent.
    #[serde(default = "default_pool")]
    pub pool: String,
    /// How many slots of the pool it takes; 1 if absent.
    #[serde(default = "default_pool_slots")]
    pub pool_slots: u32,
    /// How many attempts at it may be queued or running at once, in all runs of the DAG; any number if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_active_tis_per_dag: Option<u32>,
    /// The same in one run, which matters where a mapped task has many copies there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_active_tis_per_dagrun: Option<u32>,
    /// The executor's queue it goes to; `default` if absent.
    #[serde(default = "default_queue")]
    pub queue: String,
    /// Its own weight: of two tasks that could run, the one with more goes first; 1 if absent.
    #[serde(default = "default_priority_weight")]
    pub priority_weight: i64,
    /// How that weight takes the neighbours into account.
    #[serde(default)]
    pub weight_rule: WeightRule,
    /// Whether a mail is sent when it fails; true if absent.
    #[serde(default = "default_true")]
    pub email_on_failure: bool,
    /// Whether a mail is sent when it will be tried again; true if absent.
    #[serde(default = "default_true")]
    pub email_on_retry: bool,
    /// Where those mails go.
    #[serde(default)]
    pub email: Vec<String>,
    /// Markdown for its page.
    #[serde(default)]
    pub doc_md: Option<String>,
    /// The group it is in.
    #[serde(default)]
    pub task_group: Option<TaskGroupId>,
    /// Whether it prepares something that a teardown takes away.
    #[serde(default)]
    pub is_setup: bool,
    /// Whether it takes away what a setup prepared; the run's state does not depend on it then.
    #[serde(default)]
    pub is_teardown: bool,
    /// Of a teardown: whether its failure fails the run all the same.
    #[serde(default)]
    pub on_failure_fail_dagrun: bool,
    /// What it is mapped over: it has a copy for each item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expand_input: Option<ExpandInput>,
    /// What its copies are called; rendered at the end of an attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map_index_template: Option<String>,
    /// Which callbacks its source has for it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub callbacks: BTreeSet<CallbackEvent>,
    /// The assets that it updates: each of its successes is an event of each of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outlets: Vec<Asset>,
    /// The assets that it reads, for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inlets: Vec<Asset>,
    /// The aliases by which it may say what it has updated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outlet_aliases: Vec<AssetAlias>,
    /// The aliases whose assets it reads, for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inlet_aliases: Vec<AssetAlias>,
    /// References to assets that it updates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outlet_refs: Vec<AssetRef>,
    /// References to assets that it reads, for people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inlet_refs: Vec<AssetRef>,
}

fn default_owner() -> String {
    "airflow".to_owned()
}

/// `[core] default_task_retry_delay` of Airflow 2.11.
const fn default_retry_delay() -> Duration {
    Duration::from_mins(5)
}

fn default_pool() -> String {
    crate::Pool::DEFAULT.to_owned()
}

const fn default_pool_slots() -> u32 {
    1
}

fn default_queue() -> String {
    "default".to_owned()
}

const fn default_priority_weight() -> i64 {
    1
}

const fn default_true() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
const fn is_true(value: &bool) -> bool {
    *value
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
const fn is_false(value: &bool) -> bool {
    !*value
}

impl TaskSpec {
    /// A task without upstreams, with every other field at its default.
    pub fn new(task_id: TaskId, operator: &str) -> Self {
        Self {
            task_id,
            operator: operator.to_owned(),
            is_empty: false,
            upstream_task_ids: BTreeSet::new(),
            trigger_rule: TriggerRule::default(),
            owner: default_owner(),
            retries: 0,
            retry_delay: default_retry_delay(),
            retry_exponential_backoff: false,
            retry_backoff_factor: None,
            max_retry_delay: None,
            execution_timeout: None,
            sla: None,
            depends_on_past: false,
            ignore_first_depends_on_past: true,
            wait_for_downstream: false,
            wait_for_past_depends_before_skipping: false,
            pool: default_pool(),
            pool_slots: default_pool_slots(),
            max_active_tis_per_dag: None,
            max_active_tis_per_dagrun: None,
            queue: default_queue(),
            priority_weight: default_priority_weight(),
            weight_rule: WeightRule::default(),
            email_on_failure: true,
            email_on_retry: true,
            email: Vec::new(),
            doc_md: None,
            task_group: None,
            is_setup: false,
            is_teardown: false,
            on_failure_fail_dagrun: false,
            expand_input: None,
            map_index_template: None,
            callbacks: BTreeSet::new(),
            outlets: Vec::new(),
            inlets: Vec::new(),
            outlet_aliases: Vec::new(),
            inlet_aliases: Vec::new(),
            outlet_refs: Vec::new(),
            inlet_refs: Vec::new(),
        }
    }

    /// Whether it succeeds without an attempt. One with outlets has one, whose events they are; so it is in Airflow.
    pub const fn needs_no_attempt(&self) -> bool {
        self.is_empty && self.outlets.is_empty()
    }

    /// Whether it waits for the previous run: `depends_on_past`, or `wait_for_downstream`, which implies it.
    pub const fn looks_back(&self) -> bool {
        self.depends_on_past || self.wait_for_downstream
    }
}

/// A named group of tasks, for people; it may be inside another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskGroupSpec {
    /// Its name, unique in the DAG.
    pub group_id: TaskGroupId,
    /// The group around it.
    #[serde(default)]
    pub parent: Option<TaskGroupId>,
    /// Whether its tasks' ids begin with its own; true if absent.
    #[serde(default = "default_true")]
    pub prefix_group_id: bool,
    /// A sentence shown with it.
    #[serde(default)]
    pub tooltip: String,
    /// What it is mapped over: all its tasks have a copy for each item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expand_input: Option<ExpandInput>,
}

impl TaskGroupSpec {
    /// A group at the top of the DAG.
    pub fn new(group_id: TaskGroupId) -> Self {
        Self {
            group_id,
            parent: None,
            prefix_group_id: true,
            tooltip: String::new(),
            expand_input: None,
        }
    }
}
