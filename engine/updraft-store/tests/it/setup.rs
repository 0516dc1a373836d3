//! Schema and set-up, and the words for what goes wrong there.

use std::fs;
use std::path::{Path, PathBuf};

use updraft_sql::{Db, Migration, Migrations, Sql, inspect, statements};
use updraft_store::{
    DatabaseUrl, DbOptions, MIGRATIONS, MigrateError, PlanCommit, SetupError, SourceRecord, Store,
    StoreOptions, catalogue,
};
use updraft_testing::databases;

use crate::support::{TTL, World, chain, dag_id, holder, minute, on_both, trigger};

statements! {
    /// What stands in for another program, and for an older one.
    OTHERS;

    MAKE_AIRFLOW = Sql::new("CREATE TABLE alembic_version (version_num TEXT)");
    DAG = Sql::new(
        "INSERT INTO dag (dag_id, source, fileloc, is_active, is_paused, version_id, schedule, owners, parsed_at) \
         VALUES ('d', 's', 'f', $1, $1, $2, 'None', 'me', 1)",
    );
    DAG_VERSION = Sql::new(
        "INSERT INTO dag_version (version_id, dag_id, version_number, structure_hash, spec, created_at) \
         VALUES ($1, 'd', 1, 'h', '{}', 1)",
    );
    DATED_RUN = Sql::new(
        "INSERT INTO dag_run (dag_id, run_id, version_id, state, run_type, logical_date, data_interval_start, \
                              data_interval_end, run_after, conf) \
         VALUES ('d', 'dated', $1, 'queued', 'manual', 1, 1, 1, 1, '{}')",
    );
    UNDATED_RUN = Sql::new(
        "INSERT INTO dag_run (dag_id, run_id, version_id, state, run_type, run_after, conf) \
         VALUES ('d', 'undated', $1, 'queued', 'manual', 1, '{}')",
    );
    TASK = Sql::new(
        "INSERT INTO task_instance (dag_id, run_id, task_id, map_index, operator, max_tries) \
         VALUES ('d', 'dated', 'a', -1, 'RustOperator', 0)",
    );
}

async fn db(world: &World) -> Db {
    Db::open(&world.url, &DbOptions::new("updraft")).await.unwrap()
}

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[tokio::test]
async fn every_statement_prepares_on_both_databases() {
    on_both(async |world| {
        let catalogue = catalogue();
        assert!(catalogue.len() > 60);
        assert_eq!(
            inspect::prepare_all(&db(world).await, &catalogue).await.unwrap(),
            Vec::<String>::new()
        );
    })
    .await;
}

#[tokio::test]
async fn all_migrations_together_make_the_committed_schema() {
    on_both(async |world| {
        let name = match world.url {
            DatabaseUrl::Sqlite(_) => "schema/sqlite.sql",
            DatabaseUrl::Postgres(_) => "schema/postgres.txt",
        };
        let made = inspect::schema(&db(world).await).await.unwrap();
        let committed = fs::read_to_string(here(name)).unwrap_or_default();
        if made != committed {
            let new = std::env::temp_dir().join(format!("updraft-{}", name.replace('/', "-")));
            fs::write(&new, made).unwrap();
            panic!(
                "`{name}` is not what the migrations make; if they are right, replace it by `{}`",
                new.display()
            );
        }
    })
    .await;
}

#[tokio::test]
async fn both_databases_have_the_same_tables_and_columns() {
    let (sqlite, postgres) = (databases::sqlite(), databases::postgres().await);
    let mut columns = Vec::new();
    for database in [&sqlite, &postgres] {
        let world = World::make(database, StoreOptions::default()).await;
        columns.push(inspect::columns(&db(&world).await).await.unwrap());
    }
    assert_eq!(columns[0], columns[1]);
}

#[test]
fn every_migration_file_is_embedded() {
    for folder in ["migrations/sqlite", "migrations/postgres"] {
        let files = fs::read_dir(here(folder)).unwrap();
        let mut files: Vec<String> = files
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let known: Vec<String> = MIGRATIONS
            .steps
            .iter()
            .map(|step| format!("{}.sql", step.name))
            .collect();
        assert_eq!(files, known, "{folder}");
        assert!(
            MIGRATIONS
                .steps
                .iter()
                .enumerate()
                .all(|(at, step)| step.name.starts_with(&format!("{:04}_", at + 1)))
        );
    }
}

