//! Airflow DAG files in Python: how soon they are read, what hops between their tasks and wide runs cost, and what is idle.

use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::cost::processor_seconds;
use super::engine::Engine;
use super::figure::{Figure, Figures, median, quantile};
use crate::workspace;

/// How many files are read at once, and how many tasks each has.
const FILES: usize = 500;
const TASKS: usize = 5;

/// How many tasks follow each other, or stand beside each other.
const CHAIN: usize = 30;
const WIDTH: usize = 200;

/// How many tasks run when their memory is read.
const RUNNING: usize = 16;

/// The unchanged folder is watched for so long; it is looked at twice a second.
const WATCHED: Duration = Duration::from_secs(10);
const LOOKS_PER_SECOND: f64 = 2.0;

/// What the tasks of the shapes do, and the shapes.
const HEAD: &str = "import time\nfrom datetime import datetime\nfrom airflow import DAG\n\
                    from airflow.operators.python import PythonOperator\n\
                    def nothing(*_):\n    pass\n";

/// Takes the figures on the embedded database.
pub(super) fn measure(programs: &Path, runs: u32, figures: &mut Figures) -> Result<()> {
    install(programs)?;
    let figure = |shape, metric, value, unit| Figure {
        store: "sqlite",
        tasks: "python",
        ..Figure::new(shape, metric, value, unit)
    };
    let engine = Engine::start(programs, None, 0)?;
    let folder = engine.dags_folder();
    let start = Instant::now();
    for number in 0..FILES {
        std::fs::write(
            folder.join(format!("file_{number:03}.py")),
            file(&format!("file_{number:03}")),
        )?;
    }
    engine.wait_for(|engine| Ok((engine.known("file_")? == FILES).then_some(())))?;
    figures.add(&figure("500 files", "cold_s", start.elapsed().as_secs_f64(), "s"));
    let visible: Vec<f64> = (0..runs)
        .map(|number| visible(&engine, number))
        .collect::<Result<_>>()?;
    figures.add(&Figure {
        runs,
        ..figure("one more file", "visible_s", median(&visible), "s")
    });
    std::thread::sleep(Duration::from_secs(2));
    let before = processor_seconds(engine.pid())?;
    std::thread::sleep(WATCHED);
    let used = processor_seconds(engine.pid())? - before;
    let per_look = 1000.0 * used / (WATCHED.as_secs_f64() * LOOKS_PER_SECOND);
    figures.add(&figure("500 unchanged files", "cpu_per_look_ms", per_look, "ms"));
    for number in 0..FILES {
        std::fs::remove_file(folder.join(format!("file_{number:03}.py")))?;
    }
    shapes(&engine, runs, figures, figure)
}

fn shapes(
    engine: &Engine,
    runs: u32,
    figures: &mut Figures,
    figure: impl Fn(&'static str, &'static str, f64, &'static str) -> Figure,
) -> Result<()> {
    for (name, text) in [
        ("line", line()),
        ("copies", copies()),
        ("row", row()),
        ("sleepers", sleepers()),
    ] {
        std::fs::write(engine.dags_folder().join(format!("{name}.py")), text)?;
        engine.wait_for(|engine| Ok((engine.known(name)? == 1).then_some(())))?;
    }
    // The first runs start the interpreters and are not counted.
    for dag_id in ["line", "copies"] {
        engine.run(dag_id)?;
    }
    let (mut p50, mut p99, mut mapped, mut listed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..runs {
        let hops = engine.run("line")?.hops_ms();
        p50.push(quantile(&hops, 0.5));
        p99.push(quantile(&hops, 0.99));
        mapped.push(engine.run("copies")?.tasks_per_s());
        listed.push(engine.run("row")?.tasks_per_s());
    }
    for (shape, metric, values, unit) in [
        ("chain", "hop_p50_ms", p50, "ms"),
        ("chain", "hop_p99_ms", p99, "ms"),
        ("200 copies", "tasks_per_s", mapped, "1/s"),
        ("200 tasks in a file", "tasks_per_s", listed, "1/s"),
    ] {
        figures.add(&Figure {
            runs,
            ..figure(shape, metric, median(&values), unit)
        });
    }
    let idle = engine.memory_mib()?;
    let run_id = engine.trigger("sleepers")?;
    engine.wait_for(|engine| {
        let states = engine.ask(&["tasks", "states-for-dag-run", "sleepers", &run_id])?;
        Ok((states.matches("\"running\"").count() == RUNNING).then_some(()))
    })?;
    std::thread::sleep(Duration::from_secs(1));
    let per_task = (engine.memory_mib()? - idle) / RUNNING as f64;
    figures.add(&figure("a running task", "pss_mib", per_task, "MiB"));
    Ok(())
}

/// Makes the environment, lest its making be measured.
fn install(programs: &Path) -> Result<()> {
    let target = workspace::target()?;
    workspace::quietly(
        Command::new(programs.join("updraft"))
            .args(["python", "install"])
            .env("AIRFLOW_HOME", target.join("python/home"))
            .env(
                "AIRFLOW__UPDRAFT__PYTHON_ENVIRONMENT",
                target.join("python/engine"),
            ),
    )
}

/// From the moment in which a file is written until its DAG is listed, in seconds.
fn visible(engine: &Engine, number: u32) -> Result<f64> {
    let name = format!("late_{number}");
    let start = Instant::now();
    std::fs::write(engine.dags_folder().join(format!("{name}.py")), file(&name))?;
    engine.wait_for(|engine| Ok((engine.known(&name)? == 1).then_some(())))?;
    Ok(start.elapsed().as_secs_f64())
}

/// A DAG without a schedule, with these lines in it.
fn dag(dag_id: &str, lines: &str) -> String {
    format!(
        "{HEAD}with DAG({dag_id:?}, schedule=None, start_date=datetime(2024, 1, 1), max_active_tasks=1000) as dag:\n{lines}"
    )
}

fn file(dag_id: &str) -> String {
    let mut lines = String::new();
    for number in 0..TASKS {
        // Writing to a text does not fail.
        let _ = writeln!(
            lines,
            "    t{number} = PythonOperator(task_id='t{number}', python_callable=nothing)"
        );
    }
    dag(dag_id, &(lines + "    t0 >> [t1, t2, t3] >> t4\n"))
}

fn line() -> String {
    let tasks = format!(
        "    before = None\n    for number in range({CHAIN}):\n        \
         now = PythonOperator(task_id=f't{{number}}', python_callable=nothing)\n        \
         if before: before >> now\n        before = now\n"
    );
    dag("line", &tasks)
}

fn copies() -> String {
    dag(
        "copies",
        &format!(
            "    PythonOperator.partial(task_id='t', python_callable=nothing).expand(op_args=[[n] for n in range({WIDTH})])\n"
        ),
    )
}

fn row() -> String {
    dag(
        "row",
        &format!(
            "    [PythonOperator(task_id=f't{{n}}', python_callable=nothing) for n in range({WIDTH})]\n"
        ),
    )
}

fn sleepers() -> String {
    dag(
        "sleepers",
        &format!(
            "    [PythonOperator(task_id=f't{{n}}', python_callable=time.sleep, op_args=[60]) for n in range({RUNNING})]\n"
        ),
    )
}
