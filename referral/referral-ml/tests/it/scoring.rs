//! What every score promises.

use proptest::prelude::*;
use referral_ml::scoring::{
    Assessment, CandidateFacts, Category, Points, PositionFacts, SemanticScale, Share, Verdict, Weights,
    skill_key,
};
use referral_ml::vectors::cosine;
use referral_store::Level;
use referral_store::candidate::Place;

use crate::support::{any_candidate, any_position, formula, unit_vectors};

fn assess(position: &PositionFacts, candidate: &CandidateFacts, cosine: f64) -> Assessment {
    formula().assess(position, candidate, cosine)
}

fn value(assessment: &Assessment, category: Category) -> Option<Share> {
    assessment
        .parts
        .iter()
        .find(|part| part.name == category)
        .map(|part| part.value_bp)
}

/// The formula as it is written down, in real numbers.
fn score_in_reals(position: &PositionFacts, candidate: &CandidateFacts, cosine: f64) -> f64 {
    let formula = formula();
    let has = |name: &String| {
        candidate
            .skills
            .iter()
            .any(|skill| skill_key(skill) == skill_key(name))
    };
    let idf = |name: &String| f64::from(formula.idf.millionths(&skill_key(name)));
    let share = |names: &[String]| {
        let names: std::collections::BTreeSet<&String> = names.iter().collect();
        let total: f64 = names.iter().map(|name| idf(name)).sum();
        (!names.is_empty()).then(|| {
            names
                .iter()
                .filter(|name| has(name))
                .map(|name| idf(name))
                .sum::<f64>()
                / total
        })
    };
    let seniority = position.level.map(|wanted| {
        candidate.level.map_or(0.5, |level| {
            1.0 - (f64::from(wanted.distance(level)) / 2.0).min(1.0)
        })
    });
    let years = position.min_years.map(|least| {
        if least == 0.0 {
            1.0
        } else {
            candidate.years.map_or(0.5, |years| (years / least).min(1.0))
        }
    });
    let halves: Vec<f64> = seniority.into_iter().chain(years).collect();
    let level = (!halves.is_empty()).then(|| halves.iter().sum::<f64>() / halves.len() as f64);
    let parts = [
        (0.55, Some(((cosine - 0.15) / 0.60).clamp(0.0, 1.0))),
        (0.25, share(&position.required_skills)),
        (0.05, share(&position.nice_skills)),
        (0.15, level),
    ];
    let present = || {
        parts
            .iter()
            .filter_map(|(weight, value)| value.map(|value| (weight, value)))
    };
    100.0 * present().map(|(weight, value)| weight * value).sum::<f64>()
        / present().map(|(weight, _)| weight).sum::<f64>()
}

