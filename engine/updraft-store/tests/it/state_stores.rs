//! What tries of a task keep for each other, and what is kept about assets.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use updraft_model::{
    Asset, AssetRef, AttemptId, MapIndex, StateStoreEdit, StateStoreOf, TaskInstanceState, TaskKey,
};
use updraft_store::{
    AssetFilter, Author, EventLogFilter, ExpiredState, Paging, PlanCommit, StateStoreError, StoreOptions,
};
use updraft_testing::databases;

use crate::support::{World, chain, end, minute, on_both, start, start_run, task};

const RETRY: Option<TaskInstanceState> = Some(TaskInstanceState::UpForRetry);
const SUCCESS: Option<TaskInstanceState> = Some(TaskInstanceState::Success);
const OWN: StateStoreOf = StateStoreOf::Task;

fn set(key: &str, value: Value, expires_at: Option<Timestamp>) -> StateStoreEdit {
    StateStoreEdit::Set {
        key: key.to_owned(),
        value,
        expires_at,
    }
}

fn delete(key: &str) -> StateStoreEdit {
    StateStoreEdit::Delete { key: key.to_owned() }
}

fn by_name(name: &str) -> StateStoreOf {
    StateStoreOf::Asset(AssetRef::Name(name.to_owned()))
}

async fn edit(world: &World, attempt: AttemptId, of: &StateStoreOf, edit: StateStoreEdit) {
    world
        .store
        .edit_state_store(attempt, (of, &edit), minute(9))
        .await
        .unwrap();
}

async fn kept(world: &World, task: &TaskKey, of: &StateStoreOf, key: &str) -> Option<Value> {
    world.store.state_value(task, of, key).await.unwrap()
}

#[tokio::test]
async fn tries_of_a_task_share_what_they_keep_and_nobody_else_has_it() {
    on_both(async |world| {
        let (key, first) = world.running_task().await;
        edit(
            world,
            first,
            &OWN,
            set("job", json!({"id": [1]}), Some(minute(60))),
        )
        .await;
        edit(world, first, &OWN, set("gone", json!(false), None)).await;
        edit(world, first, &OWN, delete("gone")).await;
        edit(world, first, &OWN, delete("never there")).await;
        world.write(first, end(RETRY)).await;
        let second = world.run_task(&key, RETRY, 2).await;
        assert_eq!(kept(world, &key, &OWN, "job").await, Some(json!({"id": [1]})));
        assert_eq!(kept(world, &key, &OWN, "gone").await, None);
        let copy = TaskKey {
            map_index: MapIndex(0),
            ..key.clone()
        };
        assert_eq!(kept(world, &copy, &OWN, "job").await, None);

        let row = world.store.task_state(&key, "job").await.unwrap().unwrap();
        assert_eq!((row.updated_at, row.expires_at), (minute(9), Some(minute(60))));
        edit(world, second, &OWN, set("job", json!(2), None)).await;
        let row = world.store.task_state(&key, "job").await.unwrap().unwrap();
        assert_eq!((row.value, row.expires_at), (json!(2), None));
        edit(world, second, &OWN, set("a", json!("x"), None)).await;
        let (rows, total) = world.store.task_states_kept(&key, (1, 5)).await.unwrap();
        assert_eq!((rows[0].key.as_str(), rows.len(), total), ("job", 1, 2));
        edit(world, second, &OWN, StateStoreEdit::Clear).await;
        assert_eq!(
            world.store.task_states_kept(&key, (0, 5)).await.unwrap(),
            (vec![], 0)
        );
    })
    .await;
}