#[tokio::test]
async fn a_database_of_a_newer_program_is_refused() {
    on_both(async |world| {
        const NEXT: Migration = Migration {
            name: "9999_next",
            postgres: "SELECT 1",
            sqlite: "SELECT 1",
        };
        let steps: Vec<Migration> = MIGRATIONS.steps.iter().copied().chain([NEXT]).collect();
        let newer = Migrations {
            steps: steps.leak(),
            ..MIGRATIONS
        };
        newer.migrate(&db(world).await, minute(1)).await.unwrap();
        let error = world.store.check().await.unwrap_err();
        assert!(matches!(error, SetupError::Migrate(MigrateError::TooNew { .. })));
        assert!(error.to_string().contains("is too new"), "{error}");
        assert!(world.store.migrate(minute(1)).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_database_without_tables_is_told_apart_from_one_with() {
    databases::on_both(async |database| {
        let store = Store::open(database.url(), StoreOptions::default())
            .await
            .unwrap();
        assert_eq!(store.schema_version().await.unwrap().applied, 0);
        let error = store.check().await.unwrap_err();
        assert!(
            error.to_string().contains("is not up to date: it has 0 of"),
            "{error}"
        );
        let unread = store.picture().await.unwrap_err();
        assert!(
            unread.to_string().contains("migrate the database first"),
            "{unread}"
        );
        store.migrate(minute(0)).await.unwrap();
        store.check().await.unwrap();
    })
    .await;
}

/// On SQLite that step changes the text of a table that others refer to.
#[tokio::test]
async fn what_there_was_outlives_the_step_that_allows_runs_without_a_date() {
    databases::on_both(async |database| {
        let db = Db::open(database.url(), &DbOptions::new("updraft"))
            .await
            .unwrap();
        let up_to = |last: &str| Migrations {
            steps: {
                let steps = MIGRATIONS.steps.iter().filter(|step| step.name <= last);
                steps.copied().collect::<Vec<_>>().leak()
            },
            ..MIGRATIONS
        };
        up_to("0008_deadlines").migrate(&db, minute(0)).await.unwrap();
        let version = uuid::Uuid::from_u128(1);
        let rows = [
            DAG.bind(true).bind(version),
            DAG_VERSION.bind(version),
            DATED_RUN.bind(version),
            TASK.query(),
        ];
        for row in rows {
            db.execute(row).await.unwrap();
        }
        assert!(db.execute(UNDATED_RUN.bind(version)).await.is_err());

        let contents = async |db: &Db| {
            let mut contents = inspect::contents(db).await.unwrap();
            contents.retain(|table, _| !table.ends_with("_migration"));
            contents
        };
        let other = Db::open(database.url(), &DbOptions::new("updraft"))
            .await
            .unwrap();
        let had = contents(&other).await;
        assert_eq!((had["dag_run"].len(), had["task_instance"].len()), (1, 1));
        let step = up_to("0009_runs_without_a_date");
        step.migrate(&db, minute(1)).await.unwrap();
        assert_eq!(contents(&other).await, had);
        // Through a connection that knew the tables as they were.
        other.execute(UNDATED_RUN.bind(version)).await.unwrap();
        assert_eq!(contents(&db).await["dag_run"].len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_reset_leaves_an_empty_database() {
    on_both(async |world| {
        world.running_task().await;
        world.store.set_variable("v", "1", None, minute(0)).await.unwrap();
        world.store.reset(minute(1)).await.unwrap();
        world.store.check().await.unwrap();
        assert_eq!(world.store.picture().await.unwrap().dags.len(), 0);
        assert_eq!(world.store.variables().await.unwrap().len(), 0);
        let lease = world
            .store
            .acquire_scheduler(&holder(1), minute(1), TTL, |_| true)
            .await;
        let record = SourceRecord {
            source: "s",
            fileloc: "/dags/s",
            code: None,
            dags: &[chain("d", &["a"])],
            broken: None,
        };
        let recorded = world
            .store
            .record_source(&lease.unwrap(), &record, minute(1), &world.ids)
            .await;
        assert_eq!(recorded.unwrap().changed.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_file_of_a_real_airflow_is_left_alone() {
    let database = databases::sqlite();
    let db = Db::open(database.url(), &DbOptions::new("updraft"))
        .await
        .unwrap();
    db.execute(MAKE_AIRFLOW.query()).await.unwrap();
    let store = Store::open(database.url(), StoreOptions::default())
        .await
        .unwrap();
    for outcome in [store.migrate(minute(0)).await, store.reset(minute(0)).await] {
        let error = outcome.unwrap_err();
        assert!(
            error.to_string().contains("holds tables of another program"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn programs_that_write_at_the_same_time_do_not_meet_a_lock() {
    on_both(async |world| {
        world.record_dag().await;
        let other = world.second_store().await;
        let run = async |store: &Store, offset: i64| {
            for number in 0..20 {
                store
                    .trigger_run(&trigger("d", offset + number), minute(0))
                    .await
                    .unwrap();
                store.set_paused(&[dag_id("d")], number % 2 == 0).await.unwrap();
            }
        };
        let schedule = async || {
            for number in 0..40 {
                world
                    .store
                    .commit_plan(&world.lease, &PlanCommit::default())
                    .await
                    .unwrap();
                world.store.picture().await.unwrap();
                assert!(
                    world
                        .store
                        .renew(&world.lease, minute(number / 60), TTL)
                        .await
                        .unwrap()
                );
                world.store.take_changes(&world.lease, 5).await.unwrap();
            }
        };
        tokio::join!(run(&world.store, 0), run(&other, 100), Box::pin(schedule()));
        assert_eq!(world.store.picture().await.unwrap().runs.len(), 40);
    })
    .await;
}
