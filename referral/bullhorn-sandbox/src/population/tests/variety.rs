//! The awkward values of the Bullhorn reference are there, about as often as in the wild.

use std::collections::{BTreeMap, HashMap};

use super::support::{options, population};
use crate::population::record::{Amount, CandidateRecord, PositionRecord, Texts, Wire};
use crate::population::{Population, PopulationOptions};

fn large() -> Population {
    population(PopulationOptions {
        candidates: 900,
        positions: 600,
        ..options()
    })
}

fn candidates(population: &Population) -> Vec<CandidateRecord> {
    population
        .candidate_ids()
        .filter_map(|id| population.candidate_without_description(id))
        .collect()
}

fn positions(population: &Population) -> Vec<PositionRecord> {
    population
        .position_ids()
        .filter_map(|id| population.position_without_description(id))
        .collect()
}

/// The share of the records for which something holds, in percent.
fn percent<T>(records: &[T], holds: impl Fn(&T) -> bool) -> f64 {
    records.iter().filter(|record| holds(record)).count() as f64 * 100.0 / records.len() as f64
}

fn check_share<T>(
    what: &str,
    records: &[T],
    expected: std::ops::RangeInclusive<f64>,
    holds: impl Fn(&T) -> bool,
) {
    let share = percent(records, holds);
    assert!(
        expected.contains(&share),
        "{what}: {share:.1} %, expected {expected:?}"
    );
}

/// The shapes of a text field, by name.
fn shape(text: &Wire<String>) -> &'static str {
    match text {
        Wire::Absent => "absent",
        Wire::Null => "null",
        Wire::Confidential => "confidential",
        Wire::Value(text) if text.is_empty() => "empty",
        Wire::Value(text) if text.trim().is_empty() => "space",
        Wire::Value(_) => "value",
    }
}

fn texts_shape(texts: &Wire<Texts>) -> &'static str {
    match texts {
        Wire::Absent => "absent",
        Wire::Null => "null",
        Wire::Confidential => "confidential",
        Wire::Value(Texts::One(_)) => "string",
        Wire::Value(Texts::Many(_)) => "array",
    }
}

#[test]
fn texts_are_null_empty_blank_absent_or_hidden() {
    let records = candidates(&large());
    for (expected, shapes) in [
        (
            "confidential",
            records
                .iter()
                .map(|record| shape(&record.email))
                .collect::<Vec<_>>(),
        ),
        (
            "absent",
            records.iter().map(|record| shape(&record.phone)).collect(),
        ),
        (
            "null",
            records.iter().map(|record| shape(&record.occupation)).collect(),
        ),
        (
            "empty",
            records.iter().map(|record| shape(&record.company_name)).collect(),
        ),
        (
            "space",
            records.iter().map(|record| shape(&record.middle_name)).collect(),
        ),
    ] {
        assert!(shapes.contains(&expected), "{expected}");
        assert!(shapes.contains(&"value"));
    }
}

#[test]
fn lists_are_arrays_more_often_than_strings_or_null() {
    let records = candidates(&large());
    let shapes = |shape: &'static str| percent(&records, |record| texts_shape(&record.skill_set) == shape);
    assert!(shapes("array") > 55.0);
    assert!(shapes("string") > 10.0);
    assert!(shapes("null") > 2.0);
    assert!(shapes("absent") > 0.1);
    check_share("degrees as strings", &records, 20.0..=70.0, |record| {
        texts_shape(&record.degree_list) == "string"
    });
}

#[test]
fn numbers_are_integers_floats_zero_or_hidden() {
    let records = candidates(&large());
    check_share("whole", &records, 25.0..=60.0, |record| {
        matches!(record.salary, Wire::Value(Amount::Whole(1..)))
    });
    check_share("decimal", &records, 10.0..=30.0, |record| {
        matches!(record.salary, Wire::Value(Amount::Decimal(_)))
    });
    check_share("not given", &records, 25.0..=55.0, |record| {
        record.salary == Wire::Value(Amount::Whole(0))
    });
    check_share("hidden", &records, 0.5..=4.0, |record| {
        record.salary == Wire::Confidential
    });
    check_share("hourly", &records, 8.0..=24.0, |record| {
        matches!(record.hourly_rate, Wire::Value(Amount::Decimal(_)))
    });
    check_share("unknown years", &records, 8.0..=24.0, |record| {
        record.experience == Wire::Value(0)
    });
}

#[test]
fn some_records_are_deleted_or_erased() {
    let records = candidates(&large());
    check_share("deleted", &records, 1.0..=5.0, |record| record.is_deleted);
    check_share("anonymised", &records, 0.7..=3.0, |record| record.is_anonymized);
    for record in records.iter().filter(|record| record.is_anonymized) {
        assert!(
            record
                .name
                .text()
                .is_some_and(|name| name.chars().all(|letter| "* ".contains(letter)))
        );
        assert_eq!((shape(&record.email), shape(&record.mobile)), ("null", "null"));
        assert!(record.work_histories.is_empty() && record.address == Wire::Null);
    }
}

