//! Seniority and years of experience, from titles and texts.

use std::sync::LazyLock;

use referral_store::Level;
use regex::Regex;

/// More years than this is a typing error.
const YEARS_MAX: f64 = 60.0;
/// Fewer years than this make a plain title a junior one.
const EXPERIENCED_FROM_YEARS: f64 = 2.0;
/// From so many years a plain title counts as a senior one.
const SENIOR_FROM_YEARS: f64 = 8.0;

/// Whoever has one of these in the title is at the start, whatever else it says.
const BEGINNERS: [&str; 10] = [
    "intern",
    "internship",
    "trainee",
    "apprentice",
    "student",
    "junior",
    "jr",
    "graduate",
    "entry",
    "beginner",
];

/// These lower what follows (`Assistant Director`), or stand for the start (`Laboratory Assistant`).
const DEPUTIES: [&str; 5] = ["assistant", "associate", "deputy", "helper", "aide"];

const SENIORITY_WORDS: [(&str, Level); 30] = [
    ("i", Level::JUNIOR),
    ("mid", Level::EXPERIENCED),
    ("intermediate", Level::EXPERIENCED),
    ("ii", Level::EXPERIENCED),
    ("senior", Level::SENIOR),
    ("sr", Level::SENIOR),
    ("snr", Level::SENIOR),
    ("advanced", Level::SENIOR),
    ("iii", Level::SENIOR),
    ("lead", Level::LEAD),
    ("leader", Level::LEAD),
    ("supervisor", Level::LEAD),
    ("foreman", Level::LEAD),
    ("superintendent", Level::LEAD),
    ("iv", Level::LEAD),
    ("v", Level::PRINCIPAL),
    ("principal", Level::PRINCIPAL),
    ("distinguished", Level::PRINCIPAL),
    ("head", Level::PRINCIPAL),
    ("director", Level::PRINCIPAL),
    ("chief", Level::PRINCIPAL),
    ("vp", Level::PRINCIPAL),
    ("svp", Level::PRINCIPAL),
    ("evp", Level::PRINCIPAL),
    ("president", Level::PRINCIPAL),
    ("executive", Level::PRINCIPAL),
    ("cto", Level::PRINCIPAL),
    ("ceo", Level::PRINCIPAL),
    ("cfo", Level::PRINCIPAL),
    ("coo", Level::PRINCIPAL),
];

/// Managers of a thing, not of people: the title is an occupation.
const MANAGED_THINGS: [&str; 16] = [
    "account",
    "accounts",
    "project",
    "product",
    "case",
    "property",
    "office",
    "program",
    "programme",
    "community",
    "brand",
    "category",
    "content",
    "relationship",
    "event",
    "release",
];

/// Trades in which `Staff` and `Architect` are steps of a ladder; elsewhere they are part of the occupation.
const LADDER_TRADES: [&str; 18] = [
    "engineer",
    "scientist",
    "developer",
    "designer",
    "software",
    "data",
    "network",
    "cloud",
    "platform",
    "security",
    "database",
    "systems",
    "frontend",
    "backend",
    "bi",
    "solution",
    "solutions",
    "learning",
];

/// Seniority from a title and, where the title says nothing, from years of experience. `None` when both are silent.
pub fn level(title: Option<&str>, years: Option<f64>) -> Option<Level> {
    let named = title.and_then(level_of_title);
    named
        .or_else(|| years.map(level_of_years))
        .or_else(|| title.map(|_| Level::EXPERIENCED))
}

