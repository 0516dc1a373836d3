//! Full loads.

use bullhorn_sandbox::population::{Population, PopulationOptions};
use referral_etl::sync::RequestedMode::{Auto, Full};
use referral_etl::sync::SyncerOptions;
use referral_store::EntityKind;
use referral_store::sync_run::SyncMode;
use serde_json::json;
use updraft_sql::inspect;
use updraft_testing::databases;

use crate::harness::{World, accounted, assert_same_rows, run};

#[tokio::test]
async fn a_first_run_loads_everything_and_a_second_writes_nothing() {
    for database in [databases::sqlite(), databases::postgres().await] {
        let world = World::with(database, 120).await;
        let first = world.candidates("r1", Auto).await;
        assert_eq!(
            (first.mode, first.fetched, first.updated),
            (SyncMode::Full, 120, 0)
        );
        assert_eq!(accounted(&first), first.fetched, "{first:?}");
        assert!(first.inserted > 100 && first.calls > 5, "{first:?}");
        let jobs = world.sync(EntityKind::Position, "r1", Auto).await.unwrap();
        assert_eq!(
            (jobs.mode, jobs.fetched, accounted(&jobs)),
            (SyncMode::Full, 40, 40)
        );

        let before = inspect::contents(world.store.db()).await.unwrap();
        let again = world.candidates("r1", Auto).await;
        assert_eq!(again, first, "a run that has ended is answered with its summary");
        let second = world.candidates("r2", Full).await;
        assert_eq!(
            (second.fetched, second.unchanged),
            (120, 120 - second.quarantined)
        );
        let third = world.candidates("r3", Auto).await;
        assert_eq!((third.mode, third.fetched), (SyncMode::Incremental, 0));
        let after = inspect::contents(world.store.db()).await.unwrap();
        for table in ["candidate", "position"] {
            assert_eq!(after[table], before[table], "`{table}` was written");
        }
    }
}

#[tokio::test]
async fn what_is_stored_is_what_the_population_has() {
    let world = World::new().await;
    world.candidates("r1", Auto).await;
    let mut options = PopulationOptions::new("2026-06-01T00:00:00Z".parse().unwrap());
    (options.candidates, options.positions, options.resume_bytes) = (120, 40, 2_000);
    let population = Population::new(options).unwrap();
    let lines = inspect::contents(world.store.db())
        .await
        .unwrap()
        .remove("candidate")
        .unwrap();
    let mut live = 0;
    for line in &lines {
        let id = line
            .strip_prefix("id=")
            .and_then(|rest| rest.split(' ').next())
            .unwrap();
        let record = population.candidate(id.parse().unwrap()).unwrap();
        assert_eq!(line.contains("is_anonymized=1"), record.is_anonymized, "{id}");
        if record.is_anonymized || record.is_deleted {
            assert!(
                line.contains("first_name=NULL") && line.contains("resume_text=NULL"),
                "{line}"
            );
            continue;
        }
        live += 1;
        assert!(line.contains(&format!(
            "source_modified_ms={}",
            record.date_last_modified.as_millisecond()
        )));
        assert!(
            line.contains("content_hash=\"") && line.contains("association_hash=\""),
            "{line}"
        );
        if let Some(name) = record
            .last_name
            .text()
            .filter(|name| name.len() > 3 && name.trim() == *name)
        {
            let embedded = line.split("embedding_text=").nth(1).unwrap();
            assert!(!embedded.contains(name), "`{name}` is embedded: {embedded}");
        }
    }
    assert!(live > 100, "{live}");
    assert!(
        lines
            .iter()
            .filter(|line| line.contains("phone_e164=\"+"))
            .count()
            > 50
    );
    assert!(
        lines
            .iter()
            .filter(|line| line.contains("country_code=\""))
            .count()
            > 80
    );
}

#[tokio::test]
async fn unusable_records_are_quarantined_with_a_reason_and_the_run_goes_on() {
    let world = World::new().await;
    let nameless = json!({"firstName": "", "lastName": " ", "description": "<p>text", "status": "Active"});
    let huge = format!("<div>{}</div>", "<p>weld &amp; solder</p>".repeat(60_000));
    let heavy = json!({"firstName": "Heavy", "lastName": "Record", "description": huge});
    let broken = json!({"firstName": "Bro\u{7}ken", "lastName": "Html", "description": "<p><b>bold <table><td>cell <style>"});
    world
        .admin("insert", json!({"records": [nameless, heavy, broken]}))
        .await;
    let summary = world.candidates("r1", Auto).await;
    assert_eq!(accounted(&summary), 123);
    let contents = inspect::contents(world.store.db()).await.unwrap();
    assert!(
        contents["quarantine"]
            .iter()
            .any(|line| line.contains("neither first nor last name"))
    );
    let stored = |name: &str| {
        contents["candidate"]
            .iter()
            .find(|line| line.contains(name))
            .unwrap()
    };
    assert!(stored("\"Heavy\"").len() < 200_000);
    assert!(
        stored("\"Broken\"").contains("bold\\ncell"),
        "{}",
        stored("\"Broken\"")
    );
}