#[tokio::test]
async fn an_attempt_that_is_not_live_keeps_nothing() {
    on_both(async |world| {
        let key = task(&world.running_run().await, "a");
        let refused = async |attempt| {
            let edit = set("k", json!(1), None);
            let done = world
                .store
                .edit_state_store(attempt, (&OWN, &edit), minute(9))
                .await;
            assert!(matches!(done, Err(StateStoreError::NotLive { attempt: it }) if it == attempt));
        };
        let queued = world.queue(&key, None, 1).await;
        refused(queued).await;
        world.write(queued, start()).await;
        edit(world, queued, &OWN, set("k", json!(0), None)).await;
        world.write(queued, end(RETRY)).await;
        refused(queued).await;
        world.run_task(&key, RETRY, 2).await;
        refused(queued).await;
        assert_eq!(kept(world, &key, &OWN, "k").await, Some(json!(0)));
    })
    .await;
}

#[tokio::test]
async fn what_is_kept_about_an_asset_is_there_for_all_runs_as_long_as_a_dag_names_it() {
    on_both(async |world| {
        let mut spec = chain("d", &["a", "b", "c"]);
        spec.tasks[0].outlets = vec![Asset::new("orders", "s3://orders")];
        world.record("d.bundle.toml", &[spec]).await;
        let run = world.trigger(1).await;
        let plan = PlanCommit {
            run_states: vec![start_run(&run)],
            ..PlanCommit::default()
        };
        world.store.commit_plan(&world.lease, &plan).await.unwrap();
        let key = task(&run, "a");
        let attempt = world.run_task(&key, None, 1).await;
        edit(world, attempt, &by_name("orders"), set("mark", json!(7), None)).await;
        let by_uri = StateStoreOf::Asset(AssetRef::Uri("s3://orders".to_owned()));
        let other = task(&world.trigger(2).await, "b");
        assert_eq!(kept(world, &other, &by_uri, "mark").await, Some(json!(7)));
        assert_eq!(kept(world, &key, &OWN, "mark").await, None);

        let unknown = world.store.state_value(&key, &by_name("other"), "mark").await;
        assert_eq!(unknown.unwrap_err().to_string(), "no DAG names an asset `other`");
        let change = set("mark", json!(1), None);
        let unknown = world
            .store
            .edit_state_store(attempt, (&by_name("other"), &change), minute(9))
            .await;
        assert!(matches!(unknown, Err(StateStoreError::UnknownAsset { .. })));

        let asset_id = world.store.assets(&AssetFilter::default()).await.unwrap()[0].asset_id;
        let row = world.store.asset_state(asset_id, "mark").await.unwrap().unwrap();
        assert_eq!((row.updated_at, row.writer), (minute(9), Some(key.clone())));
        let by_hand = set("mark", json!(8), None);
        world
            .store
            .edit_asset_state(asset_id, &by_hand, minute(10))
            .await
            .unwrap();
        let (rows, total) = world.store.asset_states_kept(asset_id, (0, 5)).await.unwrap();
        assert_eq!(
            (rows[0].writer.as_ref(), rows[0].value.clone(), total),
            (None, json!(8), 1)
        );

        // The run goes, what it has kept about the asset stays.
        world
            .record("d.bundle.toml", &[chain("d", &["a", "b", "c"])])
            .await;
        let unnamed = world.store.state_value(&key, &by_uri, "mark").await;
        assert!(matches!(unnamed, Err(StateStoreError::UnknownAsset { .. })));
        let (_, total) = world.store.asset_states_kept(asset_id, (0, 5)).await.unwrap();
        assert_eq!(total, 1);
        world
            .store
            .edit_asset_state(asset_id, &StateStoreEdit::Clear, minute(11))
            .await
            .unwrap();
        assert_eq!(world.store.asset_state(asset_id, "mark").await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn what_has_expired_is_deleted_a_part_at_a_time() {
    on_both(async |world| {
        let (key, attempt) = world.running_task().await;
        for (name, expires_at) in [("a", 20), ("b", 21), ("c", 22), ("d", 40)] {
            edit(
                world,
                attempt,
                &OWN,
                set(name, json!(1), Some(minute(expires_at))),
            )
            .await;
        }
        edit(world, attempt, &OWN, set("e", json!(1), None)).await;
        // Until it is deleted it is there, as in Airflow.
        assert_eq!(kept(world, &key, &OWN, "a").await, Some(json!(1)));
        let found = world.store.expired_states(minute(30), 2).await.unwrap();
        let expected = |name: &str| ExpiredState {
            task: key.clone(),
            key: name.to_owned(),
        };
        assert_eq!(found, [expected("a"), expected("b")]);
        assert_eq!(world.store.delete_expired_states(minute(30), 2).await.unwrap(), 2);
        assert_eq!(world.store.delete_expired_states(minute(30), 2).await.unwrap(), 1);
        assert_eq!(world.store.delete_expired_states(minute(30), 2).await.unwrap(), 0);
        assert_eq!(world.store.task_states_kept(&key, (0, 9)).await.unwrap().1, 2);
    })
    .await;
}

#[tokio::test]
async fn what_a_task_keeps_goes_with_its_success_if_that_is_wanted() {
    databases::on_both(async |database| {
        let options = StoreOptions {
            clear_states_on_success: true,
            ..StoreOptions::default()
        };
        let world = World::make(database, options).await;
        let run = world.running_run().await;
        let (first, second) = (task(&run, "a"), task(&run, "b"));
        for key in [&first, &second] {
            let attempt = world.run_task(key, None, 1).await;
            edit(&world, attempt, &OWN, set("k", json!(1), None)).await;
            world.write(attempt, end(RETRY)).await;
            assert_eq!(kept(&world, key, &OWN, "k").await, Some(json!(1)));
        }
        let attempt = world.run_task(&first, RETRY, 2).await;
        world.write(attempt, end(SUCCESS)).await;
        assert_eq!(kept(&world, &first, &OWN, "k").await, None);
        let success = TaskInstanceState::Success;
        let tasks = std::slice::from_ref(&second);
        world
            .store
            .mark_tasks(tasks, success, "by hand", minute(20))
            .await
            .unwrap();
        assert_eq!(kept(&world, &second, &OWN, "k").await, None);
    })
    .await;
}

#[tokio::test]
async fn changes_by_hand_stand_in_the_event_log_without_the_values() {
    on_both(async |world| {
        let (key, attempt) = world.running_task().await;
        edit(world, attempt, &OWN, set("k", json!("secret"), Some(minute(50)))).await;
        let store = world.store.by(Author {
            owner: "ann".to_owned(),
            event: "set_task_state_store".to_owned(),
            at: minute(12),
            extra: Map::new(),
        });
        assert!(
            store
                .change_task_state(&key, ("k", &json!("other")), minute(12))
                .await
                .unwrap()
        );
        assert!(
            !store
                .change_task_state(&key, ("none", &json!(1)), minute(12))
                .await
                .unwrap()
        );
        let row = store.task_state(&key, "k").await.unwrap().unwrap();
        assert_eq!((row.value, row.expires_at), (json!("other"), Some(minute(50))));
        store
            .edit_task_state(&key, &delete("k"), minute(12))
            .await
            .unwrap();
        store.clear_states_of_copies(&key).await.unwrap();
        let filter = EventLogFilter {
            owner: Some("ann".to_owned()),
            paging: Paging {
                limit: 10,
                ..Paging::default()
            },
            ..EventLogFilter::default()
        };
        let (entries, _) = store.event_logs(&filter).await.unwrap();
        let told: Vec<Value> = entries
            .iter()
            .map(|entry| serde_json::from_str(entry.extra.as_deref().unwrap()).unwrap())
            .collect();
        assert_eq!(
            told,
            [
                json!({"key": "k"}),
                json!({"key": "k"}),
                json!({"all_map_indices": true})
            ]
        );
        assert!(entries.iter().all(|entry| entry.task_id.as_deref() == Some("a")));
    })
    .await;
}
