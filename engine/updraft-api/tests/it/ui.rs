//! What the web interface asks.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::{World, on_both};

/// DAGs, and runs `one` and `two` of `sales`.
async fn two_runs(world: &World) {
    world.record_dags().await;
    for (run, date) in [("one", "2024-01-09T00:00:00Z"), ("two", "2024-01-10T00:00:00Z")] {
        let asked = json!({ "dag_run_id": run, "logical_date": date, "conf": { "x": run } });
        world.admin("POST /api/v1/dags/sales/dagRuns", asked, 200).await;
    }
}

async fn get(world: &World, path: &str) -> Value {
    world.admin(&format!("GET /ui/api{path}"), Value::Null, 200).await
}

fn ids(list: &Value, field: &str) -> String {
    let ids = list
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one[field].as_str().unwrap());
    ids.collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn dags_are_listed_with_runs_counts_and_words() {
    on_both(async |world| {
        two_runs(world).await;
        let list = get(world, "/dags").await;
        assert_eq!(
            (&list["total"], ids(&list["dags"], "dag_id")),
            (&json!(2), "other sales".to_owned())
        );
        let counts =
            json!({ "all": 2, "active": 0, "paused": 2, "running": 0, "failed": 0, "import_errors": 0 });
        assert_eq!(
            (&list["counts"], &list["tags"], &list["owners"]),
            (&counts, &json!(["etl"]), &json!(["airflow"]))
        );
        let sales = &list["dags"][1];
        assert_eq!(sales["schedule_words"], "every day at 00:00");
        assert_eq!(
            (ids(&sales["runs"], "run_id"), &sales["last_run"]["run_id"]),
            ("one two".to_owned(), &json!("two"))
        );
        assert_eq!(sales["run_counts"], json!({ "queued": 2 }));
        assert_eq!(sales["task_counts"], json!({ "none": 2 }));
        assert_eq!(list["dags"][0]["last_run"], Value::Null);
        for (query, expected) in [
            ("?sort=-dag_id", "sales other"),
            ("?sort=-last_run", "sales other"),
            ("?q=SAL", "sales"),
            ("?q=was%20sold", "sales"),
            ("?q=%25", ""),
            ("?tag=etl", "sales"),
            ("?tag=etl&tag=nothing", ""),
            ("?owner=airflow&limit=1&offset=1", "sales"),
            ("?owner=air", ""),
            ("?paused=false", ""),
            ("?state=failed_latest", ""),
        ] {
            let list = get(world, &format!("/dags{query}")).await;
            assert_eq!(ids(&list["dags"], "dag_id"), expected, "{query}");
        }
        let fail = json!({ "state": "failed" });
        world
            .admin("PATCH /api/v1/dags/sales/dagRuns/one", fail.clone(), 200)
            .await;
        assert_eq!(get(world, "/dags?state=failed").await["total"], 1);
        assert_eq!(get(world, "/dags?state=failed_latest").await["total"], 0);
        world
            .admin("PATCH /api/v1/dags/sales/dagRuns/two", fail, 200)
            .await;
        assert_eq!(get(world, "/dags?state=failed_latest").await["total"], 1);
        world
            .admin("GET /ui/api/dags?sort=secret", Value::Null, 422)
            .await;
    })
    .await;
}

#[tokio::test]
async fn a_dag_is_told_with_tasks_and_recent_confs() {
    on_both(async |world| {
        two_runs(world).await;
        let dag = get(world, "/dags/sales").await;
        assert_eq!(
            (&dag["dag_id"], &dag["version"], &dag["can_edit"]),
            (&json!("sales"), &json!(1), &json!(true))
        );
        assert_eq!(
            (ids(&dag["tasks"], "task_id"), &dag["tasks"][0]["downstream"]),
            ("a b".to_owned(), &json!(["b"]))
        );
        assert_eq!(
            dag["recent_confs"][0],
            json!({ "run_id": "two", "conf": { "x": "two" } })
        );
        world.admin("GET /ui/api/dags/nothing", Value::Null, 404).await;
        let calendar = get(world, "/dags/sales/calendar?from=2024-01-10").await;
        assert_eq!(
            calendar["days"][0],
            json!({ "day": "2024-01-10", "states": { "queued": 1 }, "planned": 0 })
        );
        let durations = get(world, "/dags/sales/durations?runs=1").await;
        assert_eq!(ids(&durations["runs"], "run_id"), "two");
        let task = get(world, "/dags/sales/tasks/a/instances").await;
        assert_eq!(
            (ids(&task["task_instances"], "run_id"), &task["median"]),
            ("two one".to_owned(), &Value::Null)
        );
    })
    .await;
}

