//! DAGs with timetables of their own, for tests too: one after working days, one with months as intervals, and some that are
//! in trouble until a file `mended` lies in the home.

mod workday;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use jiff::civil::date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value, json};
use updraft_sdk::{
    Bundle, Context, Dag, DagRunInfo, DataInterval, RunType, TaskResult, TimeRestriction, Timetable,
    TimetableResult,
};

use workday::AfterWorkday;

async fn report(context: Context) -> TaskResult {
    let run = context.dag_run();
    tracing::info!(
        "about {:?} to {:?}",
        run.data_interval_start,
        run.data_interval_end
    );
    Ok(())
}

/// A run about each month, named after it.
struct Months;

fn month_from(at: Timestamp) -> TimetableResult<DataInterval> {
    let first = at.to_zoned(TimeZone::UTC).first_of_month()?.start_of_day()?;
    let (start, end) = (first.timestamp(), first.checked_add(1.month())?.timestamp());
    Ok(DataInterval { start, end })
}

impl Timetable for Months {
    fn next_dagrun_info(
        &self,
        last_automated_data_interval: Option<DataInterval>,
        restriction: &TimeRestriction,
        _: Timestamp,
    ) -> TimetableResult<Option<DagRunInfo>> {
        let from = last_automated_data_interval.map(|last| last.end);
        let Some(from) = from.or(restriction.earliest) else {
            return Ok(None);
        };
        let mut month = month_from(from)?;
        if month.start < from {
            month = month_from(month.end)?;
        }
        let DataInterval { start, end } = month;
        let is_over = restriction.latest.is_some_and(|latest| start > latest);
        Ok((!is_over).then(|| DagRunInfo::interval(start, end)))
    }

    fn infer_manual_data_interval(&self, run_after: Timestamp) -> TimetableResult<DataInterval> {
        month_from(run_after)
    }

    fn active_runs_limit(&self) -> Option<u32> {
        Some(2)
    }

    fn generate_run_id(
        &self,
        run_type: RunType,
        _: Timestamp,
        data_interval: DataInterval,
    ) -> Option<String> {
        let month = data_interval.start.strftime("%Y-%m");
        (run_type != RunType::Manual).then(|| format!("{}__{month}", run_type.as_str()))
    }
}

/// What goes wrong in a timetable.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    Fails,
    Panics,
    Exits,
    Hangs,
    TellsNonsense,
}

/// Like [`Months`], once a file `mended` lies in the home; until then it is in trouble.
struct InTrouble(Trouble);

#[expect(
    clippy::disallowed_methods,
    reason = "a bundle program is a binary, it has an environment"
)]
fn home() -> PathBuf {
    std::env::var("AIRFLOW_HOME").unwrap_or_default().into()
}

impl InTrouble {
    #[expect(clippy::panic, clippy::exit, reason = "that is the trouble it is in")]
    fn is_well(&self) -> TimetableResult<bool> {
        if home().join("mended").exists() {
            return Ok(true);
        }
        match self.0 {
            Trouble::Fails => Err("the calendar of the stock exchange cannot be read".into()),
            Trouble::Panics => panic!("no calendar"),
            Trouble::Exits => std::process::exit(3),
            Trouble::Hangs => {
                std::fs::write(home().join("hangs.pid"), std::process::id().to_string())?;
                std::thread::sleep(Duration::from_hours(1));
                Ok(true)
            }
            Trouble::TellsNonsense => Ok(false),
        }
    }
}

impl Timetable for InTrouble {
    fn next_dagrun_info(
        &self,
        last_automated_data_interval: Option<DataInterval>,
        restriction: &TimeRestriction,
        now: Timestamp,
    ) -> TimetableResult<Option<DagRunInfo>> {
        if self.is_well()? {
            return Months.next_dagrun_info(last_automated_data_interval, restriction, now);
        }
        Ok(Some(DagRunInfo::interval(now, now.checked_sub(1.hour())?)))
    }

    fn infer_manual_data_interval(&self, run_after: Timestamp) -> TimetableResult<DataInterval> {
        let DataInterval { start, end } = Months.infer_manual_data_interval(run_after)?;
        Ok(if self.is_well()? {
            DataInterval { start, end }
        } else {
            DataInterval {
                start: end,
                end: start,
            }
        })
    }

    fn serialize(&self) -> Map<String, Value> {
        Map::from_iter([("trouble".to_owned(), json!(format!("{:?}", self.0)))])
    }
}

fn dag(name: &str, timetable: impl Timetable) -> Dag {
    let dag = Dag::new(name)
        .timetable(timetable)
        .start_date("2024-01-01")
        .end_date("2024-06-30")
        .catchup(true);
    dag.task("report", report);
    dag
}

fn main() -> ExitCode {
    let holidays = [date(2024, 1, 1), date(2024, 1, 15)];
    let workdays = AfterWorkday {
        holidays: holidays.into(),
    };
    Bundle::new("timetables")
        .dag(dag("workdays", workdays.clone()).end_date("2024-01-17"))
        .dag(
            dag("some_day", workdays)
                .start_date("2100-01-01")
                .end_date("2100-12-31"),
        )
        .dag(dag("months", Months))
        .dag(dag("fails", InTrouble(Trouble::Fails)))
        .dag(dag("panics", InTrouble(Trouble::Panics)))
        .dag(dag("exits", InTrouble(Trouble::Exits)))
        .dag(dag("hangs", InTrouble(Trouble::Hangs)))
        .dag(dag("nonsense", InTrouble(Trouble::TellsNonsense)))
        .run()
}
