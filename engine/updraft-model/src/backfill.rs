//! Backfills: runs of a DAG for dates that have passed, asked for in one go.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::{
    AnswerProblem, AnsweredRun, DagId, DagRunState, DagVersionId, NoMatchingDate, RunInfo, Schedule,
    TaskSpec, TimeRestriction, TimetableQuestion, ToldRun, ValidDag,
};

/// How many runs one backfill has at most.
pub const BACKFILL_RUNS_MAX: usize = 10_000;

/// Names a backfill; counts up from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BackfillId(pub i64);

impl fmt::Display for BackfillId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The place of a run in a backfill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BackfillPlace {
    /// Which backfill.
    pub id: BackfillId,
    /// Its runs start in this order, from 1.
    pub place: u32,
}

/// How far a backfill is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BackfillState {
    /// Its runs start one after the other.
    Active,
    /// None of its runs starts; those that run go on.
    Paused,
    /// All its runs are over.
    Completed,
    /// Somebody gave it up: what had not started failed, what ran went on.
    Cancelled,
}

impl BackfillState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Active, Self::Paused, Self::Completed, Self::Cancelled];

    /// The text that is stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether its runs may still start, now or when it is not paused any more. A DAG has one such backfill at most.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Active | Self::Paused)
    }
}

impl fmt::Display for BackfillState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What can happen to a backfill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BackfillEvent {
    /// Somebody pauses it.
    Pause,
    /// Somebody lets it go on.
    Unpause,
    /// The last of its runs is over.
    Complete,
    /// Somebody gives it up.
    Cancel,
}

impl BackfillEvent {
    /// Every event.
    pub const ALL: [Self; 4] = [Self::Pause, Self::Unpause, Self::Complete, Self::Cancel];
}

impl fmt::Display for BackfillEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pause => "pause",
            Self::Unpause => "unpause",
            Self::Complete => "complete",
            Self::Cancel => "cancel",
        })
    }
}

/// A change of a backfill's state that must not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a backfill that is `{from}` cannot `{event}`")]
pub struct InvalidBackfillTransition {
    /// The state it is in.
    pub from: BackfillState,
    /// What was to happen.
    pub event: BackfillEvent,
}

/// The state of a backfill after an event. What is done already can be done again.
///
/// # Errors
/// It is over.
pub fn transition_backfill(
    from: BackfillState,
    event: BackfillEvent,
) -> Result<BackfillState, InvalidBackfillTransition> {
    if !from.is_open() {
        return Err(InvalidBackfillTransition { from, event });
    }
    Ok(match event {
        BackfillEvent::Pause => BackfillState::Paused,
        BackfillEvent::Unpause => BackfillState::Active,
        BackfillEvent::Complete => BackfillState::Completed,
        BackfillEvent::Cancel => BackfillState::Cancelled,
    })
}

/// What becomes of a date that has a finished run already. An unfinished one is always left alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReprocessBehavior {
    /// The run stays as it is.
    #[default]
    None,
    /// One that failed runs again.
    Failed,
    /// It runs again, however it ended.
    Completed,
}

impl ReprocessBehavior {
    /// Every behaviour.
    pub const ALL: [Self; 3] = [Self::None, Self::Failed, Self::Completed];

    /// Airflow's text, e.g. `completed`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Failed => "failed",
            Self::Completed => "completed",
        }
    }

    /// Whether a run in that state runs again.
    pub const fn takes(self, state: DagRunState) -> bool {
        match self {
            Self::None => false,
            Self::Failed => matches!(state, DagRunState::Failed),
            Self::Completed => state.is_finished(),
        }
    }
}

impl fmt::Display for ReprocessBehavior {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A text that names no state or behaviour of backfills.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is nothing that a backfill can be or do")]
pub struct UnknownBackfillWord(pub String);

impl FromStr for BackfillState {
    type Err = UnknownBackfillWord;

    fn from_str(text: &str) -> Result<Self, UnknownBackfillWord> {
        let found = Self::ALL.into_iter().find(|state| state.as_str() == text);
        found.ok_or_else(|| UnknownBackfillWord(text.to_owned()))
    }
}

impl FromStr for ReprocessBehavior {
    type Err = UnknownBackfillWord;

