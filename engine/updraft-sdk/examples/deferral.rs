//! DAGs for tests of deferral: tasks that wait in the engine, without a process and without a slot.
//!
//! What runs writes a line into the file that Variable `journal` names.

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::{Map, json};
use updraft_sdk::{
    Bundle, Context, Dag, Defer, Param, TaskArguments, TaskError, TaskResult, Trigger, TriggerRun,
};

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

/// Waits for the file `go` beside the journal.
async fn for_a_file(context: Context) -> TaskResult<Trigger> {
    let journal = context.variable("journal").await?.unwrap_or_default();
    let file = std::path::Path::new(&journal).with_file_name("go");
    Ok(Trigger::file(file.to_string_lossy()))
}

async fn fail(_: Context) -> TaskResult {
    Err("it breaks")?
}

/// Waits for tasks of the DAG `awaited` in the run that has the same id.
async fn for_a_task(context: Context) -> TaskResult<Trigger> {
    Ok(Trigger::external_tasks("awaited", ["work"], [context.run_id()]))
}

async fn for_a_group(context: Context) -> TaskResult<Trigger> {
    Ok(Trigger::external_task_group(
        "awaited",
        "group",
        [context.run_id()],
    ))
}

async fn for_a_run(context: Context) -> TaskResult<Trigger> {
    Ok(Trigger::external_dag("awaited", [context.run_id()]).kwarg("allowed_states", ["failed"]))
}

async fn for_a_task_that_breaks(context: Context) -> TaskResult<Trigger> {
    let trigger = Trigger::external_tasks("awaited", ["break"], [context.run_id()]);
    Ok(trigger.kwarg("failed_states", ["failed"]))
}

/// Waits until a web server says that a job is done, and writes what it was told.
async fn for_an_answer(context: Context) -> TaskResult {
    if let Some(event) = context.event() {
        return write(&context, &format!("heard {event}")).await;
    }
    let trigger = Trigger::http("api", "job?token=hidden")
        .kwarg("json_pointer", "/state")
        .kwarg("json_equals", "done");
    Err(TaskError::defer(trigger.kwarg("poke_interval", 0.1)))
}

/// Waits until there is an order, and writes how many there are.
async fn for_a_row(context: Context) -> TaskResult {
    if let Some(event) = context.event() {
        return write(&context, &format!("found {event}")).await;
    }
    let trigger = Trigger::sql("orders", "SELECT count(*) FROM orders WHERE item = $1")
        .kwarg("parameters", ["tea"])
        .kwarg("poke_interval", 0.1);
    Err(TaskError::defer(trigger))
}

/// Has the DAG `called` run, waits for its end, and writes how that went.
async fn call(context: Context) -> TaskResult {
    let run_id = format!("for_{}", context.run_id());
    if context.event().is_none() {
        let run = TriggerRun::of("called").run_id(&run_id).conf("limit", 3);
        context.trigger(run.note("from a task")).await?;
        let wait = Trigger::external_dag("called", [context.run_id()]).kwarg("run_ids", [run_id]);
        return Err(TaskError::defer(wait.kwarg("poke_interval", 0.1)));
    }
    let run = context.find_dag_run("called", &run_id).await?;
    let run = run.ok_or("the run is gone")?;
    let other = context.dag_run_state("called", "other").await?;
    let line = format!("sees {} {} and {other:?}", run.run_type, run.state);
    write(&context, &line).await
}

/// Writes why there is no such run.
async fn call_in_vain(context: Context) -> TaskResult {
    let run_id = format!("for_{}", context.run_id());
    for run in [
        TriggerRun::of("called").run_id(&run_id),
        TriggerRun::of("nothing_such").run_id(&run_id),
        TriggerRun::of("called").run_id("wrong").conf("limit", "many"),
    ] {
        let error = context.trigger(run).await.err().ok_or("there is such a run")?;
        write(&context, &format!("fails, {}: {error}", error.run_exists())).await?;
    }
    let again = TriggerRun::of("called").run_id(&run_id).reset(true);
    for _ in 0..2 {
        context.trigger(again.clone()).await?;
    }
    Ok(())
}

async fn be_called(context: Context) -> TaskResult {
    let limit: u64 = context.param("limit")?;
    write(&context, &format!("has limit {limit}")).await
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
        classpath: "Oracle".to_owned(),
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

    let files = Dag::new("waiting_for_a_file");
    let wait = files
        .deferrable_sensor("wait", for_a_file)
        .poke_interval(Duration::from_millis(100));
    let after = files.task("after", work);
    files.order(wait >> after);

    let answers = Dag::new("waiting_for_an_answer");
    answers.task("ask", for_an_answer);

    let rows = Dag::new("waiting_for_a_row");
    rows.task("ask", for_a_row);

    let awaited = Dag::new("awaited");
    let first = awaited
        .deferrable_sensor("first", for_a_file)
        .poke_interval(Duration::from_millis(100));
    let group = awaited.task_group("group");
    let members = [group.task("one", work), group.task("two", work)];
    let others = [awaited.task("work", work), awaited.task("break", fail)];
    for task in members.into_iter().chain(others) {
        awaited.order(first >> task);
    }

    let awaiting = Dag::new("awaiting");
    awaiting.deferrable_sensor("task", for_a_task);
    awaiting.deferrable_sensor("group", for_a_group);
    awaiting.deferrable_sensor("run", for_a_run);
    awaiting.deferrable_sensor("broken", for_a_task_that_breaks);
    awaiting
        .deferrable_sensor("broken_and_soft", for_a_task_that_breaks)
        .soft_fail(true);

    let called = Dag::new("called").param("limit", Param::new(1).schema(json!({"type": "integer"})));
    called.task("work", be_called);
    let calling = Dag::new("calling");
    let call = calling.task("call", call);
    let in_vain_too = calling.task("in_vain", call_in_vain);
    calling.order(call >> in_vain_too);

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
        .dag(files)
        .dag(answers)
        .dag(rows)
        .dag(called)
        .dag(calling)
        .dag(awaited)
        .dag(awaiting)
        .dag(patient)
        .dag(late)
        .run()
}
