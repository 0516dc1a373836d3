//! A DAG that has been checked, and everything that is compiled from it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::{
    AssetNames, AssetProblem, AssetUse, DagGraph, DagId, DagSpec, MapScopes, NoMatchingDate, ParamError,
    Schedule, TaskGroupId, TaskId, TimeRestriction, Timetable, TimetableError, TriggerRule,
};

/// What is wrong with a DAG. Its source has to be changed; trying again does not help.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DagError {
    /// Two tasks have one id.
    #[error("dag `{dag_id}`: task_id `{task_id}` occurs twice, ids must be unique in a dag")]
    DuplicateTask {
        /// The DAG.
        dag_id: DagId,
        /// The repeated id.
        task_id: TaskId,
    },
    /// A task comes after one that does not exist.
    #[error("dag `{dag_id}`: task `{task_id}` has upstream `{upstream}`, which is no task of the dag")]
    UnknownUpstream {
        /// The DAG.
        dag_id: DagId,
        /// The task.
        task_id: TaskId,
        /// The missing upstream.
        upstream: TaskId,
    },
    /// Tasks wait for each other.
    #[error("dag `{dag_id}` has a cycle: {}", Cycle(cycle))]
    Cycle {
        /// The DAG.
        dag_id: DagId,
        /// The tasks of the cycle in order, the first one again at the end.
        cycle: Vec<TaskId>,
    },
    /// Two task groups have one id, or a group has the id of a task.
    #[error(
        "dag `{dag_id}`: group_id `{group_id}` occurs twice, ids of groups and tasks must be unique in a dag"
    )]
    DuplicateGroup {
        /// The DAG.
        dag_id: DagId,
        /// The repeated id.
        group_id: TaskGroupId,
    },
    /// A task or group is in a group that does not exist, or that stands after it.
    #[error("dag `{dag_id}`: `{member}` is in task group `{group_id}`, which is not declared before it")]
    UnknownGroup {
        /// The DAG.
        dag_id: DagId,
        /// The task or group.
        member: String,
        /// The missing group.
        group_id: TaskGroupId,
    },
    /// The schedule or the zone is wrong.
    #[error("dag `{dag_id}`: {problem}")]
    Schedule {
        /// The DAG.
        dag_id: DagId,
        /// What is wrong with it.
        problem: TimetableError,
    },
    /// The schedule never comes true.
    #[error("dag `{dag_id}`: schedule: {problem}")]
    NeverDue {
        /// The DAG.
        dag_id: DagId,
        /// The expression, and where it was looked for.
        problem: NoMatchingDate,
    },
    /// It has a schedule but no start date, which Airflow 2 does not allow.
    #[error("dag `{dag_id}` has a schedule but no start_date, add one")]
    MissingStartDate {
        /// The DAG.
        dag_id: DagId,
    },
    /// A continuous DAG may have more than one run at once.
    #[error("dag `{dag_id}`: schedule `@continuous` needs max_active_runs 1, it is {max_active_runs}")]
    ContinuousRuns {
        /// The DAG.
        dag_id: DagId,
        /// What it has.
        max_active_runs: u32,
    },
    /// The timetable allows fewer runs at once than the DAG.
    #[error(
        "dag `{dag_id}`: timetable `{timetable}` allows max_active_runs {limit} at most, it is {max_active_runs}"
    )]
    TimetableRuns {
        /// The DAG.
        dag_id: DagId,
        /// What the timetable is called.
        timetable: String,
        /// What it allows.
        limit: u32,
        /// What the DAG has.
        max_active_runs: u32,
    },
    /// A task is a setup and a teardown.
    #[error("dag `{dag_id}`: task `{task_id}` is a setup and a teardown, it can only be one of them")]
    SetupAndTeardown {
        /// The DAG.
        dag_id: DagId,
        /// The task.
        task_id: TaskId,
    },
    /// A task that is no teardown is to fail the run if it fails.
    #[error("dag `{dag_id}`: task `{task_id}` has on_failure_fail_dagrun but is no teardown")]
    NotATeardown {
        /// The DAG.
        dag_id: DagId,
        /// The task.
        task_id: TaskId,
    },
    /// A task directly after a setup could run although the setup failed.
    #[error(
        "dag `{dag_id}`: task `{task_id}` comes directly after setup `{setup}` and has trigger rule `{rule}`, it must be `all_success` there"
    )]
    RuleAfterSetup {
        /// The DAG.
        dag_id: DagId,
        /// The task.
        task_id: TaskId,
        /// The setup.
        setup: TaskId,
        /// The task's rule.
        rule: TriggerRule,
    },
    /// A task of a `fail_fast` DAG could run after a failure.
    #[error(
        "dag `{dag_id}` is fail_fast: task `{task_id}` has trigger rule `{rule}`, it must be `all_success`, or `all_done_setup_success` for a teardown"
    )]
    RuleInFailFast {
        /// The DAG.
        dag_id: DagId,
        /// The task.
        task_id: TaskId,
        /// The task's rule.
        rule: TriggerRule,
    },
    /// Something is mapped without a word about over what.
    #[error("dag `{dag_id}`: {owner} has an expand without arguments, give it something to map over")]
    MapsNothing {
        /// The DAG.
        dag_id: DagId,
        /// The task or task group.
        owner: String,
    },
    /// An argument of an expand occurs twice.
    #[error("dag `{dag_id}`: {owner} is mapped over argument `{argument}` twice")]
    MapsTwice {
        /// The DAG.
        dag_id: DagId,
        /// The task or task group.
        owner: String,
        /// The argument.
        argument: String,
    },
    /// Something is mapped over a value without items.
    #[error(
        "dag `{dag_id}`: {owner} cannot be mapped over `{argument}`: it is of type `{found}`, not {wanted}"
    )]
    NotMappable {
        /// The DAG.
        dag_id: DagId,
        /// The task or task group.
        owner: String,
        /// The argument.
        argument: String,
        /// What it is.
        found: &'static str,
        /// What it must be.
        wanted: &'static str,
    },
    /// Something is mapped over the result of a task that does not exist.
    #[error(
        "dag `{dag_id}`: {owner} is mapped over the result of `{source_task}`, which is no task of the dag"
    )]
    UnknownMapSource {
        /// The DAG.
        dag_id: DagId,
        /// The task or task group.
        owner: String,
        /// The missing task.
        source_task: TaskId,
    },
    /// A task does not come after the one that decides how many copies it has.
    #[error(
        "dag `{dag_id}`: task `{task_id}` is mapped over the result of `{source_task}`, so it must come directly after it"
    )]
    NotAfterMapSource {
        /// The DAG.
        dag_id: DagId,
        /// The task, or the first one in its group.
        task_id: TaskId,
        /// The task that it is mapped over.
        source_task: TaskId,
    },
    /// Something in a mapped group is mapped itself.
    #[error(
        "dag `{dag_id}`: `{member}` is mapped and stands in task group `{group_id}`, which is mapped too; only one of them can be"
    )]
    NestedMapping {
        /// The DAG.
        dag_id: DagId,
        /// The task or group inside.
        member: String,
        /// The mapped group around it.
        group_id: TaskGroupId,
    },
    /// A literal has too many items.
    #[error(
        "dag `{dag_id}`: {owner} would have {copies} copies, at most {} are possible",
        crate::COPIES_MAX
    )]
    TooManyCopies {
        /// The DAG.
        dag_id: DagId,
        /// The task or task group.
        owner: String,
        /// How many.
        copies: u64,
    },
    /// The schema of a parameter is none.
    #[error(transparent)]
    ParamSchema(ParamError),
    /// A DAG with a schedule has a parameter without a default that fits.
    #[error("{0}; the dag has a schedule, and scheduled runs have the default")]
    ScheduledParam(ParamError),
    /// An asset cannot be used, or the schedule says nothing sensible about assets.
    #[error("dag `{dag_id}`: {field}: {problem}")]
    Asset {
        /// The DAG.
        dag_id: DagId,
        /// Where the asset stands: `schedule`, or a task's `outlets` or `inlets`.
        field: String,
        /// What is wrong.
        problem: AssetProblem,
    },
    /// A number that must be 1 or more is 0.
    #[error("dag `{dag_id}`: {owner}{field} is 0, it must be 1 or more")]
    Zero {
        /// The DAG.
        dag_id: DagId,
        /// Empty, or which task has it.
        owner: String,
        /// The argument.
        field: &'static str,
    },
}

