//! The arguments of triggers, as tasks and Airflow write them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use serde_json::{Map, Value};

use crate::Trigger;

/// How long it takes from one look to the next if the trigger does not say; as a sensor of Airflow does.
const POKE_INTERVAL: Duration = Duration::from_mins(1);

/// Whatever a trigger says, nothing is looked at more often.
const POKE_INTERVAL_MIN: Duration = Duration::from_millis(100);

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

/// The class paths of a trigger: as the newest Airflow has it, and as older ones do.
pub(crate) struct ClassPaths(pub(crate) &'static [&'static str]);

impl ClassPaths {
    pub(crate) fn trigger<const N: usize>(&self, kwargs: [(&str, Value); N]) -> Trigger {
        Trigger {
            classpath: self.0.first().copied().unwrap_or_default().to_owned(),
            kwargs: kwargs
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        }
    }

    pub(crate) fn is(&self, classpath: &str) -> bool {
        self.0.contains(&classpath)
    }
}

/// The arguments of a trigger.
pub(crate) struct Kwargs<'t>(pub(crate) &'t Trigger);

impl Kwargs<'_> {
    pub(crate) fn poke_interval(&self) -> Result<Duration, TriggerProblem> {
        let given = self.optional("poke_interval", duration)?;
        let given = given.map_or_else(
            || self.optional("poll_interval", duration),
            |given| Ok(Some(given)),
        )?;
        Ok(given.unwrap_or(POKE_INTERVAL).max(POKE_INTERVAL_MIN))
    }

    /// The items of a list, which may be missing.
    pub(crate) fn list<T>(
        &self,
        name: &'static str,
        read: impl Fn(&Value) -> Result<T, String>,
    ) -> Result<Vec<T>, TriggerProblem> {
        let items = self.optional(name, |value| items(value)?.iter().map(read).collect())?;
        Ok(items.unwrap_or_default())
    }

    pub(crate) fn optional<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Result<Option<T>, TriggerProblem> {
        let value = self.0.kwargs.get(name).filter(|value| !value.is_null());
        value
            .map(read)
            .transpose()
            .map_err(|problem| self.problem(name, problem))
    }

    pub(crate) fn required<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Result<T, TriggerProblem> {
        self.optional(name, read)?
            .ok_or_else(|| self.problem(name, "it is missing".to_owned()))
    }

    pub(crate) fn problem(&self, name: &'static str, problem: String) -> TriggerProblem {
        let classpath = &self.0.classpath;
        TriggerProblem::Argument {
            class: classpath.rsplit('.').next().unwrap_or(classpath).to_owned(),
            name,
            problem,
        }
    }
}

/// The value that one of Airflow's two serialisations wraps, or the value itself: `{"__type": "datetime", "__var": ..}` that of
/// DAGs, `{"__classname__": "datetime.datetime", "__data__": ..}` that of XComs, which Python tasks use.
fn unwrapped<'v>(value: &'v Value, kind: &str) -> &'v Value {
    let Some(map) = value.as_object() else {
        return value;
    };
    let text = |name: &str| map.get(name).and_then(Value::as_str);
    let name = text("__classname__").and_then(|path| path.rsplit('.').next());
    let wrapped = match (text("__type"), name) {
        (Some(given), _) if given == kind => map.get("__var"),
        (_, Some(given)) if given == kind => map.get("__data__"),
        _ => None,
    };
    wrapped.unwrap_or(value)
}

/// A list, or what Airflow makes of a tuple or a set.
fn items(value: &Value) -> Result<&[Value], String> {
    let unwrapped = ["tuple", "set", "frozenset"]
        .into_iter()
        .fold(value, |value, kind| unwrapped(value, kind));
    let items = unwrapped.as_array().map(Vec::as_slice);
    items.ok_or_else(|| format!("`{value}` is no list"))
}

/// A text that a type of the model reads.
pub(crate) fn parsed<T>(value: &Value) -> Result<T, String>
where
    T: FromStr,
    T::Err: fmt::Display,
{
    let text = value.as_str().ok_or_else(|| format!("`{value}` is no text"))?;
    text.parse().map_err(|error: T::Err| error.to_string())
}

/// A time: text, in UTC unless it says otherwise, or what Airflow makes of a `datetime`.
pub(crate) fn moment(value: &Value) -> Result<Timestamp, String> {
    let of_text = |text: &str| {
        let without_zone = || text.parse::<civil::DateTime>().ok()?.to_zoned(TimeZone::UTC).ok();
        let with_zone = text.parse::<Timestamp>().ok();
        with_zone.or_else(|| without_zone().map(|at| at.timestamp()))
    };
    let unwrapped = unwrapped(unwrapped(value, "datetime"), "DateTime");
    // Airflow 3 says the zone beside the time, which counts from the epoch all the same.
    let found = match unwrapped.get("timestamp").unwrap_or(unwrapped) {
        Value::String(text) => of_text(text),
        Value::Number(number) if value.is_object() => number
            .as_f64()
            .and_then(|seconds| Timestamp::from_microsecond((seconds * 1e6).round() as i64).ok()),
        _ => None,
    };
    found.ok_or_else(|| format!("`{value}` is no time such as \"2024-01-12T06:00:00+00:00\""))
}

/// A number of seconds, or what Airflow makes of a `timedelta`.
pub(crate) fn duration(value: &Value) -> Result<Duration, String> {
    let seconds = unwrapped(value, "timedelta").as_f64();
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.ok_or_else(|| format!("`{value}` is no number of seconds of 0 or more"))
}

/// A path, which is not empty.
pub(crate) fn path(value: &Value) -> Result<String, String> {
    let path = value.as_str().filter(|path| !path.is_empty());
    path.map(str::to_owned)
        .ok_or_else(|| format!("`{value}` is no path"))
}

pub(crate) fn truth(value: &Value) -> Result<bool, String> {
    value
        .as_bool()
        .ok_or_else(|| format!("`{value}` is neither true nor false"))
}

pub(crate) fn text(value: &Value) -> Result<String, String> {
    let text = value.as_str().map(str::to_owned);
    text.ok_or_else(|| format!("`{value}` is no text"))
}

/// A dict with texts as keys, or what Airflow makes of one.
pub(crate) fn object(value: &Value) -> Result<Map<String, Value>, String> {
    let fields = unwrapped(value, "dict").as_object().cloned();
    fields.ok_or_else(|| format!("`{value}` is no dict"))
}
