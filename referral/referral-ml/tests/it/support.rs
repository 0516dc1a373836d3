//! What several tests need: the real model, and records made up from small numbers.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use jiff::ToSpan;
use jiff::civil::date;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use referral_ml::bert::{LocalModel, ModelFolder};
use referral_ml::scoring::{CandidateFacts, Formula, IdfTable, PositionFacts};
use referral_ml::vectors::Vectors;
use referral_ml::workers::Workers;
use referral_store::candidate::Place;
use referral_store::{EntityId, Level};

/// The folder with the published model, which the test runner names.
pub(crate) fn model_path() -> PathBuf {
    #[expect(
        clippy::disallowed_methods,
        reason = "the test runner tells where the model is"
    )]
    let path = std::env::var_os("UPDRAFT_TEST_MODEL");
    path.map(PathBuf::from)
        .expect("UPDRAFT_TEST_MODEL is not set: run the tests with `cargo xtask test`")
}

/// So many computing threads.
pub(crate) fn workers(threads: usize) -> Workers {
    Workers::start(NonZeroUsize::new(threads).unwrap()).unwrap()
}

/// The published model on two threads.
pub(crate) fn model() -> LocalModel {
    LocalModel::load(&ModelFolder::published(model_path()), workers(2)).unwrap()
}

/// Pseudo-random unit vectors around a few directions, so that cosines spread from about 0 to 1.
pub(crate) fn unit_vectors(count: usize, dimensions: usize, seed: u64) -> Vectors {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let direction = |random: &mut ChaCha8Rng| -> Vec<f32> {
        (0..dimensions).map(|_| random.random_range(-1.0..1.0)).collect()
    };
    let centres: Vec<Vec<f32>> = {
        let mut shared = ChaCha8Rng::seed_from_u64(7);
        (0..4).map(|_| direction(&mut shared)).collect()
    };
    let mut vectors = Vectors::empty(dimensions);
    for _ in 0..count {
        let centre = &centres[random.random_range(0..centres.len())];
        let share: f32 = random.random_range(0.0..1.5);
        let noise = direction(&mut random);
        let row: Vec<f32> = centre
            .iter()
            .zip(noise)
            .map(|(centre, noise)| centre + share * noise)
            .collect();
        let norm = row.iter().map(|value| value * value).sum::<f32>().sqrt();
        vectors.push(&row.iter().map(|value| value / norm).collect::<Vec<_>>());
    }
    vectors
}

fn skill_name(number: u8) -> String {
    format!("skill {number}")
}

/// Any candidate with this id.
pub(crate) fn any_candidate(id: i64) -> impl Strategy<Value = CandidateFacts> {
    let skills = vec(0_u8..12, 0..8);
    let place = (
        option::of(0_u8..3),
        option::of(any::<bool>()),
        option::of(any::<bool>()),
    );
    let rest = (
        option::of(50_000_i64..150_000),
        option::of(0_i16..400),
        option::of(any::<bool>()),
    );
    (
        skills,
        option::of(1_u8..=5),
        option::of(0.0_f64..20.0),
        place,
        rest,
    )
        .prop_map(move |(skills, level, years, place, rest)| {
            let (city, will_relocate, remote_ok) = place;
            let (salary_yearly, available_in_days, work_authorized) = rest;
            CandidateFacts {
                skills: skills.into_iter().map(skill_name).collect(),
                level: level.and_then(Level::new),
                years,
                place: place_of(city),
                will_relocate,
                remote_ok,
                salary_yearly,
                available_on: available_in_days
                    .map(|days| date(2026, 1, 1).saturating_add(i64::from(days).days())),
                work_authorized,
                ..CandidateFacts::new(EntityId(id))
            }
        })
}

/// Any position with this id.
pub(crate) fn any_position(id: i64) -> impl Strategy<Value = PositionFacts> {
    let skills = (vec(0_u8..12, 0..6), vec(6_u8..14, 0..4));
    let level = (option::of(1_u8..=5), option::of(0.0_f64..10.0));
    let rest = (
        option::of(0_u8..3),
        option::of(any::<bool>()),
        option::of(50_000_i64..150_000),
        option::of(0_i16..400),
    );
    (skills, level, rest).prop_map(move |((required, nice), (level, min_years), rest)| {
        let (city, remote, salary_yearly_max, start_in_days) = rest;
        PositionFacts {
            required_skills: required.into_iter().map(skill_name).collect(),
            nice_skills: nice.into_iter().map(skill_name).collect(),
            level: level.and_then(Level::new),
            min_years,
            place: place_of(city),
            remote,
            salary_yearly_max,
            start_on: start_in_days.map(|days| date(2026, 1, 1).saturating_add(i64::from(days).days())),
            ..PositionFacts::new(EntityId(id))
        }
    })
}

fn place_of(city: Option<u8>) -> Place {
    Place {
        city: city.map(|number| format!("city {number}")),
        state: city.map(|number| format!("state {}", number / 2)),
        zip: None,
        country_code: Some("US".to_owned()),
    }
}

/// A formula whose skills differ in weight.
pub(crate) fn formula() -> Formula {
    let holders: Vec<(String, u64)> = (0..14)
        .map(|number| (skill_name(number), u64::from(number) * 7))
        .collect();
    Formula::new(IdfTable::new(
        100,
        holders.iter().map(|(name, count)| (name.as_str(), *count)),
    ))
}