struct Cycle<'a>(&'a [TaskId]);

impl fmt::Display for Cycle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, task_id) in self.0.iter().enumerate() {
            write!(f, "{}`{task_id}`", if at == 0 { "" } else { " >> " })?;
        }
        Ok(())
    }
}

/// A DAG that has been checked, with its graph and timetable. Made by [`DagSpec::validate`].
#[derive(Debug, Clone)]
pub struct ValidDag {
    spec: Arc<DagSpec>,
    graph: DagGraph,
    mapping: MapScopes,
    timetable: Timetable,
}

impl DagSpec {
    /// Checks the DAG and compiles its graph and timetable.
    ///
    /// # Errors
    /// The first thing that is wrong with it, with the names of DAG, task and argument.
    pub fn validate(self: Arc<Self>) -> Result<ValidDag, DagError> {
        check_limits(&self)?;
        check_groups(&self)?;
        let graph = DagGraph::compile(&self)?;
        let mapping = MapScopes::find(&self, &graph)?;
        check_setups(&self, &graph)?;
        check_fail_fast(&self)?;
        check_params(&self)?;
        check_assets(&self)?;
        let timetable = compile_timetable(&self)?;
        Ok(ValidDag {
            spec: self,
            graph,
            mapping,
            timetable,
        })
    }
}

