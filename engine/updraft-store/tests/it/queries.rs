//! The indexes that the databases find for hot statements and for pages of long lists; golden files of what SQLite finds.

use std::fmt::Write;

use updraft_sql::{Db, Sql, inspect};
use updraft_store::{DbOptions, StoreOptions, catalogue};
use updraft_testing::databases;

use crate::support::World;

/// What runs for each hop of a task, at each look of a scheduler, and when a scheduler starts on a long history.
const HOT: [&str; 41] = [
    "lease::VERIFY",
    "plan::SET_TASKS",
    "plan::QUEUE_TASKS",
    "plan::SET_RUNS",
    "copies::MAKE_ROWS",
    "attempts::SET_RETURNED",
    "xcom::SLICE",
    "xcom::SINCE",
    "attempts::LIVE",
    "attempts::ENDED",
    "attempts::DELETE_XCOMS",
    "attempts::DELETE_XCOMS_OF_TASKS",
    "attempts::SILENT",
    "attempts::START",
    "attempts::HEARTBEAT",
    "attempts::SET_XCOMS",
    "attempts::RECORD_ENDS",
    "attempts::END",
    "picture::UNFINISHED_RUNS",
    "picture::UNFINISHED_TASKS",
    "xcom::ONE",
    "variables::ONE",
    "asset_queue::INSERT_EVENTS",
    "asset_queue::QUEUE_OF_ATTEMPTS",
    "asset_queue::QUEUED_BY_ATTEMPTS",
    "asset_queue::DEQUEUE",
    "waits::SET_NOTES",
    "external::RUNS_BY_ID",
    "external::RUNS_BY_DATE",
    "external::TASK_STATES",
    "runs::BEFORE",
    "inquiries::RUNS_BY_ID",
    "inquiries::RUNS_BY_DATE",
    "inquiries::SOME_TASKS_OF_RUNS",
    "inquiries::PREVIOUS_TASK",
    "inquiries::FIRST_LOOK",
    "xcom::NEWEST",
    "task_trigger::LIVE_ATTEMPT",
    "task_trigger::LIVE_DELIVERY",
    "attempts::FORGET_RENDERED_FIELDS",
    "asset_queue::CAUSED_RUNS",
];

/// The pages of lists that grow with the history.
const LISTS: [&str; 22] = [
    "::run_pages::RISING",
    "::run_pages::FALLING",
    "::run_pages::RISING_OF_DAG",
    "::run_pages::FALLING_OF_DAG",
    "::task_pages::RISING",
    "::task_pages::FALLING",
    "::task_pages::RISING_LIVE",
    "::task_pages::FALLING_LIVE",
    "::task_pages::SHARED",
    "::xcom_list::RISING",
    "::xcom_list::FALLING",
    "::event_log::OLDEST",
    "::event_log::OLDEST_OF_DAG",
    "::event_log::NEWEST",
    "::event_log::NEWEST_OF_DAG",
    "::run_browse::PAGE",
    "::run_browse::PAGE_OF_DAG",
    "::task_browse::PAGE",
    "::task_browse::PAGE_OF_DAG",
    "::grid::OLDER",
    "::grid::NEWER",
    "::grid::CELLS",
];

fn statement(name: &str) -> &'static Sql {
    let mut meant = catalogue().into_iter().filter(|sql| sql.name().ends_with(name));
    meant.next().expect(name)
}

fn reads_a_table(line: &&str) -> bool {
    let line = line.trim_start();
    // What is asked for comes as a list, which is no table.
    let others = [
        "jsonb_each",
        "json_each",
        "SCAN wanted",
        "USING INDEX",
        "USING COVERING INDEX",
    ];
    line.starts_with("SCAN") && !others.iter().any(|other| line.contains(other))
}

#[tokio::test]
async fn hot_statements_find_their_rows_by_index() {
    let database = databases::sqlite();
    let world = World::make(&database, StoreOptions::default()).await;
    let db = Db::open(&world.url, &DbOptions::new("updraft")).await.unwrap();
    let mut golden = String::new();
    for name in HOT {
        let plan = inspect::query_plan(&db, statement(&format!("::{name}")))
            .await
            .unwrap();
        let _ = writeln!(golden, "{name}\n{plan}");
        assert_eq!(
            plan.lines().find(reads_a_table),
            None,
            "{name} reads a whole table"
        );
    }
    insta::assert_snapshot!(golden);
}

#[tokio::test]
async fn pages_of_lists_are_found_by_index() {
    let database = databases::sqlite();
    let world = World::make(&database, StoreOptions::default()).await;
    let db = Db::open(&world.url, &DbOptions::new("updraft")).await.unwrap();
    let mut golden = String::new();
    for name in LISTS {
        let plan = inspect::query_plan(&db, statement(name)).await.unwrap();
        let _ = writeln!(golden, "{name}\n{plan}");
        // What stands in its order is read until the page is full.
        let sorts = plan.contains("TEMP B-TREE FOR ORDER BY");
        assert!(!sorts, "{name} sorts:\n{plan}");
    }
    insta::assert_snapshot!(golden);
}

#[tokio::test]
async fn pages_of_lists_are_found_by_index_on_postgres() {
    let database = databases::postgres().await;
    let world = World::make(&database, StoreOptions::default()).await;
    let db = Db::open(&world.url, &DbOptions::new("updraft")).await.unwrap();
    for name in LISTS {
        let plan = inspect::query_plan(&db, statement(name)).await.unwrap();
        assert!(plan.contains("Index"), "{name}:\n{plan}");
        assert!(!plan.contains("Seq Scan"), "{name} reads a whole table:\n{plan}");
        // An incremental sort puts those in order that an index has beside each other.
        let sorts = plan
            .lines()
            .any(|line| line.trim_start().trim_start_matches("->  ") == "Sort");
        assert!(!sorts, "{name} sorts:\n{plan}");
    }
}
