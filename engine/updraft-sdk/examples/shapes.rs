//! DAGs that do nothing, in the shapes that are measured and tested: a chain, a fan, one that is tried without end, one with very
//! many copies of a task; and, if `SHAPES_IDLE` says how many, DAGs that are paused.

use std::process::ExitCode;
use std::time::Duration;

use updraft_sdk::{Bundle, Context, Dag, DefaultArgs, TaskArguments, TaskResult};

/// Tasks in a row.
const CHAIN: usize = 50;

/// Tasks beside each other.
const FAN: usize = 200;

/// Copies of a mapped task.
const WIDE: u32 = 100_000;

/// Tasks in the middle of the patient DAG, and how long each takes.
const GRIND: usize = 8;
const MOMENT: Duration = Duration::from_millis(150);

async fn nothing(_: Context) -> TaskResult {
    Ok(())
}

async fn moment(_: Context) -> TaskResult {
    tokio::time::sleep(MOMENT).await;
    Ok(())
}

fn chain() -> Dag {
    let dag = Dag::new("chain").schedule(None).start_date("2024-01-01");
    let tasks: Vec<_> = (0..CHAIN)
        .map(|number| dag.task(format!("step_{number:02}"), nothing))
        .collect();
    for pair in tasks.windows(2) {
        dag.order(pair[0] >> pair[1]);
    }
    dag
}

fn fan() -> Dag {
    let dag = Dag::new("fan")
        .schedule(None)
        .start_date("2024-01-01")
        .concurrency(32);
    for number in 0..FAN {
        dag.task(format!("side_{number:03}"), nothing);
    }
    dag
}

/// Tasks that take a moment, behind one and before one, and are tried as often as it takes.
fn grind() -> Dag {
    let patient = DefaultArgs::new()
        .retries(10_000)
        .retry_delay(Duration::from_millis(100));
    let dag = Dag::new("grind")
        .schedule(None)
        .start_date("2024-01-01")
        .default_args(patient);
    let (first, last) = (dag.task("first", moment), dag.task("last", moment));
    for number in 0..GRIND {
        let between = dag.task(format!("between_{number}"), moment);
        dag.order(first >> between >> last);
    }
    dag
}

/// As wide as the fan, and begun anew as soon as it has ended; paused until somebody wants that.
fn endless() -> Dag {
    let dag = Dag::new("endless")
        .schedule("@continuous")
        .start_date("2024-01-01")
        .max_active_runs(1)
        .concurrency(32)
        .is_paused_upon_creation(true);
    for number in 0..FAN {
        dag.task(format!("side_{number:03}"), nothing);
    }
    dag
}

/// A task with very many copies, of which one runs for a long time and the others wait.
fn wide() -> Dag {
    let dag = Dag::new("wide").schedule(None).start_date("2024-01-01");
    let numbers = dag.task("numbers", async |_| Ok((0..WIDE).collect::<Vec<u32>>()));
    let each = dag.task("each", async |_| {
        tokio::time::sleep(Duration::from_hours(1)).await;
        Ok(())
    });
    each.max_active_tis_per_dag(1).expand("number", numbers.output());
    dag
}

/// A DAG that has a schedule and is paused.
fn idle(number: u32) -> Dag {
    let dag = Dag::new(format!("idle_{number:05}"))
        .schedule("*/5 * * * *")
        .start_date("2024-01-01")
        .catchup(false)
        .is_paused_upon_creation(true);
    let (first, last) = (dag.task("first", nothing), dag.task("last", nothing));
    dag.order(first >> last);
    dag
}

#[expect(
    clippy::disallowed_methods,
    reason = "the environment is read where a program starts"
)]
fn main() -> ExitCode {
    let idle_dags =
        std::env::var("SHAPES_IDLE").map_or(0, |count| count.parse().expect("SHAPES_IDLE is a number"));
    let mut bundle = Bundle::new("shapes")
        .dag(chain())
        .dag(fan())
        .dag(grind())
        .dag(endless())
        .dag(wide());
    for number in 0..idle_dags {
        bundle = bundle.dag(idle(number));
    }
    bundle.run()
}
