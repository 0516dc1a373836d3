//! A bundle program for tests; its first argument says how it behaves.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use updraft_sdk::{Bundle, Context, Dag, TaskArguments, TaskResult};

async fn nothing(_: Context) -> TaskResult {
    Ok(())
}

fn dag(name: &str) -> Dag {
    let dag = Dag::new(name).schedule("@daily").start_date("2024-01-01");
    dag.order(dag.task("a", nothing).retries(2) >> dag.task("b", nothing));
    dag
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (behaviour, rest) = arguments
        .split_first()
        .map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    match behaviour {
        "cycle" => {
            let dag = dag("cycle");
            let (a, b) = (dag.task("c", nothing), dag.task("d", nothing));
            dag.order(a >> b >> a);
            Bundle::new("fixture").dag(dag).run_with(rest)
        }
        "twice" => Bundle::new("fixture")
            .dag(dag("same"))
            .dag(dag("same"))
            .dag(Dag::new("a b"))
            .run_with(rest),
        "exit" => {
            let _ = writeln!(std::io::stderr(), "the database password is missing");
            ExitCode::from(3)
        }
        "hang" => loop {
            std::thread::park_timeout(Duration::from_mins(10));
        },
        "chatter" => {
            // Far more than a pipe holds.
            for number in 0..20_000 {
                let _ = writeln!(std::io::stdout(), "line {number}");
            }
            Bundle::new("fixture").dag(dag("chatter")).run_with(rest)
        }
        names => names
            .split(',')
            .fold(Bundle::new("fixture"), |bundle, name| bundle.dag(dag(name)))
            .run_with(rest),
    }
}
