//! The checks against a real database.

#![expect(clippy::unwrap_used, reason = "helpers of tests: a failure is the test's")]

use jiff::Timestamp;
use referral_quality::declaration::{self, Check};
use referral_quality::evaluation::{Running, Surroundings};
use referral_quality::run::{self, Report, Request};
use referral_store::quality::{CandidateRow, CheckResult};
use referral_store::{EntityId, ReferralStore, RunId};
use updraft_testing::databases::on_both;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + second).unwrap()
}

fn candidate(id: i64) -> CandidateRow {
    CandidateRow {
        id: EntityId(id),
        first_name: Some("Ada".to_owned()),
        last_name: Some(format!("Person{id}")),
        email: Some(format!("ada{id}@example.com")),
        phone_e164: Some(format!("+1555000{id:04}")),
        occupation: Some("Baker".to_owned()),
        city: Some("Testville".to_owned()),
        country_code: Some("US".to_owned()),
        salary_yearly: Some(50_000),
        experience_years: Some(5.0),
        skills: 3,
        has_resume_text: true,
        has_embedding_text: true,
    }
}

/// Declares one check, streams the rows past it, and returns how many failed and which.
fn check(body: &str, rows: &[CandidateRow]) -> (u64, Vec<String>, Vec<i64>) {
    let text = format!("[[check]]\nname = \"a\"\ntable = \"candidate\"\nseverity = \"fail\"\n{body}");
    let checks: Vec<Check> = declaration::parse(&text).unwrap();
    let mut running = Running::of(checks[0].table, &checks);
    for row in rows {
        running[0].candidate(row);
    }
    let outcome = running.remove(0).finish(&Surroundings::default());
    (
        outcome.failed,
        outcome.samples,
        outcome.quarantined.iter().map(|id| id.0).collect(),
    )
}

#[test]
fn each_kind_of_check_finds_the_rows_that_break_it() {
    let (mut nameless, mut twin, mut odd) = (candidate(2), candidate(3), candidate(4));
    (nameless.first_name, nameless.last_name) = (None, None);
    twin.email = Some("ADA1@example.com".to_owned());
    odd.experience_years = Some(400.0);
    odd.country_code = Some("usa".to_owned());
    let rows = [candidate(1), nameless, twin, odd];
    let cases = [
        ("kind = \"completeness\"\ncolumn = \"name\"", vec!["2"]),
        ("kind = \"uniqueness\"\ncolumn = \"email\"", vec!["3"]),
        (
            "kind = \"range\"\ncolumn = \"experience_years\"\nmax = 60",
            vec!["4"],
        ),
        (
            "kind = \"validity\"\ncolumn = \"country_code\"\npattern = '^[A-Z]{2}$'",
            vec!["4"],
        ),
        ("kind = \"near_duplicate\"", vec![]),
    ];
    for (body, expected) in cases {
        let (failed, samples, quarantined) = check(body, &rows);
        assert_eq!(samples, expected, "{body}");
        assert_eq!((failed, quarantined), (expected.len() as u64, vec![]), "{body}");
    }
    let (_, _, quarantined) = check(
        "kind = \"range\"\ncolumn = \"experience_years\"\nmax = 60\nquarantine = true",
        &rows,
    );
    assert_eq!(quarantined, [4]);
}

#[test]
fn one_person_entered_twice_is_found_whatever_the_spelling() {
    let mut first = candidate(1);
    (first.first_name, first.last_name) = (Some("José".to_owned()), Some("García-Lopez".to_owned()));
    let mut swapped = first.clone();
    (swapped.id, swapped.email) = (EntityId(2), Some("other@example.com".to_owned()));
    (swapped.first_name, swapped.last_name) = (Some("LOPEZ GARCIA".to_owned()), Some("Jose".to_owned()));
    let mut namesake = swapped.clone();
    (namesake.id, namesake.phone_e164) = (EntityId(3), Some("+15559998888".to_owned()));
    (namesake.email, namesake.city) = (Some("third@example.com".to_owned()), Some("Elsewhere".to_owned()));
    let (_, samples, _) = check("kind = \"near_duplicate\"", &[first, swapped, namesake]);
    assert_eq!(samples, ["2"], "the namesake shares nothing but the name");
}

async fn evaluate(store: &ReferralStore, run_id: &str) -> Report {
    let request = Request {
        run_id: RunId::parse(run_id).unwrap(),
        now: at(0),
        dimensions: 384,
    };
    run::run(store, &declaration::built_in(), &request, &mut |_, _| {})
        .await
        .unwrap()
}

#[tokio::test]
async fn an_empty_database_fails_the_volume_checks_and_keeps_the_results() {
    on_both(async |database| {
        let store = ReferralStore::open(database.url(), at(0)).await.unwrap();
        let report = evaluate(&store, "first").await;
        let failed: Vec<&str> = report.failures().map(|result| result.name.as_str()).collect();
        assert_eq!(
            failed,
            ["candidates_have_not_vanished", "positions_have_not_vanished"]
        );
        let warned: Vec<&str> = report.warnings().map(|result| result.name.as_str()).collect();
        assert_eq!(warned, ["candidates_are_fresh", "positions_are_fresh"]);
        evaluate(&store, "first").await;
        let kept: Vec<CheckResult> = store
            .quality_results(&RunId::parse("first").unwrap())
            .await
            .unwrap();
        assert_eq!(kept.len(), declaration::built_in().len());
        store.close().await;
    })
    .await;
}