#[tokio::test]
async fn odd_encodings_are_repaired_on_both_databases() {
    for database in [databases::sqlite(), databases::postgres().await] {
        let world = World::with(database, 20).await;
        let odd = json!({
            "firstName": "Zo\u{0}e\u{301}", "lastName": "M\u{c3}\u{bc}ller\u{202e}", "occupation": "We\u{ad}lder \u{fffd}",
            "description": "<p>na\u{0}\u{ef}ve&#0; caf&#xD800;e\u{301}\u{9d} &#x110000;&nbsp;b\u{f0b7}r &eacute;\u{1f525}",
        });
        let nameless = json!({"firstName": null, "lastName": null, "description": null, "skillSet": null});
        let answer = world.admin("insert", json!({"records": [odd, nameless]})).await;
        let [odd, nameless] = [0, 1].map(|index| answer["inserted"][index].as_i64().unwrap());
        let summary = world.candidates("r1", Auto).await;
        assert_eq!((summary.fetched, accounted(&summary)), (22, 22));
        let contents = inspect::contents(world.store.db()).await.unwrap();
        let odd = contents["candidate"]
            .iter()
            .find(|line| line.starts_with(&format!("id={odd} ")))
            .unwrap();
        for cell in [
            "first_name=\"Zo\u{e9}\"",
            "last_name=\"M\u{fc}ller\"",
            "occupation=\"Welder\"",
            "resume_text=\"na\u{ef}ve caf\u{e9} b r \u{e9}\u{1f525}\"",
        ] {
            assert!(odd.contains(cell), "{cell} is not in {odd}");
        }
        let reason = "neither first nor last name";
        assert!(
            contents["quarantine"]
                .iter()
                .any(|line| line.contains(&format!("entity_id={nameless} ")) && line.contains(reason)),
            "{:?}",
            contents["quarantine"]
        );
    }
}

/// Puts ten million bytes of markup into the first record.
fn swell(answer: &mut serde_json::Value) {
    let huge = format!("<div>{}", "<p>weld &amp; solder <b>".repeat(430_000));
    if let Some(record) = answer["data"]
        .get_mut(0)
        .filter(|record| record["description"].is_string())
    {
        record["description"] = huge.into();
    }
}

#[tokio::test]
async fn a_record_of_ten_megabytes_is_cut_and_the_run_goes_on() {
    let world = World::with(databases::sqlite(), 20).await;
    let proxy = crate::faults::proxy(&world, swell).await;
    let syncer = crate::faults::syncer_at(&world, &proxy);
    let summary = run(&syncer, EntityKind::Candidate, "r1", Auto).await.unwrap();
    assert_eq!((summary.fetched, accounted(&summary)), (20, 20));
    let contents = inspect::contents(world.store.db()).await.unwrap();
    let longest = contents["candidate"].iter().map(String::len).max().unwrap();
    assert!((100_000..300_000).contains(&longest), "{longest}");
}

#[tokio::test]
async fn lists_that_come_cut_off_are_completed() {
    let world = World::new().await;
    world.knobs(json!({"to_many_max": 2})).await;
    world.candidates("r1", Auto).await;
    let (other, _folder) = world.beside().await;
    world.knobs(json!({"to_many_max": 15})).await;
    run(
        &world.syncer_into(other.clone()),
        EntityKind::Candidate,
        "r1",
        Auto,
    )
    .await
    .unwrap();
    assert_same_rows(&world.store, &other).await;
    assert!(world.calls_of("association").await > 0);
}

#[tokio::test]
async fn a_full_load_makes_one_call_per_page_and_one_per_list_and_four_pages() {
    // What the account returns of 25 records a page; the searches: the pages of 120 records, the empty one at the end and the
    // count; the associations: two fields for each four pages or rest of four.
    for (returned, searches, associations) in [(25, 5 + 2, 2 * 2), (10, 12 + 2, 3 * 2), (60, 5 + 2, 2 * 2)] {
        let world = World::new().await;
        world
            .knobs(json!({"to_many_max": 1, "heavy_page_max": returned}))
            .await;
        let summary = world.candidates("r1", Auto).await;
        assert_eq!((summary.fetched, accounted(&summary)), (120, 120));
        let calls = (
            world.calls_of("search").await,
            world.calls_of("association").await,
        );
        assert_eq!(calls, (searches, associations), "{returned} a page");
    }
}

#[tokio::test]
async fn pages_are_as_large_as_bullhorn_allows() {
    let mut world = World::with(databases::sqlite(), 620).await;
    world.options.page_size = SyncerOptions::default().page_size;
    let summary = world.candidates("r1", Auto).await;
    assert_eq!((summary.fetched, accounted(&summary)), (620, 620));
    // 500 and 120 records, nothing more, and the count.
    assert_eq!(world.calls_of("search").await, 4);
}

#[tokio::test]
async fn calls_are_counted_and_a_used_up_month_stops_syncs() {
    let mut world = World::new().await;
    let summary = world.candidates("r1", Auto).await;
    let now = world.clock().now();
    let counted = world.store.calls_this_month(now).await.unwrap();
    assert_eq!(counted, world.requests().await.len() as u64);
    assert!(summary.calls > 0 && summary.calls <= counted);

    world.options.calls_per_month = Some(counted);
    let error = world.sync(EntityKind::Candidate, "r2", Auto).await.unwrap_err();
    assert!(
        !error.is_retryable() && error.report().contains("of this month are used"),
        "{}",
        error.report()
    );
    assert_eq!(
        world.candidates("r1", Auto).await,
        summary,
        "what has ended is still answered"
    );
}

#[tokio::test]
async fn fields_that_the_account_hides_are_left_out() {
    let world = World::new().await;
    world
        .knobs(json!({"confidential_fields": ["Candidate.salary", "Candidate.email"]}))
        .await;
    let summary = world.candidates("r1", Auto).await;
    assert_eq!((summary.fetched, accounted(&summary)), (120, 120));
    let lines = inspect::contents(world.store.db())
        .await
        .unwrap()
        .remove("candidate")
        .unwrap();
    assert!(
        lines
            .iter()
            .all(|line| line.contains("email=NULL") && !line.contains("CONFIDENTIAL"))
    );
}
