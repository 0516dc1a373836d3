//! State stores in DAG files: what tries of a task keep for each other, and what is kept about assets.

use updraft_testing::databases;

use crate::engine::Home;
use crate::python::{home, knows};

const KEEPS: &str = r#"
# updraft: compat=3
from datetime import timedelta
from airflow.sdk import DAG, Asset, task
from airflow.sdk.execution_time.context import NEVER_EXPIRE

orders = Asset("orders", "s3://lake/orders")

with DAG("keeps", schedule=None):

    @task(retries=1, retry_delay=timedelta(0))
    def tries(task_state_store):
        seen = task_state_store.get("seen", default=0)
        task_state_store.set("seen", seen + 1, retention=NEVER_EXPIRE)
        if not seen:
            raise ValueError("the first try")
        task_state_store.set("old", {"a": (1, 2)}, retention=timedelta(seconds=-1))
        task_state_store.set("gone", 1)
        task_state_store.delete("gone")
        print("kept", task_state_store.get("seen"), task_state_store.get("old"), task_state_store.get("gone", "nothing"))

    @task
    async def awaits(task_state_store):
        await task_state_store.aset("a/b", "x")
        before = await task_state_store.aget("a/b")
        await task_state_store.aclear()
        print("awaited", before, await task_state_store.aget("a/b"), await task_state_store.aget("seen"))

    @task(outlets=[orders])
    def writes(asset_state_store):
        asset_state_store.set("mark", asset_state_store.get("mark", 0) + 1)

    @task(inlets=[Asset.ref(uri="s3://lake/orders")])
    def reads(asset_state_store):
        print("about the asset", asset_state_store.get("mark"))

    tries(), awaits(), writes() >> reads()
"#;

fn keeps(mut home: Home) {
    home.write_dag("keeps.py", KEEPS);
    home.start();
    knows(&home, "keeps");
    home.run(&["dags", "unpause", "keeps"]);
    for (run, mark) in [("r1", 1), ("r2", 2)] {
        home.run(&["dags", "trigger", "keeps", "--run-id", run]);
        assert_eq!(home.finished("keeps", run), "success");
        let log = |task: &str| home.run(&["tasks", "logs", "keeps", task, run]);
        let tries = log("tries");
        assert!(tries.contains("kept 2 {'a': [1, 2]} nothing"), "{tries}");
        let awaits = log("awaits");
        assert!(awaits.contains("awaited x None None"), "{awaits}");
        let reads = log("reads");
        assert!(reads.contains(&format!("about the asset {mark}")), "{reads}");
    }
    let listed = home.run(&["state-store", "clean", "--dry-run"]);
    assert!(
        listed.contains("Would delete 2 value(s)") && listed.contains("old"),
        "{listed}"
    );
    let cleaned = home.run(&["state-store", "clean"]);
    assert!(cleaned.contains("Deleted 2 value(s)"), "{cleaned}");
    assert!(
        home.run(&["state-store", "clean", "--dry-run"])
            .contains("Nothing to delete")
    );
    home.stop();
}

#[test]
fn what_tasks_keep_is_there_for_later_tries_and_runs() {
    keeps(home(None));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_tasks_keep_is_there_for_later_tries_and_runs_on_postgres() {
    let database = databases::postgres().await;
    tokio::task::spawn_blocking(move || keeps(home(Some(database))))
        .await
        .unwrap();
}