proptest! {
    #[test]
    fn parts_sum_to_the_score_and_weights_to_one(
        position in any_position(1), candidate in any_candidate(2), cosine in -1.0_f64..1.0,
    ) {
        let assessment = assess(&position, &candidate, cosine);
        let points: u32 = assessment.parts.iter().map(|part| u32::from(part.points.hundredths())).sum();
        prop_assert_eq!(points, u32::from(assessment.score.hundredths()));
        let weights: u32 = assessment.parts.iter().map(|part| u32::from(part.weight_bp.basis_points())).sum();
        prop_assert_eq!(weights, 10_000);
        prop_assert!(assessment.score <= Points::MAX);
        for part in &assessment.parts {
            prop_assert!(part.points.hundredths() <= part.weight_bp.basis_points());
        }
    }

    #[test]
    fn integers_stay_within_three_hundredths_of_the_real_formula(
        position in any_position(1), candidate in any_candidate(2), cosine in -1.0_f64..1.0,
    ) {
        let score = f64::from(assess(&position, &candidate, cosine).score.hundredths()) / 100.0;
        let real = score_in_reals(&position, &candidate, cosine);
        prop_assert!((score - real).abs() <= 0.03, "{score} against {real}");
    }

    #[test]
    fn more_likeness_never_lowers_the_score(
        position in any_position(1), candidate in any_candidate(2), cosine in -1.0_f64..1.0, more in 0.0_f64..1.0,
    ) {
        let better = assess(&position, &candidate, cosine + more).score;
        prop_assert!(better >= assess(&position, &candidate, cosine).score);
    }

    #[test]
    fn a_skill_gained_never_lowers_the_score(
        position in any_position(1), candidate in any_candidate(2), skill in 0_u8..14, cosine in 0.0_f64..1.0,
    ) {
        let mut richer = candidate.clone();
        richer.skills.push(format!("skill {skill}"));
        prop_assert!(assess(&position, &richer, cosine).score >= assess(&position, &candidate, cosine).score);
    }

    #[test]
    fn more_years_never_lower_the_score_and_excess_never_raises_it(
        position in any_position(1), candidate in any_candidate(2), years in 0.0_f64..10.0, more in 0.0_f64..30.0,
    ) {
        let with = |years| assess(&position, &CandidateFacts { years: Some(years), ..candidate.clone() }, 0.5).score;
        prop_assert!(with(years + more) >= with(years));
        let enough = position.min_years.unwrap_or(0.0);
        prop_assert_eq!(with(enough + more), with(enough));
    }

    #[test]
    fn a_nearer_seniority_never_lowers_the_score(
        position in any_position(1), candidate in any_candidate(2), levels in (1_u8..=5, 1_u8..=5),
    ) {
        let Some(wanted) = position.level else { return Ok(()) };
        let (one, other) = (Level::new(levels.0).unwrap(), Level::new(levels.1).unwrap());
        let with = |level| assess(&position, &CandidateFacts { level: Some(level), ..candidate.clone() }, 0.5).score;
        if wanted.distance(one) <= wanted.distance(other) {
            prop_assert!(with(one) >= with(other));
        }
    }

    #[test]
    fn the_order_and_spelling_of_skills_do_not_matter(
        position in any_position(1), candidate in any_candidate(2), cosine in 0.0_f64..1.0,
    ) {
        let spelled = |names: &[String]| names.iter().rev().map(|name| name.to_uppercase().replace(' ', "-")).collect();
        let other = CandidateFacts { skills: spelled(&candidate.skills), ..candidate.clone() };
        let wanted = PositionFacts {
            required_skills: spelled(&position.required_skills),
            nice_skills: spelled(&position.nice_skills),
            ..position.clone()
        };
        let plain = assess(&position, &candidate, cosine);
        let shouted = assess(&wanted, &other, cosine);
        prop_assert_eq!(shouted.parts, plain.parts);
        prop_assert_eq!(shouted.matched_skills.len(), plain.matched_skills.len());
    }

    #[test]
    fn gates_never_move_the_score(
        position in any_position(1), candidate in any_candidate(2), other in any_candidate(2), cosine in 0.0_f64..1.0,
    ) {
        let swapped = CandidateFacts {
            skills: candidate.skills.clone(),
            level: candidate.level,
            years: candidate.years,
            ..other
        };
        let (one, two) = (assess(&position, &candidate, cosine), assess(&position, &swapped, cosine));
        prop_assert_eq!(one.parts, two.parts);
        prop_assert_eq!(one.score, two.score);
    }

    #[test]
    fn every_skill_asked_for_is_either_matched_or_missing(position in any_position(1), candidate in any_candidate(2)) {
        let assessment = assess(&position, &candidate, 0.5);
        let mut told = [assessment.matched_skills.clone(), assessment.missing_skills.clone()].concat();
        let mut asked = [position.required_skills.clone(), position.nice_skills.clone()].concat();
        told.sort();
        asked.sort();
        prop_assert_eq!(told, asked);
        prop_assert!(assessment.matched_skills.iter().all(|name| candidate.skills.contains(name)));
    }

    #[test]
    fn a_failed_gate_is_never_a_match_and_never_hidden(position in any_position(1), candidate in any_candidate(2)) {
        let assessment = assess(&position, &candidate, 1.0);
        let failed = assessment.gates.iter().any(|gate| gate.verdict == Verdict::Fail);
        prop_assert_eq!(assessment.gates.len(), 5);
        prop_assert_eq!(assessment.is_match(Points::default()), !failed);
        let told = assessment.sentences(Points::default()).iter().any(|sentence| sentence.starts_with("Condition not met"));
        prop_assert_eq!(told, failed);
    }

    #[test]
    fn weights_that_only_differ_in_unit_score_alike(
        position in any_position(1), candidate in any_candidate(2), cosine in 0.0_f64..1.0,
    ) {
        let mut other = formula();
        other.weights = Weights { semantic: 11, required_skills: 5, nice_skills: 1, level: 3 };
        prop_assert_eq!(
            other.assess(&position, &candidate, cosine).parts,
            formula().assess(&position, &candidate, cosine).parts
        );
    }
}

