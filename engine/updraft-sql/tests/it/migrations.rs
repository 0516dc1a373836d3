//! Migrations: applied once, compared ever after.

use jiff::Timestamp;
use updraft_sql::{
    Db, DbOptions, MigrateError, Migration, Migrations, SchemaVersion, Sql, inspect, statements,
};
use updraft_testing::databases::{self, TestDatabase, on_both};

const FIRST: Migration = Migration {
    name: "0001_first",
    postgres: "CREATE TABLE parent (id BIGINT PRIMARY KEY, name TEXT NOT NULL DEFAULT 'x');\n\
               CREATE TABLE child (id BIGINT PRIMARY KEY REFERENCES parent (id));",
    sqlite: "CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT NOT NULL DEFAULT 'x');\n\
             CREATE TABLE child (id INTEGER PRIMARY KEY REFERENCES parent (id));",
};
const SECOND: Migration = Migration {
    name: "0002_second",
    postgres: "CREATE INDEX parent_name ON parent (name);",
    sqlite: "CREATE INDEX parent_name ON parent (name);",
};
const OLD: Migrations = Migrations {
    product: "family",
    steps: &[FIRST],
};
const NEW: Migrations = Migrations {
    product: "family",
    steps: &[FIRST, SECOND],
};
const EDITED: Migrations = Migrations {
    product: "family",
    steps: &[Migration {
        postgres: "CREATE TABLE parent ()",
        sqlite: "CREATE TABLE parent (id)",
        ..FIRST
    }],
};

statements! {
    /// All of these.
    STATEMENTS;

    ADD_PARENT = Sql::new("INSERT INTO parent (id) VALUES (1)");
    ADD_CHILD = Sql::new("INSERT INTO child (id) VALUES (1)");
    MAKE_FOREIGN = Sql::new("CREATE TABLE alembic_version (id BIGINT)");
    BY_NAME = Sql::new("SELECT id FROM parent WHERE name = $1");
}

async fn open(database: &TestDatabase) -> Db {
    Db::open(database.url(), &DbOptions::new("family_schema"))
        .await
        .unwrap()
}

#[tokio::test]
async fn a_schema_is_brought_up_to_date_step_by_step() {
    on_both(async |database| {
        let db = open(database).await;
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(
            NEW.version(&db).await.unwrap(),
            SchemaVersion { applied: 0, known: 2 }
        );
        OLD.migrate(&db, now).await.unwrap();
        assert!(matches!(
            NEW.check(&db).await,
            Err(MigrateError::TooOld {
                applied: 1,
                known: 2,
                ..
            })
        ));
        NEW.migrate(&db, now).await.unwrap();
        NEW.migrate(&db, now).await.unwrap();
        NEW.check(&db).await.unwrap();
        assert!(matches!(
            OLD.check(&db).await,
            Err(MigrateError::TooNew {
                applied: 2,
                known: 1,
                ..
            })
        ));
        assert!(matches!(
            EDITED.check(&db).await,
            Err(MigrateError::Changed { .. })
        ));
        assert!(
            inspect::prepare_all(&db, &[&ADD_PARENT, &ADD_CHILD])
                .await
                .unwrap()
                .is_empty()
        );
    })
    .await;
}

#[tokio::test]
async fn programs_that_migrate_at_the_same_time_do_it_once() {
    on_both(async |database| {
        let (first, second) = (open(database).await, open(database).await);
        let now = Timestamp::UNIX_EPOCH;
        let (one, two) = tokio::join!(NEW.migrate(&first, now), NEW.migrate(&second, now));
        assert_eq!((one.unwrap().applied, two.unwrap().applied), (2, 2));
    })
    .await;
}

#[tokio::test]
async fn a_reset_empties_the_tables_even_when_rows_refer_to_each_other() {
    on_both(async |database| {
        let db = open(database).await;
        NEW.migrate(&db, Timestamp::UNIX_EPOCH).await.unwrap();
        db.execute(ADD_PARENT.query()).await.unwrap();
        db.execute(ADD_CHILD.query()).await.unwrap();
        assert_eq!(
            inspect::contents(&db).await.unwrap()["parent"],
            [r#"id=1 name="x""#]
        );
        NEW.reset(&db, Timestamp::UNIX_EPOCH).await.unwrap();
        assert!(inspect::contents(&db).await.unwrap().values().all(Vec::is_empty));
    })
    .await;
}

#[tokio::test]
async fn the_file_of_another_program_is_left_alone() {
    let database = databases::sqlite();
    let db = open(&database).await;
    db.execute(MAKE_FOREIGN.query()).await.unwrap();
    let now = Timestamp::UNIX_EPOCH;
    assert!(matches!(
        NEW.migrate(&db, now).await,
        Err(MigrateError::Foreign { .. })
    ));
    assert!(matches!(
        NEW.reset(&db, now).await,
        Err(MigrateError::Foreign { .. })
    ));
}

#[tokio::test]
async fn tables_of_a_schema_stay_out_of_the_others() {
    let database = databases::postgres().await;
    let (ours, theirs) = (
        open(&database).await,
        Db::open(database.url(), &DbOptions::new("public")).await.unwrap(),
    );
    theirs.execute(MAKE_FOREIGN.query()).await.unwrap();
    NEW.migrate(&ours, Timestamp::UNIX_EPOCH).await.unwrap();
    let names = async |db: &Db| {
        inspect::columns(db)
            .await
            .unwrap()
            .into_keys()
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&ours).await, ["child", "parent"]);
    assert_eq!(names(&theirs).await, ["alembic_version"]);
}

#[tokio::test]
async fn schema_and_plans_are_dumped_for_golden_files() {
    let database = databases::postgres().await;
    let db = open(&database).await;
    NEW.migrate(&db, Timestamp::UNIX_EPOCH).await.unwrap();
    assert_eq!(
        inspect::schema(&db).await.unwrap(),
        "TABLE child\n    id bigint NOT NULL\n    FOREIGN KEY (id) REFERENCES parent(id)\n    PRIMARY KEY (id)\n\
         TABLE parent\n    id bigint NOT NULL\n    name text NOT NULL DEFAULT 'x'::text\n    PRIMARY KEY (id)\n\
         CREATE INDEX parent_name ON parent USING btree (name)\n"
    );
    let database = databases::sqlite();
    let db = open(&database).await;
    NEW.migrate(&db, Timestamp::UNIX_EPOCH).await.unwrap();
    let schema = inspect::schema(&db).await.unwrap();
    assert!(schema.starts_with("CREATE TABLE child"), "{schema}");
    assert!(
        schema.ends_with("CREATE INDEX parent_name ON parent (name);\n"),
        "{schema}"
    );
    assert_eq!(
        inspect::query_plan(&db, &BY_NAME).await.unwrap(),
        "SEARCH parent USING COVERING INDEX parent_name (name=?)\n"
    );
    assert_eq!(STATEMENTS.len(), 4);
}