#[tokio::test]
async fn lists_of_runs_and_tasks_go_on_where_the_page_before_ended() {
    on_both(async |world| {
        two_runs(world).await;
        let first = get(world, "/runs?limit=1").await;
        assert_eq!(
            (ids(&first["runs"], "run_id"), &first["total"]),
            ("two".to_owned(), &json!(2))
        );
        let next = first["next"].as_str().unwrap();
        let second = get(world, &format!("/runs?limit=1&cursor={next}")).await;
        assert_eq!(
            (ids(&second["runs"], "run_id"), &second["next"]),
            ("one".to_owned(), &Value::Null)
        );
        let mut seen = Vec::new();
        let mut cursor = String::new();
        for _ in 0..4 {
            let page = get(world, &format!("/task-instances?limit=1{cursor}")).await;
            let task = &page["task_instances"][0];
            seen.push(format!(
                "{}/{}",
                task["run_id"].as_str().unwrap(),
                task["task_id"].as_str().unwrap()
            ));
            cursor = format!("&cursor={}", page["next"].as_str().unwrap_or_default());
        }
        assert_eq!(
            (seen.join(" "), cursor.as_str()),
            ("two/b two/a one/b one/a".to_owned(), "&cursor=")
        );
        for (path, field, expected) in [
            ("/runs?dag=other", "runs", 0),
            ("/runs?state=queued&q=ON", "runs", 1),
            ("/runs?run_type=scheduled", "runs", 0),
            ("/runs?after=2024-01-10T00:00:00Z", "runs", 1),
            ("/task-instances?state=none&task=a", "task_instances", 2),
            ("/task-instances?state=failed", "task_instances", 0),
            (
                "/task-instances?run=one&operator=RustOperator",
                "task_instances",
                2,
            ),
        ] {
            assert_eq!(
                get(world, path).await[field].as_array().unwrap().len(),
                expected,
                "{path}"
            );
        }
        world
            .admin("GET /ui/api/runs?cursor=nonsense", Value::Null, 422)
            .await;
        world
            .admin("GET /ui/api/runs?state=flying", Value::Null, 422)
            .await;
    })
    .await;
}

#[tokio::test]
async fn a_run_and_its_tasks_are_told_and_changed() {
    on_both(async |world| {
        two_runs(world).await;
        let run = get(world, "/runs/sales/one").await;
        assert_eq!(
            (&run["run_id"], &run["conf"], &run["counts"]),
            (&json!("one"), &json!({ "x": "one" }), &json!({ "none": 2 }))
        );
        assert_eq!(
            (ids(&run["task_instances"], "task_id"), &run["failure"]),
            ("a b".to_owned(), &Value::Null)
        );
        assert_eq!(run["task_instances"][0]["pool"], "default_pool");
        assert_eq!(
            get(world, "/runs/sales/~2024-01-09T00:00:00Z").await["run_id"],
            "one"
        );
        world
            .admin("GET /ui/api/runs/sales/~2020-01-09", Value::Null, 404)
            .await;
        let noted = world
            .admin(
                "PATCH /ui/api/runs/sales/one/note",
                json!({ "note": "look" }),
                200,
            )
            .await;
        assert_eq!(noted["note"], "look");
        world
            .admin(
                "PATCH /api/v1/dags/sales/dagRuns/one",
                json!({ "state": "failed" }),
                200,
            )
            .await;
        let compared = get(world, "/compare/sales?run=one&run=two").await;
        assert_eq!(
            (
                ids(&compared["runs"], "run_id"),
                ids(&compared["tasks"], "task_id")
            ),
            ("one two".to_owned(), "a b".to_owned())
        );
        world
            .admin("GET /ui/api/compare/sales?run=one", Value::Null, 422)
            .await;
    })
    .await;
}

