//! Which DAGs are paused, and the runs that are over.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::{Map, Value};
use updraft_model::{
    DagId, DagSpec, DataInterval, IdSource, MapIndex, RunId, RunKey, RunType, TaskId, TaskInstanceState,
    TaskSpec,
};
use updraft_store::{DagFilter, HistoricRun, HistoricTask, HistoricTry, Lease, RunFilter, SourceRecord};

use super::Part;
use super::pickle;
use super::source::{Row, Source, document, number, text, time, truth};
use crate::cli::app::App;
use crate::cli::progress;
use crate::clock::RandomIds;

/// A DAG there.
struct Dag {
    id: DagId,
    is_paused: bool,
}

/// What there is of it there. Tasks are read DAG by DAG.
pub(super) struct History {
    dags: Vec<Dag>,
    runs: Vec<HistoricRun>,
    unfinished: usize,
    unreadable: usize,
    without_conf: usize,
}

/// Reads DAGs and runs.
pub(super) async fn read(source: &Source) -> Result<History> {
    let mut history = History {
        dags: Vec::new(),
        runs: Vec::new(),
        unfinished: 0,
        unreadable: 0,
        without_conf: 0,
    };
    for row in source
        .rows("SELECT dag_id, is_paused FROM dag ORDER BY dag_id")
        .await?
    {
        if let Some(id) = text(&row, "dag_id").and_then(|id| DagId::parse(&id).ok()) {
            let is_paused = truth(&row, "is_paused");
            history.dags.push(Dag { id, is_paused });
        }
    }
    let columns = if source.is_3 {
        "logical_date, run_after, triggering_user_name"
    } else {
        "execution_date AS logical_date, coalesce(data_interval_end, execution_date) AS run_after"
    };
    let runs = format!(
        "SELECT dag_id, run_id, state, run_type, {columns}, data_interval_start, data_interval_end, queued_at, start_date, \
                end_date, conf FROM dag_run ORDER BY dag_id, id"
    );
    for row in source.rows(&runs).await? {
        match run(&row) {
            Some(run) if run.state.is_finished() => {
                history.without_conf += usize::from(conf(&row).is_none());
                history.runs.push(run);
            }
            Some(_) => history.unfinished += 1,
            None => history.unreadable += 1,
        }
    }
    Ok(history)
}

/// A run without its tasks; `None` if it cannot be understood.
fn run(row: &Row) -> Option<HistoricRun> {
    let interval = time(row, "data_interval_start").zip(time(row, "data_interval_end"));
    let run_type = text(row, "run_type")?;
    Some(HistoricRun {
        key: RunKey {
            dag_id: DagId::parse(&text(row, "dag_id")?).ok()?,
            run_id: RunId::parse(&text(row, "run_id")?).ok()?,
        },
        state: text(row, "state")?.parse().ok()?,
        run_type: run_type.parse().unwrap_or(RunType::Manual),
        logical_date: time(row, "logical_date"),
        data_interval: interval.map(|(start, end)| DataInterval { start, end }),
        run_after: time(row, "run_after").or_else(|| time(row, "logical_date"))?,
        conf: conf(row).unwrap_or_default(),
        queued_at: time(row, "queued_at"),
        start_date: time(row, "start_date"),
        end_date: time(row, "end_date"),
        triggered_by: text(row, "triggering_user_name"),
        note: None,
        tasks: Vec::new(),
    })
}

/// What a run was triggered with, which Airflow 2 keeps as a pickle; `None` if it is in a form that only Python reads.
fn conf(row: &Row) -> Option<Map<String, Value>> {
    let read = match (document(row, "conf"), text(row, "conf")) {
        (Some(conf), _) => conf,
        (None, None) => return Some(Map::new()),
        (None, Some(pickled)) => pickle::read(&hex::decode(pickled.trim_start_matches("\\x")).ok()?)?,
    };
    match read {
        Value::Object(conf) => Some(conf),
        Value::Null => Some(Map::new()),
        _ => None,
    }
}

impl History {
    /// How much of it is new here.
    pub(super) async fn plan(&self, app: &App) -> Result<Vec<Part>> {
        let here = dags_here(app).await?;
        let differs = |dag: &&Dag| {
            here.get(&dag.id)
                .is_none_or(|is_paused| *is_paused != dag.is_paused)
        };
        let mut runs_here = BTreeSet::new();
        for dag_id in here.keys() {
            let runs = app.store.runs(&RunFilter::all(dag_id.clone())).await?;
            runs_here.extend(runs.into_iter().map(|run| run.key));
        }
        let new = self.runs.iter().filter(|run| !runs_here.contains(&run.key));
        let notes = [
            (self.unfinished, "have not ended and stay there"),
            (self.unreadable, "have names or states that are none here"),
            (
                self.without_conf,
                "come without their conf, which only Python can read",
            ),
        ];
        let notes = notes.iter().filter(|(count, _)| *count > 0);
        let notes: Vec<String> = notes.map(|(count, what)| format!("{count} {what}")).collect();
        Ok(vec![
            Part {
                kind: "dags",
                found: self.dags.len(),
                new: self.dags.iter().filter(differs).count(),
                note: String::new(),
            },
            Part {
                kind: "runs",
                found: self.runs.len(),
                new: new.count(),
                note: notes.join("; "),
            },
        ])
    }