#[test]
fn identical_texts_are_wholly_alike() {
    let vectors = unit_vectors(20, 384, 1);
    for row in vectors.rows() {
        assert_eq!(SemanticScale::default().value(cosine(row, row)), Share::ONE);
    }
}

#[test]
fn an_assessment_reads_as_sentences() {
    let position = PositionFacts {
        required_skills: ["TIG welding", "Blueprint reading", "Rigging"]
            .map(str::to_owned)
            .to_vec(),
        nice_skills: vec!["Forklift".to_owned()],
        level: Some(Level::SENIOR),
        min_years: Some(5.0),
        salary_yearly_max: Some(60_000),
        place: Place {
            city: Some("Springfield".to_owned()),
            ..Place::default()
        },
        ..PositionFacts::new(referral_store::EntityId(1))
    };
    let candidate = CandidateFacts {
        skills: ["tig-welding", "rigging"].map(str::to_owned).to_vec(),
        level: Some(Level::SENIOR),
        years: Some(3.0),
        salary_yearly: Some(90_000),
        work_authorized: Some(true),
        ..CandidateFacts::new(referral_store::EntityId(2))
    };
    let assessment = assess(&position, &candidate, 0.734_56);
    insta::assert_snapshot!(assessment.sentences(Points::from_hundredths(7_000)).join("\n"), @r"
    Not suggested: 82.2 of 100 points would be enough, but a condition is not met.
    Likeness of the texts (cosine 0.735): 53.59 of 55.00 points.
    Required skills, rare ones counting more: 16.67 of 25.00 points.
    Skills that would be nice: 0.00 of 5.00 points.
    Seniority and years: 12.00 of 15.00 points.
    Has TIG welding, Rigging.
    Not found: Blueprint reading, Forklift.
    Please check, place: the place of one side is not known.
    Condition not met, pay: the wish exceeds the pay.
    ");
    insta::assert_snapshot!(serde_json::to_string_pretty(&assessment.parts).unwrap(), @r#"
    [
      {
        "name": "semantic",
        "weight_bp": 5500,
        "value_bp": 9743,
        "points": 5359
      },
      {
        "name": "required_skills",
        "weight_bp": 2500,
        "value_bp": 6667,
        "points": 1667
      },
      {
        "name": "nice_skills",
        "weight_bp": 500,
        "value_bp": 0,
        "points": 0
      },
      {
        "name": "level",
        "weight_bp": 1500,
        "value_bp": 8000,
        "points": 1200
      }
    ]
    "#);
    insta::assert_snapshot!(serde_json::to_string(&assessment.gates[4]).unwrap(), @r#"{"gate":"salary","verdict":"fail","reason":"the wish exceeds the pay"}"#);
    assert_eq!(value(&assessment, Category::NiceSkills), Some(Share::ZERO));
    assert!(!assessment.is_match(Points::from_hundredths(7_000)));
}
