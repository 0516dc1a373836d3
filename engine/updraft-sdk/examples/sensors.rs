//! DAGs for tests of waiting: a sensor that gives its slot back, and one that runs out of time.
//!
//! The sensor waits for the file `go` beside the one that Variable `journal` names, and writes into that when it looks.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use updraft_sdk::{Bundle, Context, Dag, SensorMode, TaskArguments, TaskResult};

async fn journal(context: &Context) -> Result<PathBuf, Box<dyn Error + Send + Sync>> {
    let path = context.variable("journal").await?;
    Ok(path.ok_or("Variable `journal` is not set")?.into())
}

async fn write(context: &Context, line: &str) -> TaskResult {
    let mut file = std::fs::File::options()
        .create(true)
        .append(true)
        .open(journal(context).await?)?;
    file.write_all(format!("{} {} {line}\n", context.run_id(), context.task_id()).as_bytes())?;
    Ok(())
}

/// Notes each look, and the try that it is one of.
async fn is_allowed(context: Context) -> TaskResult<bool> {
    let count = context.task_reschedule_count();
    write(
        &context,
        &format!("looks {count} in try {}", context.try_number()),
    )
    .await?;
    Ok(journal(&context).await?.with_file_name("go").exists())
}

async fn never(_: Context) -> TaskResult<bool> {
    Ok(false)
}

async fn work(context: Context) -> TaskResult {
    write(&context, "works").await
}

fn main() -> ExitCode {
    let waiting = Dag::new("waiting");
    let sensor = waiting
        .sensor("sensor", is_allowed)
        .poke_interval(Duration::from_millis(100))
        .mode(SensorMode::Reschedule);
    let after = waiting.task("after", work);
    waiting.task("beside", work);
    waiting.order(sensor >> after);

    let late = Dag::new("out_of_time");
    for (task_id, soft) in [("late", false), ("late_and_soft", true)] {
        late.sensor(task_id, never)
            .poke_interval(Duration::from_millis(50))
            .timeout(Duration::from_millis(300))
            .mode(SensorMode::Reschedule)
            .soft_fail(soft)
            .retries(3);
    }
    Bundle::new("sensors").dag(waiting).dag(late).run()
}
