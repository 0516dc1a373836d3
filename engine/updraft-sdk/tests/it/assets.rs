//! Assets: schedules, outlets, and what tasks are told and say.

use serde_json::{Map, json};
use updraft_sdk::testing::TestRun;
use updraft_sdk::{
    Asset, AssetAlias, AssetExpression, AssetOrTimeSchedule, AssetRef, Context, Dag, Schedule, TaskResult,
};

fn asset(name: &str) -> Asset {
    Asset::new(name, format!("test://{name}"))
}

async fn load(context: Context) -> TaskResult {
    context.set_event_extra(&asset("a"), "rows", 3)?;
    context.set_event_extra(&asset("a"), "rows", 4)?;
    Ok(())
}

async fn report(context: Context) -> TaskResult<Vec<String>> {
    let events = context.triggering_asset_events().iter();
    Ok(events
        .map(|event| format!("{} {:?}", event.asset.name, event.extra))
        .collect())
}

#[test]
fn assets_joined_by_operators_are_a_schedule() {
    let [a, b, c] = ["a", "b", "c"].map(asset);
    let schedule = |dag: Dag| dag.build().unwrap().spec().schedule.clone();
    let of = |assets: AssetExpression| schedule(Dag::new("d").schedule(assets));
    assert_eq!(of(&a & &b & &c).to_string(), "a & b & c");
    assert_eq!(of(&a | &b | &c).to_string(), "a | b | c");
    assert_eq!(of((&a | &b) & &c).to_string(), "(a | b) & c");
    assert_eq!(
        of(AssetExpression::any([&a & &b, &b & &c])).to_string(),
        "(a & b) | (b & c)"
    );
    assert_eq!(schedule(Dag::new("d").schedule(&a)).to_string(), "a");
    let both = AssetOrTimeSchedule::new(&a, "@daily");
    let both = schedule(Dag::new("d").schedule(both).start_date("2024-01-01"));
    assert_eq!(both.to_string(), "a or @daily");
    let json = serde_json::to_value(of((&a | &b) & &c)).unwrap();
    let leaf =
        |name: &str| json!({"asset": {"name": name, "uri": format!("test://{name}"), "group": "asset"}});
    assert_eq!(
        json,
        json!({"type": "assets", "assets": {"all": [{"any": [leaf("a"), leaf("b")]}, leaf("c")]}})
    );
}

