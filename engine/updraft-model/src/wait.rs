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

const FILE: ClassPaths = ClassPaths(&[
    "airflow.providers.standard.triggers.file.FileTrigger",
    "airflow.triggers.file.FileTrigger",
]);

/// How long it takes from one look to the next if the trigger does not say; as a sensor of Airflow does.
const POKE_INTERVAL: Duration = Duration::from_mins(1);

/// Whatever a trigger says, nothing is looked at more often.
const POKE_INTERVAL_MIN: Duration = Duration::from_millis(100);

/// What a deferred task waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wait {
    /// A moment.
    Until(Timestamp),
    /// That so much time is over since the task was deferred.
    For(Duration),
    /// A file.
    File(FileWait),
}

/// A wait for a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileWait {
    /// The path of a file, or of a folder with a file somewhere in it, or a pattern of such paths.
    pub filepath: String,
    /// Whether `**` in the pattern stands for any number of folders.
    pub recursive: bool,
    /// How long it takes from one look to the next.
    pub poke_interval: Duration,
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

    /// Waits for a file, or for a folder with a file somewhere in it; Airflow's `FileTrigger`. The path may be a pattern with
    /// `*`, `?` and `[..]`, and with `**` for any number of folders if the argument `recursive` is true.
    pub fn file(filepath: impl Into<String>) -> Self {
        FILE.trigger([("filepath", filepath.into().into())])
    }

    /// The same with another argument.
    pub fn kwarg(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.kwargs.insert(name.into(), value.into());
        self
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
            _ if FILE.is(classpath) => Ok(Self::File(FileWait {
                filepath: kwargs.required("filepath", path)?,
                recursive: kwargs.optional("recursive", truth)?.unwrap_or_default(),
                poke_interval: kwargs.poke_interval()?,
            })),
            _ => Err(TriggerProblem::Unknown {
                classpath: classpath.clone(),
                known: known(),
            }),
        }
    }

    /// How long it takes from one look to the next; `None` if nobody has to look, because a time ends the wait.
    pub const fn poke_interval(&self) -> Option<Duration> {
        match self {
            Self::Until(_) | Self::For(_) => None,
            Self::File(file) => Some(file.poke_interval),
        }
    }

    /// When the wait ends by itself, if it begins at this time and may take so long.
    pub fn times(&self, since: Timestamp, timeout: Option<Duration>) -> WaitTimes {
        let after = |duration: Duration| since.checked_add(duration).unwrap_or(Timestamp::MAX);
        WaitTimes {
            fires_at: match self {
                Self::Until(moment) => Some(*moment),
                Self::For(delta) => Some(after(*delta)),
                Self::File(_) => None,
            },
            times_out_at: timeout.map(after),
        }
    }
}

/// Follows the words `it waits`.
impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(f, "for file `{}`", file.filepath),
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
    let newest = [DATE_TIME, TIME_DELTA, FILE].map(|paths| format!("`{}`", paths.0.first().unwrap_or(&"")));
    newest.join(", ")
}

/// The arguments of a trigger.
struct Kwargs<'t>(&'t Trigger);

impl Kwargs<'_> {
    fn poke_interval(&self) -> Result<Duration, TriggerProblem> {
        let given = self.optional("poke_interval", duration)?;
        Ok(given.unwrap_or(POKE_INTERVAL).max(POKE_INTERVAL_MIN))
    }

    fn optional<T>(
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

    fn required<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Result<T, TriggerProblem> {
        self.optional(name, read)?
            .ok_or_else(|| self.problem(name, "it is missing".to_owned()))
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

/// A path, which is not empty.
fn path(value: &Value) -> Result<String, String> {
    let path = value.as_str().filter(|path| !path.is_empty());
    path.map(str::to_owned)
        .ok_or_else(|| format!("`{value}` is no path"))
}

fn truth(value: &Value) -> Result<bool, String> {
    value
        .as_bool()
        .ok_or_else(|| format!("`{value}` is neither true nor false"))
}
