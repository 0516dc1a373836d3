//! Mapped tasks: what is mapped over is known when the DAG is written, or only when a task has returned it.

use std::process::ExitCode;

use updraft_sdk::{Bundle, Context, Dag, TaskArguments, TaskError, TaskResult, TriggerRule};

async fn nothing(_: Context) -> TaskResult {
    Ok(())
}

/// As many numbers as the param `count` says.
async fn numbers(context: Context) -> TaskResult<Vec<u64>> {
    Ok((0..context.param("count")?).collect())
}

async fn square(context: Context) -> TaskResult<u64> {
    let number: u64 = context.argument("number")?;
    let power: u32 = context.argument("power")?;
    tracing::info!("copy {} has {number}", context.map_index());
    if number == 13 {
        return Err(TaskError::fail_without_retry("bad luck"));
    }
    Ok(number.pow(power))
}

async fn sum(context: Context) -> TaskResult<u64> {
    let squares: Vec<u64> = context.argument("squares")?;
    let sum = squares.iter().sum();
    tracing::info!("{} numbers, sum {sum}", squares.len());
    Ok(sum)
}

/// Numbers, each squared by a copy, and summed up.
fn squares() -> Dag {
    let dag = Dag::new("squares").param("count", 4).concurrency(64);
    let numbers = dag.task("numbers", numbers);
    let square = dag
        .task("square", square)
        .partial("power", 2)
        .expand("number", numbers.output())
        .map_index_template("number {{ number }}");
    dag.task("sum", sum)
        .partial("squares", square.output())
        .trigger_rule(TriggerRule::AllDone);
    dag
}

/// A group of tasks for each city; the short names pass themselves over.
fn cities() -> Dag {
    let dag = Dag::new("cities");
    let group = dag.task_group("city").expand("name", ["Rome", "Paris", "Berlin"]);
    let measure = group.task("measure", async |context: Context| {
        let name: String = context.argument("name")?;
        if name.len() < 5 {
            return Err(TaskError::skip("too short"));
        }
        Ok(name.len())
    });
    let report = group
        .task("report", async |context: Context| {
            let length: u64 = context.argument("length")?;
            Ok(format!("{} has {length}", context.argument::<String>("name")?))
        })
        .partial("length", measure.output());
    let end = dag.task("end", async |context: Context| {
        let reports: Vec<String> = context.argument("reports")?;
        Ok(reports.join(", "))
    });
    end.partial("reports", report.output())
        .trigger_rule(TriggerRule::NoneFailed);
    dag
}

/// What cannot be mapped over.
fn unmappable() -> Dag {
    let dag = Dag::new("unmappable");
    let text = dag.task("text", async |_| Ok("text"));
    dag.task("over_text", nothing).expand("x", text.output());
    let long = dag.task("long", async |_| Ok((0..2000).collect::<Vec<u32>>()));
    dag.task("over_long", nothing).expand("x", long.output());
    let empty = dag.task("empty", async |_| Ok(Vec::<u32>::new()));
    dag.task("over_empty", nothing).expand("x", empty.output());
    dag
}

/// More copies than anybody counts; none of them needs a process.
fn many() -> Dag {
    let dag = Dag::new("many").concurrency(64);
    let all: Vec<u32> = (0..100_000).collect();
    let many = dag.empty_task("many").expand("x", all.clone());
    let waiting = dag.task("waiting", nothing).pool("closed").expand("x", all);
    dag.order(many >> waiting);
    dag
}

fn main() -> ExitCode {
    Bundle::new("mapping")
        .dag(squares())
        .dag(cities())
        .dag(unmappable())
        .dag(many())
        .run()
}
