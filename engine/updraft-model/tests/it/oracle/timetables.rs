//! When cron timetables make runs: `timetables.json`.

use jiff::Timestamp;
use serde::Deserialize;
use updraft_model::{
    DataInterval, RunInfo, Schedule, ScheduleKind, TimeRestriction, Timetable, TimetableError,
};

use super::{Comparison, read};

#[derive(Deserialize)]
struct Recording {
    tables: Vec<Table>,
    manual: Vec<Manual>,
}

#[derive(Deserialize)]
struct Table {
    timetable: TimetableName,
    expr: String,
    tz: String,
    start: Timestamp,
    catchup: bool,
    /// The time at which the runs were asked for; absent under catchup, where it plays no part.
    now_first: Option<Timestamp>,
    #[serde(default)]
    runs: Vec<Run>,
    error: Option<String>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Run {
    logical_date: Timestamp,
    data_interval_start: Timestamp,
    data_interval_end: Timestamp,
    run_after: Timestamp,
}

#[derive(Deserialize)]
struct Manual {
    timetable: TimetableName,
    expr: String,
    tz: String,
    run_after: Timestamp,
    /// Absent, with the end, if there is no interval.
    data_interval_start: Option<Timestamp>,
    data_interval_end: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
enum TimetableName {
    CronDataIntervalTimetable,
    CronTriggerTimetable,
}

/// How Airflow refuses: when the timetable is made, or when no date is found.
#[derive(Debug, PartialEq)]
enum Refusal {
    Invalid,
    NoDate,
}

impl TimetableName {
    fn compile(self, expression: &str, zone: &str) -> Result<Timetable, TimetableError> {
        let kind = match self {
            Self::CronDataIntervalTimetable => ScheduleKind::DataInterval,
            Self::CronTriggerTimetable => ScheduleKind::Trigger,
        };
        Timetable::compile(
            &Schedule::Cron {
                expression: expression.to_owned(),
                kind,
            },
            zone,
            "a dag",
        )
    }
}

impl Table {
    fn recorded(&self) -> Result<&[Run], Refusal> {
        match self.error.as_deref() {
            None => Ok(&self.runs),
            Some(error) if error.starts_with("CroniterBadDateError") => Err(Refusal::NoDate),
            Some(_) => Err(Refusal::Invalid),
        }
    }

    fn ours(&self) -> Result<Vec<Run>, Refusal> {
        let timetable = self
            .timetable
            .compile(&self.expr, &self.tz)
            .map_err(|_| Refusal::Invalid)?;
        let restriction = TimeRestriction {
            earliest: Some(self.start),
            latest: None,
            catchup: self.catchup,
        };
        let mut last = None;
        let mut next = || {
            let now = self.now_first.unwrap_or(self.start);
            let run = timetable
                .next(last, &restriction, now)
                .map_err(|_| Refusal::NoDate)?;
            last = run.map(|run| run.data_interval);
            Ok(run)
        };
        let mut runs = Vec::new();
        // A refusal comes with the first run.
        for _ in 0..self.runs.len().max(1) {
            runs.extend(next()?.map(Run::from));
        }
        Ok(runs)
    }

    /// An expression with `R` fires at other moments each time Airflow reads it.
    fn is_random(&self) -> bool {
        self.expr
            .split_whitespace()
            .any(|field| field.starts_with(['r', 'R']))
    }
}

impl From<RunInfo> for Run {
    fn from(run: RunInfo) -> Self {
        Self {
            logical_date: run.logical_date,
            data_interval_start: run.data_interval.start,
            data_interval_end: run.data_interval.end,
            run_after: run.run_after,
        }
    }
}

#[test]
fn scheduled_runs_are_as_the_oracle_says() {
    let mut comparison = Comparison::of("timetables.json");
    for table in read::<Recording>("timetables.json").tables {
        let name = format!(
            "{:?} `{}` {} from {} catchup {}",
            table.timetable, table.expr, table.tz, table.start, table.catchup
        );
        let (recorded, ours) = (table.recorded(), table.ours());
        if table.is_random() {
            comparison.row(name, &recorded.map(<[Run]>::len), &ours.map(|runs| runs.len()));
        } else {
            comparison.row(
                name,
                &recorded,
                &ours.as_deref().map_err(|refusal| match refusal {
                    Refusal::Invalid => Refusal::Invalid,
                    Refusal::NoDate => Refusal::NoDate,
                }),
            );
        }
    }
    comparison.finish();
}

#[test]
fn manual_data_intervals_are_as_the_oracle_says() {
    let mut comparison = Comparison::of("timetables.json");
    for manual in read::<Recording>("timetables.json").manual {
        let recorded = manual
            .data_interval_start
            .zip(manual.data_interval_end)
            .map(|(start, end)| DataInterval { start, end });
        let timetable = manual.timetable.compile(&manual.expr, &manual.tz);
        let ours = timetable
            .ok()
            .and_then(|timetable| timetable.manual(manual.run_after).ok());
        let name = format!(
            "manual {:?} `{}` {} at {}",
            manual.timetable, manual.expr, manual.tz, manual.run_after
        );
        comparison.row(name, &recorded, &ours);
    }
    comparison.finish();
}
