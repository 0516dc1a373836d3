//! Tasks of runs in both versions: lists, copies, tries, remarks, and what keeps them.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::lists::listed;
use crate::support::{World, on_both};

const RUN: &str = "dags/sales/dagRuns/one";

/// Runs `one` of `sales`, whose task `a` has failed, and `lone` of `other`.
async fn with_runs(world: &World) {
    world.record_dags().await;
    for (dag, run) in [("sales", "one"), ("other", "lone")] {
        let asked = json!({ "dag_run_id": run, "logical_date": "2024-01-10T00:00:00Z" });
        world
            .admin(&format!("POST /api/v1/dags/{dag}/dagRuns"), asked, 200)
            .await;
    }
    let mark = json!({ "new_state": "failed", "dry_run": false });
    world
        .admin(&format!("PATCH /api/v1/{RUN}/taskInstances/a"), mark, 200)
        .await;
}

#[tokio::test]
async fn tasks_of_all_runs_are_listed_by_what_is_asked() {
    on_both(async |world| {
        with_runs(world).await;
        let tasks = async |version: &str, path: &str| {
            let what = format!("GET /api/{version}/dags/{path}");
            listed(world, &what, ("task_instances", "task_id")).await
        };
        let of = |ids: &str, total: u64| (ids.to_owned(), total);
        for version in ["v1", "v2"] {
            let tasks = async |path: &str| tasks(version, path).await;
            assert_eq!(tasks("~/dagRuns/~/taskInstances").await, of("a a b", 3));
            assert_eq!(tasks("sales/dagRuns/~/taskInstances").await, of("a b", 2));
            assert_eq!(tasks("~/dagRuns/lone/taskInstances").await, of("a", 1));
            assert_eq!(
                tasks("sales/dagRuns/one/taskInstances?limit=1&offset=1").await,
                of("b", 2)
            );
            assert_eq!(tasks("~/dagRuns/~/taskInstances?state=failed").await, of("a", 1));
            assert_eq!(tasks("~/dagRuns/~/taskInstances?state=none").await, of("a b", 2));
            assert_eq!(
                tasks("~/dagRuns/~/taskInstances?pool=default_pool").await,
                of("a a b", 3)
            );
            assert_eq!(tasks("~/dagRuns/~/taskInstances?pool=default").await, of("", 0));
            assert_eq!(
                tasks("~/dagRuns/~/taskInstances?queue=default&queue=x").await,
                of("a a b", 3)
            );
            assert_eq!(
                tasks("~/dagRuns/~/taskInstances?executor=Celery").await,
                of("", 0)
            );
            assert_eq!(
                tasks("~/dagRuns/~/taskInstances?duration_gte=0").await,
                of("a", 1)
            );
            assert_eq!(
                tasks("~/dagRuns/~/taskInstances?start_date_gte=2024-01-12T06:00:01Z").await,
                of("", 0)
            );
            // Airflow 2 looks for no DAG and no run.
            let unknown = if version == "v1" { 200 } else { 404 };
            world
                .admin(
                    &format!("GET /api/{version}/dags/nothing/dagRuns/~/taskInstances"),
                    Value::Null,
                    unknown,
                )
                .await;
            world
                .admin(
                    &format!("GET /api/{version}/dags/sales/dagRuns/two/taskInstances"),
                    Value::Null,
                    unknown,
                )
                .await;
        }
    })
    .await;
}

#[tokio::test]
async fn version_2_finds_tasks_by_more() {
    on_both(async |world| {
        with_runs(world).await;
        let tasks = async |path: &str| {
            let what = format!("GET /api/v2/dags/{path}");
            listed(world, &what, ("task_instances", "task_id")).await
        };
        let of = |ids: &str, total: u64| (ids.to_owned(), total);
        let v2 = async |query: &str| tasks(&format!("~/dagRuns/~/taskInstances?{query}")).await;
        assert_eq!(v2("order_by=-task_id").await, of("b a a", 3));
        assert_eq!(v2("task_id=b").await, of("b", 1));
        assert_eq!(v2("task_display_name_pattern=B").await, of("b", 1));
        assert_eq!(v2("dag_id_prefix_pattern=oth").await, of("a", 1));
        assert_eq!(v2("run_id_pattern=on").await, of("a a b", 3));
        assert_eq!(v2("pool_name_pattern=default").await, of("a a b", 3));
        assert_eq!(v2("queue_name_prefix_pattern=x").await, of("", 0));
        assert_eq!(
            v2("operator=RustOperator&map_index=-1&version_number=1&try_number=0").await,
            of("a a b", 3)
        );
        assert_eq!(v2("operator_name_pattern=bash").await, of("", 0));
        assert_eq!(v2("map_index=0").await, of("", 0));
        assert_eq!(v2("logical_date_lt=2024-01-10T00:00:00Z").await, of("", 0));
        let group = tasks("sales/dagRuns/~/taskInstances?task_group_id=b").await;
        assert_eq!(group, of("b", 1));
        for (wrong, status) in [
            ("order_by=x", 400),
            ("state=x", 422),
            ("cursor=x", 422),
            ("task_group_id=b", 400),
        ] {
            world
                .admin(
                    &format!("GET /api/v2/dags/~/dagRuns/~/taskInstances?{wrong}"),
                    Value::Null,
                    status,
                )
                .await;
        }
    })
    .await;
}

