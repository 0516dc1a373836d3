//! Runs and their tasks in both versions.

use serde_json::{Value, json};

use crate::support::on_both;

const RUNS: &str = "/api/v1/dags/sales/dagRuns";

#[tokio::test]
async fn a_run_lives_in_version_1() {
    on_both(async |world| {
        world.record_dags().await;
        let asked = json!({
            "dag_run_id": "one", "logical_date": "2024-01-10T00:00:00Z", "conf": { "x": 1 }, "note": "by hand",
        });
        let made = world.admin(&format!("POST {RUNS}"), asked.clone(), 200).await;
        let expected = json!({
            "dag_run_id": "one", "dag_id": "sales", "logical_date": "2024-01-10T00:00:00+00:00",
            "execution_date": "2024-01-10T00:00:00+00:00", "start_date": null, "end_date": null,
            "data_interval_start": "2024-01-09T00:00:00+00:00", "data_interval_end": "2024-01-10T00:00:00+00:00",
            "last_scheduling_decision": null, "run_type": "manual", "state": "queued", "external_trigger": true,
            "conf": { "x": 1 }, "note": "by hand",
        });
        assert_eq!(made, expected);
        world.admin(&format!("POST {RUNS}"), asked, 409).await;
        let same_date = json!({ "execution_date": "2024-01-10T00:00:00+00:00" });
        world.admin(&format!("POST {RUNS}"), same_date, 409).await;
        world.admin("POST /api/v1/dags/nothing/dagRuns", json!({}), 404).await;
        let half = json!({ "data_interval_start": "2024-01-01T00:00:00Z" });
        world.admin(&format!("POST {RUNS}"), half, 400).await;
        let unnamed = world.admin(&format!("POST {RUNS}"), json!({}), 200).await;
        assert_eq!(unnamed["dag_run_id"], "manual__2024-01-12T06:00:00+00:00");
        let noted = world.admin(&format!("PATCH {RUNS}/one/setNote"), json!({ "note": "changed" }), 200).await;
        assert_eq!(noted["note"], "changed");
        world.admin(&format!("PATCH {RUNS}/one/setNote"), json!({ "note": "x".repeat(1001) }), 400).await;
        let marked = world.admin(&format!("PATCH {RUNS}/one"), json!({ "state": "success" }), 200).await;
        assert_eq!(marked["state"], "success");
        world.admin(&format!("PATCH {RUNS}/one"), json!({ "state": "running" }), 400).await;
        let planned = world.admin(&format!("POST {RUNS}/one/clear"), json!({}), 200).await;
        assert_eq!((&planned["total_entries"], &planned["task_instances"][1]["state"]), (&json!(2), &json!("success")));
        let cleared = world.admin(&format!("POST {RUNS}/one/clear"), json!({ "dry_run": false }), 200).await;
        assert_eq!((&cleared["state"], &cleared["dag_run_id"]), (&json!("queued"), &json!("one")));
        world.admin(&format!("DELETE {RUNS}/one"), Value::Null, 204).await;
        world.admin(&format!("DELETE {RUNS}/one"), Value::Null, 404).await;
        world.admin(&format!("GET {RUNS}/one"), Value::Null, 404).await;
        world.admin(&format!("POST {RUNS}/one/clear"), json!({}), 404).await;
        let log = world.admin("GET /api/v1/eventLogs?run_id=one", Value::Null, 200).await;
        let events = log["event_logs"].as_array().unwrap();
        let told: Vec<&str> = events.iter().map(|entry| entry["event"].as_str().unwrap()).collect();
        let expected = [
            "post_dag_run",
            "set_dag_run_note",
            "update_dag_run_state",
            "clear_dag_run",
            "delete_dag_run",
        ];
        assert_eq!(told, expected);
    })
    .await;
}

