//! Ours: questions to a timetable that is the source's own, and their answers.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use updraft_model::{DagId, DataInterval, RunType, TimeRestriction, ToldRun};

/// The order to ask the timetable of a DAG.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UpdraftTimetableRequest {
    /// The DAG.
    pub dag_id: DagId,
    /// The class of its timetable, as the description has it.
    pub class_path: String,
    /// What the timetable was made with, as the description has it. A program in which it is another one says so.
    #[serde(default)]
    pub parameters: Map<String, Value>,
    /// The time.
    pub now: Timestamp,
    /// What is asked.
    pub question: TimetableAsk,
}

/// What a timetable is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TimetableAsk {
    /// Airflow's `next_dagrun_info`; for several runs each after the one before.
    NextDagrunInfo {
        /// The data interval of the newest scheduled run.
        last_automated_data_interval: Option<DataInterval>,
        /// Between which times and how runs are made.
        restriction: TimeRestriction,
        /// How many runs are wanted.
        runs_max: u32,
        /// No run is wanted whose data interval ends at this time or later, nor any after that.
        #[serde(default)]
        until: Option<Timestamp>,
        /// Why the runs exist, for their names.
        run_type: RunType,
    },
    /// Airflow's `infer_manual_data_interval`.
    InferManualDataInterval {
        /// The date of the run.
        run_after: Timestamp,
    },
}

/// The answer to an [`UpdraftTimetableRequest`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum UpdraftTimetableResult {
    /// The runs that were asked for, in their order, fewer than were wanted if there are no more. For a manual one just it.
    Runs {
        /// The runs.
        runs: Vec<ToldRun>,
    },
    /// The timetable could not tell.
    Failed {
        /// Why, in words.
        message: String,
    },
}
