//! A golden file of the hot statements: the indexes that SQLite finds for them.

use std::fmt::Write;

use updraft_sql::{Db, inspect};
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

#[tokio::test]
async fn hot_statements_find_their_rows_by_index() {
    let database = databases::sqlite();
    let world = World::make(&database, StoreOptions::default()).await;
    let db = Db::open(&world.url, &DbOptions::new("updraft")).await.unwrap();
    let mut golden = String::new();
    for name in HOT {
        let sql = catalogue()
            .into_iter()
            .find(|sql| sql.name().ends_with(&format!("::{name}")))
            .unwrap();
        let plan = inspect::query_plan(&db, sql).await.unwrap();
        let _ = writeln!(golden, "{name}\n{plan}");
        let reads_all = |line: &&str| {
            line.trim_start().starts_with("SCAN")
                && !line.contains("jsonb_each")
                && !line.contains("USING INDEX")
        };
        assert_eq!(plan.lines().find(reads_all), None, "{name} reads a whole table");
    }
    insta::assert_snapshot!(golden);
}
