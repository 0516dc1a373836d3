//! Arguments that the bundle file sets for every task.

use std::time::Duration;

use updraft_model::{CompatLevel, DagSpec, TaskSpec, UnknownTriggerRule, WeightRule};

use super::document::{Entry, ManifestError, Table};

/// `[default_args]` of a bundle file: arguments that replace those of every task in the bundle.
///
/// The names are Airflow's. Unlike the `default_args` of a DAG these also win over what a task sets itself: they are
/// the last word of the person who runs the installation.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TaskOverrides {
    owner: Option<String>,
    retries: Option<u32>,
    retry_delay: Option<Duration>,
    retry_exponential_backoff: Option<bool>,
    max_retry_delay: Option<Duration>,
    execution_timeout: Option<Duration>,
    depends_on_past: Option<bool>,
    ignore_first_depends_on_past: Option<bool>,
    wait_for_downstream: Option<bool>,
    wait_for_past_depends_before_skipping: Option<bool>,
    /// As written; what it means is up to the compat level of each DAG.
    trigger_rule: Option<String>,
    pool: Option<String>,
    pool_slots: Option<u32>,
    queue: Option<String>,
    priority_weight: Option<i64>,
    weight_rule: Option<WeightRule>,
    email: Option<Vec<String>>,
    email_on_failure: Option<bool>,
    email_on_retry: Option<bool>,
}

const KEYS: [&str; 19] = [
    "owner",
    "retries",
    "retry_delay",
    "retry_exponential_backoff",
    "max_retry_delay",
    "execution_timeout",
    "depends_on_past",
    "ignore_first_depends_on_past",
    "wait_for_downstream",
    "wait_for_past_depends_before_skipping",
    "trigger_rule",
    "pool",
    "pool_slots",
    "queue",
    "priority_weight",
    "weight_rule",
    "email",
    "email_on_failure",
    "email_on_retry",
];

impl TaskOverrides {
    pub(super) fn read(mut table: Table<'_, '_>) -> Result<Self, ManifestError> {
        table.check_keys(&KEYS)?;
        let table = &mut table;
        Ok(Self {
            owner: table.read("owner", Entry::text)?,
            retries: table.read("retries", Entry::integer)?,
            retry_delay: table.read("retry_delay", Entry::duration)?,
            retry_exponential_backoff: table.read("retry_exponential_backoff", Entry::boolean)?,
            max_retry_delay: table.read("max_retry_delay", Entry::duration)?,
            execution_timeout: table.read("execution_timeout", Entry::duration)?,
            depends_on_past: table.read("depends_on_past", Entry::boolean)?,
            ignore_first_depends_on_past: table.read("ignore_first_depends_on_past", Entry::boolean)?,
            wait_for_downstream: table.read("wait_for_downstream", Entry::boolean)?,
            wait_for_past_depends_before_skipping: table
                .read("wait_for_past_depends_before_skipping", Entry::boolean)?,
            trigger_rule: table.read("trigger_rule", trigger_rule)?,
            pool: table.read("pool", Entry::text)?,
            pool_slots: table.read("pool_slots", Entry::integer)?,
            queue: table.read("queue", Entry::text)?,
            priority_weight: table.read("priority_weight", Entry::integer)?,
            weight_rule: table.read("weight_rule", weight_rule)?,
            email: table.read("email", Entry::texts)?,
            email_on_failure: table.read("email_on_failure", Entry::boolean)?,
            email_on_retry: table.read("email_on_retry", Entry::boolean)?,
        })
    }

    /// Sets the arguments in every task of a DAG.
    ///
    /// # Errors
    /// The trigger rule is none at the compat level of the DAG; the DAG is of no use then.
    pub fn apply(&self, dag: &mut DagSpec) -> Result<(), UnknownTriggerRule> {
        let rule = self
            .trigger_rule
            .as_deref()
            .map(|name| dag.compat.trigger_rule(name));
        let rule = rule.transpose()?;
        for task in &mut dag.tasks {
            self.apply_to(task);
            task.trigger_rule = rule.unwrap_or(task.trigger_rule);
        }
        Ok(())
    }

    fn apply_to(&self, task: &mut TaskSpec) {
        fn set<T: Clone>(target: &mut T, value: Option<&T>) {
            if let Some(value) = value {
                target.clone_from(value);
            }
        }
        set(&mut task.owner, self.owner.as_ref());
        set(&mut task.retries, self.retries.as_ref());
        set(&mut task.retry_delay, self.retry_delay.as_ref());
        set(
            &mut task.retry_exponential_backoff,
            self.retry_exponential_backoff.as_ref(),
        );
        task.max_retry_delay = self.max_retry_delay.or(task.max_retry_delay);
        task.execution_timeout = self.execution_timeout.or(task.execution_timeout);
        set(&mut task.depends_on_past, self.depends_on_past.as_ref());
        set(
            &mut task.ignore_first_depends_on_past,
            self.ignore_first_depends_on_past.as_ref(),
        );
        set(&mut task.wait_for_downstream, self.wait_for_downstream.as_ref());
        set(
            &mut task.wait_for_past_depends_before_skipping,
            self.wait_for_past_depends_before_skipping.as_ref(),
        );
        set(&mut task.pool, self.pool.as_ref());
        set(&mut task.pool_slots, self.pool_slots.as_ref());
        set(&mut task.queue, self.queue.as_ref());
        set(&mut task.priority_weight, self.priority_weight.as_ref());
        set(&mut task.weight_rule, self.weight_rule.as_ref());
        set(&mut task.email, self.email.as_ref());
        set(&mut task.email_on_failure, self.email_on_failure.as_ref());
        set(&mut task.email_on_retry, self.email_on_retry.as_ref());
    }
}

fn trigger_rule(entry: Entry<'_, '_>) -> Result<String, ManifestError> {
    let wrong = entry.error("is no trigger rule, the default is `all_success`");
    let name = entry.text()?;
    let is_one = |level: CompatLevel| level.trigger_rule(&name).is_ok();
    if is_one(CompatLevel::Two) || is_one(CompatLevel::Three) {
        Ok(name)
    } else {
        Err(wrong)
    }
}

fn weight_rule(entry: Entry<'_, '_>) -> Result<WeightRule, ManifestError> {
    let wrong = entry.error("is no weight rule, known are `downstream`, `upstream` and `absolute`");
    match entry.text()?.as_str() {
        "downstream" => Ok(WeightRule::Downstream),
        "upstream" => Ok(WeightRule::Upstream),
        "absolute" => Ok(WeightRule::Absolute),
        _ => Err(wrong),
    }
}
