//! A timetable of a source's own: what a description says of it, what its program is asked, and which answers count.
//!
//! Nothing here calls anybody. The answer to a question is a fact that somebody records; from then on the next run of the
//! DAG is known as that of any other.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::compiled::{RunInfo, TimeRestriction};
use crate::{DagVersionId, DataInterval, IdError, RunId};

/// The first second of the year 1, the earliest that run ids can name.
const EARLIEST_SECOND: i64 = -62_135_596_800;

/// How much of what a program complains of is kept, in characters.
const PROBLEM_LENGTH_MAX: usize = 2000;

/// A timetable that only the source of the DAG can follow; its program is asked when the DAG runs. Airflow's custom
/// timetables: a class path, and what the object was made with.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomTimetable {
    /// Where the source has its class, e.g. `my_bundle::AfterWorkday`.
    pub class_path: String,
    /// What the object was made with: Airflow's `serialize`.
    #[serde(default)]
    pub parameters: Map<String, Value>,
    /// What it is called in lists.
    pub summary: String,
    /// What it does, in a sentence; may be empty.
    #[serde(default)]
    pub description: String,
    /// Whether its runs can be made for dates that have passed.
    #[serde(default = "yes")]
    pub periodic: bool,
    /// Whether runs come by themselves; if not, it is only asked about runs that somebody triggers.
    #[serde(default = "yes")]
    pub can_be_scheduled: bool,
    /// How many runs of the DAG may be active at once at most.
    #[serde(default)]
    pub active_runs_limit: Option<u32>,
}

impl CustomTimetable {
    /// One of that class that was made with nothing, with every other field at its default.
    pub fn new(class_path: &str) -> Self {
        let summary = class_path.rsplit(['.', ':']).next().unwrap_or(class_path);
        Self {
            class_path: class_path.to_owned(),
            parameters: Map::new(),
            summary: summary.to_owned(),
            description: String::new(),
            periodic: true,
            can_be_scheduled: true,
            active_runs_limit: None,
        }
    }
}

const fn yes() -> bool {
    true
}

/// A run, as a program has told it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToldRun {
    /// The span of data it is about; its start is the run's logical date.
    pub data_interval: DataInterval,
    /// It must not start earlier.
    pub run_after: Timestamp,
    /// Its name, if it is another one than usual.
    #[serde(default)]
    pub run_id: Option<String>,
}

/// A run that a program has told and that can be made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnsweredRun {
    /// The span of data it is about, in whole microseconds.
    pub data_interval: DataInterval,
    /// It must not start earlier.
    pub run_after: Timestamp,
    /// Its name, if it is another one than usual.
    #[serde(default)]
    pub run_id: Option<RunId>,
}

impl AnsweredRun {
    /// The run's dates.
    pub const fn info(&self) -> RunInfo {
        RunInfo {
            logical_date: self.data_interval.start,
            data_interval: self.data_interval,
            run_after: self.run_after,
        }
    }
}

/// What is asked of a DAG's program: the run after the newest scheduled one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimetableQuestion {
    /// The version of the DAG; an answer for another one does not count.
    pub version: DagVersionId,
    /// The data interval of the newest scheduled run; an answer for another one does not count.
    pub last: Option<DataInterval>,
    /// At which time that run was due, if it is known.
    pub last_run_after: Option<Timestamp>,
    /// Between which times and how runs are made.
    pub restriction: TimeRestriction,
    /// How often in a row the program has failed to answer it.
    pub failures: u32,
}

/// What is known of the next scheduled run of a DAG, and what that depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimetableAnswer {
    /// The version of the DAG that was asked.
    pub version: DagVersionId,
    /// The data interval of the newest scheduled run at that time.
    pub last: Option<DataInterval>,
    /// At which time that run was due, if it is known.
    pub last_run_after: Option<Timestamp>,
    /// When the answer came.
    pub at: Timestamp,
    /// What it is.
    pub next: NextRun,
}

/// The next scheduled run of a DAG, as far as its program has told it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum NextRun {
    /// This one.
    Run(AnsweredRun),
    /// There is none at the moment.
    None {
        /// When it is asked again.
        ask_again_at: Timestamp,
    },
    /// The program could not tell, or has told nonsense.
    Failed {
        /// What is wrong, in words.
        problem: String,
        /// How often in a row.
        failures: u32,
        /// When it is asked again.
        ask_again_at: Timestamp,
    },
}

