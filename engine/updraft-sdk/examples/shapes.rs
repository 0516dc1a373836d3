//! DAGs that do nothing, in the shapes that are measured and tested: a chain and a fan.

use std::process::ExitCode;

use updraft_sdk::{Bundle, Context, Dag, TaskResult};

/// Tasks in a row.
const CHAIN: usize = 50;

/// Tasks beside each other.
const FAN: usize = 200;

async fn nothing(_: Context) -> TaskResult {
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

fn main() -> ExitCode {
    Bundle::new("shapes").dag(chain()).dag(fan()).run()
}
