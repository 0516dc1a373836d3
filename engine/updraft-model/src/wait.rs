//! Triggers that the engine serves by itself, without a process for them.

use std::fmt;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil};
use serde_json::{Map, Value};

use crate::{Trigger, WaitTimes, isoformat};

/// The class paths of a trigger: as the newest Airflow has it, and as older ones do.
struct ClassPaths(&'static [&'static str]);

const DATE_TIME: ClassPaths = ClassPaths(&[
    "airflow.providers.standard.triggers.temporal.DateTimeTrigger",
    "airflow.triggers.temporal.DateTimeTrigger",
]);
const TIME_DELTA: ClassPaths = ClassPaths(&[
    "airflow.providers.standard.triggers.temporal.TimeDeltaTrigger",
    "airflow.triggers.temporal.TimeDeltaTrigger",
]);

/// What a deferred task waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wait {
    /// A moment.
    Until(Timestamp),
    /// That so much time is over since the task was deferred.
    For(Duration),
}

/// Why a trigger cannot be served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TriggerProblem {
    /// No trigger of that class is known.
    #[error("no trigger `{classpath}` is known to the engine, so it cannot wait for it; known are {known}")]
    Unknown {
        /// The class.
        classpath: String,
        /// The classes that are known.
        known: String,
    },
    /// Its arguments are not understood.
    #[error("argument `{name}` of trigger `{class}`: {problem}")]
    Argument {
        /// The class without its module.
        class: String,
        /// The argument.
        name: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

impl TriggerProblem {
    /// Whether another try may do better: its arguments may be others.
    pub const fn may_pass(&self) -> bool {
        match self {
            Self::Unknown { .. } => false,
            Self::Argument { .. } => true,
        }
    }
}

impl Trigger {
    /// Waits for a moment; Airflow's `DateTimeTrigger`.
    pub fn date_time(moment: Timestamp) -> Self {
        DATE_TIME.trigger([("moment", isoformat(moment).into())])
    }

    /// Waits until so much time is over since the task was deferred; Airflow's `TimeDeltaTrigger`.
    pub fn time_delta(delta: Duration) -> Self {
        TIME_DELTA.trigger([("delta", delta.as_secs_f64().into())])
    }
}

impl ClassPaths {
    fn trigger<const N: usize>(&self, kwargs: [(&str, Value); N]) -> Trigger {
        Trigger {
            classpath: self.0.first().copied().unwrap_or_default().to_owned(),
            kwargs: kwargs
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        }
    }

    fn is(&self, classpath: &str) -> bool {
        self.0.contains(&classpath)
    }
}

impl Wait {
    /// What the trigger waits for.
    ///
    /// # Errors
    /// [`TriggerProblem`].
    pub fn of(trigger: &Trigger) -> Result<Self, TriggerProblem> {
        let (classpath, kwargs) = (&trigger.classpath, Kwargs(trigger));
        match classpath {
            _ if DATE_TIME.is(classpath) => kwargs.required("moment", moment).map(Self::Until),
            _ if TIME_DELTA.is(classpath) => kwargs.required("delta", duration).map(Self::For),
            _ => Err(TriggerProblem::Unknown {
                classpath: classpath.clone(),
                known: known(),
            }),
        }
    }

    /// When the wait ends by itself, if it begins at this time and may take so long.
    pub fn times(&self, since: Timestamp, timeout: Option<Duration>) -> WaitTimes {
        let after = |duration: Duration| since.checked_add(duration).unwrap_or(Timestamp::MAX);
        WaitTimes {
            fires_at: match self {
                Self::Until(moment) => Some(*moment),
                Self::For(delta) => Some(after(*delta)),
            },
            times_out_at: timeout.map(after),
        }
    }
}

/// Follows the words `it waits`.
impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Until(moment) => write!(f, "until {}", isoformat(*moment)),
            Self::For(delta) => write!(
                f,
                "for {:#}",
                SignedDuration::try_from(*delta).unwrap_or_default()
            ),
        }
    }
}

/// The classes that are known, by their newest names.
fn known() -> String {
    let newest = [DATE_TIME, TIME_DELTA].map(|paths| format!("`{}`", paths.0.first().unwrap_or(&"")));
    newest.join(", ")
}

/// The arguments of a trigger.
struct Kwargs<'t>(&'t Trigger);

impl Kwargs<'_> {
    fn required<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Result<T, TriggerProblem> {
        let value = self.0.kwargs.get(name).filter(|value| !value.is_null());
        let value = value.ok_or_else(|| "it is missing".to_owned());
        value
            .and_then(read)
            .map_err(|problem| self.problem(name, problem))
    }

    fn problem(&self, name: &'static str, problem: String) -> TriggerProblem {
        let classpath = &self.0.classpath;
        TriggerProblem::Argument {
            class: classpath.rsplit('.').next().unwrap_or(classpath).to_owned(),
            name,
            problem,
        }
    }
}

/// The value that Airflow's serialisation wraps as `{"__type": .., "__var": ..}`, or the value itself.
fn unwrapped<'v>(value: &'v Value, kind: &str) -> &'v Value {
    let wrapped = value
        .as_object()
        .filter(|map: &&Map<String, Value>| map.get("__type").and_then(Value::as_str) == Some(kind));
    wrapped.and_then(|map| map.get("__var")).unwrap_or(value)
}

/// A time: text, in UTC unless it says otherwise, or what Airflow makes of a `datetime`.
fn moment(value: &Value) -> Result<Timestamp, String> {
    let of_text = |text: &str| {
        let without_zone = || text.parse::<civil::DateTime>().ok()?.to_zoned(TimeZone::UTC).ok();
        let with_zone = text.parse::<Timestamp>().ok();
        with_zone.or_else(|| without_zone().map(|at| at.timestamp()))
    };
    let found = match unwrapped(value, "datetime") {
        Value::String(text) => of_text(text),
        Value::Number(number) if value.is_object() => number
            .as_f64()
            .and_then(|seconds| Timestamp::from_microsecond((seconds * 1e6).round() as i64).ok()),
        _ => None,
    };
    found.ok_or_else(|| format!("`{value}` is no time such as \"2024-01-12T06:00:00+00:00\""))
}

/// A number of seconds, or what Airflow makes of a `timedelta`.
fn duration(value: &Value) -> Result<Duration, String> {
    let seconds = unwrapped(value, "timedelta").as_f64();
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.ok_or_else(|| format!("`{value}` is no number of seconds of 0 or more"))
}
