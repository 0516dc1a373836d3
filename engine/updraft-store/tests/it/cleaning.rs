//! Deleting what is old.

use updraft_model::{DagId, DagRunState, RunId, RunKey, RunType};
use updraft_store::{HistoricRun, NewEventLog, Old};

use crate::support::{World, minute, on_both};

fn ended(name: &str, at: i64, state: DagRunState) -> HistoricRun {
    HistoricRun {
        key: RunKey {
            dag_id: DagId::parse("d").unwrap(),
            run_id: RunId::parse(name).unwrap(),
        },
        state,
        run_type: RunType::Manual,
        logical_date: Some(minute(at)),
        data_interval: None,
        run_after: minute(at),
        conf: serde_json::Map::new(),
        queued_at: None,
        start_date: Some(minute(at)),
        end_date: state.is_finished().then(|| minute(at + 1)),
        triggered_by: None,
        note: None,
        tasks: Vec::new(),
    }
}

async fn names(world: &World) -> Vec<String> {
    let all = updraft_store::RunFilter::all(DagId::parse("d").unwrap());
    let runs = world.store.runs(&all).await.unwrap();
    runs.into_iter().map(|run| run.key.run_id.to_string()).collect()
}

#[tokio::test]
async fn old_runs_go_except_the_newest_of_their_dag_and_those_that_run() {
    on_both(async |world| {
        world.record_dag().await;
        let runs = [
            ended("one", 1, DagRunState::Success),
            ended("two", 3, DagRunState::Running),
            ended("three", 5, DagRunState::Failed),
            ended("four", 7, DagRunState::Success),
        ];
        world.store.add_history(&world.lease, &runs).await.unwrap();
        let store = &world.store;
        assert_eq!(store.count_old(Old::Runs, minute(6)).await.unwrap(), 1);
        assert_eq!(store.count_old(Old::Runs, minute(60)).await.unwrap(), 2);
        assert_eq!(
            store.old_runs(minute(60), 1).await.unwrap(),
            [runs[0].key.clone()]
        );
        assert_eq!(
            store.delete_runs(&[runs[1].key.clone()]).await.unwrap(),
            0,
            "it runs"
        );
        assert_eq!(store.delete_old(Old::Runs, minute(60)).await.unwrap(), 2);
        assert_eq!(names(world).await, ["four", "two"]);
        assert_eq!(store.delete_old(Old::Runs, minute(60)).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn old_entries_of_the_event_log_go() {
    on_both(async |world| {
        for at in [1, 2, 3] {
            let entry = NewEventLog {
                event: "seen",
                ..NewEventLog::default()
            };
            world.store.record_event(&entry, minute(at)).await.unwrap();
        }
        let store = &world.store;
        assert_eq!(store.count_old(Old::Log, minute(3)).await.unwrap(), 2);
        assert_eq!(store.delete_old(Old::Log, minute(3)).await.unwrap(), 2);
        assert_eq!(store.count_old(Old::Log, minute(60)).await.unwrap(), 1);
        for what in [Old::AssetEvents, Old::Jobs, Old::Sessions] {
            assert_eq!(store.delete_old(what, minute(60)).await.unwrap(), 0, "{what:?}");
        }
    })
    .await;
}
