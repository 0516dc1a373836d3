//! Mapped tasks and groups, with real processes.

use updraft_testing::databases;

use crate::engine::Home;

fn home(database: Option<databases::TestDatabase>) -> Home {
    let mut home = Home::on(database);
    home.add_bundle("mapping");
    home.start();
    home.wait("the mapped DAGs are known", |home| {
        let dags = home.run(&["dags", "list", "-o", "plain"]);
        dags.contains("squares").then_some(())
    });
    home
}

fn squares(home: &Home, run_id: &str, count: u32) -> String {
    let conf = format!("{{\"count\": {count}}}");
    home.run(&["dags", "trigger", "squares", "--run-id", run_id, "--conf", &conf]);
    home.finished("squares", run_id)
}

#[test]
fn a_task_has_a_copy_for_each_item_and_what_they_return_comes_together() {
    let mut home = home(None);
    assert_eq!(squares(&home, "r1", 3), "success");
    let states = home.run(&["tasks", "states-for-dag-run", "squares", "r1", "-o", "json"]);
    let rows: Vec<serde_json::Value> = serde_json::from_str(&states).unwrap();
    let columns =
        |row: &serde_json::Value| format!("{} {} {}", row["task_id"], row["map_index"], row["state"]);
    insta::assert_snapshot!(rows.iter().map(columns).collect::<Vec<_>>().join("\n"), @r#"
    "numbers" "" "success"
    "square" "0" "success"
    "square" "1" "success"
    "square" "2" "success"
    "sum" "" "success"
    "#);
    assert!(
        home.task_log("squares", "r1", "sum", 1)
            .contains("3 numbers, sum 5")
    );
    let of_copy = home.log_at("dag_id=squares/run_id=r1/task_id=square/map_index=2/attempt=1.log");
    assert!(of_copy.contains("copy 2 has 2"), "{of_copy}");

    let of = |command| ["tasks", command, "squares", "square", "r1", "--map-index", "2"];
    assert_eq!(home.run(&of("state")), "success\n");
    assert_eq!(home.run(&of("logs")), of_copy);
    assert!(home.run(&of("why")).contains("it succeeded in try 1"));
    let (_, complaint) = home.fail(&["tasks", "state", "squares", "square", "r1"]);
    insta::assert_snapshot!(complaint, @"error: `square` is mapped and has 3 copies in run `r1`; name one with --map-index, 0 to 2");
    let (_, complaint) = home.fail(&["tasks", "state", "squares", "square", "r1", "--map-index", "3"]);
    insta::assert_snapshot!(complaint, @"error: `square` is mapped and has 3 copies in run `r1`; name one with --map-index, 0 to 2");
    let (_, complaint) = home.fail(&of("kill"));
    insta::assert_snapshot!(complaint, @"error: task `squares r1 square[2]` does not run, it is `success`");

    // One copy alone runs again.
    let cleared = home.run(&["tasks", "clear", "squares", "square", "--map-index", "1", "-y"]);
    assert_eq!(cleared, "1 task instances have been cleared\n");
    assert_eq!(home.finished("squares", "r1"), "success");
    home.log_at("dag_id=squares/run_id=r1/task_id=square/map_index=1/attempt=2.log");
    home.stop();

    // By hand, on what the run has.
    let tried = home.run(&of("test"));
    assert!(tried.contains("copy 2 has 2"), "{tried}");
    let (_, complaint) = home.fail(&["tasks", "test", "squares", "square", "r1"]);
    insta::assert_snapshot!(complaint, @"error: `square` is mapped; say with --map-index which copy is to run");
}

#[tokio::test]
async fn postgres_maps_the_same() {
    let database = databases::postgres().await;
    let mut home = home(Some(database));
    assert_eq!(squares(&home, "r1", 20), "success");
    // Copy 13 fails, and the sum is made of the others.
    assert!(home.task_log("squares", "r1", "sum", 1).contains("19 numbers"));
    let why = home.run(&["tasks", "why", "squares", "square", "r1", "--map-index", "13"]);
    assert!(why.contains("bad luck"), "{why}");
    home.trigger("cities", "r1");
    assert_eq!(home.finished("cities", "r1"), "success");
    home.stop();
}

#[test]
fn copies_of_a_group_go_their_own_ways() {
    let mut home = home(None);
    home.trigger("cities", "r1");
    assert_eq!(home.finished("cities", "r1"), "success");
    let expected = [
        "city.measure=skipped",
        "city.measure=success",
        "city.measure=success",
        "city.report=skipped",
        "city.report=success",
        "city.report=success",
        "end=success",
    ];
    assert_eq!(home.states("cities", "r1"), expected);
    home.stop();
}

#[test]
fn what_cannot_be_mapped_over_fails_the_task_that_returned_it() {
    let mut home = home(None);
    home.trigger("unmappable", "r1");
    assert_eq!(home.finished("unmappable", "r1"), "failed");
    let expected = [
        "text=failed",
        "over_text=upstream_failed",
        "long=failed",
        "over_long=upstream_failed",
        "empty=success",
        "over_empty=skipped",
    ];
    assert_eq!(home.states("unmappable", "r1"), expected);
    let text = home.task_log("unmappable", "r1", "text", 1);
    assert!(text.contains("unmappable return type `str`"), "{text}");
    let long = home.task_log("unmappable", "r1", "long", 1);
    assert!(
        long.contains("unmappable return value length: 2000 > 1024"),
        "{long}"
    );
    home.stop();
}

#[test]
fn a_hundred_thousand_copies_are_ordinary() {
    let mut home = home(None);
    home.trigger("many", "r1");
    let of_last = |command| ["tasks", command, "many", "waiting", "r1", "--map-index", "99999"];
    home.wait("the copies are scheduled", |home| {
        (home.run(&of_last("state")) == "scheduled\n").then_some(())
    });
    assert!(home.run(&of_last("why")).contains("pool_missing"));
    let of_many = home.run(&["tasks", "state", "many", "many", "r1", "--map-index", "99999"]);
    assert_eq!(of_many, "success\n");
    let cleared = home.run(&["tasks", "clear", "many", "many", "-y"]);
    assert_eq!(cleared, "100000 task instances have been cleared\n");
    home.wait("they succeed again", |home| {
        let state = home.run(&["tasks", "state", "many", "many", "r1", "--map-index", "7"]);
        (state == "success\n").then_some(())
    });

    // A new engine goes on with them, the first ones first.
    home.kill();
    home.start();
    home.run(&["pools", "set", "closed", "2", "open now"]);
    home.wait("the first copies run", |home| {
        let state = home.run(&["tasks", "state", "many", "waiting", "r1", "--map-index", "20"]);
        (state == "success\n").then_some(())
    });
    assert_eq!(home.run(&of_last("state")), "scheduled\n");
    home.stop();
}
