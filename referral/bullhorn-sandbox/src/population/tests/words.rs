//! The vocabulary that is compiled in.

use std::collections::{BTreeMap, HashSet};

use crate::population::vocabulary::{Vocabulary, vocabulary};

fn words() -> &'static Vocabulary {
    vocabulary().expect("a valid vocabulary")
}

#[test]
fn the_vocabulary_is_large_enough() {
    let words = words();
    assert!(
        words.families().len() >= 15,
        "{} families",
        words.families().len()
    );
    assert!(
        words.occupations().len() >= 105,
        "{} occupations",
        words.occupations().len()
    );
    assert!(words.skills().len() >= 800, "{} skills", words.skills().len());
}

#[test]
fn skills_of_different_families_overlap_a_little() {
    let words = words();
    let shared = words
        .skills()
        .iter()
        .filter(|skill| skill.categories.len() > 1)
        .count();
    assert!(shared * 100 / words.skills().len() >= 6, "{shared}");
}

/// Two spellings of one skill would never be matched.
#[test]
fn no_skill_is_spelled_in_two_ways() {
    let mut spellings: BTreeMap<String, &str> = BTreeMap::new();
    for skill in words().skills() {
        let plain: String = skill
            .name
            .to_lowercase()
            .chars()
            .filter(|letter| letter.is_alphanumeric() || "+#/".contains(*letter))
            .collect();
        if let Some(other) = spellings.insert(plain, &skill.name) {
            panic!("`{other}` and `{}` are the same skill", skill.name);
        }
    }
}

/// An alias that is a skill of its own would turn one skill into another.
#[test]
fn aliases_are_no_skills() {
    let words = words();
    let skills: HashSet<&str> = words.skills().iter().map(|skill| skill.name.as_str()).collect();
    for (skill, aliases) in &words.phrases.skills.aliases {
        assert!(
            skills.contains(skill.as_str()),
            "nobody has the skill `{skill}`, drop its aliases"
        );
        for alias in aliases {
            assert!(
                !skills.contains(alias.as_str()),
                "`{alias}` is a skill of its own"
            );
        }
    }
}

#[test]
fn every_occupation_has_relatives_in_another_family() {
    let words = words();
    let lonely = words.occupations().iter().filter(|occupation| {
        let others = words
            .occupations()
            .iter()
            .filter(|other| other.family != occupation.family);
        !others
            .into_iter()
            .any(|other| words.grade(occupation, other) == 2)
    });
    let lonely: Vec<&str> = lonely.map(|occupation| occupation.name.as_str()).collect();
    assert!(lonely.len() * 3 < words.occupations().len(), "{lonely:?}");
}

#[test]
fn titles_name_one_occupation() {
    let mut owners: BTreeMap<String, &str> = BTreeMap::new();
    for occupation in words().occupations() {
        for title in occupation.titles.iter().flatten() {
            if let Some(other) = owners.insert(title.to_lowercase(), &occupation.name) {
                panic!("`{title}` is a title of `{other}` and of `{}`", occupation.name);
            }
        }
    }
}