#[tokio::test]
async fn runs_are_listed_by_date_state_and_page() {
    on_both(async |world| {
        world.record_dags().await;
        for day in 1..=4 {
            let asked = json!({ "dag_run_id": format!("r{day}"), "logical_date": format!("2024-01-0{day}T00:00:00Z") });
            world.admin(&format!("POST {RUNS}"), asked, 200).await;
        }
        world.admin(&format!("PATCH {RUNS}/r2"), json!({ "state": "success" }), 200).await;
        world.admin("POST /api/v1/dags/other/dagRuns", json!({ "dag_run_id": "o" }), 200).await;
        let ids = async |what: &str| {
            let listed = world.admin(&format!("GET /api/v1/dags/{what}"), Value::Null, 200).await;
            let runs = listed["dag_runs"].as_array().unwrap();
            let ids: Vec<&str> = runs.iter().map(|run| run["dag_run_id"].as_str().unwrap()).collect();
            (ids.join(" "), listed["total_entries"].as_u64().unwrap())
        };
        assert_eq!(ids("sales/dagRuns").await, ("r1 r2 r3 r4".to_owned(), 4));
        assert_eq!(ids("sales/dagRuns?order_by=-execution_date&limit=2&offset=1").await, ("r3 r2".to_owned(), 4));
        let between = "sales/dagRuns?execution_date_gte=2024-01-02T00:00:00%2B00:00&execution_date_lte=2024-01-03T00:00:00Z";
        assert_eq!(ids(between).await, ("r2 r3".to_owned(), 2));
        assert_eq!(ids("sales/dagRuns?state=success,failed").await, ("r2".to_owned(), 1));
        assert_eq!(ids("sales/dagRuns?order_by=end_date&limit=1").await, ("r2".to_owned(), 4));
        assert_eq!(ids("sales/dagRuns?end_date_gte=2024-01-01").await, ("r2".to_owned(), 1));
        assert_eq!(ids("sales/dagRuns?start_date_lte=2023-01-01").await, (String::new(), 0));
        assert_eq!(ids("sales/dagRuns?updated_at_gte=2024-01-12T06:00:00Z").await.1, 4);
        assert_eq!(ids("~/dagRuns?order_by=-id").await, ("o r4 r3 r2 r1".to_owned(), 5));
        world.admin("GET /api/v1/dags/sales/dagRuns?state=nonsense", Value::Null, 400).await;
        assert_eq!(ids("nothing/dagRuns").await, (String::new(), 0));
    })
    .await;
}

#[tokio::test]
async fn a_run_lives_in_version_2() {
    on_both(async |world| {
        world.record_dags().await;
        let runs = "/api/v2/dags/other/dagRuns";
        world.admin(&format!("POST {runs}"), json!({}), 422).await;
        let asked = json!({ "dag_run_id": "one", "logical_date": null, "note": "by hand" });
        let made = world.admin(&format!("POST {runs}"), asked.clone(), 200).await;
        assert_eq!(
            (&made["run_after"], &made["triggering_user_name"]),
            (&json!("2024-01-12T06:00:00Z"), &json!("Admin"))
        );
        assert_eq!(
            (&made["dag_versions"][0]["version_number"], &made["duration"]),
            (&json!(1), &Value::Null)
        );
        world.admin(&format!("POST {runs}"), asked, 409).await;
        let both = json!({ "state": "failed", "note": "no" });
        let only_note = world
            .admin(&format!("PATCH {runs}/one?update_mask=note"), both.clone(), 200)
            .await;
        assert_eq!(
            (&only_note["state"], &only_note["note"]),
            (&json!("queued"), &json!("no"))
        );
        let marked = world.admin(&format!("PATCH {runs}/one"), both, 200).await;
        assert_eq!(marked["state"], "failed");
        world
            .admin(&format!("PATCH {runs}/one"), json!({ "state": "running" }), 422)
            .await;
        world.admin(&format!("GET {runs}/two"), Value::Null, 404).await;
        world.admin(&format!("DELETE {runs}/one"), Value::Null, 204).await;
    })
    .await;
}

#[tokio::test]
async fn tasks_of_a_run_are_listed_and_read() {
    on_both(async |world| {
        world.record_dags().await;
        world
            .admin(&format!("POST {RUNS}"), json!({ "dag_run_id": "one" }), 200)
            .await;
        let tasks = format!("{RUNS}/one/taskInstances");
        let listed = world.admin(&format!("GET {tasks}"), Value::Null, 200).await;
        assert_eq!(
            (&listed["total_entries"], &listed["task_instances"][1]["task_id"]),
            (&json!(2), &json!("b"))
        );
        let one = world.admin(&format!("GET {tasks}/a"), Value::Null, 200).await;
        assert_eq!(
            (&one["pool"], &one["max_tries"], &one["state"]),
            (&json!("default_pool"), &json!(1), &Value::Null)
        );
        world
            .admin(&format!("PATCH {RUNS}/one"), json!({ "state": "success" }), 200)
            .await;
        let of_state = async |state: &str| {
            let listed = world
                .admin(&format!("GET {tasks}?state={state}"), Value::Null, 200)
                .await;
            listed["total_entries"].as_u64().unwrap()
        };
        assert_eq!((of_state("success").await, of_state("none,failed").await), (2, 0));
        let filtered = world
            .admin(&format!("GET {tasks}?pool=other"), Value::Null, 200)
            .await;
        assert_eq!(filtered["total_entries"], 0);
        let limited = world
            .admin(&format!("GET {tasks}?limit=1&duration_lte=5"), Value::Null, 200)
            .await;
        assert_eq!(
            (
                &limited["total_entries"],
                limited["task_instances"].as_array().unwrap().len()
            ),
            (&json!(2), 1)
        );
        world.admin(&format!("GET {tasks}/a/0"), Value::Null, 404).await;
        world.admin(&format!("GET {tasks}/z"), Value::Null, 404).await;
    })
    .await;
}