impl ValidDag {
    /// The DAG as its source describes it.
    pub fn spec(&self) -> &Arc<DagSpec> {
        &self.spec
    }

    /// Its graph.
    pub fn graph(&self) -> &DagGraph {
        &self.graph
    }

    /// Which of its tasks are mapped.
    pub fn mapping(&self) -> &MapScopes {
        &self.mapping
    }

    /// When it runs.
    pub fn timetable(&self) -> &Timetable {
        &self.timetable
    }

    /// Its start date, end date and catchup, as the timetable wants them.
    pub fn time_restriction(&self) -> TimeRestriction {
        TimeRestriction {
            earliest: self.spec.start_date,
            latest: self.spec.end_date,
            catchup: self.spec.catchup,
        }
    }
}

fn check_limits(spec: &DagSpec) -> Result<(), DagError> {
    let zero = |owner: String, field| DagError::Zero {
        dag_id: spec.dag_id.clone(),
        owner,
        field,
    };
    if spec.max_active_runs == 0 {
        return Err(zero(String::new(), "max_active_runs"));
    }
    if spec.max_active_tasks == 0 {
        return Err(zero(String::new(), "max_active_tasks"));
    }
    if *spec.schedule.by_time() == Schedule::Continuous && spec.max_active_runs > 1 {
        return Err(DagError::ContinuousRuns {
            dag_id: spec.dag_id.clone(),
            max_active_runs: spec.max_active_runs,
        });
    }
    let custom = spec.schedule.custom();
    let limit = custom.and_then(|timetable| Some((timetable, timetable.active_runs_limit?)));
    if let Some((timetable, limit)) = limit.filter(|(_, limit)| spec.max_active_runs > *limit) {
        return Err(DagError::TimetableRuns {
            dag_id: spec.dag_id.clone(),
            timetable: timetable.summary.clone(),
            limit,
            max_active_runs: spec.max_active_runs,
        });
    }
    for task in &spec.tasks {
        let limits = [
            (Some(task.pool_slots), "pool_slots"),
            (task.max_active_tis_per_dag, "max_active_tis_per_dag"),
            (task.max_active_tis_per_dagrun, "max_active_tis_per_dagrun"),
        ];
        if let Some((_, field)) = limits.into_iter().find(|(limit, _)| *limit == Some(0)) {
            return Err(zero(format!("task `{}`: ", task.task_id), field));
        }
    }
    Ok(())
}

/// Source: `DAG.validate_setup_teardown` of Airflow 2.11.
fn check_setups(spec: &DagSpec, graph: &DagGraph) -> Result<(), DagError> {
    for (task, index) in spec.tasks.iter().zip(graph.tasks()) {
        let (dag_id, task_id) = (spec.dag_id.clone(), task.task_id.clone());
        if task.is_setup && task.is_teardown {
            return Err(DagError::SetupAndTeardown { dag_id, task_id });
        }
        if task.on_failure_fail_dagrun && !task.is_teardown {
            return Err(DagError::NotATeardown { dag_id, task_id });
        }
        let has_own_rule = !task.is_teardown && task.trigger_rule != TriggerRule::AllSuccess;
        let mut upstreams = graph.upstreams(index).iter().map(|task| &spec.tasks[task.at()]);
        if let Some(setup) = upstreams.find(|upstream| has_own_rule && upstream.is_setup) {
            return Err(DagError::RuleAfterSetup {
                dag_id,
                task_id,
                setup: setup.task_id.clone(),
                rule: task.trigger_rule,
            });
        }
    }
    Ok(())
}