#[tokio::test]
async fn tasks_of_several_runs_are_asked_for_with_a_body() {
    on_both(async |world| {
        with_runs(world).await;
        for version in ["v1", "v2"] {
            let list = format!("POST /api/{version}/dags/~/dagRuns/~/taskInstances/list");
            let total = async |body: Value| world.admin(&list, body, 200).await["total_entries"].clone();
            assert_eq!(total(json!({})).await, 3);
            assert_eq!(total(json!({ "dag_ids": ["sales"], "task_ids": ["a"] })).await, 1);
            assert_eq!(total(json!({ "dag_run_ids": ["lone"] })).await, 1);
            assert_eq!(total(json!({ "state": [null] })).await, 2);
            assert_eq!(total(json!({ "state": ["failed", null] })).await, 3);
            let wrong = world.ask("Admin", &list, json!({ "state": ["ill"] })).await;
            assert!(wrong.status.is_client_error(), "{wrong:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn who_may_see_one_dag_sees_no_tasks_of_others() {
    on_both(async |world| {
        with_runs(world).await;
        world.add_user_of_other_tasks().await;
        for version in ["v1", "v2"] {
            let all = world
                .ask(
                    "tasks",
                    &format!("GET /api/{version}/dags/~/dagRuns/~/taskInstances"),
                    Value::Null,
                )
                .await;
            assert_eq!(
                (
                    &all.body["total_entries"],
                    &all.body["task_instances"][0]["dag_id"]
                ),
                (&json!(1), &json!("other"))
            );
            let list = format!("POST /api/{version}/dags/~/dagRuns/~/taskInstances/list");
            let batch = world
                .ask("tasks", &list, json!({ "dag_ids": ["sales", "other"] }))
                .await;
            assert_eq!(batch.body["total_entries"], 1, "{batch:?}");
            let one = world
                .ask(
                    "tasks",
                    &format!("GET /api/{version}/{RUN}/taskInstances/a"),
                    Value::Null,
                )
                .await;
            assert_eq!(one.status, StatusCode::FORBIDDEN);
        }
    })
    .await;
}

#[tokio::test]
async fn a_task_is_read_with_its_tries_links_and_reasons() {
    on_both(async |world| {
        with_runs(world).await;
        let get = async |what: &str, status: u16| {
            world
                .admin(&format!("GET /api/{what}"), Value::Null, status)
                .await
        };
        let one = get(&format!("v2/{RUN}/taskInstances/a"), 200).await;
        assert_eq!(
            (
                &one["state"],
                &one["pool"],
                &one["queue"],
                &one["map_index"],
                &one["dag_version"]["version_number"]
            ),
            (
                &json!("failed"),
                &json!("default_pool"),
                &json!("default"),
                &json!(-1),
                &json!(1)
            )
        );
        assert_eq!(one["id"].as_str().unwrap().len(), 36);
        for version in ["v1", "v2"] {
            let task = format!("{version}/{RUN}/taskInstances");
            let reasons = get(&format!("{task}/b/dependencies"), 200).await;
            let expected = json!([{ "name": "pool_full", "reason": "`b` waits for a slot" }]);
            assert_eq!(reasons["dependencies"], expected);
            get(&format!("{task}/b/3/dependencies"), 404).await;
            get(&format!("{task}/c/dependencies"), 404).await;
            let tries = get(&format!("{task}/a/tries"), 200).await;
            assert_eq!(tries["total_entries"], 0);
            get(&format!("{task}/a/tries/1"), 404).await;
            get(&format!("{task}/a/0/tries"), 404).await;
            get(&format!("{task}/a/0/tries/1"), 404).await;
            get(&format!("{task}/a/links"), 200).await;
            get(&format!("{task}/c/links"), 404).await;
            assert_eq!(
                get(&format!("{task}/a/listMapped"), 200).await["total_entries"],
                0
            );
            get(&format!("{task}/c/listMapped"), 404).await;
            get(&format!("{task}/a/0"), 404).await;
        }
        get(&format!("v1/{RUN}/taskInstances/a/tries?order_by=secret"), 400).await;
        get(&format!("v2/{RUN}/taskInstances/a/externalLogUrl/1"), 404).await;
    })
    .await;
}

#[tokio::test]
async fn remarks_on_tasks_are_set_and_stand_in_the_event_log() {
    on_both(async |world| {
        with_runs(world).await;
        let set = format!("PATCH /api/v1/{RUN}/taskInstances/a/setNote");
        let noted = world.admin(&set, json!({ "note": "look here" }), 200).await;
        assert_eq!(
            (&noted["note"], &noted["state"]),
            (&json!("look here"), &json!("failed"))
        );
        world.admin(&set, json!({ "note": "x".repeat(1001) }), 400).await;
        world.admin(&set, json!({}), 400).await;
        let copy = format!("PATCH /api/v1/{RUN}/taskInstances/a/0/setNote");
        world.admin(&copy, json!({ "note": "x" }), 404).await;
        let seen = world
            .admin(&format!("GET /api/v2/{RUN}/taskInstances/a"), Value::Null, 200)
            .await;
        assert_eq!(seen["note"], "look here");
        let log = world
            .admin(
                "GET /api/v1/eventLogs?event=set_task_instance_note",
                Value::Null,
                200,
            )
            .await;
        assert_eq!(
            (&log["total_entries"], &log["event_logs"][0]["task_id"]),
            (&json!(1), &json!("a"))
        );
    })
    .await;
}

#[tokio::test]
async fn states_of_tasks_around_a_task_are_set_in_version_1() {
    on_both(async |world| {
        with_runs(world).await;
        let update = "POST /api/v1/dags/sales/updateTaskInstancesState";
        let asked = json!({ "task_id": "a", "dag_run_id": "one", "new_state": "success", "include_downstream": true });
        let planned = world.admin(update, asked.clone(), 200).await;
        assert_eq!(planned["task_instances"].as_array().unwrap().len(), 2);
        let mut lasting = json!({ "task_id": "a", "execution_date": "2024-01-10T00:00:00Z", "new_state": "success" });
        lasting["dry_run"] = json!(false);
        let done = world.admin(update, lasting, 200).await;
        assert_eq!(done["task_instances"][0]["task_id"], "a");
        let state = world.admin(&format!("GET /api/v1/{RUN}/taskInstances/a"), Value::Null, 200).await;
        assert_eq!(state["state"], "success");
        for (wrong, status) in [
            (json!({ "task_id": "a", "dag_run_id": "one", "new_state": "running" }), 400),
            (json!({ "task_id": "a", "new_state": "success" }), 400),
            (json!({ "task_id": "c", "dag_run_id": "one", "new_state": "success" }), 404),
            (json!({ "task_id": "a", "execution_date": "2024-01-11T00:00:00Z", "new_state": "success" }), 404),
        ] {
            world.admin(update, wrong, status).await;
        }
    })
    .await;
}

#[tokio::test]
async fn version_2_changes_tasks_one_by_one() {
    on_both(async |world| {
        with_runs(world).await;
        let one = format!("PATCH /api/v2/{RUN}/taskInstances/a");
        let dry = format!("{one}/dry_run");
        let planned = world
            .admin(
                &dry,
                json!({ "new_state": "success", "include_downstream": true }),
                200,
            )
            .await;
        assert_eq!(planned["total_entries"], 2);
        let same = world.admin(&one, json!({ "new_state": "failed" }), 409).await;
        assert_eq!(same["detail"], "Task id a is already in failed state");
        let done = world
            .admin(&one, json!({ "new_state": "success", "note": "by hand" }), 200)
            .await;
        let told = &done["task_instances"][0];
        assert_eq!(
            (&told["state"], &told["note"]),
            (&json!("success"), &json!("by hand"))
        );
        let masked = world
            .admin(
                &format!("{one}?update_mask=note"),
                json!({ "new_state": "failed", "note": "no" }),
                200,
            )
            .await;
        let told = &masked["task_instances"][0];
        assert_eq!((&told["state"], &told["note"]), (&json!("success"), &json!("no")));
        world.admin(&one, json!({ "new_state": "running" }), 422).await;
        world
            .admin(
                &format!("PATCH /api/v2/{RUN}/taskInstances/a/0"),
                json!({ "new_state": "failed" }),
                404,
            )
            .await;
        world
            .admin(
                &format!("PATCH /api/v2/{RUN}/taskInstances/c"),
                json!({ "new_state": "failed" }),
                404,
            )
            .await;
        world
            .admin(
                &format!("PATCH /api/v2/{RUN}/taskGroupInstances/g"),
                json!({ "new_state": "failed" }),
                404,
            )
            .await;
        let viewer = world.ask("Viewer", &one, json!({ "new_state": "failed" })).await;
        assert_eq!(viewer.status, StatusCode::FORBIDDEN);
    })
    .await;
}

#[tokio::test]
async fn tasks_are_deleted_from_runs_that_are_over() {
    on_both(async |world| {
        with_runs(world).await;
        let delete = format!("DELETE /api/v2/{RUN}/taskInstances/a");
        world.admin(&delete, Value::Null, 422).await;
        world
            .admin(&format!("PATCH /api/v1/{RUN}"), json!({ "state": "failed" }), 200)
            .await;
        world.admin(&delete, Value::Null, 200).await;
        world.admin(&delete, Value::Null, 404).await;
        world
            .admin(&format!("{delete}?map_index=3"), Value::Null, 404)
            .await;
        let left = listed(
            world,
            &format!("GET /api/v2/{RUN}/taskInstances"),
            ("task_instances", "task_id"),
        )
        .await;
        assert_eq!(left, ("b".to_owned(), 1));
    })
    .await;
}
