//! DAGs for tests of callbacks: tasks that end in every way, and callbacks that write, wait and fail.
//!
//! Callbacks write lines into the file that Variable `journal` names, and wait for files beside it.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use updraft_sdk::{
    Bundle, CallbackContext, Context, Dag, DeadlineReference, DefaultArgs, TaskArguments, TaskError,
    TaskResult,
};

async fn journal(context: &Context) -> Result<PathBuf, Box<dyn Error + Send + Sync>> {
    let path = context.variable("journal").await?;
    Ok(path.ok_or("Variable `journal` is not set")?.into())
}

async fn write(context: &Context, line: &str) -> TaskResult {
    let mut file = std::fs::File::options()
        .create(true)
        .append(true)
        .open(journal(context).await?)?;
    file.write_all(format!("{line}\n").as_bytes())?;
    Ok(())
}

/// Writes what it was called for.
async fn note(context: CallbackContext) -> TaskResult {
    let about = match context.task_id() {
        Some(task_id) => format!("{task_id} {}", context.context().try_number()),
        None => "dag".to_owned(),
    };
    tracing::info!("{} {about}: {}", context.event(), context.reason());
    let (run, event) = (&context.dag_run().run_id, context.event());
    write(context.context(), &format!("{run} {event} {about}")).await
}

async fn broken(_: CallbackContext) -> TaskResult {
    Err("this callback is broken".into())
}

/// Writes which deadline was missed.
async fn note_late(context: CallbackContext) -> TaskResult {
    let missed = context.missed_deadline().ok_or("it is called for a deadline")?;
    let what = match &missed.task_id {
        Some(task_id) => format!("sla of {task_id}"),
        None => format!("deadline {}", missed.place.unwrap_or_default()),
    };
    tracing::info!("{what}: {}", context.reason());
    write(
        context.context(),
        &format!("{} late {what}", context.dag_run().run_id),
    )
    .await
}

async fn wait_for_go(context: Context) -> TaskResult {
    let file = journal(&context).await?.with_file_name("go");
    while !file.exists() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

/// Writes that it begins, waits for the file `go`, and writes that it ends.
async fn patient(context: CallbackContext) -> TaskResult {
    let (run, id) = (&context.dag_run().run_id, context.id());
    write(
        context.context(),
        &format!("{run} patient begins {id} {}", std::process::id()),
    )
    .await?;
    let file = journal(context.context()).await?.with_file_name("go");
    while !file.exists() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    write(context.context(), &format!("{run} patient ends {id}")).await
}

async fn fail(_: Context) -> TaskResult {
    Err(TaskError::fail_without_retry("it broke"))
}

async fn second_time_lucky(context: Context) -> TaskResult {
    if context.try_number() < 2 {
        return Err("not yet".into());
    }
    Ok(())
}

async fn skip(_: Context) -> TaskResult {
    Err(TaskError::skip("nothing to do"))
}

/// Is killed without a word.
async fn crash(_: Context) -> TaskResult {
    let pid = std::process::id().to_string();
    std::process::Command::new("kill").args(["-9", &pid]).status()?;
    std::future::pending().await
}

async fn succeed(_: Context) -> TaskResult {
    Ok(())
}

/// A task for each way to end.
fn alarms() -> Dag {
    let dag = Dag::new("alarms")
        .on_success_callback(note)
        .on_failure_callback(note)
        .default_args(
            DefaultArgs::new()
                .on_execute_callback(note)
                .on_success_callback(note)
                .on_failure_callback(note)
                .on_retry_callback(note)
                .on_skipped_callback(note),
        );
    dag.task("fail", fail);
    dag.task("lucky", second_time_lucky)
        .retries(1)
        .retry_delay(Duration::from_millis(100));
    dag.task("skip", skip);
    dag.task("crash", crash);
    dag.empty_task("empty");
    let after = dag.task("after", succeed);
    let skip_first = dag.task("skip_first", skip);
    // What is skipped by a rule is no event.
    dag.order(skip_first >> after);
    dag
}

/// A callback that takes its time, and one that fails beside one that does not.
fn patience() -> Dag {
    let dag = Dag::new("patient_alarm").on_success_callback(patient);
    dag.task("work", succeed)
        .on_success_callback(note)
        .on_success_callback(broken);
    dag
}

/// A run that is late, and its task.
fn late() -> Dag {
    let since = DeadlineReference::DagrunQueuedAt;
    let dag = Dag::new("late_alarm")
        .sla_miss_callback(note_late)
        .deadline(since, Duration::from_hours(1), note_late)
        .deadline(since, Duration::from_secs(2), note_late);
    dag.task("wait_for_go", wait_for_go).sla(Duration::from_secs(2));
    dag
}

fn main() -> ExitCode {
    Bundle::new("alarms")
        .dag(alarms())
        .dag(patience())
        .dag(late())
        .run()
}
