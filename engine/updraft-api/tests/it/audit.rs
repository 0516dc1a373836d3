//! Every change stands in the event log, in the transaction in which it is made.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};
use updraft_api::{Route, routes};
use updraft_model::HitlQuestion;
use updraft_sql::{Db, DbOptions, Sql, statements};
use updraft_testing::databases;

use crate::engine::{Engine, task};
use crate::support::World;

statements! {
    /// Statements of these tests.
    STATEMENTS;

    HIDE = Sql::new("ALTER TABLE event_log RENAME TO hidden_log");
    SHOW = Sql::new("ALTER TABLE hidden_log RENAME TO event_log");
}

/// What is asked for with a method that may change something, and changes nothing.
const HARMLESS: [&str; 15] = [
    "create_backfill_dry_run",
    "create_token",
    "create_token_cli",
    "get_dag_runs_batch",
    "get_list_dag_runs_batch",
    "get_task_instances_batch",
    "login",
    "logout",
    "patch_task_group_instances_dry_run",
    "patch_task_instance_dry_run",
    "patch_task_instance_dry_run_by_map_index",
    "patch_task_group_dry_run",
    "patch_task_instance_by_map_index_dry_run",
    "bulk_dry_run",
    "dry_run",
];

/// Whether somebody changes something by asking for this.
fn changes(route: &Route) -> bool {
    route.method != "GET" && !HARMLESS.contains(&route.operation_id)
}

/// The route of a call.
fn route<'r>(routes: &'r [Route], what: &str) -> &'r Route {
    let (method, uri) = what.split_once(' ').unwrap();
    let path = uri.split('?').next().unwrap();
    let fits = |route: &&Route| {
        let (mut wanted, mut given) = (route.path.split('/'), path.split('/'));
        loop {
            match (wanted.next(), given.next()) {
                (None, None) => return route.method.as_str() == method,
                (Some("{uri}"), Some(_)) => return route.method.as_str() == method,
                (Some(one), Some(other)) if one.starts_with('{') || one == other => {}
                _ => return false,
            }
        }
    };
    // What is named in full comes before what is named by a parameter.
    let found = routes.iter().filter(fits);
    found
        .min_by_key(|route| route.path.matches('{').count())
        .expect("a route fits the call")
}

/// The DAGs, a run `one` of which `a` runs and `b` has copies, and something that is updated and waited for.
async fn prepare(world: &World) -> (String, String) {
    let lease = world.record_dags().await;
    let sold = json!({ "uri": "s3://bucket/sold", "name": "sold", "group": "asset" });
    let outlets = json!({ "outlets": [sold] });
    world.record_dag(&lease, "producer", outlets).await;
    let wanted = json!({ "type": "assets", "assets": { "all": [{ "asset": sold }, { "asset": { "uri": "s3://x", "name": "x" } }] } });
    world.record_scheduled(&lease, "consumer", wanted).await;
    world
        .admin("PATCH /api/v2/dags/consumer", json!({ "is_paused": false }), 200)
        .await;
    let grouped = json!({
        "dag_id": "grouped", "task_groups": [{ "group_id": "g" }],
        "tasks": [{ "task_id": "g.a", "operator": "RustOperator", "task_group": "g" }],
    });
    world.record_document(&lease, "grouped", grouped).await;
    let asked = json!({ "dag_run_id": "one" });
    world.admin("POST /api/v1/dags/grouped/dagRuns", asked, 200).await;
    let asked = json!({ "dag_run_id": "one", "logical_date": "2024-01-10T00:00:00Z" });
    world.admin("POST /api/v1/dags/sales/dagRuns", asked, 200).await;
    let engine = Engine::start(world, task("one", "a", -1).run_key()).await;
    engine.expand(&task("one", "b", -1), 3).await;
    let attempt = engine.begin(&task("one", "a", -1), None).await;
    let question = HitlQuestion {
        options: vec!["yes".to_owned(), "no".to_owned()],
        subject: "Go on?".to_owned(),
        ..HitlQuestion::default()
    };
    let asked = world
        .store
        .ask_people(attempt, &question, Timestamp::UNIX_EPOCH)
        .await;
    asked.unwrap();
    let assets = world
        .admin("GET /api/v2/assets?name_pattern=sold", Value::Null, 200)
        .await;
    let dag = world.admin("GET /api/v2/dags/sales", Value::Null, 200).await;
    (
        assets["assets"][0]["id"].to_string(),
        dag["file_token"].as_str().unwrap().to_owned(),
    )
}

/// Calls that change something, in an order in which each succeeds: method, path, body.
const CALLS: &str = include_str!("audit_calls.txt");

/// The calls, with the id of the asset and the token of the source in their places.
fn calls(asset: &str, token: &str) -> Vec<(String, Value)> {
    let call = |line: &str| {
        let line = line.replace("{asset}", asset).replace("{token}", token);
        let mut words = line.splitn(3, ' ');
        let what = [words.next().unwrap(), words.next().unwrap()].join(" ");
        let body = words.next().map(|body| serde_json::from_str(body).unwrap());
        (what, body.unwrap_or_default())
    };
    CALLS.lines().filter(|line| !line.is_empty()).map(call).collect()
}

/// What is described in full, so that an entry says how it was and how it is.
const DESCRIBED: [&str; 6] = ["connections", "pools", "roles", "tokens", "users", "variables"];

