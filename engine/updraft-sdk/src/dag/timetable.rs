//! Timetables of a program's own.

use std::any::type_name;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};
use updraft_model::{CustomTimetable, DataInterval, RunInfo, RunType, TimeRestriction, ToldRun};
use updraft_protocol::message::{TimetableAsk, UpdraftTimetableRequest, UpdraftTimetableResult};

use super::BuiltDag;
use crate::task::panic_message;

/// What a [`Timetable`] tells, or why it cannot. Any error may leave by `?`; a text becomes one with `.into()`.
pub type TimetableResult<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// A rule of your own for when a DAG runs, where no cron expression says it; Airflow's class of that name.
///
/// The engine never runs it: whenever it wants to know the next run it starts the bundle's program and asks, and keeps the
/// answer. From then on the DAG's runs are made like those of any other: with catchup, start and end date, `max_active_runs` and
/// pauses. While the rule fails or tells nonsense the DAG gets no scheduled runs; it is asked again after a pause that grows
/// up to 15 minutes, and at once when the bundle has changed. It may take as long as `[core] dagbag_import_timeout`.
///
/// ```
/// use jiff::civil::Weekday;
/// use jiff::tz::TimeZone;
/// use jiff::{Timestamp, ToSpan, Zoned};
/// use updraft_sdk::{Dag, DagRunInfo, DataInterval, TimeRestriction, Timetable, TimetableResult};
///
/// /// A run on the morning after each working day, about that day.
/// struct AfterWorkday;
///
/// fn is_workday(day: &Zoned) -> bool {
///     !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
/// }
///
/// impl Timetable for AfterWorkday {
///     fn next_dagrun_info(
///         &self,
///         last_automated_data_interval: Option<DataInterval>,
///         restriction: &TimeRestriction,
///         now: Timestamp,
///     ) -> TimetableResult<Option<DagRunInfo>> {
///         let mut day = match (last_automated_data_interval, restriction.earliest) {
///             (Some(last), _) => last.end,
///             (None, Some(earliest)) if restriction.catchup => earliest,
///             (None, Some(earliest)) => earliest.max(now),
///             (None, None) => return Ok(None),
///         }
///         .to_zoned(TimeZone::UTC)
///         .start_of_day()?;
///         while !is_workday(&day) {
///             day = day.checked_add(1.day())?;
///         }
///         let (start, end) = (day.timestamp(), day.checked_add(1.day())?.timestamp());
///         let is_over = restriction.latest.is_some_and(|latest| start > latest);
///         Ok((!is_over).then(|| DagRunInfo::interval(start, end)))
///     }
///
///     fn infer_manual_data_interval(&self, run_after: Timestamp) -> TimetableResult<DataInterval> {
///         let mut day = run_after.to_zoned(TimeZone::UTC).start_of_day()?.checked_sub(1.day())?;
///         while !is_workday(&day) {
///             day = day.checked_sub(1.day())?;
///         }
///         let (start, end) = (day.timestamp(), day.checked_add(1.day())?.timestamp());
///         Ok(DataInterval { start, end })
///     }
/// }
///
/// let dag = Dag::new("report").timetable(AfterWorkday).start_date("2024-01-01");
/// assert_eq!(dag.build().unwrap().spec().schedule.to_string(), "AfterWorkday");
/// ```
pub trait Timetable: Send + Sync + 'static {
    /// The next scheduled run after the one with data interval `last_automated_data_interval`, or the first one; `None` if there
    /// is no further one, which is asked again an hour later. It may be due already; then it is made at once.
    ///
    /// Each run's data interval must begin, and the run be due, later than that of the run before. `now` is the time, so
    /// that a test can choose it.
    ///
    /// # Errors
    /// Whatever keeps it from telling; the DAG gets no scheduled runs until it can.
    fn next_dagrun_info(
        &self,
        last_automated_data_interval: Option<DataInterval>,
        restriction: &TimeRestriction,
        now: Timestamp,
    ) -> TimetableResult<Option<DagRunInfo>>;

    /// The data interval of a run that somebody triggers for that date.
    ///
    /// # Errors
    /// Whatever keeps it from telling; there is no such run then.
    fn infer_manual_data_interval(&self, run_after: Timestamp) -> TimetableResult<DataInterval>;

    /// What tells this object from others of its type, for the description of the DAG. What is in it and changes makes a new
    /// version of the DAG, and the next run is asked for anew. Nothing is made from it again: the program has the object.
    fn serialize(&self) -> Map<String, Value> {
        Map::new()
    }

    /// Names the class in the description of the DAG. Default: the path of the type.
    fn class_path(&self) -> String {
        type_name::<Self>().to_owned()
    }

    /// What it is called in lists. Default: the name of the type.
    fn summary(&self) -> String {
        let name = type_name::<Self>();
        let base = name.split('<').next().unwrap_or(name);
        base.rsplit("::").next().unwrap_or(base).to_owned()
    }

    /// What it does, in a sentence. Default: nothing.
    fn description(&self) -> String {
        String::new()
    }

    /// Whether dates that have passed can be backfilled. Default: yes.
    fn periodic(&self) -> bool {
        true
    }

    /// Whether runs come by themselves; if not, it is only asked about runs that somebody triggers. Default: yes.
    fn can_be_scheduled(&self) -> bool {
        true
    }

    /// How many runs of the DAG may be active at once at most. Default: as many as the DAG says.
    fn active_runs_limit(&self) -> Option<u32> {
        None
    }

    /// The name of a run, unique in its DAG. `None`, the default: as usual, e.g. `scheduled__2024-01-01T00:00:00+00:00`.
    fn generate_run_id(
        &self,
        run_type: RunType,
        run_after: Timestamp,
        data_interval: DataInterval,
    ) -> Option<String> {
        let _ = (run_type, run_after, data_interval);
        None
    }
}

