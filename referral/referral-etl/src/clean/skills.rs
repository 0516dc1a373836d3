//! Skill names: split out of what people type, spelled one way, each once.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use regex::Regex;

use super::skill_aliases::ALIASES;
use super::text::field;

/// More skills than this are no description of a person or a job.
const SKILLS_MAX: usize = 100;
/// A longer "skill" is a sentence.
const NAME_MAX_CHARS: usize = 60;
/// A "skill" of more words is a sentence.
const NAME_MAX_WORDS: usize = 6;

/// The skills in any number of texts, each a list separated by commas, semicolons, bars, bullets or line ends.
///
/// Names are lower case with single blanks, without years or trailing marks, and replaced by the usual name where several
/// are in use (`ReactJS` is `react`). Sorted, each once, at most 100.
pub fn skills<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut names = BTreeSet::new();
    for text in texts {
        for part in split(text) {
            names.extend(skill_name(part));
        }
    }
    names.into_iter().take(SKILLS_MAX).collect()
}

/// The certificates in any number of texts: split like skills, but spelled as they are.
pub fn certifications<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let parts = texts
        .into_iter()
        .flat_map(split)
        .filter_map(|part| field(strip_marks(part), 100));
    let absent = |name: &String| matches!(name.to_lowercase().as_str(), "none" | "n/a" | "na" | "-");
    parts
        .filter(|name| !absent(name))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .take(SKILLS_MAX)
        .collect()
}

/// The name under which one skill is stored, `None` when the text names none.
pub fn skill_name(text: &str) -> Option<String> {
    static YEARS: LazyLock<Regex> = LazyLock::new(|| {
        let pattern = r"[(\[-]? ?(?-u:\b)[0-9]+(?:\.[0-9]+)?\+? ?(?:years?|yrs?|months?)(?-u:\b).*$";
        Regex::new(pattern).expect("the pattern is constant")
    });
    static BY_ALIAS: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| ALIASES.iter().copied().collect());
    let lower = field(text, NAME_MAX_CHARS + 1)?.to_lowercase();
    let has_number = lower.bytes().any(|byte| byte.is_ascii_digit());
    let without_years = if has_number {
        YEARS.replace(&lower, "")
    } else {
        Cow::Borrowed(lower.as_str())
    };
    let name = strip_marks(strip_marks(&without_years).trim_start_matches("and ")).to_owned();
    let letters = name.chars().any(char::is_alphanumeric);
    let absent = matches!(
        name.as_str(),
        "none" | "n/a" | "na" | "other" | "etc" | "various" | "confidential"
    );
    if !letters
        || absent
        || name.chars().count() > NAME_MAX_CHARS
        || name.split(' ').count() > NAME_MAX_WORDS
        || name.contains('@')
    {
        return None;
    }
    Some(
        BY_ALIAS
            .get(name.as_str())
            .map_or(name, |&canonical| canonical.to_owned()),
    )
}

/// Cuts a list. A bracket opens a list of its own: `AWS (EC2, S3)` names three skills.
fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split([
        '\n', '\r', ',', ';', '|', '\u{2022}', '\u{b7}', '\u{25cf}', '\t', '(', ')', '[', ']',
    ])
    .flat_map(|part| part.split(" / "))
    .map(str::trim)
    .filter(|part| !part.is_empty())
}

/// Without bullets in front and punctuation at the end; the `+` and `#` of languages and the dot of `.NET` stay.
fn strip_marks(text: &str) -> &str {
    let start = |c: char| !(c.is_alphanumeric() || c == '.');
    let end = |c: char| !(c.is_alphanumeric() || matches!(c, '+' | '#'));
    text.trim_start_matches(start).trim_end_matches(end).trim()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(texts: &[&str], expected: &[&str]) {
        assert_eq!(skills(texts.iter().copied()), expected, "{texts:?}");
    }

    #[test]
    fn lists_are_split_and_names_unified() {
        check(&["Java, ReactJS; K8s | java"], &["java", "kubernetes", "react"]);
        check(
            &["\u{2022} C++\n\u{2022} C#\n- .NET\n* Node.JS."],
            &[".net", "c#", "c++", "node.js"],
        );
        check(
            &["TCP/IP, CI/CD, PL/SQL, Sales / Marketing"],
            &["ci/cd", "marketing", "pl/sql", "sales", "tcp/ip"],
        );
        check(
            &["Java (5 years), Python - 3 yrs, SQL 10+ years"],
            &["java", "python", "sql"],
        );
        check(&["AWS (EC2, S3)"], &["aws", "ec2", "s3"]);
        check(&["MS  Excel", "excel", "Microsoft Excel"], &["microsoft excel"]);
        check(&["None", "N/A", "-", "", " , ,", "see a@b.example"], &[]);
        check(&["I have worked with many different tools over time"], &[]);
        check(&["Welding, and Brazing"], &["brazing", "welding"]);
    }

    #[test]
    fn certifications_keep_their_spelling() {
        let texts = ["PMP, AWS Certified Developer;PMP", "none"];
        assert_eq!(certifications(texts), ["AWS Certified Developer", "PMP"]);
    }

    #[test]
    fn no_alias_leads_to_another_alias() {
        let canonical: BTreeSet<&str> = ALIASES.iter().map(|(_, name)| *name).collect();
        assert!(
            ALIASES.windows(2).all(|pair| pair[0].0 < pair[1].0),
            "sorted and unique"
        );
        assert!(ALIASES.iter().all(|(alias, _)| !canonical.contains(alias)));
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(text in "[a-zA-Z0-9+#./() \u{e9}-]{0,40}") {
            let once = skills([text.as_str()]);
            let twice = skills(once.iter().map(String::as_str));
            prop_assert_eq!(twice, once);
        }

        #[test]
        fn order_and_repetition_do_not_matter(mut names in proptest::collection::vec("[a-zA-Z+#]{1,8}", 0..8)) {
            let once = skills([names.join(", ").as_str()]);
            names.reverse();
            names.extend(names.clone());
            prop_assert_eq!(skills([names.join(";").as_str()]), once);
        }
    }
}
