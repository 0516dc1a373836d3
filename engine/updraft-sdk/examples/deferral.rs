//! DAGs for tests of deferral: tasks that wait in the engine, without a process and without a slot.
//!
//! What runs writes a line into the file that Variable `journal` names.

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::Map;
use updraft_sdk::{Bundle, Context, Dag, Defer, TaskArguments, TaskError, TaskResult, Trigger};

/// How long most tasks wait: long enough to be seen waiting.
const PAUSE: Duration = Duration::from_secs(3);

async fn write(context: &Context, line: &str) -> TaskResult {
    let journal = context.variable("journal").await?;
    let journal =
        journal.ok_or_else(|| Box::<dyn Error + Send + Sync>::from("Variable `journal` is not set"))?;
    let mut file = std::fs::File::options().create(true).append(true).open(journal)?;
    file.write_all(format!("{} {} {line}\n", context.run_id(), context.task_id()).as_bytes())?;
    Ok(())
}

async fn work(context: Context) -> TaskResult {
    write(&context, "works").await
}

async fn a_while(context: Context) -> TaskResult<Trigger> {
    write(
        &context,
        &format!("begins to wait in try {}", context.try_number()),
    )
    .await?;
    Ok(Trigger::date_time(context.try_began_at() + PAUSE))
}

async fn for_ever(_: Context) -> TaskResult<Trigger> {
    Ok(Trigger::time_delta(Duration::from_hours(1000)))
}

/// Waits twice, and counts that.
async fn twice(context: Context) -> TaskResult<u64> {
    let waits: u64 = context.next_kwarg("waits")?.unwrap_or_default();
    write(
        &context,
        &format!("has waited {waits} times in try {}", context.try_number()),
    )
    .await?;
    if waits == 2 {
        return Ok(waits);
    }
    let pause = Trigger::time_delta(Duration::from_millis(200));
    Err(TaskError::defer(Defer::to(pause).kwarg("waits", waits + 1)))
}

/// Waits for something that does not come in time.
async fn in_vain(context: Context) -> TaskResult {
    write(&context, &format!("waits in try {}", context.try_number())).await?;
    let long = Trigger::time_delta(Duration::from_hours(1));
    Err(TaskError::defer(
        Defer::to(long).timeout(Duration::from_millis(200)),
    ))
}

async fn for_an_oracle(_: Context) -> TaskResult {
    Err(TaskError::defer(Trigger {
        classpath: "company.triggers.Oracle".to_owned(),
        kwargs: Map::new(),
    }))
}

fn main() -> ExitCode {
    let waiting = Dag::new("deferring");
    let pause = waiting.deferrable_sensor("pause", a_while);
    let after = waiting.task("after", work);
    waiting.task("beside", work);
    waiting.order(pause >> after);

    let resuming = Dag::new("resuming");
    resuming.task("twice", twice);

    let patient = Dag::new("waiting_for_ever");
    patient.deferrable_sensor("wait", for_ever);

    let late = Dag::new("waiting_in_vain");
    for (task_id, soft) in [("late", false), ("late_and_soft", true)] {
        late.deferrable_sensor(task_id, for_ever)
            .timeout(Duration::from_millis(200))
            .soft_fail(soft)
            .retries(3);
    }
    late.task("task", in_vain).retries(1).retry_delay(Duration::ZERO);
    late.task("unknown", for_an_oracle).retries(3);

    Bundle::new("deferral")
        .dag(waiting)
        .dag(resuming)
        .dag(patient)
        .dag(late)
        .run()
}
