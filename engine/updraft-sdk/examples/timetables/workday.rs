//! A run after each working day: Airflow's example of a custom timetable, with holidays that are given to it.

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Unit, Zoned, ZonedRound};
use serde_json::{Map, Value, json};
use updraft_sdk::{DagRunInfo, DataInterval, TimeRestriction, Timetable, TimetableResult};

/// A run at midnight after each working day, about that day, in UTC.
#[derive(Debug, Clone, Default)]
pub(crate) struct AfterWorkday {
    pub(crate) holidays: BTreeSet<Date>,
}

impl AfterWorkday {
    fn is_workday(&self, day: &Zoned) -> bool {
        let is_weekend = matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday);
        !is_weekend && !self.holidays.contains(&day.date())
    }

    /// The first working day from `day` on, so many days at a time.
    fn workday(&self, mut day: Zoned, step: i64) -> TimetableResult<DataInterval> {
        while !self.is_workday(&day) {
            day = day.checked_add(step.days())?;
        }
        let (start, end) = (day.timestamp(), day.checked_add(1.day())?.timestamp());
        Ok(DataInterval { start, end })
    }
}

fn utc(at: Timestamp) -> Zoned {
    at.to_zoned(TimeZone::UTC)
}

/// The midnight at that time or after it.
fn midnight_from(at: Timestamp) -> TimetableResult<Zoned> {
    let up = ZonedRound::new().smallest(Unit::Day).mode(jiff::RoundMode::Ceil);
    Ok(utc(at).round(up)?)
}

impl Timetable for AfterWorkday {
    fn next_dagrun_info(
        &self,
        last_automated_data_interval: Option<DataInterval>,
        restriction: &TimeRestriction,
        now: Timestamp,
    ) -> TimetableResult<Option<DagRunInfo>> {
        let day = match (last_automated_data_interval, restriction.earliest) {
            (Some(last), _) => utc(last.start).start_of_day()?.checked_add(1.day())?,
            (None, None) => return Ok(None),
            (None, Some(earliest)) if restriction.catchup => midnight_from(earliest)?,
            (None, Some(earliest)) => midnight_from(earliest)?.max(utc(now).start_of_day()?),
        };
        let DataInterval { start, end } = self.workday(day, 1)?;
        let is_over = restriction.latest.is_some_and(|latest| start > latest);
        Ok((!is_over).then(|| DagRunInfo::interval(start, end)))
    }

    fn infer_manual_data_interval(&self, run_after: Timestamp) -> TimetableResult<DataInterval> {
        let yesterday = utc(run_after).start_of_day()?.checked_sub(1.day())?;
        self.workday(yesterday, -1)
    }

    fn serialize(&self) -> Map<String, Value> {
        Map::from_iter([("holidays".to_owned(), json!(self.holidays))])
    }

    fn description(&self) -> String {
        "after each working day".to_owned()
    }
}