/// Source: `FailStopDagInvalidTriggerRule` of Airflow 2.11.
fn check_fail_fast(spec: &DagSpec) -> Result<(), DagError> {
    let allowed = [TriggerRule::AllSuccess, TriggerRule::AllDoneSetupSuccess];
    let wrong = |task: &&crate::TaskSpec| spec.fail_fast && !allowed.contains(&task.trigger_rule);
    match spec.tasks.iter().find(wrong) {
        Some(task) => Err(DagError::RuleInFailFast {
            dag_id: spec.dag_id.clone(),
            task_id: task.task_id.clone(),
            rule: task.trigger_rule,
        }),
        None => Ok(()),
    }
}

/// Without a schedule a default that does not fit is a way to demand a value of each run. Source:
/// `DAG.validate_schedule_and_params` of Airflow 2.11.
fn check_params(spec: &DagSpec) -> Result<(), DagError> {
    spec.check_param_schemas().map_err(DagError::ParamSchema)?;
    if spec.schedule.can_be_scheduled() {
        spec.params_with(&serde_json::Map::new())
            .map_err(DagError::ScheduledParam)?;
    }
    Ok(())
}

fn check_assets(spec: &DagSpec) -> Result<(), DagError> {
    let wrong = |place: AssetUse<'_>, problem| DagError::Asset {
        dag_id: spec.dag_id.clone(),
        field: place.to_string(),
        problem,
    };
    if let Some(assets) = spec.schedule.assets() {
        assets
            .check()
            .map_err(|problem| wrong(AssetUse::Schedule, problem))?;
    }
    let mut names = AssetNames::default();
    for (place, asset) in spec.assets() {
        asset.check().map_err(|problem| wrong(place, problem))?;
        names.add(asset).map_err(|problem| wrong(place, problem))?;
    }
    for (place, alias) in spec.asset_aliases() {
        alias.check().map_err(|problem| wrong(place, problem))?;
    }
    for (place, asset) in spec.asset_refs() {
        asset.check().map_err(|problem| wrong(place, problem))?;
    }
    Ok(())
}

fn check_groups(spec: &DagSpec) -> Result<(), DagError> {
    let unknown = |member: &str, group_id: &TaskGroupId| DagError::UnknownGroup {
        dag_id: spec.dag_id.clone(),
        member: member.to_owned(),
        group_id: group_id.clone(),
    };
    let duplicate = |group_id: &TaskGroupId| DagError::DuplicateGroup {
        dag_id: spec.dag_id.clone(),
        group_id: group_id.clone(),
    };
    let mut known: BTreeMap<&str, &TaskGroupId> = BTreeMap::new();
    for group in &spec.task_groups {
        if let Some(parent) = group
            .parent
            .as_ref()
            .filter(|parent| !known.contains_key(parent.as_str()))
        {
            return Err(unknown(group.group_id.as_str(), parent));
        }
        if known.insert(group.group_id.as_str(), &group.group_id).is_some() {
            return Err(duplicate(&group.group_id));
        }
    }
    for task in &spec.tasks {
        if let Some(group_id) = known.get(task.task_id.as_str()) {
            return Err(duplicate(group_id));
        }
        if let Some(group_id) = task
            .task_group
            .as_ref()
            .filter(|id| !known.contains_key(id.as_str()))
        {
            return Err(unknown(task.task_id.as_str(), group_id));
        }
    }
    Ok(())
}

fn compile_timetable(spec: &DagSpec) -> Result<Timetable, DagError> {
    let dag_id = || spec.dag_id.clone();
    let timetable =
        Timetable::compile(&spec.schedule, &spec.timezone, spec.dag_id.as_str()).map_err(|problem| {
            DagError::Schedule {
                dag_id: dag_id(),
                problem,
            }
        })?;
    match spec.start_date {
        Some(start) => {
            timetable
                .ever_matches(start)
                .map_err(|problem| DagError::NeverDue {
                    dag_id: dag_id(),
                    problem,
                })?;
        }
        None if spec.compat.wants_start_date() && spec.schedule.by_time().can_be_scheduled() => {
            return Err(DagError::MissingStartDate { dag_id: dag_id() });
        }
        None => {}
    }
    Ok(timetable)
}