/// What is wrong with an entry that a call of this route left.
fn complaints(route: &Route, entry: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let named = (&entry["event"], &entry["owner"]);
    if named != (&json!(route.operation_id), &json!("Admin")) {
        wrong.push(format!("does not say who did what: {entry}"));
    }
    if entry.to_string().contains("opensesame") {
        wrong.push(format!("tells a secret: {entry}"));
    }
    let extra: Value = serde_json::from_str(entry["extra"].as_str().unwrap()).unwrap();
    let said = (extra["before"].is_object(), extra["after"].is_object());
    // It says how it was, unless it is new, and how it is, unless it is gone.
    let expected = (route.method != "POST", route.method != "DELETE");
    if is_of_one_described(route) && said != expected {
        wrong.push(format!("does not say how it was and is: {extra}"));
    }
    wrong
}

/// Whether a call is about one thing that entries describe. Calls about many make, change and delete.
fn is_of_one_described(route: &Route) -> bool {
    let parts = route.path.split('/').skip(1);
    let mut parts = parts.skip_while(|part| matches!(*part, "api" | "v1" | "v2" | "ui"));
    let is_described = parts.next().is_some_and(|first| DESCRIBED.contains(&first));
    is_described
        && match parts.next() {
            Some(second) => second.starts_with('{'),
            None => route.method == "POST",
        }
}

/// The entries of the event log from the one of that number.
async fn entries(world: &World, from: usize) -> Vec<Value> {
    let what = format!("GET /api/v2/eventLogs?order_by=id&limit=100&offset={from}");
    let told = world.admin(&what, Value::Null, 200).await;
    told["event_logs"].as_array().unwrap().clone()
}

/// Asks for one change after the other and notes what is wrong.
struct Walk<'w> {
    world: &'w World,
    db: &'w Db,
    routes: &'w [Route],
    tried: BTreeSet<(String, String)>,
    /// How many entries there are.
    known: usize,
    /// The number of what was made last.
    last: Value,
    wrong: Vec<String>,
}

impl Walk<'_> {
    /// Asks twice: with the table of entries out of the way, where nothing may be done, and as it should be.
    async fn call(&mut self, what: &str, body: Value) {
        let what = what.replace("{last}", &self.last.to_string());
        let route = route(self.routes, &what);
        self.tried.insert((route.method.to_string(), route.path.clone()));
        self.db.execute(HIDE.query()).await.unwrap();
        let without = self.world.ask("Admin", &what, body.clone()).await;
        self.db.execute(SHOW.query()).await.unwrap();
        if without.status != 500 {
            let told = format!(
                "{what} is done without an entry: {} {}",
                without.status, without.body
            );
            self.wrong.push(told);
        }
        let answer = self.world.ask("Admin", &what, body).await;
        // Changes of many say in their answer what was not done.
        if !answer.status.is_success() || answer.body.to_string().contains("status_code") {
            self.wrong
                .push(format!("{what}: {} {}", answer.status, answer.body));
        }
        let numbers = [&answer.body["id"], &answer.body["token"]["token_id"]];
        if let Some(number) = numbers.into_iter().find(|number| number.is_number()) {
            self.last = number.clone();
        }
        let new = entries(self.world, self.known).await;
        self.known += new.len();
        if new.is_empty() {
            self.wrong.push(format!("{what} leaves no entry"));
        }
        let complaints = new.iter().flat_map(|entry| complaints(route, entry));
        self.wrong
            .extend(complaints.map(|complaint| format!("{what} {complaint}")));
    }
}

#[tokio::test]
async fn every_change_stands_in_the_event_log_or_is_not_made() {
    databases::on_both(async |database| {
        let world = World::make(database, true).await;
        let db = Db::open(database.url(), &DbOptions::new("updraft"))
            .await
            .unwrap();
        let routes = routes();
        let (asset, token) = prepare(&world).await;
        let mut walk = Walk {
            world: &world,
            db: &db,
            routes: &routes,
            tried: BTreeSet::new(),
            known: entries(&world, 0).await.len(),
            last: Value::Null,
            wrong: Vec::new(),
        };
        for (what, body) in calls(&asset, &token) {
            walk.call(&what, body).await;
        }
        assert!(walk.wrong.is_empty(), "{:#?}", walk.wrong);
        let all = routes.iter().filter(|route| changes(route));
        let all: BTreeSet<_> = all
            .map(|route| (route.method.to_string(), route.path.clone()))
            .collect();
        let untried: Vec<_> = all.difference(&walk.tried).collect();
        assert!(untried.is_empty(), "give these a call: {untried:#?}");
        db.close().await;
        world.store.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_fails_leaves_no_entry() {
    crate::support::on_both(async |world| {
        // What reads neither a body nor a path cannot fail.
        let can_fail = |route: &&Route| changes(route) && route.operation_id != "create_default_connections";
        for route in routes().iter().filter(can_fail) {
            let filled = route
                .path
                .split('/')
                .map(|part| if part.starts_with('{') { "7" } else { part });
            let what = format!("{} {}", route.method, filled.collect::<Vec<_>>().join("/"));
            let body = if route.method == "DELETE" {
                Value::Null
            } else {
                json!({ "?": 1 })
            };
            let answer = world.ask("Admin", &what, body).await;
            assert!(!answer.status.is_success(), "{what}: {}", answer.body);
        }
        assert_eq!(entries(world, 0).await, Vec::<Value>::new());
    })
    .await;
}
