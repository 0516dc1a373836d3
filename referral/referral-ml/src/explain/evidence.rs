//! Where skills stand in a text, under any of their spellings.

use std::collections::BTreeMap;

use crate::scoring::skill_key;

/// Words that a skill's name has at most.
const WORDS_MAX: usize = 5;

/// Passages of a skill in a text that are told.
const PASSAGES_MAX: usize = 3;

/// Characters before and after what was found.
const AROUND: usize = 70;

/// Where a skill stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkillEvidence {
    /// The skill, as it was asked for.
    pub skill: String,
    /// The first places where it stands; none if the text does not have it.
    pub passages: Vec<Passage>,
}

/// A place in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passage {
    /// What stands before it in the line.
    pub before: String,
    /// The words themselves.
    pub found: String,
    /// What stands behind it in the line.
    pub after: String,
}

/// Finds each of the skills in the text, by line, in the order of the skills.
pub fn evidence(text: &str, skills: &[String]) -> Vec<SkillEvidence> {
    let mut wanted: BTreeMap<String, usize> = BTreeMap::new();
    let mut found: Vec<SkillEvidence> = Vec::with_capacity(skills.len());
    for skill in skills {
        let key = skill_key(skill);
        if !key.is_empty() && !wanted.contains_key(&key) {
            wanted.insert(key, found.len());
        }
        found.push(SkillEvidence {
            skill: skill.clone(),
            passages: Vec::new(),
        });
    }
    let longest = wanted.keys().map(|key| key.chars().count()).max().unwrap_or(0);
    for line in text.lines() {
        let words = words(line);
        let mut next = 0;
        while next < words.len() {
            let place = (1..=WORDS_MAX.min(words.len() - next)).rev().find_map(|count| {
                let span = words[next].0..words[next + count - 1].1;
                let key = skill_key(line.get(span.clone())?);
                // Abbreviations are shorter than what they stand for, never longer by much.
                let index = (key.chars().count() <= longest)
                    .then(|| wanted.get(&key))
                    .flatten()?;
                Some((*index, span, count))
            });
            let Some((index, span, count)) = place else {
                next += 1;
                continue;
            };
            if let Some(one) = found.get_mut(index)
                && one.passages.len() < PASSAGES_MAX
            {
                one.passages.push(passage(line, span));
            }
            next += count;
        }
    }
    found
}

/// Where the words of a line begin and end. What stands between letters and digits in names of skills is part of a word.
fn words(line: &str) -> Vec<(usize, usize)> {
    let is_part = |character: char| character.is_alphanumeric() || matches!(character, '+' | '#');
    let mut words: Vec<(usize, usize)> = Vec::new();
    let mut is_inside = false;
    for (at, character) in line.char_indices() {
        if !is_part(character) {
            is_inside = false;
            continue;
        }
        let end = at + character.len_utf8();
        match words.last_mut().filter(|_| is_inside) {
            Some(word) => word.1 = end,
            None => words.push((at, end)),
        }
        is_inside = true;
    }
    words
}

fn passage(line: &str, span: std::ops::Range<usize>) -> Passage {
    let part = |range: std::ops::Range<usize>| line.get(range).unwrap_or_default();
    let (head, tail) = (part(0..span.start), part(span.end..line.len()));
    let start = head.char_indices().rev().nth(AROUND - 1).map(|(at, _)| at);
    let before = start.map_or_else(
        || head.trim_start().to_owned(),
        |at| {
            let cut = part(at..span.start);
            format!("…{}", cut.split_once(' ').map_or(cut, |(_, whole)| whole))
        },
    );
    let end = tail.char_indices().nth(AROUND).map(|(at, _)| at);
    let after = end.map_or_else(
        || tail.trim_end().to_owned(),
        |at| {
            let cut = tail.get(..at).unwrap_or_default();
            format!("{}…", cut.rsplit_once(' ').map_or(cut, |(whole, _)| whole))
        },
    );
    Passage {
        before,
        found: part(span).to_owned(),
        after,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, skills: &[&str]) -> Vec<(String, Vec<String>)> {
        let skills: Vec<String> = skills.iter().map(|skill| (*skill).to_owned()).collect();
        evidence(text, &skills)
            .into_iter()
            .map(|one| {
                let words = one.passages.into_iter().map(|passage| passage.found);
                (one.skill, words.collect())
            })
            .collect()
    }

    #[test]
    fn skills_are_found_under_their_spellings_and_not_inside_of_words() {
        let text = "Wrote Node.js and C++ services, ran them on K8s.\nKnows a javascripter and MS Excel; excels at cooking.";
        let found = found(
            text,
            &["node", "c++", "Kubernetes", "Microsoft Excel", "JavaScript", "c"],
        );
        let plain: Vec<(&str, Vec<&str>)> = found
            .iter()
            .map(|(skill, words)| (skill.as_str(), words.iter().map(String::as_str).collect()))
            .collect();
        assert_eq!(
            plain,
            [
                ("node", vec!["Node.js"]),
                ("c++", vec!["C++"]),
                ("Kubernetes", vec!["K8s"]),
                ("Microsoft Excel", vec!["MS Excel"]),
                ("JavaScript", vec![]),
                ("c", vec![]),
            ]
        );
    }

    #[test]
    fn passages_are_cut_at_words_and_few() {
        let line = format!("{} welding {}", "before ".repeat(30), "after ".repeat(30));
        let text = [line.as_str(); 5].join("\n");
        let found = evidence(&text, &["Welding".to_owned()]);
        let passages = &found[0].passages;
        assert_eq!(passages.len(), PASSAGES_MAX);
        assert!(passages[0].before.starts_with("…before ") && passages[0].before.ends_with(' '));
        assert!(passages[0].after.starts_with(" after") && passages[0].after.ends_with("after…"));
    }
}