#[tokio::test]
async fn a_task_of_a_run_is_told_with_what_it_waits_for() {
    on_both(async |world| {
        two_runs(world).await;
        let task = get(world, "/runs/sales/one/tasks/a/-1").await;
        assert_eq!(
            (&task["task_id"], &task["why"], &task["tries"]),
            (&json!("a"), &json!(["`a` waits for a slot"]), &json!([]))
        );
        assert_eq!(
            (&task["mapped"], &task["task"]["label"]),
            (&Value::Null, &json!("a"))
        );
        world
            .admin("GET /ui/api/runs/sales/one/tasks/nothing/-1", Value::Null, 404)
            .await;
        world
            .admin("GET /ui/api/runs/sales/one/tasks/a/-1/xcoms/x", Value::Null, 404)
            .await;
        world
            .admin("POST /ui/api/runs/sales/one/tasks/a/-1/kill", json!({}), 409)
            .await;
        world
            .admin(
                "POST /ui/api/runs/sales/one/tasks/nothing/-1/kill",
                json!({}),
                404,
            )
            .await;
    })
    .await;
}

#[tokio::test]
async fn the_grid_has_a_byte_for_each_task_and_run() {
    on_both(async |world| {
        two_runs(world).await;
        world
            .admin(
                "PATCH /api/v1/dags/sales/dagRuns/two",
                json!({ "state": "success" }),
                200,
            )
            .await;
        let grid = get(world, "/grid/sales").await;
        assert_eq!(
            (ids(&grid["tasks"], "id"), ids(&grid["runs"], "run_id")),
            ("a b".to_owned(), "one two".to_owned())
        );
        let cells = STANDARD.decode(grid["cells"].as_str().unwrap()).unwrap();
        assert_eq!(cells, [0, 4, 0, 4]);
        let window = async |query: &str| {
            let grid = get(world, &format!("/grid/sales{query}")).await;
            (
                ids(&grid["runs"], "run_id"),
                grid["older"] == true,
                grid["newer"] == true,
            )
        };
        assert_eq!(window("?n=1").await, ("two".to_owned(), true, false));
        assert_eq!(window("?n=1&around=one").await, ("one".to_owned(), false, true));
        assert_eq!(
            window("?n=2&around=one").await,
            ("one two".to_owned(), false, false)
        );
        assert_eq!(window("?around=gone").await, ("one two".to_owned(), false, false));
        assert_eq!(window("?state=queued").await, ("one".to_owned(), false, false));
        world.admin("GET /ui/api/grid/nothing", Value::Null, 404).await;
    })
    .await;
}

#[tokio::test]
async fn the_first_page_and_the_palette_show_what_somebody_may_read() {
    on_both(async |world| {
        two_runs(world).await;
        world
            .admin("PATCH /api/v1/dags/sales", json!({ "is_paused": false }), 200)
            .await;
        world
            .admin(
                "PATCH /api/v1/dags/sales/dagRuns/one",
                json!({ "state": "failed" }),
                200,
            )
            .await;
        world
            .admin(
                "POST /api/v1/variables",
                json!({ "key": "sales_key", "value": "hidden" }),
                200,
            )
            .await;
        let home = get(world, "/home").await;
        assert_eq!(ids(&home["failed"], "run_id"), "one");
        assert_eq!(
            (
                home["outcomes"].as_array().unwrap().len(),
                &home["outcomes"][23]["failed"]
            ),
            (24, &json!(1))
        );
        let failed: u64 = home["outcomes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|hour| hour["failed"].as_u64().unwrap())
            .sum();
        assert_eq!(failed, 1);
        assert_eq!(
            (&home["pools"][0]["name"], &home["health"][0]["status"]),
            (&json!("default_pool"), &json!("healthy"))
        );
        let hits = get(world, "/search?q=SALES").await;
        assert_eq!(ids(&hits["hits"], "id"), "sales sales_key");
        assert!(!hits.to_string().contains("hidden"));
        assert_eq!(ids(&get(world, "/search?q=one").await["hits"], "kind"), "run");
        world.add_user_of_other().await;
        let asked = async |path: &str| {
            world
                .ask("other", &format!("GET /ui/api{path}"), Value::Null)
                .await
                .body
        };
        assert_eq!(asked("/search?q=sales").await["hits"], json!([]));
        assert_eq!(ids(&asked("/dags").await["dags"], "dag_id"), "other");
        assert_eq!(asked("/dags").await["counts"]["all"], 1);
        assert_eq!(asked("/runs").await["runs"], json!([]));
        let home = asked("/home").await;
        assert_eq!((&home["failed"], &home["pools"]), (&json!([]), &json!([])));
        for path in [
            "/dags/sales",
            "/grid/sales",
            "/runs/sales/one",
            "/compare/sales?run=one&run=two",
        ] {
            let answer = world
                .ask("other", &format!("GET /ui/api{path}"), Value::Null)
                .await;
            assert_eq!(answer.status, 403, "{path}");
        }
    })
    .await;
}