/// What the words of a title say, `None` when they say nothing.
fn level_of_title(title: &str) -> Option<Level> {
    let lower = title.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let has_any = |list: &[&str]| words.iter().any(|word| list.contains(word));
    if has_any(&BEGINNERS) {
        return Some(Level::JUNIOR);
    }
    let mut highest = SENIORITY_WORDS
        .iter()
        .filter(|(word, _)| words.contains(word))
        .map(|(_, level)| *level)
        .max();
    if has_any(&["executive"]) && has_any(&["assistant", "account", "sales", "accounts"]) {
        // `Executive Assistant`, `Sales Executive`: occupations, not ranks.
        highest = None;
    }
    let on_ladder = has_any(&LADDER_TRADES);
    if (has_any(&["manager"]) && !has_any(&MANAGED_THINGS)) || (has_any(&["staff"]) && on_ladder) {
        highest = highest.max(Some(Level::LEAD));
    }
    if has_any(&["architect"]) && on_ladder {
        highest = highest.max(Some(Level::PRINCIPAL));
    }
    match highest {
        Some(level) if has_any(&DEPUTIES) => Some(Level::new(level.number() - 1).unwrap_or(Level::JUNIOR)),
        None if has_any(&DEPUTIES) => Some(Level::JUNIOR),
        other => other,
    }
}

fn level_of_years(years: f64) -> Level {
    if years < EXPERIENCED_FROM_YEARS {
        Level::JUNIOR
    } else if years < SENIOR_FROM_YEARS {
        Level::EXPERIENCED
    } else {
        Level::SENIOR
    }
}

/// Years as the source gives them: 0 means that nobody knows, absurd values count as unknown.
pub fn years(number: f64) -> Option<f64> {
    (number > 0.0 && number <= YEARS_MAX).then_some(number)
}

/// The years of experience that a text states (`12+ years of experience`, `at least 3 years' experience`), the first if
/// several.
pub fn years_in_text(text: &str) -> Option<f64> {
    static STATED: LazyLock<Regex> = LazyLock::new(|| {
        let pattern = concat!(
            r"(?i)(?-u:\b)([0-9]{1,2}(?:\.[0-9])?)(?: ?\+| ?- ?[0-9]{1,2}| to [0-9]{1,2})? (?:years?|yrs?)(?-u:\b)",
            r"[^.;\n]{0,40}?(?-u:\b)experience",
        );
        Regex::new(pattern).expect("the pattern is constant")
    });
    STATED
        .captures(text)
        .and_then(|captures| captures.get(1)?.as_str().parse().ok())
        .and_then(years)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_name_their_level() {
        for (title, level) in [
            ("Junior Data Analyst", 1),
            ("Reporting Assistant", 1),
            ("Associate DBA", 1),
            ("SOC Analyst I", 1),
            ("Data Analyst", 2),
            ("SOC Analyst II", 2),
            ("Project Manager", 2),
            ("Executive Assistant", 1),
            ("Account Executive", 2),
            ("Landscape Architect", 2),
            ("Staff Nurse", 2),
            ("Senior ETL Developer", 3),
            ("Sr. Accountant", 3),
            ("Lead Data Engineer", 4),
            ("Staff Data Scientist", 4),
            ("Infrastructure Team Lead", 4),
            ("Analytics Manager", 4),
            ("Associate Director of Nursing", 4),
            ("Senior Project Manager", 3),
            ("Head of Analytics", 5),
            ("Principal Biostatistician", 5),
            ("Network Architect", 5),
            ("Junior Network Architect", 1),
        ] {
            assert_eq!(
                super::level(Some(title), None).map(Level::number),
                Some(level),
                "{title}"
            );
        }
    }

    #[test]
    fn years_speak_where_the_title_is_silent() {
        let with_years = |years| super::level(Some("Data Analyst"), Some(years)).map(Level::number);
        assert_eq!(
            [with_years(0.5), with_years(4.0), with_years(12.0)],
            [Some(1), Some(2), Some(3)]
        );
        assert_eq!(super::level(Some("Head Chef"), Some(1.0)), Some(Level::PRINCIPAL));
        assert_eq!(super::level(None, None), None);
    }

    #[test]
    fn stated_years_are_found() {
        for (text, years) in [
            ("I have 12 years of experience in sales", Some(12.0)),
            ("12.3 years of experience.", Some(12.3)),
            ("5+ years professional experience", Some(5.0)),
            ("3 - 5 years of relevant experience", Some(3.0)),
            ("at least 7 yrs experience", Some(7.0)),
            ("lived there 10 years. Experience: sales", None),
            ("99 years of experience", None),
            ("no numbers", None),
        ] {
            assert_eq!(years_in_text(text), years, "{text:?}");
        }
    }
}
