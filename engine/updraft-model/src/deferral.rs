//! Deferral: a task that waits without a process, what ends its wait, and how it goes on after that.
//!
//! The names are Airflow's: a task defers itself with the class path and arguments of a *trigger*, and with the method that
//! goes on with the trigger's event. Source: `BaseOperator.defer`, `TaskDeferred` and `Trigger.submit_failure` of Airflow 2.11.

use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{AttemptId, isoformat};

/// What a deferred task waits for, in Airflow's words. [`Wait`](crate::Wait) is what the engine makes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trigger {
    /// The class, e.g. `airflow.triggers.temporal.DateTimeTrigger`.
    pub classpath: String,
    /// Its arguments.
    pub kwargs: Map<String, Value>,
}

/// What a task says when it defers itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deferral {
    /// What it waits for.
    pub trigger: Trigger,
    /// The method that goes on; for a native task a name that only the task itself knows.
    pub next_method: String,
    /// What that method is given beside the event.
    pub next_kwargs: Map<String, Value>,
    /// How long it waits at most.
    #[serde(default, with = "crate::seconds::optional")]
    pub timeout: Option<Duration>,
}

/// When a wait ends by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WaitTimes {
    /// When what is waited for is there, if that is a moment.
    pub fires_at: Option<Timestamp>,
    /// When the wait has taken too long.
    pub times_out_at: Option<Timestamp>,
}

impl WaitTimes {
    /// The next time at which the wait ends if nothing else ends it; `None` if none does.
    pub fn next(self) -> Option<Timestamp> {
        [self.fires_at, self.times_out_at].into_iter().flatten().min()
    }

    /// How the wait has ended by itself by this time; `None` if it has not. Of two ends the earlier one counts.
    pub fn end_at(self, now: Timestamp) -> Option<WaitEnd> {
        let fires_at = self.fires_at.filter(|at| *at <= now);
        let times_out_at = self.times_out_at.filter(|at| *at <= now);
        match (fires_at, times_out_at) {
            (Some(fires_at), None) => Some(WaitEnd::Event(isoformat(fires_at).into())),
            (Some(fires_at), Some(times_out_at)) if fires_at <= times_out_at => {
                Some(WaitEnd::Event(isoformat(fires_at).into()))
            }
            (_, Some(_)) => Some(WaitEnd::TimedOut),
            (None, None) => None,
        }
    }
}

/// A wait that has not ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OpenWait {
    /// Its name: the attempt that ended with it. There is one wait per attempt, so it ends once.
    pub id: AttemptId,
    /// When it ends by itself.
    pub times: WaitTimes,
}

/// How a wait ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitEnd {
    /// What the task waited for is there; the trigger has this to say of it.
    Event(Value),
    /// The trigger ends the task itself.
    Task(TaskEnd),
    /// It took too long.
    TimedOut,
    /// It cannot be found out whether it is there, for this reason.
    Failed(String),
}

/// How a trigger ends the task that waits for it by itself, instead of letting it go on; Airflow's `BaseTaskEndEvent`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskEnd {
    /// How the task ends.
    pub state: TaskEndState,
    /// The XComs that it leaves, as Airflow serialises them.
    pub xcoms: Map<String, Value>,
}

/// The states in which a trigger can end a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskEndState {
    /// `TaskSuccessEvent`.
    Success,
    /// `TaskFailedEvent`: for good, without retries.
    Failed,
    /// `TaskSkippedEvent`.
    Skipped,
}

/// How a task goes on after a wait: what its next attempt is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumption {
    /// The method that goes on, or [`Resumption::FAIL`] or [`Resumption::END`].
    pub next_method: String,
    /// What it is given, the event among it.
    pub next_kwargs: Map<String, Value>,
}

impl Resumption {
    /// Airflow's name for the method of a task whose trigger failed or timed out: the attempt fails at once, so that retries
    /// and callbacks follow as after any failure.
    pub const FAIL: &'static str = "__fail__";

    /// Ours: the name of the method of a task that its trigger ends. Its next attempt ends at once in `state`, and leaves `xcoms`.
    pub const END: &'static str = "__end__";

    /// What `error` says of a trigger that took too long; Airflow's `TriggerFailureReason`.
    pub const TIMEOUT: &'static str = "Trigger timeout";

    /// What `error` says of a trigger that failed; `traceback` then has the reason.
    pub const FAILURE: &'static str = "Trigger failure";
}

impl Deferral {
    /// How the task goes on after its wait has ended so.
    pub fn resumed_by(self, end: WaitEnd) -> Resumption {
        let failed = |kwargs: Value| Resumption {
            next_method: Resumption::FAIL.to_owned(),
            next_kwargs: match kwargs {
                Value::Object(kwargs) => kwargs,
                _ => Map::new(),
            },
        };
        match end {
            WaitEnd::Event(event) => {
                let mut next_kwargs = self.next_kwargs;
                next_kwargs.insert("event".to_owned(), event);
                Resumption {
                    next_method: self.next_method,
                    next_kwargs,
                }
            }
            WaitEnd::Task(TaskEnd { state, xcoms }) => Resumption {
                next_method: Resumption::END.to_owned(),
                next_kwargs: Map::from_iter([
                    ("state".to_owned(), json!(state)),
                    ("xcoms".to_owned(), Value::Object(xcoms)),
                ]),
            },
            WaitEnd::TimedOut => failed(json!({"error": Resumption::TIMEOUT})),
            WaitEnd::Failed(reason) => failed(json!({"error": Resumption::FAILURE, "traceback": [reason]})),
        }
    }
}

/// Reads its JSON text.
impl FromStr for Deferral {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        serde_json::from_str(text)
    }
}

/// Reads its JSON text.
impl FromStr for WaitEnd {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        serde_json::from_str(text)
    }
}
