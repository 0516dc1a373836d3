//! DAGs for tests of the engine: tasks that fail, wait, hang, leave processes behind and talk to each other.
//!
//! A task writes what it does as lines of the file that Variable `journal` names, and waits for files beside it.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use updraft_sdk::{
    Bundle, Context, Dag, DefaultArgs, Param, TaskArguments, TaskError, TaskResult, TriggerRule,
};

/// How often a waiting task looks for its file.
const LOOK_INTERVAL: Duration = Duration::from_millis(10);

async fn journal(context: &Context) -> Result<PathBuf, Box<dyn Error + Send + Sync>> {
    let path = context.variable("journal").await?;
    Ok(path.ok_or("Variable `journal` is not set")?.into())
}

async fn write(context: &Context, what: &str) -> TaskResult {
    let mut file = std::fs::File::options()
        .create(true)
        .append(true)
        .open(journal(context).await?)?;
    let line = format!(
        "{} {} {what} {}\n",
        context.run_id(),
        context.task_id(),
        std::process::id()
    );
    file.write_all(line.as_bytes())?;
    Ok(())
}

/// Waits until a file of that name lies beside the journal.
async fn wait_for(context: &Context, name: &str) -> TaskResult {
    let file = journal(context).await?.with_file_name(name);
    while !file.exists() {
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
    Ok(())
}

async fn patient(context: Context) -> TaskResult {
    write(&context, "begins").await?;
    wait_for(&context, "go").await?;
    write(&context, "ends").await
}

async fn third_time_lucky(context: Context) -> TaskResult<u32> {
    if context.try_number() < 3 {
        return Err(format!("try {} is not the third", context.try_number()).into());
    }
    Ok(context.try_number())
}

async fn every_other_try(context: Context) -> TaskResult {
    if context.try_number() % 2 == 1 {
        return Err(format!("try {} is odd", context.try_number()).into());
    }
    Ok(())
}

async fn choose(context: Context) -> TaskResult<&'static str> {
    Ok(if context.try_number() == 1 {
        "left"
    } else {
        "right"
    })
}

async fn stop_here(_: Context) -> TaskResult<bool> {
    Ok(false)
}

async fn leave(context: Context) -> TaskResult<Value> {
    let secret = context
        .connection("warehouse")
        .await?
        .and_then(|connection| connection.password);
    tracing::info!("the password is {}", secret.unwrap_or_default());
    tracing::info!("the params are {}", json!(context.params()));
    context.progress(1, 2, "half way");
    Ok(json!({ "conf": context.conf(), "ds": context.ds() }))
}

async fn find(context: Context) -> TaskResult {
    let left: Option<Value> = context.xcom_pull("leave").await?;
    tracing::info!("found {}", left.unwrap_or_default());
    Ok(())
}

/// Starts a process that leaves its session and outlives its parent, then hangs.
async fn escape(context: Context) -> TaskResult {
    let escapee = journal(&context).await?.with_file_name("escapee");
    let script = format!("setsid sh -c 'echo $$ > {}; exec sleep 600' &", escapee.display());
    Command::new("sh")
        .args(["-c", &script])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    wait_for(&context, "escapee").await?;
    write(&context, "hangs").await?;
    wait_for(&context, "never").await
}

async fn pass_over(_: Context) -> TaskResult {
    Err(TaskError::skip("nothing to do"))
}

async fn give_up(_: Context) -> TaskResult {
    Err(TaskError::fail_without_retry("no use in trying again"))
}

async fn nothing(_: Context) -> TaskResult {
    Ok(())
}

fn dag(name: &str) -> Dag {
    Dag::new(name)
        .schedule(None)
        .start_date("2024-01-01")
        .default_args(
            DefaultArgs::new()
                .retries(2)
                .retry_delay(Duration::from_millis(50)),
        )
}

/// A branch whose ways meet again, a short circuit, and work between a setup and a teardown.
fn crossroads() -> Dag {
    let crossroads = dag("crossroads");
    let choose = crossroads.branch("choose", choose);
    let ways = [
        crossroads.task("left", nothing),
        crossroads.task("right", nothing),
    ];
    let meet = crossroads
        .task("meet", nothing)
        .trigger_rule(TriggerRule::NoneFailedMinOneSuccess);
    crossroads.order(choose >> ways >> meet);
    let stop = crossroads.short_circuit("stop", stop_here);
    let behind = crossroads.task("behind", nothing);
    let last = crossroads
        .task("last", nothing)
        .trigger_rule(TriggerRule::AllDone);
    crossroads.order(stop >> behind >> last);
    let up = crossroads.task("up", nothing);
    let work = crossroads.task("work", give_up);
    let down = crossroads.task("down", nothing).teardown_of(up);
    crossroads.order(up >> work >> down);
    crossroads
}

/// A chain that loses its second task, and gets another one, once its bundle file sets `LATER`.
#[expect(
    clippy::disallowed_methods,
    reason = "the bundle file decides by the environment that it gives its program"
)]
fn changing() -> Dag {
    let changing = dag("changing");
    let first = changing.task("first", patient);
    let second = if std::env::var_os("LATER").is_some() {
        changing.task("added", nothing)
    } else {
        changing.task("dropped", nothing)
    };
    let last = changing.task("last", nothing);
    changing.order(first >> second >> last);
    changing
}

fn main() -> ExitCode {
    let patience = dag("patience").max_active_runs(1);
    let (first, second) = (patience.task("first", patient), patience.task("second", patient));
    patience.order(first >> second);
    let twins = dag("twins");
    twins.task("one", patient);
    twins.task("two", patient);
    let luck = dag("luck");
    luck.task("third_time_lucky", third_time_lucky);
    let pooled = dag("pooled");
    pooled.task("pass_the_gate", nothing).pool("gate");
    let odds = dag("odds");
    odds.task("every_other_try", every_other_try).retries(1);
    let limit = Param::new(500).schema(json!({"type": "integer", "minimum": 1}));
    let talk = dag("talk").param("limit", limit);
    let (leave, find) = (talk.task("leave", leave), talk.task("find", find));
    talk.order(leave >> find);
    let daily = dag("daily")
        .schedule("@daily")
        .catchup(false)
        .is_paused_upon_creation(true);
    daily.task("a_day", nothing);
    let hang = dag("hang");
    hang.task("escape", escape);
    let late = dag("late");
    late.task("escape", escape)
        .execution_timeout(Duration::from_millis(300))
        .retries(0);
    let branches = dag("branches");
    let (skipped, after) = (
        branches.task("pass_over", pass_over),
        branches.task("after_skip", nothing),
    );
    let (failed, never) = (
        branches.task("give_up", give_up),
        branches.task("after_failure", nothing),
    );
    branches.order(skipped >> after);
    branches.order(failed >> never);
    Bundle::new("trouble")
        .dag(patience)
        .dag(twins)
        .dag(luck)
        .dag(odds)
        .dag(pooled)
        .dag(crossroads())
        .dag(talk)
        .dag(changing())
        .dag(daily)
        .dag(hang)
        .dag(late)
        .dag(branches)
        .run()
}
