//! A DAG that leaves to the installation which Airflow generation's meaning it has: `[updraft] compat`.

use std::process::ExitCode;

use updraft_sdk::{Bundle, Context, Dag, TaskResult};

/// At level 2 the runs of a daily DAG are about the day that has just ended; at level 3 they are about the moment at which
/// they start, and those that somebody triggers are about no date at all.
async fn tell(context: Context) -> TaskResult<String> {
    let run = context.dag_run();
    let (date, interval) = (run.logical_date, run.data_interval());
    context
        .logger()
        .info(format!("logical date {date:?}, data interval {interval:?}"));
    Ok(date.map_or_else(|| "no date".to_owned(), |_| context.ds()))
}

fn main() -> ExitCode {
    let dag = Dag::new("daily_or_not")
        .schedule("@daily")
        .start_date("2099-01-01")
        .is_paused_upon_creation(false);
    dag.task("tell", tell);
    Bundle::new("compat").dag(dag).run()
}
