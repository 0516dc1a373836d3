//! How long a task waits for its next try: `retry_backoff.json`.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use updraft_model::{DagId, TaskId, TaskSpec, retry_delay};

use super::{Comparison, read};

#[derive(Deserialize)]
struct Recording {
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    dag_id: DagId,
    task_id: TaskId,
    logical_date: Timestamp,
    retry_delay_s: f64,
    max_retry_delay_s: Option<f64>,
    try_number: u32,
    delay_s: f64,
}

#[test]
fn retry_delays_are_as_the_oracle_says() {
    let mut comparison = Comparison::of("retry_backoff.json");
    for row in read::<Recording>("retry_backoff.json").rows {
        let mut task = TaskSpec::new(row.task_id.clone(), "RustOperator");
        task.retry_exponential_backoff = true;
        task.retry_delay = Duration::from_secs_f64(row.retry_delay_s);
        task.max_retry_delay = row.max_retry_delay_s.map(Duration::from_secs_f64);
        let ours = retry_delay(&task, &row.dag_id, row.logical_date, row.try_number).as_secs_f64();
        let name = format!(
            "{}#{}#{}#{} delay {} max {:?}",
            row.dag_id,
            row.task_id,
            row.logical_date,
            row.try_number,
            row.retry_delay_s,
            row.max_retry_delay_s
        );
        comparison.row(name, &row.delay_s, &ours);
    }
    comparison.finish();
}