    fn from_str(text: &str) -> Result<Self, UnknownBackfillWord> {
        let found = Self::ALL.into_iter().find(|behavior| behavior.as_str() == text);
        found.ok_or_else(|| UnknownBackfillWord(text.to_owned()))
    }
}

/// For which dates, in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackfillDates {
    /// No run has an earlier logical date.
    pub from: Timestamp,
    /// No run has a later logical date.
    pub until: Timestamp,
    /// The newest first.
    pub backwards: bool,
}

/// Why a DAG cannot be backfilled so. Final.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackfillError {
    /// The schedule tells no dates.
    #[error("dag `{dag_id}` has the schedule `{schedule}`, which has no dates that could be backfilled")]
    NotPeriodic {
        /// The DAG.
        dag_id: DagId,
        /// Its schedule.
        schedule: String,
    },
    /// The range ends before it begins.
    #[error("the backfill would end on {until}, before it begins on {from}; exchange the two dates")]
    EndsBeforeItBegins {
        /// The first date.
        from: Timestamp,
        /// The last date.
        until: Timestamp,
    },
    /// Nothing of the range has passed.
    #[error("the backfill would begin on {from}, which is not over yet; choose dates that have passed")]
    InFuture {
        /// The first date.
        from: Timestamp,
    },
    /// The runs would wait for each other the wrong way round.
    #[error("dag `{dag_id}` has tasks with depends_on_past, so it cannot be backfilled backwards")]
    BackwardsWithPast {
        /// The DAG.
        dag_id: DagId,
    },
    /// Runs that stay as they are would hold up those after them.
    #[error(
        "dag `{dag_id}` has tasks with depends_on_past; choose the reprocess behavior `failed` or `completed`"
    )]
    MustReprocess {
        /// The DAG.
        dag_id: DagId,
    },
    /// There are no dates, or none that have passed.
    #[error("dag `{dag_id}` has no dates from {from} to {until} that have passed")]
    NoDates {
        /// The DAG.
        dag_id: DagId,
        /// The first date.
        from: Timestamp,
        /// The last date.
        until: Timestamp,
    },
    /// There are too many dates.
    #[error("dag `{dag_id}` has more than {BACKFILL_RUNS_MAX} dates in that range; backfill it in parts")]
    TooManyRuns {
        /// The DAG.
        dag_id: DagId,
    },
    /// Only the program of the DAG knows its dates.
    #[error("the dates of dag `{dag_id}` are those of its own timetable, which was not asked for them")]
    NotAsked {
        /// The DAG.
        dag_id: DagId,
    },
    /// The timetable of the DAG tells nonsense.
    #[error("dag `{dag_id}`: its timetable cannot be followed: {problem}")]
    Told {
        /// The DAG.
        dag_id: DagId,
        /// What it tells.
        problem: AnswerProblem,
    },
    /// The schedule fails.
    #[error("dag `{dag_id}`: schedule: {problem}")]
    Schedule {
        /// The DAG.
        dag_id: DagId,
        /// The expression, and where it was looked for.
        problem: NoMatchingDate,
    },
}

impl Schedule {
    /// Whether it tells dates that can be backfilled. Source: `Timetable.periodic` of Airflow 3.
    pub fn is_periodic(&self) -> bool {
        let is_custom = |timetable: &crate::CustomTimetable| timetable.periodic;
        self.custom().map_or(
            !matches!(self, Self::None | Self::Once | Self::Continuous),
            is_custom,
        )
    }
}

impl ValidDag {
    /// The runs of a backfill in the order in which they start: those of the DAG's timetable within the dates, whatever its
    /// start date says, as far as they are due. Source: `airflow/models/backfill.py` of Airflow 3.3.
    ///
    /// # Errors
    /// [`BackfillError`].
    pub fn backfill(
        &self,
        dates: &BackfillDates,
        reprocess: ReprocessBehavior,
        now: Timestamp,
    ) -> Result<Vec<RunInfo>, BackfillError> {
        self.check_backfill(dates, reprocess, now)?;
        if self.spec().schedule.custom().is_some() {
            return Err(BackfillError::NotAsked {
                dag_id: self.spec().dag_id.clone(),
            });
        }
        let runs = self.runs_between(dates.from, dates.until, now)?;
        self.in_order(runs, dates)
    }

