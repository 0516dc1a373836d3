//! DAG sources and DAGs.

use updraft_model::{DagId, DagSpec};
use updraft_store::{BrokenPart, Change, DagFilter, Recorded, SourceRecord, StoreOptions, WriteError};
use updraft_testing::databases;

use crate::support::{TTL, World, chain, dag_id, holder, minute, on_both};

async fn record(world: &World, source: &str, dags: &[DagSpec]) -> Recorded {
    let record = SourceRecord {
        source,
        fileloc: "/dags/x",
        code: None,
        dags,
        broken: None,
    };
    world
        .store
        .record_source(&world.lease, &record, minute(1), &world.ids)
        .await
        .unwrap()
}

fn ids(dags: &[updraft_store::StoredDag]) -> Vec<&str> {
    dags.iter().map(|dag| dag.dag_id.as_str()).collect()
}

#[tokio::test]
async fn a_source_brings_its_dags_and_only_changes_make_versions() {
    on_both(async |world| {
        let (one, two) = (chain("one", &["a"]), chain("two", &["a", "b"]));
        let first = record(world, "s", &[two.clone(), one.clone()]).await;
        assert_eq!(
            (ids(&first.changed), first.removed.len()),
            (vec!["one", "two"], 0)
        );
        assert_eq!(*first.changed[1].spec, two);
        assert_eq!(
            record(world, "s", &[two.clone(), one.clone()]).await,
            Recorded::default()
        );

        let changed = chain("two", &["a", "b", "c"]);
        let second = record(world, "s", std::slice::from_ref(&changed)).await;
        assert_eq!(
            (ids(&second.changed), &second.removed[..]),
            (vec!["two"], &[dag_id("one")][..])
        );
        assert_ne!(second.changed[0].version, first.changed[1].version);
        let dag = world.store.dag(&dag_id("two")).await.unwrap().unwrap();
        assert_eq!((&*dag.spec, dag.version), (&changed, second.changed[0].version));
        assert!(!world.store.dag(&dag_id("one")).await.unwrap().unwrap().is_active);

        let back = record(world, "s", &[changed, one]).await;
        assert_eq!(ids(&back.changed), ["one"]);
        assert_eq!(back.changed[0].version, first.changed[0].version);
        assert_eq!(world.store.dag(&dag_id("three")).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_dag_belongs_to_one_source_at_a_time() {
    on_both(async |world| {
        record(world, "s", &[chain("one", &["a"])]).await;
        let other = record(world, "t", &[chain("one", &["b"]), chain("two", &["b"])]).await;
        assert_eq!(
            (ids(&other.changed), &other.taken[..]),
            (vec!["two"], &[dag_id("one")][..])
        );
        let errors = world.store.import_errors().await.unwrap();
        assert_eq!(errors.len(), 1);
        assert_eq!(
            errors[0].message,
            "DAG `one` is already defined by `s`; give it another id, or remove one of the two"
        );
        assert_eq!(
            world.store.remove_source(&world.lease, "s").await.unwrap(),
            [dag_id("one")]
        );
        let now = record(world, "t", &[chain("one", &["b"]), chain("two", &["b"])]).await;
        assert_eq!(ids(&now.changed), ["one"]);
        assert_eq!(world.store.import_errors().await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn of_two_dags_with_one_id_in_a_source_the_first_counts() {
    on_both(async |world| {
        let (first, second) = (chain("one", &["a"]), chain("one", &["b"]));
        let recorded = record(world, "s", &[first.clone(), second]).await;
        assert_eq!(
            (&*recorded.changed[0].spec, &recorded.taken[..]),
            (&first, &[dag_id("one")][..])
        );
        assert_eq!(world.store.import_errors().await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_source_that_cannot_be_read_keeps_its_dags() {
    on_both(async |world| {
        record(world, "s", &[chain("one", &["a"])]).await;
        world
            .store
            .record_import_error(&world.lease, ("s", "/dags/x"), "line 1:\n\u{0} broken", minute(2))
            .await
            .unwrap();
        world
            .store
            .record_import_error(&world.lease, ("s", "/dags/x"), "line 2", minute(3))
            .await
            .unwrap();
        let errors = world.store.import_errors().await.unwrap();
        assert_eq!(
            (errors.len(), errors[0].message.as_str(), errors[0].occurred_at),
            (1, "line 2", minute(3))
        );
        assert!(world.store.dag(&dag_id("one")).await.unwrap().unwrap().is_active);
        record(world, "s", &[chain("one", &["a"])]).await;
        assert_eq!(world.store.import_errors().await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn sources_that_are_gone_take_their_dags_and_errors_with_them() {
    on_both(async |world| {
        record(world, "s", &[chain("one", &["a"])]).await;
        record(world, "t", &[chain("two", &["a"])]).await;
        world
            .store
            .record_import_error(&world.lease, ("u", "/dags/u"), "broken", minute(2))
            .await
            .unwrap();
        let removed = world.store.deactivate_missing(&["t".to_owned()]).await.unwrap();
        assert_eq!(removed, [dag_id("one")]);
        assert_eq!(world.store.import_errors().await.unwrap(), []);
        assert_eq!(
            world.store.deactivate_missing(&[]).await.unwrap(),
            [dag_id("two")]
        );
    })
    .await;
}

#[tokio::test]
async fn dags_are_listed_with_tags_and_filtered() {
    databases::on_both(async |database| {
        let options = StoreOptions {
            dags_are_paused_at_creation: false,
            ..StoreOptions::default()
        };
        let world = World::make(database, options).await;
        let mut one = chain("one", &["a"]);
        one.tags = ["etl", "beta"].map(str::to_owned).into();
        one.description = Some("first".to_owned());
        one.tasks[0].owner = "team".to_owned();
        let mut two = chain("two", &["a"]);
        two.is_paused_upon_creation = Some(true);
        record(&world, "s", &[one, two]).await;
        record(&world, "t", &[chain("three", &["a"])]).await;
        world.store.remove_source(&world.lease, "t").await.unwrap();

        let listed = world.store.dags(DagFilter::default()).await.unwrap();
        let names: Vec<_> = listed
            .iter()
            .map(|dag| (dag.dag_id.as_str(), dag.is_paused))
            .collect();
        assert_eq!(names, [("one", false), ("two", true)]);
        assert_eq!(
            (&listed[0].tags[..], listed[0].owners.as_str()),
            (&["beta".to_owned(), "etl".to_owned()][..], "team")
        );
        assert_eq!(
            (listed[0].description.as_deref(), listed[0].version_number),
            (Some("first"), 1)
        );
        let paused = DagFilter {
            is_paused: Some(true),
            ..DagFilter::default()
        };
        assert_eq!(world.store.dags(paused).await.unwrap().len(), 1);
        let all = DagFilter {
            with_inactive: true,
            is_paused: None,
        };
        assert_eq!(world.store.dags(all).await.unwrap().len(), 3);
    })
    .await;
}

#[tokio::test]
async fn pausing_tells_which_dags_it_changed() {
    on_both(async |world| {
        record(world, "s", &[chain("one", &["a"]), chain("two", &["a"])]).await;
        let both = [dag_id("two"), dag_id("one"), dag_id("three")];
        assert_eq!(
            world.store.set_paused(&both[..1], false).await.unwrap(),
            [dag_id("two")]
        );
        assert_eq!(
            world.store.set_paused(&both, false).await.unwrap(),
            [dag_id("one")]
        );
        assert_eq!(world.store.set_paused(&both, false).await.unwrap(), []);
        assert!(!world.store.dag(&dag_id("one")).await.unwrap().unwrap().is_paused);
        let changes = world.store.take_changes(&world.lease, 10).await.unwrap();
        assert_eq!(changes, ["one", "two"].map(|name| Change::Dag(dag_id(name))));
    })
    .await;
}

#[tokio::test]
async fn a_source_that_is_broken_in_part_has_live_dags_beside_its_import_error() {
    on_both(async |world| {
        let (bad, gone, good) = (chain("bad", &["a"]), chain("gone", &["a"]), chain("good", &["a"]));
        record(world, "s", &[bad.clone(), gone, good]).await;
        let newer = [chain("good", &["a", "b"])];
        let broken = async |failed: Option<&[DagId]>| {
            let record = SourceRecord {
                source: "s",
                fileloc: "/dags/x",
                code: None,
                dags: &newer,
                broken: Some(BrokenPart {
                    fileloc: "/dags/y",
                    message: "dag `bad`: no\0pe",
                    dags: failed,
                }),
            };
            let recorded = world
                .store
                .record_source(&world.lease, &record, minute(1), &world.ids);
            recorded.await.unwrap()
        };
        // As long as it is not known which DAGs are broken, none goes away.
        let first = broken(None).await;
        assert_eq!((ids(&first.changed), first.removed.len()), (vec!["good"], 0));
        let second = broken(Some(&[dag_id("bad")])).await;
        assert_eq!(
            (ids(&second.changed), &second.removed[..]),
            (vec![], &[dag_id("gone")][..])
        );
        let kept = world.store.dag(&dag_id("bad")).await.unwrap().unwrap();
        assert_eq!((kept.is_active, &*kept.spec), (true, &bad));
        let errors = world.store.import_errors().await.unwrap();
        assert_eq!(errors.len(), 1);
        assert_eq!(errors[0].fileloc, "/dags/y");
        assert!(errors[0].message.starts_with("dag `bad`: no"));

        let mended = record(world, "s", &[bad, newer[0].clone()]).await;
        assert_eq!(mended, Recorded::default());
        assert_eq!(world.store.import_errors().await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_scheduler_that_lost_its_lease_tells_nothing_of_sources() {
    on_both(async |world| {
        world.record_dag().await;
        let taken = async |pid| {
            world
                .store
                .acquire_scheduler(&holder(pid), minute(9), TTL, |_| false)
                .await
        };
        taken(2).await.unwrap();
        let others = [chain("other", &["t"])];
        let record = SourceRecord {
            source: "d.bundle.toml",
            fileloc: "/dags/file",
            code: None,
            dags: &others,
            broken: None,
        };
        let (store, old) = (&world.store, &world.lease);
        let recorded = store.record_source(old, &record, minute(9), &world.ids).await;
        assert!(matches!(recorded, Err(WriteError::LeaseLost)));
        let failed = store
            .record_import_error(old, ("s", "/dags/s"), "broken", minute(9))
            .await;
        assert!(matches!(failed, Err(WriteError::LeaseLost)));
        let removed = store.remove_source(old, "d.bundle.toml").await;
        assert!(matches!(removed, Err(WriteError::LeaseLost)));
        assert!(store.dag(&dag_id("d")).await.unwrap().unwrap().is_active);
        assert_eq!(store.dag(&dag_id("other")).await.unwrap(), None);
        assert_eq!(store.import_errors().await.unwrap(), []);
    })
    .await;
}
