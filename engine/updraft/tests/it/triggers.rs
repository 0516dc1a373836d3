//! Tasks of DAG files that wait for triggers of their own, in a real engine that is killed meanwhile.

use std::fs;
use std::process::Command;

use crate::engine::{Home, is_running};

const COMPANY: &str = r#"
import asyncio, os
from pathlib import Path
from airflow.triggers.base import BaseTrigger, TriggerEvent

HOME = Path(os.environ["AIRFLOW_HOME"])

class Shipped(BaseTrigger):
    def serialize(self):
        return "company.Shipped", {}

    async def run(self):
        with open(HOME / "pids", "a") as pids:
            pids.write(f"{os.getpid()}\n")
        self.log.info("not shipped yet")
        while not (HOME / "shipped").exists():
            await asyncio.sleep(0.01)
        yield TriggerEvent("by sea")
"#;

const ORDERS: &str = r#"
from datetime import datetime
from airflow import DAG
from airflow.models.baseoperator import BaseOperator
from company import Shipped

class Ship(BaseOperator):
    def execute(self, context):
        self.defer(trigger=Shipped(), method_name="shipped")

    def shipped(self, context, event):
        print("shipped", event)

with DAG("orders", start_date=datetime(2024, 1, 1), schedule=None) as dag:
    Ship(task_id="ship")
"#;

/// The process in which the trigger has begun for the last time, if it has begun so often.
fn begun(home: &Home, times: usize) -> String {
    home.wait("the trigger has begun", |home| {
        let pids = fs::read_to_string(home.path().join("pids")).unwrap_or_default();
        let pids: Vec<&str> = pids.lines().collect();
        (pids.len() == times).then(|| pids.last().copied().unwrap_or_default().to_owned())
    })
}

#[test]
fn a_trigger_of_ones_own_outlives_its_process_and_the_engine() {
    let mut home = Home::new();
    home.use_python();
    home.write_dag("company.py", COMPANY);
    home.write_dag("orders.py", ORDERS);
    home.start();
    home.wait("the file is read", |home| {
        let listed = home.run(&["dags", "list"]);
        listed.contains("orders").then_some(())
    });
    home.trigger("orders", "r1");
    let first = begun(&home, 1);
    home.wait("it is told what is waited for", |home| {
        let why = home.run(&["tasks", "why", "orders", "ship", "r1", "-o", "json"]);
        let is_told = why.contains("waits for trigger `company.Shipped` since ")
            && why.contains(": the triggerer waits for it");
        is_told.then_some(())
    });
    Command::new("kill").args(["-9", &first]).status().unwrap();
    let second = begun(&home, 2);
    home.kill();
    home.wait("the process ends with the engine", |_| {
        (!is_running(&second)).then_some(())
    });
    home.start();
    begun(&home, 3);
    fs::write(home.path().join("shipped"), "").unwrap();
    assert_eq!(home.finished("orders", "r1"), "success", "{}", home.log());
    let log = home.task_log("orders", "r1", "ship", 1);
    assert!(
        log.contains("INFO - not shipped yet") && log.contains("shipped by sea"),
        "{log}"
    );
    home.stop();
}