/// A run that a [`Timetable`] wants to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DagRunInfo {
    /// It must not start earlier.
    pub run_after: Timestamp,
    /// The span of data it is about; its start is the run's logical date.
    pub data_interval: DataInterval,
}

impl DagRunInfo {
    /// A run about a span of data, which starts when that is over.
    pub const fn interval(start: Timestamp, end: Timestamp) -> Self {
        Self {
            run_after: end,
            data_interval: DataInterval { start, end },
        }
    }

    /// A run at a moment, which is both ends of its data interval.
    pub const fn exact(at: Timestamp) -> Self {
        Self::interval(at, at)
    }
}

/// A [`Timetable`] as a schedule; two are equal if the engine could not tell them apart.
#[derive(Clone)]
pub struct TimetableArgument(Arc<dyn Timetable>);

impl TimetableArgument {
    pub(super) fn new(timetable: impl Timetable) -> Self {
        Self(Arc::new(timetable))
    }

    /// What the engine is told of it.
    pub(super) fn describe(&self) -> CustomTimetable {
        let Self(timetable) = self;
        CustomTimetable {
            class_path: timetable.class_path(),
            parameters: timetable.serialize(),
            summary: timetable.summary(),
            description: timetable.description(),
            periodic: timetable.periodic(),
            can_be_scheduled: timetable.can_be_scheduled(),
            active_runs_limit: timetable.active_runs_limit(),
        }
    }

    /// Whether a run about `interval` is the newest one.
    pub(crate) fn is_latest(&self, interval: DataInterval, now: Timestamp) -> TimetableResult<bool> {
        let unrestricted = TimeRestriction {
            earliest: None,
            latest: None,
            catchup: true,
        };
        let next = self.0.next_dagrun_info(Some(interval), &unrestricted, now)?;
        Ok(next.is_none_or(|next| {
            let info = RunInfo {
                logical_date: next.data_interval.start,
                data_interval: next.data_interval,
                run_after: next.run_after,
            };
            info.leaves_latest(interval, now)
        }))
    }

    fn tell(&self, ask: &TimetableAsk, now: Timestamp) -> TimetableResult<Vec<ToldRun>> {
        match ask {
            TimetableAsk::NextDagrunInfo {
                last_automated_data_interval,
                restriction,
                runs_max,
                until,
                run_type,
            } => {
                let (mut last, mut runs) = (*last_automated_data_interval, Vec::new());
                while runs.len() < *runs_max as usize
                    && let Some(info) = self.0.next_dagrun_info(last, restriction, now)?
                    && until.is_none_or(|until| info.data_interval.end < until)
                {
                    runs.push(self.told(info, *run_type));
                    let start = info.data_interval.start;
                    if last.is_some_and(|last| start <= last.start) {
                        // The engine says what is wrong with it.
                        break;
                    }
                    last = Some(info.data_interval);
                }
                Ok(runs)
            }
            TimetableAsk::InferManualDataInterval { run_after } => {
                let info = DagRunInfo {
                    run_after: *run_after,
                    data_interval: self.0.infer_manual_data_interval(*run_after)?,
                };
                Ok(vec![self.told(info, RunType::Manual)])
            }
        }
    }

    fn told(&self, info: DagRunInfo, run_type: RunType) -> ToldRun {
        let DagRunInfo {
            run_after,
            data_interval,
        } = info;
        ToldRun {
            data_interval,
            run_after,
            run_id: self.0.generate_run_id(run_type, run_after, data_interval),
        }
    }
}

impl PartialEq for TimetableArgument {
    fn eq(&self, other: &Self) -> bool {
        self.describe() == other.describe()
    }
}

impl fmt::Debug for TimetableArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TimetableArgument")
            .field(&self.describe())
            .finish()
    }
}

/// Answers for the timetable of a DAG, if this program has that DAG; a panic is an answer too.
pub(crate) fn answer(dag: Option<&BuiltDag>, request: &UpdraftTimetableRequest) -> UpdraftTimetableResult {
    let timetable = dag.and_then(BuiltDag::timetable).filter(|timetable| {
        let own = timetable.describe();
        own.class_path == request.class_path && own.parameters == request.parameters
    });
    let Some(timetable) = timetable else {
        let message = format!(
            "the program has no timetable `{}` with these parameters for dag `{}` any more; it is asked again once its \
             DAGs have been read",
            request.class_path, request.dag_id
        );
        return UpdraftTimetableResult::Failed { message };
    };
    let told = catch_unwind(AssertUnwindSafe(|| {
        timetable.tell(&request.question, request.now)
    }));
    match told {
        Ok(Ok(runs)) => UpdraftTimetableResult::Runs { runs },
        Ok(Err(error)) => UpdraftTimetableResult::Failed {
            message: crate::bundle::chain(error.as_ref()),
        },
        Err(panic) => UpdraftTimetableResult::Failed {
            message: format!("it panicked: {}", panic_message(panic.as_ref())),
        },
    }
}
