//! The dates and the name of a run that somebody triggers.

use jiff::Timestamp;

use crate::{AnsweredRun, DataInterval, NoMatchingDate, RunId, RunType, ValidDag};

/// What a run that somebody triggers is about, where that somebody does not say it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManualRun {
    /// Its name.
    pub run_id: RunId,
    /// The date it is about.
    pub logical_date: Option<Timestamp>,
    /// The span of data it is about; there is one if and only if there is a logical date.
    pub data_interval: Option<DataInterval>,
    /// It must not start earlier.
    pub run_after: Timestamp,
}

impl ManualRun {
    /// The same run with the data interval, and perhaps the name, that the program of its DAG has told for its date.
    #[must_use]
    pub fn as_told(self, told: AnsweredRun) -> Self {
        Self {
            run_id: told.run_id.unwrap_or(self.run_id),
            data_interval: self.logical_date.map(|_| told.data_interval),
            ..self
        }
    }
}

impl ValidDag {
    /// A run of this DAG that somebody triggers at `now`, for `date` if they name one.
    ///
    /// In Airflow 2 a run is named after its date, which is the moment of its trigger if none is given. In Airflow 3 it is
    /// named after that moment, and has a date only if one is given. It may start at once. If the DAG has a
    /// [custom](crate::Schedule::Custom) timetable, its program knows the data interval of a run with a date.
    ///
    /// Sources: `airflow/api/common/trigger_dag.py` of Airflow 2.11 and 3.1.
    ///
    /// # Errors
    /// The cron expression matches no date within 50 years before the date.
    pub fn manual_run(&self, date: Option<Timestamp>, now: Timestamp) -> Result<ManualRun, NoMatchingDate> {
        let dates_every_run = self.spec().compat.dates_every_run();
        let logical_date = date.or(dates_every_run.then_some(now));
        let data_interval = logical_date.map(|date| self.timetable().manual(date));
        let run_after = if dates_every_run {
            logical_date.map_or(now, |date| date.min(now))
        } else {
            now
        };
        let named_after = logical_date.filter(|_| dates_every_run).unwrap_or(now);
        Ok(ManualRun {
            run_id: RunType::Manual.run_id(named_after),
            logical_date,
            data_interval: data_interval.transpose()?,
            run_after,
        })
    }
}
