//! How a task fails.

use std::error::Error;
use std::fmt;

use jiff::Timestamp;
use updraft_model::Deferral;

use super::Defer;

/// What a task function gives: a value for other tasks, or an error.
pub type TaskResult<T = ()> = Result<T, TaskError>;

/// Why a task did not succeed.
///
/// Any error becomes a `TaskError` by `?` and means: failed, try again if there are tries left. So does text:
/// `Err("no rows")?`. [`fail_without_retry`](Self::fail_without_retry) fails for good, as `AirflowFailException` does;
/// [`skip`](Self::skip) passes the task over, as `AirflowSkipException` does.
///
/// ```
/// use updraft_sdk::{Context, TaskError, TaskResult};
///
/// async fn sync(context: Context) -> TaskResult<u64> {
///     let Some(token) = context.variable("token").await? else {
///         return Err(TaskError::fail_without_retry("Variable `token` is missing, set it first"));
///     };
///     if token == "none" {
///         return Err(TaskError::skip("nothing to do"));
///     }
///     let rows: u64 = "42".parse()?;
///     Ok(rows)
/// }
/// ```
#[derive(Debug)]
pub struct TaskError {
    kind: TaskErrorKind,
    cause: Box<dyn Error + Send + Sync>,
    /// What the task waits for, if it is deferred.
    deferral: Option<Box<Deferral>>,
}

/// What a [`TaskError`] means for the task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TaskErrorKind {
    /// It may be tried again.
    Failed,
    /// It must not be tried again.
    FailedForGood,
    /// It passed itself over.
    Skipped,
    /// It looks again later, in the same try.
    Rescheduled(Timestamp),
    /// It waits for something, and goes on in the same try.
    Deferred,
}

impl TaskError {
    /// The task failed, and trying it again would not help.
    pub fn fail_without_retry(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            kind: TaskErrorKind::FailedForGood,
            cause: cause.into(),
            deferral: None,
        }
    }

    /// The task has nothing to do in this run; tasks after it are skipped as their trigger rules say.
    pub fn skip(reason: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            kind: TaskErrorKind::Skipped,
            cause: reason.into(),
            deferral: None,
        }
    }

    /// The task gives its slot back, and runs again from its beginning at this time: in the same try, without costing a
    /// retry, with the `XComs` that it has left; Airflow's `AirflowRescheduleException`. [`Dag::sensor`](crate::Dag::sensor)
    /// does so between two looks.
    pub fn reschedule(at: Timestamp) -> Self {
        Self {
            kind: TaskErrorKind::Rescheduled(at),
            cause: format!("looks again at {at}").into(),
            deferral: None,
        }
    }

    /// The task gives its slot back and waits, in the engine and without a process, for what the trigger says. Then it runs
    /// again from its beginning, in the same try and with the `XComs` that it has left, and [`Context::event`] is what the
    /// trigger has to say; Airflow's `BaseOperator.defer`.
    ///
    /// A trigger that takes longer than its [timeout](Defer::timeout), or that fails, fails the attempt, and retries follow.
    ///
    /// ```
    /// use std::time::Duration;
    /// use updraft_sdk::{Context, Defer, TaskError, TaskResult, Trigger};
    ///
    /// async fn export(context: Context) -> TaskResult<String> {
    ///     if let Some(job) = context.next_kwarg::<String>("job")? {
    ///         return Ok(format!("{job} has had its hour"));
    ///     }
    ///     let job = "job-1"; // begins the export
    ///     let hour = Trigger::time_delta(Duration::from_hours(1));
    ///     Err(TaskError::defer(Defer::to(hour).kwarg("job", job)))
    /// }
    /// ```
    ///
    /// [`Context::event`]: crate::Context::event
    pub fn defer(defer: impl Into<Defer>) -> Self {
        let deferral = defer.into().into_deferral();
        Self {
            kind: TaskErrorKind::Deferred,
            cause: format!("waits for {}", deferral.trigger.classpath).into(),
            deferral: Some(Box::new(deferral)),
        }
    }

    pub(crate) const fn kind(&self) -> TaskErrorKind {
        self.kind
    }

    /// Whether this passes the task over.
    pub fn is_skip(&self) -> bool {
        self.kind == TaskErrorKind::Skipped
    }

    /// Whether the task looks again later, and when.
    pub fn rescheduled_to(&self) -> Option<Timestamp> {
        match self.kind {
            TaskErrorKind::Rescheduled(at) => Some(at),
            TaskErrorKind::Failed
            | TaskErrorKind::FailedForGood
            | TaskErrorKind::Skipped
            | TaskErrorKind::Deferred => None,
        }
    }

    /// What the task waits for, if it has deferred itself.
    pub fn deferral(&self) -> Option<&Deferral> {
        self.deferral.as_deref()
    }

    /// Whether the task may be tried again after this.
    pub fn is_retryable(&self) -> bool {
        self.kind == TaskErrorKind::Failed
    }
}

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for TaskError {
    fn from(cause: E) -> Self {
        Self {
            kind: TaskErrorKind::Failed,
            cause: cause.into(),
            deferral: None,
        }
    }
}

/// The error and its causes, from the outermost to the innermost, separated by `: `.
impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.cause.to_string();
        f.write_str(&shown)?;
        let mut next = self.cause.source();
        while let Some(cause) = next {
            let text = cause.to_string();
            // Many errors repeat their cause in their own text.
            if !shown.ends_with(&text) {
                write!(f, ": {text}")?;
            }
            shown = text;
            next = cause.source();
        }
        Ok(())
    }
}
