//! Equal options give equal records, today and tomorrow.

use std::fmt::Debug;

use sha2::{Digest, Sha256};

use super::support::{default_population, options, population};
use crate::population::{Population, PopulationError, PopulationOptions};

/// The first eight bytes of the hash of everything that a record says.
fn hash(records: impl IntoIterator<Item = impl Debug>) -> String {
    let mut digest = Sha256::new();
    for record in records {
        digest.update(format!("{record:?}\n"));
    }
    let first = digest
        .finalize()
        .iter()
        .take(8)
        .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    format!("{first:016x}")
}

/// One line for each kind of record.
fn fingerprint(population: &Population) -> String {
    let candidates = hash(
        population
            .candidate_ids()
            .filter_map(|id| population.candidate(id)),
    );
    let positions = hash(population.position_ids().filter_map(|id| population.position(id)));
    let companies = hash((1..=population.company_count()).filter_map(|id| population.company(id)));
    let contacts = hash((1..=population.contact_count()).filter_map(|id| population.contact(id)));
    let skills = hash(population.skills());
    let users = hash(population.users());
    format!(
        "candidates {candidates}\npositions {positions}\ncompanies {companies}\ncontacts {contacts}\nskills {skills}\n\
         users {users}"
    )
}

/// A change here changes every recorded sandbox: state files, expected matches, figures in documents.
#[test]
fn records_are_the_recorded_ones() {
    let population = population(PopulationOptions {
        candidates: 60,
        positions: 30,
        ..options()
    });
    insta::assert_snapshot!(fingerprint(&population), @r"
    candidates 2083729830f3ad76
    positions 2ad57b13d7ca43d1
    companies 9e9566af76137941
    contacts 7f96e7b81f73e586
    skills 9edbe35c20122a22
    users f5f72ccf7f335012
    ");
}

#[test]
fn records_do_not_depend_on_the_order_of_the_questions() {
    let (one, other) = (default_population(), default_population());
    let ids: Vec<u32> = one.candidate_ids().take(40).collect();
    let forward: Vec<_> = ids.iter().map(|id| one.candidate(*id)).collect();
    let mut backward: Vec<_> = ids.iter().rev().map(|id| other.candidate(*id)).collect();
    backward.reverse();
    assert_eq!(forward, backward);
}

#[test]
fn records_stay_the_same_when_the_population_grows() {
    let small = population(PopulationOptions {
        candidates: 40,
        ..options()
    });
    let large = population(PopulationOptions {
        candidates: 1_000_000,
        ..options()
    });
    for id in small.candidate_ids() {
        assert_eq!(
            small.candidate_without_description(id),
            large.candidate_without_description(id)
        );
    }
    assert_eq!(large.candidate_ids().take(10_000).count(), 10_000);
}

#[test]
fn other_seeds_give_other_people() {
    let one = default_population();
    let other = population(PopulationOptions { seed: 2, ..options() });
    let names = |population: &Population| -> Vec<_> {
        let ids = population.candidate_ids().take(50);
        ids.filter_map(|id| population.candidate_without_description(id))
            .map(|candidate| candidate.name)
            .collect()
    };
    assert_ne!(names(&one), names(&other));
}

#[test]
fn options_that_cannot_be_are_refused_with_a_way_out() {
    let problem = |options: PopulationOptions| match Population::new(options) {
        Err(
            error @ (PopulationError::TooMany { .. }
            | PopulationError::Date { .. }
            | PopulationError::Resume { .. }),
        ) => error.to_string(),
        other => panic!("expected a refusal, got {other:?}"),
    };
    let too_many = problem(PopulationOptions {
        positions: u32::MAX,
        ..options()
    });
    insta::assert_snapshot!(too_many, @"`positions` is 4294967295, at most 200000000 are possible; ask for fewer");
    let too_early = problem(PopulationOptions::new(jiff::Timestamp::UNIX_EPOCH));
    insta::assert_snapshot!(too_early, @"`as_of` is `1970-01-01T00:00:00Z`; give a day between 2000-01-01 and 2100-01-01");
    let too_long = problem(PopulationOptions {
        resume_bytes: u32::MAX,
        ..options()
    });
    insta::assert_snapshot!(too_long, @"`resume_bytes` is 4294967295, at most 10000000 are possible; ask for fewer");
}

#[test]
fn an_empty_population_answers_nothing() {
    let empty = population(PopulationOptions {
        candidates: 0,
        positions: 0,
        ..options()
    });
    assert_eq!(empty.candidate_ids().count() + empty.position_ids().count(), 0);
    assert_eq!(empty.candidate(1), None);
    assert_eq!(empty.fit(1, 1), None);
    assert!(empty.best_fits(1, 10).is_empty());
    assert!(empty.company(1).is_some());
}
