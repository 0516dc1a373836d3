//! Deleting DAGs, and the texts of their files.

use updraft_model::DagId;
use updraft_store::{Change, DeleteDagError, SourceRecord};

use crate::support::{World, chain, minute, on_both};

fn d() -> DagId {
    DagId::parse("d").unwrap()
}

#[tokio::test]
async fn a_dag_goes_with_all_that_belongs_to_it_and_the_scheduler_hears_of_it() {
    on_both(async |world| {
        let run = world.running_run().await;
        world.store.take_changes(&world.lease, 100).await.unwrap();
        world.store.delete_dag(&d(), minute(5)).await.unwrap();
        assert!(world.store.dag_row(&d()).await.unwrap().is_none());
        assert!(world.store.run(&run).await.unwrap().is_none());
        let changes = world.store.take_changes(&world.lease, 100).await.unwrap();
        assert_eq!(changes, [Change::Dag(d()), Change::Run(run)]);
        // Its source still defines it.
        let wanted = world.store.take_parse_requests().await.unwrap();
        assert_eq!(wanted, ["d.bundle.toml"]);
        assert!(world.store.take_parse_requests().await.unwrap().is_empty());
        let again = world.store.delete_dag(&d(), minute(5)).await.unwrap_err();
        assert!(matches!(again, DeleteDagError::Unknown { .. }));
        world.record_dag().await;
        assert!(world.store.dag_row(&d()).await.unwrap().is_some());
    })
    .await;
}

#[tokio::test]
async fn a_dag_with_tasks_that_run_is_not_deleted() {
    on_both(async |world| {
        let run = world.running_run().await;
        let task = run.task(
            updraft_model::TaskId::parse("a").unwrap(),
            updraft_model::MapIndex::UNMAPPED,
        );
        world.run_task(&task, None, 1).await;
        let refused = world.store.delete_dag(&d(), minute(5)).await.unwrap_err();
        assert!(matches!(refused, DeleteDagError::Running { .. }));
        assert!(world.store.run(&run).await.unwrap().is_some());
    })
    .await;
}

async fn record(world: &World, code: &str, tasks: &[&str]) {
    let record = SourceRecord {
        source: "d.py",
        fileloc: "d.py",
        code: Some(code),
        dags: &[chain("d", tasks)],
        broken: None,
    };
    world
        .store
        .record_source(&world.lease, &record, minute(0), &world.ids)
        .await
        .unwrap();
}

#[tokio::test]
async fn each_version_keeps_the_newest_text_that_makes_it() {
    on_both(async |world| {
        let code = async |number: Option<i64>| {
            let found = world.store.dag_code(&d(), number).await.unwrap();
            found.map(|found| (found.version_number, found.code.unwrap()))
        };
        let text = |number: i64, text: &str| Some((number, text.to_owned()));
        record(world, "one", &["a"]).await;
        assert_eq!(code(None).await, text(1, "one"));
        record(world, "one, with a remark", &["a"]).await;
        assert_eq!(code(None).await, text(1, "one, with a remark"));
        record(world, "two", &["a", "b"]).await;
        assert_eq!(code(None).await, text(2, "two"));
        assert_eq!(code(Some(1)).await, text(1, "one, with a remark"));
        assert_eq!(code(Some(3)).await, None);
        let of_file = world.store.code_of_file("d.py").await.unwrap();
        assert_eq!((of_file.len(), of_file[0].1.code.as_deref()), (1, Some("two")));
    })
    .await;
}