#[test]
fn mistakes_name_dag_field_and_reason() {
    let mistake = |schedule: Option<AssetExpression>, outlet: Asset| {
        let mut dag = Dag::new("d");
        if let Some(schedule) = schedule {
            dag = dag.schedule(schedule);
        }
        dag.empty_task("t").outlets([outlet]);
        dag.build().unwrap_err().0[0].message.clone()
    };
    let good = asset("a");
    let mistakes = [
        mistake(None, Asset::new("", "test://a")),
        mistake(None, Asset::new("a", " ")),
        mistake(None, Asset::new("a", "airflow://a")),
        mistake(None, Asset::new("a", "test://\u{e4}")),
        mistake(None, Asset::new("a", "postgres://ann:opensesame@host/db")),
        mistake(None, Asset::new("a", "x".repeat(1501))),
        mistake(Some(AssetExpression::All(Vec::new())), good.clone()),
        mistake(Some(&good & AssetExpression::Any(Vec::new())), good.clone()),
        mistake(Some(good.clone().into()), Asset::new("b", "test://a")),
        mistake(Some(good.into()), Asset::new("a", "test://b")),
    ];
    insta::assert_snapshot!(mistakes.join("\n"), @"
    dag `d`: task `t`: outlets: the name of an asset is empty
    dag `d`: task `t`: outlets: the uri of an asset is empty
    dag `d`: task `t`: outlets: the uri `airflow://a` has the scheme `airflow`, which is reserved; use another one
    dag `d`: task `t`: outlets: the uri `test://ä` of an asset contains 'ä', only printable ASCII is allowed
    dag `d`: task `t`: outlets: the uri of asset `a` holds a password, which everybody would see; leave user and password out
    dag `d`: task `t`: outlets: the uri of an asset has 1501 characters, at most 1500 are allowed
    dag `d`: schedule: a list of assets is empty, it would never or always come true; give at least one asset
    dag `d`: schedule: a list of assets is empty, it would never or always come true; give at least one asset
    dag `d`: task `t`: outlets: the uri `test://a` is called `a` and `b`, an asset has one name
    dag `d`: task `t`: outlets: two assets are called `a`: `test://a` and `test://b`, each needs a name of its own
    ");
    let dag = Dag::new("d").schedule(AssetOrTimeSchedule::new(asset("a"), None));
    let error = dag.build().unwrap_err().0[0].message.clone();
    insta::assert_snapshot!(error, @"dag `d`: schedule: beside the assets it needs a schedule that follows the clock, such as a cron expression");
}

#[tokio::test]
async fn tasks_are_told_of_events_and_say_something_about_theirs() {
    let dag = Dag::new("d");
    dag.task("load", load).outlets([asset("a")]);
    dag.task("other", load).outlets([asset("b")]);
    dag.task("large", async |context: Context| {
        Ok(context.set_event_extra(&asset("a"), "text", "x".repeat(20_000))?)
    })
    .outlets([asset("a")]);
    dag.task("report", report);
    let dag = dag.build().unwrap();
    let extra = Map::from_iter([("rows".to_owned(), json!(2))]);
    let run = TestRun::new().triggered_by(&asset("x"), extra);
    let told = run.run_task(&dag, "report").await.unwrap();
    assert_eq!(told, json!([r#"x {"rows": Number(2)}"#]));
    run.run_task(&dag, "load").await.unwrap();
    assert_eq!(run.event_extra(&asset("a")).unwrap()["rows"], 4);

    let error = run.run_task(&dag, "other").await.unwrap_err();
    insta::assert_snapshot!(error, @"the event of asset `a`: it is no outlet of this task");
    let error = run.run_task(&dag, "large").await.unwrap_err();
    insta::assert_snapshot!(error, @"the event of asset `a`: with `text` its extra has more than 16384 bytes; leave it in a file or database and say where it is");
    assert_eq!(run.event_extra(&asset("a")), None);
}

#[tokio::test]
async fn tasks_name_assets_by_aliases() {
    let dag = Dag::new("d").schedule(AssetAlias::new("in") & AssetRef::Name("a".to_owned()));
    let write = async |context: Context| {
        let alias = AssetAlias::new(context.conf()["alias"].as_str().unwrap_or_default());
        Ok(context.add_asset(&alias, &asset("x"), json!({ "rows": 2 }))?)
    };
    dag.task("write", write)
        .outlet_aliases([AssetAlias::new("out")])
        .inlet_aliases([&AssetAlias::new("in")]);
    let dag = dag.build().unwrap();
    assert_eq!(dag.spec().schedule.to_string(), "in & a");
    let aliases: Vec<String> = dag
        .spec()
        .asset_aliases()
        .map(|(place, alias)| format!("{place}: {alias}"))
        .collect();
    assert_eq!(
        aliases,
        [
            "schedule: in",
            "task `write`: outlets: out",
            "task `write`: inlets: in"
        ]
    );
    let by = |alias: &str| TestRun::new().conf(Map::from_iter([("alias".to_owned(), json!(alias))]));
    let run = by("out");
    run.run_task(&dag, "write").await.unwrap();
    assert_eq!(run.event_extra(&asset("x")).unwrap()["rows"], 2);
    let run = by("other");
    let error = run.run_task(&dag, "write").await.unwrap_err();
    insta::assert_snapshot!(error, @"the event of asset `x`: the alias `other` is no outlet of this task");
}

#[test]
fn a_list_of_nothing_is_never_true_by_accident() {
    let schedule = Schedule::Assets {
        assets: AssetExpression::All(Vec::new()),
    };
    assert!(Dag::new("d").schedule(schedule).build().is_err());
}