    /// Writes runs with their tasks, DAG by DAG; then DAGs are paused as they are there.
    pub(super) async fn write(self, source: &Source, lease: &Lease, app: &App) -> Result<()> {
        let here = dags_here(app).await?;
        let bar = progress::bar(self.runs.len() as u64, "runs");
        let mut runs: BTreeMap<DagId, Vec<HistoricRun>> = BTreeMap::new();
        for run in self.runs {
            runs.entry(run.key.dag_id.clone()).or_default().push(run);
        }
        for dag in &self.dags {
            let mut runs = runs.remove(&dag.id).unwrap_or_default();
            let tasks = tasks(&dag.id, source).await?;
            if !here.contains_key(&dag.id) {
                record(dag, &tasks, lease, app).await?;
            }
            let mut by_run: BTreeMap<RunId, Vec<HistoricTask>> = BTreeMap::new();
            for (run_id, task) in tasks {
                by_run.entry(run_id).or_default().push(task);
            }
            for run in &mut runs {
                run.tasks = with_lengths(by_run.remove(&run.key.run_id).unwrap_or_default());
            }
            app.store.add_history(lease, &runs).await?;
            app.store
                .set_paused(std::slice::from_ref(&dag.id), dag.is_paused)
                .await?;
            bar.inc(runs.len() as u64);
        }
        bar.finish_and_clear();
        Ok(())
    }
}

/// The DAGs that are known here, and whether they are paused.
async fn dags_here(app: &App) -> Result<BTreeMap<DagId, bool>> {
    let all = DagFilter {
        with_inactive: true,
        is_paused: None,
    };
    let dags = app.store.dags(all).await?;
    Ok(dags.into_iter().map(|dag| (dag.dag_id, dag.is_paused)).collect())
}

/// Makes a DAG that no source defines here, of the tasks that its runs had: when its file is read, that makes the next version.
async fn record(dag: &Dag, tasks: &[(RunId, HistoricTask)], lease: &Lease, app: &App) -> Result<()> {
    let mut spec = DagSpec::new(dag.id.clone());
    let operators: BTreeMap<&TaskId, &str> = tasks
        .iter()
        .map(|(_, task)| (&task.task_id, task.operator.as_str()))
        .collect();
    spec.tasks = operators
        .into_iter()
        .map(|(task_id, operator)| TaskSpec::new(task_id.clone(), operator))
        .collect();
    spec.is_paused_upon_creation = Some(dag.is_paused);
    let source = format!("imported/{}", dag.id);
    let record = SourceRecord {
        source: &source,
        fileloc: &source,
        code: None,
        dags: std::slice::from_ref(&spec),
        broken: None,
    };
    app.store
        .record_source(lease, &record, app.now(), &RandomIds)
        .await?;
    app.store.remove_source(lease, &source).await?;
    Ok(())
}

/// The tasks of all runs of a DAG.
async fn tasks(dag_id: &DagId, source: &Source) -> Result<Vec<(RunId, HistoricTask)>> {
    // An id has no quotes.
    let sql = format!(
        "SELECT run_id, task_id, map_index, state, try_number, max_tries, priority_weight, queued_dttm, start_date, end_date, \
                hostname, unixname, pid, operator FROM task_instance WHERE dag_id = '{dag_id}' ORDER BY run_id, task_id, map_index"
    );
    let rows = source.rows(&sql).await?;
    let found: Vec<(RunId, HistoricTask)> = rows.iter().filter_map(task).collect();
    Ok(found)
}

/// The tasks of a run, and of each that has copies how many those are: there the copies alone tell.
fn with_lengths(mut tasks: Vec<HistoricTask>) -> Vec<HistoricTask> {
    let mut mapped: BTreeMap<TaskId, HistoricTask> = BTreeMap::new();
    for copy in tasks.iter().filter(|task| task.map_index != MapIndex::UNMAPPED) {
        let all = mapped
            .entry(copy.task_id.clone())
            .or_insert_with(|| HistoricTask {
                map_index: MapIndex::UNMAPPED,
                tries: Vec::new(),
                ..copy.clone()
            });
        let length = u32::try_from(copy.map_index.0).map_or(0, |last| last + 1);
        all.mapped_length = all.mapped_length.max(Some(length));
        all.passed_over_at = all.passed_over_at.max(copy.passed_over_at);
        if copy.state != Some(TaskInstanceState::Success) {
            all.state = copy.state;
        }
    }
    tasks.retain(|task| task.map_index != MapIndex::UNMAPPED || !mapped.contains_key(&task.task_id));
    tasks.extend(mapped.into_values());
    tasks
}

/// A task with its newest try; `None` if it cannot be understood.
fn task(row: &Row) -> Option<(RunId, HistoricTask)> {
    let state: Option<TaskInstanceState> = match text(row, "state") {
        Some(state) => Some(state.parse().ok()?),
        None => None,
    };
    let small = |column: &str| number(row, column).and_then(|number| u32::try_from(number).ok());
    let (start_date, end_date) = (time(row, "start_date"), time(row, "end_date"));
    let tries = match (small("try_number"), state, start_date) {
        (Some(try_number @ 1..), Some(state), Some(_)) if state.is_finished() => vec![HistoricTry {
            attempt: RandomIds.attempt_id(),
            try_number,
            state,
            queued_at: time(row, "queued_dttm"),
            start_date,
            end_date: end_date.or(start_date),
            hostname: text(row, "hostname"),
            unixname: text(row, "unixname"),
            pid: small("pid"),
            outcome: None,
        }],
        _ => Vec::new(),
    };
    let task = HistoricTask {
        task_id: TaskId::parse(&text(row, "task_id")?).ok()?,
        map_index: MapIndex(
            number(row, "map_index")
                .and_then(|index| index.try_into().ok())
                .unwrap_or(-1),
        ),
        operator: text(row, "operator").unwrap_or_default(),
        state,
        max_tries: small("max_tries").unwrap_or(0),
        priority_weight: number(row, "priority_weight").unwrap_or(1),
        mapped_length: None,
        tries,
        passed_over_at: end_date,
        xcoms: Vec::new(),
        note: None,
    };
    Some((RunId::parse(&text(row, "run_id")?).ok()?, task))
}