#[test]
fn addresses_are_padded_abbreviated_and_stripped_of_zeros() {
    let records = candidates(&large());
    let addresses: Vec<_> = records
        .iter()
        .filter_map(|record| record.address.value())
        .collect();
    check_share("padded countries", &addresses, 85.0..=99.0, |address| {
        address
            .country_name
            .text()
            .is_some_and(|name| name.ends_with("   "))
    });
    for expected in ["OH", "Ohio", "ohio"] {
        assert!(
            addresses
                .iter()
                .any(|address| address.state.text() == Some(expected)),
            "{expected}"
        );
    }
    let zips: Vec<&str> = addresses
        .iter()
        .filter_map(|address| address.zip.text())
        .collect();
    let has = |length: usize| {
        zips.iter()
            .any(|zip| zip.len() == length && zip.chars().all(|letter| letter.is_ascii_digit()))
    };
    assert!(has(4), "a zero is lost");
    assert!(has(5));
    assert!(
        zips.iter().any(|zip| zip.len() == 10 && zip.contains('-')),
        "nine digits"
    );
}

#[test]
fn members_are_counted_that_nobody_shows() {
    let records = candidates(&large());
    check_share("hidden members", &records, 0.8..=4.0, |record| {
        record.primary_skills.hidden > 0
    });
    let lists = records
        .iter()
        .flat_map(|record| [&record.secondary_skills, &record.specialties, &record.categories]);
    let hidden_only = lists
        .filter(|list| list.ids.is_empty() && list.total() > 0)
        .count();
    assert!(hidden_only > 2, "a total of 1 and no data");
    check_share("more than five", &records, 30.0..=90.0, |record| {
        record.primary_skills.ids.len() > 5
    });
}

#[test]
fn job_orders_have_the_shapes_of_their_fields() {
    let records = positions(&large());
    for public in -1..=1 {
        assert!(
            records.iter().any(|record| record.is_public == public),
            "{public}"
        );
    }
    check_share("open", &records, 62.0..=76.0, |record| record.is_open);
    let over = |record: &PositionRecord| {
        matches!(
            record.status.text(),
            Some("Filled" | "Archive" | "Closed" | "Cancelled")
        )
    };
    check_share("over and said to be open", &records, 1.0..=5.0, |record| {
        record.is_open && over(record)
    });
    check_share("on-site arrays", &records, 10.0..=30.0, |record| {
        texts_shape(&record.on_site) == "array"
    });
    check_share("no wish about home", &records, 15.0..=35.0, |record| {
        record.is_work_from_home == Wire::Null
    });
    let units: BTreeMap<&str, usize> = records
        .iter()
        .filter_map(|record| record.salary_unit.text())
        .fold(BTreeMap::new(), |mut units, unit| {
            *units.entry(unit).or_default() += 1;
            units
        });
    assert!(units.len() >= 10, "{units:?}");
    assert!(records.iter().any(|record| {
        record
            .employment_type
            .text()
            .is_some_and(|kind| kind.starts_with("50 - "))
    }));
}

#[test]
fn a_few_people_are_there_twice_under_nearly_the_same_name() {
    let population = large();
    let mut by_jobs: HashMap<_, Vec<CandidateRecord>> = HashMap::new();
    for record in candidates(&population)
        .into_iter()
        .filter(|record| record.work_histories.len() > 1)
    {
        let jobs: Vec<_> = record
            .work_histories
            .iter()
            .map(|job| (job.company_name.clone(), job.start_date))
            .collect();
        by_jobs.entry(jobs).or_default().push(record);
    }
    let pairs: Vec<_> = by_jobs
        .into_values()
        .filter(|records| records.len() > 1)
        .collect();
    assert!((3..30).contains(&pairs.len()), "{}", pairs.len());
    assert!(
        pairs.iter().any(|pair| pair[0].first_name != pair[1].first_name),
        "a nickname"
    );
    assert!(
        pairs.iter().any(|pair| pair[0].email == pair[1].email),
        "the same mailbox"
    );
}

#[test]
fn many_records_share_the_second_of_a_mass_update() {
    let population = large();
    let mut seconds: HashMap<i64, usize> = HashMap::new();
    for id in population.candidate_ids() {
        let stamp = population.candidate_stamp(id).expect("an id of the population");
        *seconds.entry(stamp.date_last_modified.as_second()).or_default() += 1;
    }
    let most = seconds.values().max().copied().unwrap_or_default();
    assert!(most > 4, "{most}");
}

#[test]
fn pay_of_a_job_order_fits_its_unit() {
    for record in positions(&large()) {
        let (Some(unit), Some(salary)) = (record.salary_unit.text(), record.salary.value()) else {
            continue;
        };
        let salary = salary.as_f64();
        let expected = match unit.to_lowercase().as_str() {
            "yearly" | "per year" | "annual" | "per annum" => 12_000.0..600_000.0,
            "monthly" | "per month" => 900.0..50_000.0,
            "weekly" | "per week" => 200.0..12_000.0,
            "per day" | "daily" => 40.0..2_600.0,
            "per hour" | "hourly" | "hour" => 5.0..300.0,
            _ => continue,
        };
        assert!(salary == 0.0 || expected.contains(&salary), "{salary} {unit}");
    }
}
