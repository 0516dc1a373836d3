//! Resumes and advertisements read like ones, in the markup of old systems.

use super::support::{options, population};
use crate::population::record::Wire;
use crate::population::{Population, PopulationOptions};

fn small() -> Population {
    population(PopulationOptions {
        candidates: 250,
        positions: 60,
        ..options()
    })
}

fn resumes(population: &Population) -> Vec<String> {
    let ids = population.candidate_ids();
    ids.filter_map(|id| population.candidate(id)?.description.text().map(str::to_owned))
        .filter(|text| !text.trim().is_empty())
        .collect()
}

/// Lengths in bytes, ascending.
fn lengths(population: &Population) -> Vec<usize> {
    let mut lengths: Vec<usize> = resumes(population).iter().map(String::len).collect();
    lengths.sort_unstable();
    lengths
}

#[test]
fn resumes_have_the_size_of_real_ones_and_some_are_long() {
    let lengths = lengths(&population(PopulationOptions {
        candidates: 300,
        ..options()
    }));
    let at = |percent: usize| lengths[(lengths.len() - 1) * percent / 100];
    assert!((3_500..6_000).contains(&at(20)), "{}", at(20));
    assert!((5_000..7_500).contains(&at(50)), "{}", at(50));
    assert!((6_500..10_500).contains(&at(80)), "{}", at(80));
    assert!((12_500..24_000).contains(&at(93)), "{}", at(93));
}

#[test]
fn short_resumes_stay_short() {
    let options = PopulationOptions {
        candidates: 200,
        resume_bytes: 1_500,
        ..options()
    };
    let lengths = lengths(&population(options));
    let longest = lengths.last().copied().unwrap_or_default();
    assert!(
        (1_000..2_500).contains(&lengths[lengths.len() / 2]),
        "{}",
        lengths[lengths.len() / 2]
    );
    assert!(longest < 4_500, "{longest}");
}

#[test]
fn resumes_are_old_html() {
    let resumes = resumes(&small());
    let share = |mark: &str| resumes.iter().filter(|text| text.contains(mark)).count() * 100 / resumes.len();
    assert_eq!(share("\r\n"), 100);
    assert!(share("<title>") > 60);
    assert!(share("<!DOCTYPE") > 70);
    assert!((15..60).contains(&share("<table")), "{}", share("<table"));
    assert!(share("MsoNormal") > 15);
    assert!(share("&nbsp;") + share("&amp;") + share("&#") > 40);
    assert!(share("style=") > 30);
    let garbled = |text: &String| text.contains('Ã') || text.contains("â€");
    assert!(resumes.iter().any(garbled), "no text in a wrong encoding");
    let unbalanced = |text: &&String| {
        let text = text.to_lowercase();
        ["b", "font", "span", "p"].iter().any(|tag| {
            let opened =
                text.matches(&format!("<{tag}>")).count() + text.matches(&format!("<{tag} ")).count();
            opened != text.matches(&format!("</{tag}>")).count()
        })
    };
    let broken = resumes.iter().filter(unbalanced).count() * 100 / resumes.len();
    assert!((2..15).contains(&broken), "{broken} % have broken tags");
}

#[test]
fn a_resume_names_the_person_the_job_and_some_skills() {
    let population = small();
    let mut skills_named = 0;
    let mut resumes = 0;
    for id in population.candidate_ids().take(150) {
        let record = population.candidate(id).expect("an id of the population");
        let Some(resume) = record.description.text().filter(|text| text.len() > 100) else {
            continue;
        };
        let resume = resume.to_lowercase();
        resumes += 1;
        if let Some(job) = record.work_histories.first() {
            // Ampersands and apostrophes may have become entities.
            let title = job.title.to_lowercase();
            assert!(
                title.split(['&', '\'']).all(|part| resume.contains(part)),
                "{title} in {id}"
            );
        }
        let skills = record
            .primary_skills
            .ids
            .iter()
            .map(|id| &population.skills()[*id as usize - 1].name);
        skills_named += usize::from(
            skills
                .filter(|skill| resume.contains(&skill.to_lowercase()))
                .count()
                > 1,
        );
    }
    assert!(skills_named * 100 / resumes > 80, "{skills_named} of {resumes}");
}

#[test]
fn no_slot_stays_open() {
    let population = small();
    let positions = population.position_ids().filter_map(|id| population.position(id));
    let adverts = positions.flat_map(|record| [record.description, record.public_description]);
    let adverts = adverts.filter_map(|text| text.text().map(str::to_owned));
    for text in resumes(&population).into_iter().take(300).chain(adverts) {
        let body = text
            .split_once("</style>")
            .map_or(text.as_str(), |(_, body)| body);
        assert!(!body.contains('{') && !body.contains('}'), "{body}");
    }
}

#[test]
fn no_resume_shares_a_duty_with_an_advertisement() {
    let population = small();
    let lines = |text: &str| -> Vec<String> {
        let plain = text.split("\r\n").map(|line| {
            let mut inside = false;
            let letters = line.chars().filter(|letter| {
                let was_inside = inside || *letter == '<';
                inside = was_inside && *letter != '>';
                !was_inside
            });
            letters
                .collect::<String>()
                .trim_start_matches("&bull;&nbsp;")
                .trim()
                .to_owned()
        });
        plain.filter(|line| line.len() > 60).collect()
    };
    let resumes: std::collections::HashSet<String> =
        resumes(&population).iter().flat_map(|text| lines(text)).collect();
    assert!(resumes.len() > 800, "{}", resumes.len());
    for id in population.position_ids() {
        let description = population
            .position(id)
            .expect("an id of the population")
            .description;
        for line in lines(description.text().unwrap_or_default()) {
            assert!(!resumes.contains(&line), "{line}");
        }
    }
}

#[test]
fn public_advertisements_are_often_empty_and_the_other_ones_are_richer() {
    let population = population(PopulationOptions {
        candidates: 1,
        positions: 300,
        ..options()
    });
    let records: Vec<_> = population
        .position_ids()
        .filter_map(|id| population.position(id))
        .collect();
    let empty = records
        .iter()
        .filter(|record| record.public_description == Wire::Value(String::new()))
        .count();
    assert!((60..150).contains(&empty), "{empty}");
    let length = |text: &Wire<String>| text.text().map_or(0, str::len);
    let both = records
        .iter()
        .filter(|record| length(&record.description) > 1 && length(&record.public_description) > 1);
    let (inner, public) = both.fold((0, 0), |(inner, public), record| {
        (
            inner + length(&record.description),
            public + length(&record.public_description),
        )
    });
    assert!(inner > public);
}
