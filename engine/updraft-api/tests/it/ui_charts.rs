//! Graphs and Gantt charts as the web interface asks for them.

use serde_json::{Value, json};
use updraft_model::TaskInstanceState;

use crate::support::on_both;
use crate::tried::Tried;

#[tokio::test]
async fn a_graph_has_a_place_for_each_task() {
    on_both(async |world| {
        world.record_dags().await;
        let graph = world.admin("GET /ui/api/graph/sales", Value::Null, 200).await;
        let nodes = graph["nodes"].as_array().unwrap();
        let shown: Vec<Value> = nodes
            .iter()
            .map(|node| json!([node["id"], node["kind"], node["operator"]]))
            .collect();
        assert_eq!(
            json!(shown),
            json!([["a", "task", "RustOperator"], ["b", "task", "RustOperator"]])
        );
        assert_eq!(nodes[0]["y"], nodes[1]["y"]);
        assert!(nodes[0]["x"].as_f64().unwrap() < nodes[1]["x"].as_f64().unwrap());
        let edge = &graph["edges"][0];
        assert_eq!(
            (&edge["from"], &edge["to"], &edge["points"][0][1]),
            (&json!("a"), &json!("b"), &edge["points"][1][1])
        );
        assert_eq!(graph["version"], 1);
        let again = world
            .admin("GET /ui/api/graph/sales?version=1", Value::Null, 200)
            .await;
        assert_eq!(again, graph);
        let down = world
            .admin("GET /ui/api/graph/sales?dir=TB", Value::Null, 200)
            .await;
        assert_eq!(down["nodes"][0]["x"], down["nodes"][1]["x"]);
        let focus = world
            .admin("GET /ui/api/graph/sales?root=b&up=0", Value::Null, 200)
            .await;
        assert_eq!(focus["nodes"].as_array().unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_graph_of_what_is_not_there_is_not_found() {
    on_both(async |world| {
        world.record_dags().await;
        for (path, status) in [
            ("nothing", 404),
            ("sales?version=9", 404),
            ("sales?root=nobody", 404),
            ("sales?dir=up", 422),
            ("sales?open=nobody&open=*", 200),
        ] {
            world
                .admin(&format!("GET /ui/api/graph/{path}"), Value::Null, status)
                .await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_chart_has_the_tries_their_times_and_the_critical_path() {
    on_both(async |world| {
        let tried = Tried::make(world).await;
        let first = tried.begin("a", None, 1, 0).await;
        tried.end(first, TaskInstanceState::UpForRetry, 10).await;
        let second = tried
            .begin("a", Some(TaskInstanceState::UpForRetry), 2, 310)
            .await;
        tried.end(second, TaskInstanceState::Success, 320).await;
        let after = tried.begin("b", None, 1, 321).await;
        tried.end(after, TaskInstanceState::Failed, 400).await;
        world.clock.advance(std::time::Duration::from_secs(400));
        let chart = world.admin("GET /ui/api/gantt/sales/one", Value::Null, 200).await;
        let rows = chart["rows"].as_array().unwrap();
        let states: Vec<Value> = rows[0]["tries"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| {
                json!([
                    one["try"],
                    one["state"],
                    one["queued_at"],
                    one["start"],
                    one["end"]
                ])
            })
            .collect();
        assert_eq!(
            json!(states),
            json!([
                [
                    1,
                    "failed",
                    "2024-01-12T06:00:00Z",
                    "2024-01-12T06:00:01Z",
                    "2024-01-12T06:00:10Z"
                ],
                [
                    2,
                    "success",
                    "2024-01-12T06:05:10Z",
                    "2024-01-12T06:05:11Z",
                    "2024-01-12T06:05:20Z"
                ],
            ])
        );
        assert_eq!(
            (&rows[0]["wait"], &rows[0]["run"], &rows[0]["share"]),
            (&json!(2.0), &json!(18.0), &json!(18.0 / 400.0))
        );
        assert_eq!(rows[1]["tries"][0]["scheduled_at"], "2024-01-12T06:05:20Z");
        assert_eq!(rows[1]["wait"], 2.0);
        assert_eq!(
            (&rows[0]["median"], &rows[1]["state"]),
            (&Value::Null, &json!("failed"))
        );
        assert_eq!(chart["critical"], json!(["a", "b"]));
        assert_eq!(
            chart["gaps"],
            json!([{ "from": "2024-01-12T06:00:10Z", "to": "2024-01-12T06:05:10Z" }])
        );
        assert_eq!((&chart["end"], &chart["hidden"]), (&Value::Null, &json!(0)));
        world.admin("GET /ui/api/gantt/sales/two", Value::Null, 404).await;
    })
    .await;
}

#[tokio::test]
async fn a_task_is_compared_with_the_runs_before() {
    on_both(async |world| {
        let tried = Tried::make(world).await;
        let attempt = tried.begin("a", None, 1, 0).await;
        tried.end(attempt, TaskInstanceState::Success, 12).await;
        let asked = json!({ "dag_run_id": "two", "logical_date": "2024-01-11T00:00:00Z" });
        world.admin("POST /api/v1/dags/sales/dagRuns", asked, 200).await;
        let medians = async |run: &str| {
            let chart = world
                .admin(&format!("GET /ui/api/gantt/sales/{run}"), Value::Null, 200)
                .await;
            let rows = chart["rows"].as_array().unwrap();
            rows.iter().map(|row| row["median"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(medians("two").await, [json!(11.0), Value::Null]);
        assert_eq!(medians("one").await, [Value::Null, Value::Null]);
    })
    .await;
}
