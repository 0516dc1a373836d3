//! An installation elsewhere, by version 2 of its REST API.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anyhow::{Context, Result, bail};
use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use updraft_model::{Asset, Pool, isoformat};
use updraft_secrets::Connection;
use updraft_store::{ConnectionRow, RunVersion, StateChoice};

use super::client::Client;
use super::{ClearedLines, DagLine, Installation, InstanceLine, RunAsked, RunLine, RunMade, TaskLine};
use crate::cli::choice::{Choice, Runs};
use crate::cli::dates::DateRange;
use crate::config::Settings;

/// The installation behind a REST API.
pub(crate) struct Elsewhere {
    client: Client,
}

impl Elsewhere {
    /// The one that the settings name, if they do.
    ///
    /// # Errors
    /// There is no token, or the address is none.
    pub(crate) fn of(settings: &Settings) -> Result<Option<Self>> {
        Ok(Client::of(settings)?.map(|client| Self { client }))
    }

    /// All rows of a list.
    async fn all(&self, path: &[&str], rows_of: &str) -> Result<Vec<Value>> {
        self.client.list(path, (rows_of, &[]), |_| false).await
    }
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

fn optional(value: &Value, key: &str) -> Option<String> {
    value[key].as_str().map(str::to_owned)
}

fn time(value: &Value, key: &str) -> Option<Timestamp> {
    value[key].as_str()?.parse().ok()
}

fn object(value: &Value, key: &str) -> Map<String, Value> {
    value[key].as_object().cloned().unwrap_or_default()
}

fn texts(value: &Value, key: &str) -> Vec<String> {
    let list = value[key].as_array().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn dag_line(dag: &Value) -> DagLine {
    DagLine {
        dag_id: text(dag, "dag_id"),
        fileloc: text(dag, "fileloc"),
        owners: texts(dag, "owners").join(", "),
        is_paused: dag["is_paused"] == true,
    }
}

fn run_line(run: &Value) -> RunLine {
    RunLine {
        dag_id: text(run, "dag_id"),
        run_id: text(run, "dag_run_id"),
        state: text(run, "state"),
        run_type: text(run, "run_type"),
        logical_date: time(run, "logical_date"),
        start_date: time(run, "start_date"),
        end_date: time(run, "end_date"),
        conf: object(run, "conf"),
    }
}

fn pool(pool: &Value) -> Pool {
    Pool {
        name: text(pool, "name"),
        slots: pool["slots"]
            .as_i64()
            .and_then(|slots| slots.try_into().ok())
            .unwrap_or(0),
        description: text(pool, "description"),
        include_deferred: pool["include_deferred"] == true,
    }
}

fn connection(row: &Value) -> ConnectionRow {
    let connection = Connection {
        conn_type: optional(row, "conn_type"),
        description: optional(row, "description"),
        host: optional(row, "host"),
        login: optional(row, "login"),
        password: optional(row, "password"),
        schema: optional(row, "schema"),
        port: row["port"].as_u64().and_then(|port| port.try_into().ok()),
        extra: optional(row, "extra"),
    };
    ConnectionRow {
        conn_id: text(row, "connection_id"),
        connection,
        is_encrypted: false,
        is_extra_encrypted: false,
    }
}

#[async_trait(?Send)]
impl Installation for Elsewhere {
    async fn dags(&self) -> Result<Vec<DagLine>> {
        let dags = self.all(&["dags"], "dags").await?;
        Ok(dags.iter().map(dag_line).collect())
    }

    async fn dag_by_id(&self, dag_id: &str) -> Result<Option<DagLine>> {
        Ok(self.client.get(&["dags", dag_id]).await?.as_ref().map(dag_line))
    }

    async fn complain_of_sources(&self) -> Result<()> {
        let errors = self.client.get(&["importErrors"]).await?.unwrap_or_default();
        let errors = errors["total_entries"].as_u64().unwrap_or(0);
        if errors > 0 {
            tracing::warn!("{errors} DAG sources cannot be read");
        }
        Ok(())
    }

    async fn set_paused(&self, dag_ids: &[String], is_paused: bool) -> Result<Vec<String>> {
        let mut changed = Vec::new();
        for dag in self.dags().await? {
            if dag_ids.contains(&dag.dag_id) && dag.is_paused != is_paused {
                let body = json!({ "is_paused": is_paused });
                self.client.patch(&["dags", &dag.dag_id], &body).await?;
                changed.push(dag.dag_id);
            }
        }
        Ok(changed)
    }

    async fn delete_dag(&self, dag_id: &str) -> Result<()> {
        if !self.client.delete(&["dags", dag_id]).await? {
            bail!("there is no DAG `{dag_id}`");
        }
        Ok(())
    }

    async fn trigger(&self, asked: RunAsked) -> Result<RunMade> {
        let dag = super::dag(self, &asked.dag_id).await?;
        let mut body = json!({ "logical_date": asked.logical_date.map(isoformat), "conf": asked.conf });
        if let Some(run_id) = asked.run_id {
            body["dag_run_id"] = run_id.into();
        }
        let made = self.client.post(&["dags", &dag.dag_id, "dagRuns"], &body).await?;
        Ok(RunMade {
            dag_id: text(&made, "dag_id"),
            run_id: text(&made, "dag_run_id"),
            run_type: text(&made, "run_type"),
            logical_date: time(&made, "logical_date"),
            data_interval: time(&made, "data_interval_start").zip(time(&made, "data_interval_end")),
            conf: object(&made, "conf"),
            is_paused: dag.is_paused,
        })
    }

    async fn runs(&self, dag_id: &str, range: &DateRange) -> Result<Vec<RunLine>> {
        let date = |run: &Value| time(run, "logical_date").or_else(|| time(run, "run_after"));
        let is_before = |run: &Value| date(run).is_some_and(|date| date < range.first);
        let newest_first = [("order_by", "-id")];
        let path = ["dags", dag_id, "dagRuns"];
        let runs = self
            .client
            .list(&path, ("dag_runs", &newest_first), is_before)
            .await?;
        let is_meant = |run: &&Value| date(run).is_some_and(|date| date >= range.first && date <= range.last);
        Ok(runs.iter().filter(is_meant).map(run_line).collect())
    }

    async fn run_by_id(&self, dag_id: &str, run_id: &str) -> Result<Option<RunLine>> {
        let run = self.client.get(&["dags", dag_id, "dagRuns", run_id]).await?;
        Ok(run.as_ref().map(run_line))
    }

    async fn tasks(&self, dag_id: &str) -> Result<Vec<TaskLine>> {
        let found = self.client.get(&["dags", dag_id, "tasks"]).await?;
        let found = found.with_context(|| format!("there is no DAG `{dag_id}`"))?;
        let line = |task: &Value| TaskLine {
            task_id: text(task, "task_id"),
            operator: text(task, "operator_name"),
            downstream: texts(task, "downstream_task_ids"),
        };
        Ok(found["tasks"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default()
            .iter()
            .map(line)
            .collect())
    }

    async fn instances(&self, run: &RunLine) -> Result<Vec<InstanceLine>> {
        let path = ["dags", &run.dag_id, "dagRuns", &run.run_id, "taskInstances"];
        let found = self.all(&path, "task_instances").await?;
        let order = self.tasks(&run.dag_id).await?;
        let place = |task: &InstanceLine| {
            let place = order.iter().position(|known| known.task_id == task.task_id);
            (place.unwrap_or(usize::MAX), task.map_index)
        };
        let line = |task: &Value| InstanceLine {
            task_id: text(task, "task_id"),
            map_index: task["map_index"]
                .as_i64()
                .and_then(|index| index.try_into().ok())
                .unwrap_or(-1),
            state: optional(task, "state"),
            start_date: time(task, "start_date"),
            end_date: time(task, "end_date"),
            try_number: task["try_number"]
                .as_u64()
                .and_then(|number| number.try_into().ok())
                .unwrap_or(0),
        };
        let mut lines: Vec<InstanceLine> = found.iter().map(line).collect();
        lines.sort_by_key(place);
        Ok(lines)
    }

    async fn print_log(&self, run: &RunLine, task: &InstanceLine, try_number: u32) -> Result<()> {
        let (map_index, number) = (task.map_index.to_string(), try_number.to_string());
        let path = [
            "ui",
            "api",
            "logs",
            &run.dag_id,
            &run.run_id,
            &task.task_id,
            &map_index,
            &number,
            "download",
        ];
        let found = self.client.read(&path).await?;
        let mut log = found.with_context(|| format!("there is no log of try {try_number}"))?;
        let mut out = io::stdout().lock();
        while let Some(part) = log.chunk().await.context("the log breaks off")? {
            match out.write_all(&part) {
                Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error.into()),
                _ => {}
            }
        }
        Ok(())
    }

    async fn clear(&self, choice: &Choice, version: RunVersion, is_dry: bool) -> Result<ClearedLines> {
        let tasks = self.tasks(choice.dag_id.as_str()).await?;
        let chosen = choice.tasks.among(tasks.iter().map(|task| task.task_id.as_str()));
        let name = |id: &&str| match choice.map_index {
            Some(copy) => json!([id, copy]),
            None => json!(id),
        };
        let mut body = json!({
            "dry_run": is_dry,
            "task_ids": chosen.iter().map(name).collect::<Vec<_>>(),
            "only_failed": choice.states == StateChoice::Failed,
            "only_running": choice.states == StateChoice::Running,
            "include_upstream": choice.reach.upstream,
            "include_downstream": choice.reach.downstream,
            "run_on_latest_version": version == RunVersion::Latest,
        });
        match &choice.runs {
            Runs::Between(range) => {
                if range.first != DateRange::ALL.first {
                    body["start_date"] = isoformat(range.first).into();
                }
                if range.last != DateRange::ALL.last {
                    body["end_date"] = isoformat(range.last).into();
                }
            }
            Runs::Around { run_id, past, future } => {
                body["dag_run_id"] = run_id.as_str().into();
                body["include_past"] = (*past).into();
                body["include_future"] = (*future).into();
            }
        }
        if chosen.is_empty() {
            return Ok(ClearedLines {
                is_nothing: true,
                ..ClearedLines::default()
            });
        }
        let answer = self
            .client
            .post(&["dags", choice.dag_id.as_str(), "clearTaskInstances"], &body)
            .await?;
        let date_of = |task: &Value| time(task, "logical_date").or_else(|| time(task, "run_after"));
        let cleared = answer["task_instances"].as_array();
        let mut cleared = cleared.cloned().unwrap_or_default();
        // The interface has them by the names of their runs.
        cleared.sort_by_key(date_of);
        let mut seen = BTreeSet::new();
        let line = |task: &Value| {
            let date = date_of(task);
            let copy = task["map_index"].as_i64().filter(|index| *index >= 0);
            let copy = copy.map(|index| format!("[{index}]")).unwrap_or_default();
            let (dag_id, task_id) = (text(task, "dag_id"), text(task, "task_id"));
            format!(
                "{dag_id} {} {task_id}{copy}",
                date.map(isoformat).unwrap_or_default()
            )
        };
        Ok(ClearedLines {
            lines: cleared
                .iter()
                .map(line)
                .filter(|line| seen.insert(line.clone()))
                .collect(),
            count: u32::try_from(cleared.len()).unwrap_or(u32::MAX),
            is_nothing: cleared.is_empty(),
        })
    }

    async fn variable_keys(&self) -> Result<Vec<String>> {
        let found = self.all(&["variables"], "variables").await?;
        Ok(found.iter().map(|variable| text(variable, "key")).collect())
    }

    async fn variable(&self, key: &str) -> Result<Option<String>> {
        let found = self.client.get(&["variables", key]).await?;
        Ok(found.and_then(|variable| optional(&variable, "value")))
    }

    async fn set_variable(&self, key: &str, value: &str, description: Option<&str>) -> Result<()> {
        let body = json!({ "key": key, "value": value, "description": description });
        if self.client.patch(&["variables", key], &body).await?.is_none() {
            self.client.post(&["variables"], &body).await?;
        }
        Ok(())
    }

    async fn delete_variable(&self, key: &str) -> Result<bool> {
        self.client.delete(&["variables", key]).await
    }

    async fn connections(&self) -> Result<Vec<ConnectionRow>> {
        let found = self.all(&["connections"], "connections").await?;
        Ok(found.iter().map(connection).collect())
    }

    async fn connection(&self, conn_id: &str) -> Result<Option<ConnectionRow>> {
        Ok(self
            .client
            .get(&["connections", conn_id])
            .await?
            .as_ref()
            .map(connection))
    }

    async fn add_connection(&self, conn_id: &str, connection: &Connection) -> Result<()> {
        let body = json!({
            "connection_id": conn_id,
            "conn_type": connection.conn_type.as_deref().unwrap_or_default(),
            "description": connection.description,
            "host": connection.host,
            "login": connection.login,
            "password": connection.password,
            "schema": connection.schema,
            "port": connection.port,
            "extra": connection.extra,
        });
        self.client.post(&["connections"], &body).await?;
        Ok(())
    }

    async fn delete_connection(&self, conn_id: &str) -> Result<bool> {
        self.client.delete(&["connections", conn_id]).await
    }

    async fn pools(&self) -> Result<Vec<Pool>> {
        Ok(self.all(&["pools"], "pools").await?.iter().map(pool).collect())
    }

    async fn set_pool(&self, pool: &Pool) -> Result<()> {
        let body = json!({
            "name": pool.name,
            "slots": pool.slots,
            "description": pool.description,
            "include_deferred": pool.include_deferred,
        });
        let mut change = body.clone();
        if let Some(fields) = change.as_object_mut() {
            fields.remove("name");
        }
        if self
            .client
            .patch(&["pools", &pool.name], &change)
            .await?
            .is_none()
        {
            self.client.post(&["pools"], &body).await?;
        }
        Ok(())
    }

    async fn delete_pool(&self, name: &str) -> Result<()> {
        self.client.delete(&["pools", name]).await?;
        Ok(())
    }

    async fn assets(&self) -> Result<Vec<Asset>> {
        let found = self.all(&["assets"], "assets").await?;
        let asset = |asset: &Value| Asset {
            name: text(asset, "name"),
            uri: text(asset, "uri"),
            group: text(asset, "group"),
            extra: object(asset, "extra"),
        };
        Ok(found.iter().map(asset).collect())
    }
}