    /// The question for the first run of a backfill, if the DAG has a timetable of its own, whose program knows its dates. It is
    /// to be asked for the next run again and again.
    ///
    /// # Errors
    /// [`BackfillError`].
    pub fn backfill_question(
        &self,
        version: DagVersionId,
        dates: &BackfillDates,
        reprocess: ReprocessBehavior,
        now: Timestamp,
    ) -> Result<Option<TimetableQuestion>, BackfillError> {
        self.check_backfill(dates, reprocess, now)?;
        let restriction = TimeRestriction {
            earliest: Some(dates.from),
            latest: Some(dates.until),
            catchup: true,
        };
        Ok(self.spec().schedule.custom().map(|_| TimetableQuestion {
            version,
            last: None,
            last_run_after: None,
            restriction,
            failures: 0,
        }))
    }

    /// The runs of a backfill, of all that the DAG's program has told one after the other, in the order in which they start.
    ///
    /// # Errors
    /// [`BackfillError`].
    pub fn backfill_as_told(
        &self,
        dates: &BackfillDates,
        first: TimetableQuestion,
        told: Vec<ToldRun>,
        now: Timestamp,
    ) -> Result<Vec<AnsweredRun>, BackfillError> {
        let dag_id = || self.spec().dag_id.clone();
        let (mut question, mut runs) = (first, Vec::new());
        for told in told {
            let checked = question.check(told);
            let run = checked.map_err(|problem| BackfillError::Told {
                dag_id: dag_id(),
                problem,
            })?;
            let Some(run) = run.filter(|run| run.data_interval.end < now) else {
                break;
            };
            if runs.len() == BACKFILL_RUNS_MAX {
                return Err(BackfillError::TooManyRuns { dag_id: dag_id() });
            }
            question = question.after(&run);
            runs.push(run);
        }
        self.in_order(runs, dates)
    }

    fn in_order<R>(&self, mut runs: Vec<R>, dates: &BackfillDates) -> Result<Vec<R>, BackfillError> {
        let BackfillDates {
            from,
            until,
            backwards,
        } = *dates;
        if runs.is_empty() {
            return Err(BackfillError::NoDates {
                dag_id: self.spec().dag_id.clone(),
                from,
                until,
            });
        }
        if backwards {
            runs.reverse();
        }
        Ok(runs)
    }

    fn check_backfill(
        &self,
        dates: &BackfillDates,
        reprocess: ReprocessBehavior,
        now: Timestamp,
    ) -> Result<(), BackfillError> {
        let spec = self.spec();
        let dag_id = || spec.dag_id.clone();
        let BackfillDates {
            from,
            until,
            backwards,
        } = *dates;
        if !spec.schedule.is_periodic() {
            let schedule = spec.schedule.to_string();
            return Err(BackfillError::NotPeriodic {
                dag_id: dag_id(),
                schedule,
            });
        }
        if from > until {
            return Err(BackfillError::EndsBeforeItBegins { from, until });
        }
        if from >= now {
            return Err(BackfillError::InFuture { from });
        }
        if spec.tasks.iter().any(TaskSpec::looks_back) {
            if backwards {
                return Err(BackfillError::BackwardsWithPast { dag_id: dag_id() });
            }
            if reprocess == ReprocessBehavior::None {
                return Err(BackfillError::MustReprocess { dag_id: dag_id() });
            }
        }
        Ok(())
    }

    fn runs_between(
        &self,
        from: Timestamp,
        until: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<RunInfo>, BackfillError> {
        let dag_id = || self.spec().dag_id.clone();
        let restriction = TimeRestriction {
            earliest: Some(from),
            latest: Some(until),
            catchup: true,
        };
        let fails = |problem| BackfillError::Schedule {
            dag_id: dag_id(),
            problem,
        };
        let timetable = self.timetable();
        let mut runs: Vec<RunInfo> = Vec::new();
        loop {
            let last = runs.last().map(|run| run.data_interval);
            let mut next = timetable.next(last, &restriction, now).map_err(fails)?;
            if let (Some(last), Some(run)) = (last, next)
                && run.run_after <= last.end
            {
                next = timetable.next_in_line(last, &restriction).map_err(fails)?;
            }
            let Some(run) = next.filter(|run| run.data_interval.end < now && run.logical_date <= until)
            else {
                return Ok(runs);
            };
            if runs.len() == BACKFILL_RUNS_MAX {
                return Err(BackfillError::TooManyRuns { dag_id: dag_id() });
            }
            runs.push(run);
        }
    }
}
