//! Airflow DAG files in Python: how soon they are read, what hops between their tasks and wide runs cost, and what is idle.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Result;

use super::airflow::Airflow;
use super::cost::processor_seconds;
use super::engine::Engine;
use super::figure::{Figure, Figures, median, quantile};
use super::orchestrator::{Orchestrator, wait_for};
use crate::postgres::{Cluster, Durability};
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

/// Takes the figures on the embedded database; and, where there are environments with real Airflow, those of both on PostgreSQL.
pub(super) fn measure(programs: &Path, airflows: &[PathBuf], runs: u32, figures: &mut Figures) -> Result<()> {
    install(programs)?;
    let figure = |shape, metric, value, unit| Figure {
        store: "sqlite",
        tasks: "python",
        ..Figure::new(shape, metric, value, unit)
    };
    let engine = Engine::start(programs, None, 0)?;
    let folder = engine.dags_folder();
    figures.add(&figure("500 files", "cold_s", cold(&engine)?, "s"));
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
    for taken in shapes(&engine, runs)? {
        figures.add(&Figure {
            store: "sqlite",
            ..taken
        });
    }
    let per_task = of_a_running_task(&engine)?;
    figures.add(&figure("a running task", "pss_mib", per_task, "MiB"));
    drop(engine);
    beside(programs, airflows, runs, figures)
}

/// The figures of the engine and of each Airflow, one after the other on this machine.
fn beside(programs: &Path, airflows: &[PathBuf], runs: u32, figures: &mut Figures) -> Result<()> {
    if airflows.is_empty() {
        return Ok(());
    }
    let cluster = Cluster::start(Durability::Full)?;
    let engine = Engine::start(programs, Some(&cluster.url()), 0)?;
    let ours = both(&engine, runs)?;
    drop(engine);
    for environment in airflows {
        let airflow = Airflow::start(environment)?;
        for (ours, theirs) in ours.iter().zip(both(&airflow, 1)?) {
            figures.add(&Figure {
                store: "postgres",
                peer: Some(airflow.name().to_owned()),
                peer_value: Some(theirs.value),
                ..ours.clone()
            });
        }
    }
    Ok(())
}

fn both(orchestrator: &impl Orchestrator, runs: u32) -> Result<Vec<Figure>> {
    let cold = Figure {
        tasks: "python",
        ..Figure::new("500 files", "cold_s", cold(orchestrator)?, "s")
    };
    for number in 0..FILES {
        std::fs::remove_file(orchestrator.dags_folder().join(format!("file_{number:03}.py")))?;
    }
    let mut figures = vec![cold];
    figures.extend(shapes(orchestrator, runs)?);
    Ok(figures)
}

/// From the moment in which the first of many files is written until the last one's DAG is known, in seconds.
fn cold(orchestrator: &impl Orchestrator) -> Result<f64> {
    let folder = orchestrator.dags_folder();
    let start = Instant::now();
    for number in 0..FILES {
        let name = format!("file_{number:03}");
        std::fs::write(folder.join(format!("{name}.py")), file(&name))?;
    }
    wait_for(|| Ok((orchestrator.known("file_")? == FILES).then_some(())))?;
    Ok(start.elapsed().as_secs_f64())
}

/// What hops and wide runs cost.
fn shapes(orchestrator: &impl Orchestrator, runs: u32) -> Result<Vec<Figure>> {
    for (name, text) in [
        ("line", line()),
        ("copies", copies()),
        ("row", row()),
        ("sleepers", sleepers()),
    ] {
        std::fs::write(orchestrator.dags_folder().join(format!("{name}.py")), text)?;
        wait_for(|| Ok((orchestrator.known(name)? == 1).then_some(())))?;
    }
    // The first runs start the interpreters and are not counted.
    for dag_id in ["line", "copies"] {
        orchestrator.run(dag_id)?;
    }
    let (mut p50, mut p99, mut mapped, mut listed) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..runs {
        let hops = orchestrator.run("line")?.hops_ms();
        p50.push(quantile(&hops, 0.5));
        p99.push(quantile(&hops, 0.99));
        mapped.push(orchestrator.run("copies")?.tasks_per_s());
        listed.push(orchestrator.run("row")?.tasks_per_s());
    }
    let figures = [
        ("chain", "hop_p50_ms", p50, "ms"),
        ("chain", "hop_p99_ms", p99, "ms"),
        ("200 copies", "tasks_per_s", mapped, "1/s"),
        ("200 tasks in a file", "tasks_per_s", listed, "1/s"),
    ];
    let figure = |(shape, metric, values, unit): (_, _, Vec<f64>, _)| Figure {
        tasks: "python",
        runs,
        ..Figure::new(shape, metric, median(&values), unit)
    };
    Ok(figures.map(figure).into())
}

/// The memory that a running task has to itself.
fn of_a_running_task(engine: &Engine) -> Result<f64> {
    let idle = engine.memory_mib()?;
    let run_id = engine.trigger("sleepers")?;
    wait_for(|| {
        let states = engine.ask(&["tasks", "states-for-dag-run", "sleepers", &run_id])?;
        Ok((states.matches("\"running\"").count() == RUNNING).then_some(()))
    })?;
    std::thread::sleep(Duration::from_secs(1));
    Ok((engine.memory_mib()? - idle) / RUNNING as f64)
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
    wait_for(|| Ok((engine.known(&name)? == 1).then_some(())))?;
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
