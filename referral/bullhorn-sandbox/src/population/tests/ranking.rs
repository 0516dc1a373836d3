//! The ground truth: a sensible ranking exists and can be found.

use super::support::{default_population, options, population};
use crate::population::record::CandidateRecord;
use crate::population::{Fit, Gate, Population, PopulationOptions};

#[test]
fn the_best_fits_are_those_of_a_full_search() {
    let population = population(PopulationOptions {
        candidates: 200,
        positions: 8,
        ..options()
    });
    for position in population.position_ids() {
        let mut expected: Vec<(u32, Fit)> = population
            .candidate_ids()
            .filter(|id| {
                population
                    .candidate_stamp(*id)
                    .is_some_and(|stamp| !stamp.is_deleted && !stamp.is_anonymized)
            })
            .filter_map(|id| Some((id, population.fit(position, id)?)))
            .filter(|(_, fit)| fit.grade > 0)
            .collect();
        expected.sort_by_cached_key(|(id, fit)| (fit.rank(), *id));
        for limit in [0, 1, 7, 1_000] {
            let best = population.best_fits(position, limit);
            assert_eq!(best, expected[..limit.min(expected.len())]);
        }
    }
}

#[test]
fn there_is_somebody_for_most_job_orders() {
    let population = default_population();
    let best: Vec<_> = population
        .position_ids()
        .take(60)
        .map(|id| population.best_fits(id, 40))
        .collect();
    let with = |wanted: &dyn Fn(&Fit) -> bool| {
        let fitting = best.iter().filter(|fits| fits.iter().any(|(_, fit)| wanted(fit)));
        fitting.count() * 100 / best.len()
    };
    assert!(with(&|fit| fit.grade == 3) > 95);
    let perfect = |fit: &Fit| {
        fit.grade == 3
            && fit.passes_gates()
            && fit.level_difference == 0
            && fit.required_skills.have * 2 >= fit.required_skills.of
    };
    assert!(with(&perfect) > 20, "{}", with(&perfect));
}

#[test]
fn a_higher_grade_goes_with_more_common_skills() {
    let population = default_population();
    let mut shares = [(0, 0); 4];
    for position in population.position_ids().take(25) {
        for candidate in population.candidate_ids().take(200) {
            let fit = population
                .fit(position, candidate)
                .expect("ids of the population");
            let (have, of) = &mut shares[usize::from(fit.grade)];
            *have += fit.required_skills.have;
            *of += fit.required_skills.of;
        }
    }
    let percent = shares.map(|(have, of)| have * 100 / of.max(1));
    assert!(percent.is_sorted_by(|low, high| low < high), "{percent:?}");
    assert!(percent[3] > 45 && percent[0] < 6, "{percent:?}");
}

#[test]
fn grades_do_not_depend_on_which_side_names_the_other() {
    let vocabulary = crate::population::vocabulary::vocabulary().expect("a valid vocabulary");
    let occupations = vocabulary.occupations();
    for one in occupations {
        assert_eq!(vocabulary.grade(one, one), 3);
        for other in occupations {
            assert_eq!(vocabulary.grade(one, other), vocabulary.grade(other, one));
        }
        for place in &one.related {
            assert_eq!(vocabulary.grade(one, vocabulary.occupation(*place)), 2);
        }
    }
}

#[test]
fn reasons_read_like_sentences() {
    let fit = Fit {
        grade: 2,
        required_skills: crate::population::Share { have: 3, of: 5 },
        nice_skills: crate::population::Share { have: 0, of: 2 },
        level_difference: -1,
        years: 4,
        years_required: 6,
        failed_gates: vec![Gate::Location, Gate::Pay],
    };
    insta::assert_snapshot!(fit.reasons().join("\n"), @r"
    related occupation
    3 of 5 required skills
    0 of 2 nice-to-have skills
    seniority 1 below
    years of work: 4, asked for: 6
    ruled out: the place does not suit
    ruled out: wants more than the budget
    ");
}

/// What the record shows agrees with the truth: the current title belongs to the occupation that the fit compares.
#[test]
fn records_show_the_occupation_that_counts() {
    let population = default_population();
    let specialty = |record: &CandidateRecord| record.specialties.ids.first().copied();
    for position in population.position_ids().take(20) {
        let order = population
            .position_without_description(position)
            .expect("an id of the population");
        let Some(wanted) = order.specialties.ids.first() else {
            continue;
        };
        for (id, fit) in population.best_fits(position, 30) {
            let record = population
                .candidate_without_description(id)
                .expect("an id of the population");
            if let Some(own) = specialty(&record) {
                assert_eq!(
                    fit.grade == 3,
                    own == *wanted,
                    "candidate {id}, job order {position}"
                );
            }
        }
    }
}

#[test]
fn fits_need_both_records() {
    let population: Population = default_population();
    let gap = (1..40)
        .find(|id| population.candidate(*id).is_none())
        .expect("there are gaps");
    assert_eq!(
        population.fit(population.position_ids().next().expect("there are orders"), gap),
        None
    );
    assert_eq!(population.fit(0, 1), None);
}