impl NextRun {
    /// That a program could not tell.
    pub fn failed(problem: &str, failures: u32, ask_again_at: Timestamp) -> Self {
        Self::Failed {
            problem: problem.chars().take(PROBLEM_LENGTH_MAX).collect(),
            failures,
            ask_again_at,
        }
    }

    /// The run, if there is one.
    pub const fn run(&self) -> Option<&AnsweredRun> {
        match self {
            Self::Run(run) => Some(run),
            Self::None { .. } | Self::Failed { .. } => None,
        }
    }
}

/// Why what a program has told cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerProblem {
    /// It is over before it begins.
    #[error("it tells a data interval that ends on {end}, before it begins on {start}")]
    EndsBeforeItBegins {
        /// Its beginning.
        start: Timestamp,
        /// Its end.
        end: Timestamp,
    },
    /// It is the last run again, or one before that.
    #[error(
        "it tells a data interval that begins on {start}, but that of the last run began on {last}; each must begin later than the one before"
    )]
    DoesNotMoveOn {
        /// The beginning.
        start: Timestamp,
        /// That of the last run.
        last: Timestamp,
    },
    /// Runs would be due without end at one moment.
    #[error(
        "it tells a run that is due on {run_after}, but the last one was due on {last}; each must be due later than the one before"
    )]
    StandsStill {
        /// When the run is due.
        run_after: Timestamp,
        /// When the last one was.
        last: Timestamp,
    },
    /// It is before the DAG's start date.
    #[error("it tells a data interval that begins on {start}, before the start date {earliest}")]
    TooEarly {
        /// The beginning.
        start: Timestamp,
        /// The start date.
        earliest: Timestamp,
    },
    /// No run can have such a date.
    #[error("it tells the time {at}, dates must be in the years from 1 to 9999")]
    OutOfRange {
        /// The time.
        at: Timestamp,
    },
    /// The name of the run is none.
    #[error("it names the run wrongly: {0}")]
    RunId(IdError),
}

impl TimetableQuestion {
    /// The run that a program has told, if it makes sense as an answer; `None` if it lies behind the end date.
    ///
    /// # Errors
    /// It makes no sense.
    pub fn check(&self, told: ToldRun) -> Result<Option<AnsweredRun>, AnswerProblem> {
        let run = told.check()?;
        let (start, run_after) = (run.data_interval.start, run.run_after);
        match (self.last, self.restriction.earliest) {
            (Some(last), _) if start <= last.start => {
                return Err(AnswerProblem::DoesNotMoveOn {
                    start,
                    last: last.start,
                });
            }
            (None, Some(earliest)) if start < micros(earliest) => {
                return Err(AnswerProblem::TooEarly { start, earliest });
            }
            _ => {}
        }
        if let Some(last) = self.last_run_after.filter(|last| run_after <= *last) {
            return Err(AnswerProblem::StandsStill { run_after, last });
        }
        let is_too_late = self.restriction.latest.is_some_and(|latest| start > latest);
        Ok((!is_too_late).then_some(run))
    }

    /// The question that follows once a run was made.
    pub fn after(&self, run: &AnsweredRun) -> Self {
        Self {
            last: Some(run.data_interval),
            last_run_after: Some(run.run_after),
            failures: 0,
            ..self.clone()
        }
    }
}

impl ToldRun {
    /// The run in whole microseconds, which is what databases keep.
    ///
    /// # Errors
    /// It makes no sense, whatever the question was.
    pub fn check(self) -> Result<AnsweredRun, AnswerProblem> {
        let Self {
            data_interval: DataInterval { start, end },
            run_after,
            run_id,
        } = self;
        for at in [start, end, run_after] {
            if at.as_second() < EARLIEST_SECOND {
                return Err(AnswerProblem::OutOfRange { at });
            }
        }
        if end < start {
            return Err(AnswerProblem::EndsBeforeItBegins { start, end });
        }
        let run_id = run_id.map(|name| RunId::parse(&name)).transpose();
        Ok(AnsweredRun {
            data_interval: DataInterval {
                start: micros(start),
                end: micros(end),
            },
            run_after: micros(run_after),
            run_id: run_id.map_err(AnswerProblem::RunId)?,
        })
    }
}

/// The same in whole microseconds.
fn micros(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}
