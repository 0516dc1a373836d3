//! What triggers stand for: most of those that Airflow brings are served by the engine itself, without a process for them.

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use crate::kwargs::{ClassPaths, Kwargs, duration, moment, path, truth};
use crate::{
    ExternalWait, HitlWait, HttpWait, PythonWait, SqlWait, Trigger, TriggerProblem, WaitEnd, WaitTimes,
    isoformat,
};
use crate::{external, hitl, http_wait, python_wait, sql_wait};

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

/// What a deferred task waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wait {
    /// A moment.
    Until(Timestamp),
    /// That so much time is over since the task was deferred.
    For(Duration),
    /// A file.
    File(FileWait),
    /// Runs of a DAG, or tasks of theirs.
    External(ExternalWait),
    /// The answer of a web server.
    Http(HttpWait),
    /// What a query returns.
    Sql(SqlWait),
    /// The answer of people.
    Hitl(HitlWait),
    /// A trigger of Python.
    Python(PythonWait),
}

/// What somebody has seen who looked at what a wait is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// The wait has ended.
    Ended(WaitEnd),
    /// It goes on, for this reason.
    Waiting(String),
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

impl Wait {
    /// What the trigger waits for.
    ///
    /// # Errors
    /// [`TriggerProblem`].
    pub fn of(trigger: &Trigger) -> Result<Self, TriggerProblem> {
        let (classpath, kwargs) = (&trigger.classpath, Kwargs(trigger));
        match classpath {
            // Such a trigger ends the task itself.
            _ if (DATE_TIME.is(classpath) || TIME_DELTA.is(classpath))
                && kwargs.optional("end_from_trigger", truth)?.unwrap_or_default() =>
            {
                Ok(Self::python(trigger))
            }
            _ if DATE_TIME.is(classpath) => kwargs.required("moment", moment).map(Self::Until),
            _ if TIME_DELTA.is(classpath) => kwargs.required("delta", duration).map(Self::For),
            _ if FILE.is(classpath) => Ok(Self::File(FileWait {
                filepath: kwargs.required("filepath", path)?,
                recursive: kwargs.optional("recursive", truth)?.unwrap_or_default(),
                poke_interval: kwargs.poke_interval()?,
            })),
            _ if external::is(classpath) => ExternalWait::of(&kwargs).map(Self::External),
            _ if sql_wait::CLASS.is(classpath) => SqlWait::of(&kwargs).map(Self::Sql),
            _ if hitl::CLASS.is(classpath) => HitlWait::of(&kwargs).map(Self::Hitl),
            _ if http_wait::is(classpath) => HttpWait::of(&kwargs).map(Self::Http),
            _ if python_wait::is_class(classpath) => Ok(Self::python(trigger)),
            _ => Err(TriggerProblem::Unknown {
                classpath: classpath.clone(),
                known: known(),
            }),
        }
    }

    fn python(trigger: &Trigger) -> Self {
        let Trigger { classpath, kwargs } = trigger.clone();
        Self::Python(PythonWait { classpath, kwargs })
    }

    /// Whether a time ends the wait, so that nobody has to look after it.
    pub const fn is_timed(&self) -> bool {
        matches!(self, Self::Until(_) | Self::For(_))
    }

    /// How long it takes from one look to the next; `None` if nobody has to look, because a time ends the wait or a process tells
    /// its end.
    pub const fn poke_interval(&self) -> Option<Duration> {
        match self {
            Self::Until(_) | Self::For(_) | Self::Python(_) => None,
            Self::File(file) => Some(file.poke_interval),
            Self::External(external) => Some(external.poke_interval),
            Self::Http(http) => Some(http.poke_interval),
            Self::Sql(sql) => Some(sql.poke_interval),
            Self::Hitl(hitl) => Some(hitl.poke_interval),
        }
    }

    /// Whether what a look has seen cannot be known without one, so that it is written down.
    pub const fn is_noted(&self) -> bool {
        match self {
            Self::Until(_) | Self::For(_) | Self::File(_) | Self::External(_) | Self::Hitl(_) => false,
            Self::Http(_) | Self::Sql(_) | Self::Python(_) => true,
        }
    }

    /// When the wait ends by itself, if it begins at this time and may take so long.
    pub fn times(&self, since: Timestamp, timeout: Option<Duration>) -> WaitTimes {
        let after = |duration: Duration| since.checked_add(duration).unwrap_or(Timestamp::MAX);
        WaitTimes {
            fires_at: match self {
                Self::Until(moment) => Some(*moment),
                Self::For(delta) => Some(after(*delta)),
                Self::Hitl(hitl) => hitl.until,
                Self::File(_) | Self::External(_) | Self::Http(_) | Self::Sql(_) | Self::Python(_) => None,
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
            Self::External(external) => external.fmt(f),
            Self::Http(http) => http.fmt(f),
            Self::Hitl(hitl) => hitl.fmt(f),
            Self::Sql(sql) => sql.fmt(f),
            Self::Python(python) => python.fmt(f),
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
    let newest = [&DATE_TIME, &TIME_DELTA, &FILE]
        .into_iter()
        .chain(external::CLASSES)
        .chain(http_wait::CLASSES)
        .chain([&sql_wait::CLASS, &hitl::CLASS]);
    let newest: Vec<String> = newest
        .map(|paths| format!("`{}`", paths.0.first().unwrap_or(&"")))
        .collect();
    newest.join(", ")
}
