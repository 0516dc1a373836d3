//! Statements of protected attributes: age, birth, gender, nationality, marital status, religion, ethnicity, disability.
//!
//! They are taken out before a text is stored at all. What is recognised are labels (`Nationality: ...`) and the usual phrases
//! (`45 years old`, `born in 1975`, `married with two children`).

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Regex, RegexSet};

use super::prefilter::Prefilter;

/// A label and its value, up to the next separator; the value may be a date with a comma before the year.
const LABELLED: &str = concat!(
    r"(?i)(?-u:\b)(?:age|date of birth|d\.?o\.?b|birth ?date|birthday|place of birth|birth ?place|born|nationality|citizenship",
    r"|country of origin|ethnicity|ethnic (?:origin|background|group)|race|religion|religious (?:belief|affiliation)s?|gender|sex",
    r"|sexual orientation|pronouns|marital status|civil status|family status|marriage status|spouse|children|dependents|dependants",
    r"|disability(?: status)?|health status|veteran(?: status)?|blood (?:group|type)|caste|height|weight",
    r"|father(?:'|\u{2019})?s? name|mother(?:'|\u{2019})?s? name|husband(?:'|\u{2019})?s? name|passport(?: (?:no|number))?",
    r"|social security(?: (?:no|number))?|ssn)\.? ?[:=\u{2013}] ?(?:[^|;,.\t\n]|, ?[0-9]{4}(?-u:\b)|\.[0-9])*",
    r"(?:, (?:with )?(?:[\w-]+ )?(?:children|child|kids)(?-u:\b))?",
);

const PHRASES: [&str; 9] = [
    // Age.
    r"(?i)(?-u:\b)(?:an? )?[1-9][0-9][- ]years?[- ](?:old|of age)(?-u:\b)",
    r"(?i)(?-u:\b)(?:aged|at the age of|age of|age) [1-9][0-9](?-u:\b)",
    // Birth.
    r"(?i)(?-u:\b)born (?:and raised )?(?:on|in)(?-u:\b)[^.,;|\n]{1,40}(?:, ?(?:19|20)[0-9]{2}(?-u:\b))?",
    // Marital status.
    r"(?i)(?-u:\b)(?:happily |legally |recently |currently )?(?:married|unmarried|divorced|widowed|remarried)(?-u:\b)(?:,? (?:with|and|father of|mother of|parent of) (?:[\w-]+ ){0,3}(?:children|child|kids|sons?|daughters?)(?-u:\b))?",
    r"(?i)(?-u:\b)(?:an? )?(?:single |proud |devoted )?(?:mother|father|mom|dad|parent)s? of (?:[\w-]+ ){0,3}(?:children|child|kids|boys|girls|sons?|daughters?|two|three|four|five|[2-9])(?-u:\b)",
    // Nationality. The noun is in lower case and the word before it a name, so that `First National` stays.
    r"(?-u:\b)(?:(?:[Aa]n? )?(?:U\.S\.(?:A\.)?|[A-Z][\p{L}]+)(?:-[A-Z]\p{L}+)? (?:national|citizen|nationality|passport(?: holder)?|descent|heritage))(?-u:\b)",
    r"(?-u:\b)(?:[Aa] )?(?:citizen|national|native) of (?:the )?[A-Z]\p{L}+(?: [A-Z]\p{L}+)?",
    r"(?-u:\b)of \p{Lu}\p{L}+ (?:origin|nationality|descent|heritage|ethnicity)(?-u:\b)",
    // Faith.
    r"(?i)(?-u:\b)(?:practi[sc]ing|devout|observant) (?:christian|catholic|protestant|muslim|jew|jewish|hindu|buddhist|sikh|mormon)(?-u:\b)",
];

/// The text without statements of protected attributes; borrowed when there are none. Lines that consist of nothing else
/// become empty and are dropped.
pub fn remove(text: &str) -> Cow<'_, str> {
    static MAYBE: LazyLock<Prefilter> =
        LazyLock::new(|| Prefilter::new(PHRASES.into_iter().chain([LABELLED])));
    static ANY: LazyLock<RegexSet> = LazyLock::new(|| {
        RegexSet::new(PHRASES.iter().chain([&LABELLED])).expect("the patterns are constant")
    });
    static EACH: LazyLock<Vec<Regex>> = LazyLock::new(|| {
        let patterns = PHRASES.iter().chain([&LABELLED]);
        patterns
            .map(|pattern| Regex::new(pattern).expect("the patterns are constant"))
            .collect()
    });
    if !MAYBE.may_match(text) {
        return Cow::Borrowed(text);
    }
    let found = ANY.matches(text);
    if !found.matched_any() {
        return Cow::Borrowed(text);
    }
    let mut clean = text.to_owned();
    for pattern in found.iter().filter_map(|index| EACH.get(index)) {
        clean = pattern
            .replace_all(&clean, |found: &regex::Captures<'_>| {
                kept(found.get(0).map_or("", |all| all.as_str())).to_owned()
            })
            .into_owned();
    }
    let mut out = String::with_capacity(clean.len());
    for line in clean.lines() {
        super::tidy::push_line(&mut out, line);
    }
    Cow::Owned(out)
}

/// What is left of a match: nothing, except of phrases that only look like one.
fn kept(found: &str) -> &str {
    // `Senior citizen` is about clients.
    if found.contains("Senior citizen") {
        found
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_of_protected_attributes_go() {
        for (raw, clean) in [
            ("Age: 45\nWelder", "Welder"),
            (
                "Welder | Date of Birth: March 3, 1975 | Nationality: German",
                "Welder",
            ),
            (
                "DOB: 03.03.1975, Marital status: single, TIG certified",
                "TIG certified",
            ),
            ("I am 45 years old and weld", "I am and weld"),
            ("A 45-year-old welder", "welder"),
            (
                "Born in Testville on March 3, 1975. Welder since 1995",
                "Welder since 1995",
            ),
            ("Happily married with two children. Welder", "Welder"),
            ("A proud father of three kids, welder", "welder"),
            ("German national, welder", "welder"),
            ("U.S. citizen with clearance", "with clearance"),
            ("Welder of Polish origin", "Welder"),
            ("a citizen of France who welds", "who welds"),
            ("Gender: female", ""),
            ("Marital status: married, two children", ""),
        ] {
            assert_eq!(remove(raw), clean, "{raw:?}");
        }
    }

    #[test]
    fn other_text_is_left_alone() {
        for text in [
            "12 years of experience",
            "First National Bank",
            "Senior citizen services",
            "Packages of 45 units, page 3",
            "Disability services and veteran affairs",
            "Racing bikes: repair",
            "Born to lead",
        ] {
            assert_eq!(remove(text), text);
        }
    }
}
