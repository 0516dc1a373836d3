//! Countries to ISO 3166 alpha-2 codes.

use std::collections::HashMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use super::country_names::COUNTRIES;

/// The code of a country given by code, by name (also padded, abbreviated or accented), or both; the code wins.
pub fn country_code(code: Option<&str>, name: Option<&str>) -> Option<&'static str> {
    code.and_then(known_code)
        .or_else(|| name.and_then(known_name))
        .or_else(|| code.and_then(known_name))
}

fn known_code(text: &str) -> Option<&'static str> {
    let upper = text.trim().to_ascii_uppercase();
    let index = COUNTRIES
        .binary_search_by_key(&upper.as_str(), |(code, _)| code)
        .ok()?;
    COUNTRIES.get(index).map(|(code, _)| *code)
}

fn known_name(text: &str) -> Option<&'static str> {
    static BY_NAME: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
        COUNTRIES
            .iter()
            .flat_map(|(code, names)| names.iter().map(|name| (*name, *code)))
            .collect()
    });
    let folded = fold(text);
    BY_NAME
        .get(folded.as_str())
        .copied()
        .or_else(|| known_code(&folded))
}

/// Lower case, without accents and punctuation, single blanks.
fn fold(text: &str) -> String {
    let letters = text
        .nfd()
        .filter(|c| !('\u{300}'..='\u{36f}').contains(c))
        .flat_map(char::to_lowercase);
    let spaced: String = letters
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_lead_to_the_code() {
        for (code, name, expected) in [
            (Some("us"), None, Some("US")),
            (None, Some("United States          "), Some("US")),
            (None, Some("U.S.A."), Some("US")),
            (Some(" "), Some("England"), Some("GB")),
            (Some("USA"), None, Some("US")),
            (Some("ZZ"), Some("Deutschland"), Some("DE")),
            (None, Some("C\u{f4}te d'Ivoire"), Some("CI")),
            (None, Some("de"), Some("DE")),
            (None, Some("Nowhere   "), None),
            (None, None, None),
        ] {
            assert_eq!(country_code(code, name), expected, "{code:?} {name:?}");
        }
    }

    #[test]
    fn the_table_is_sorted_and_unambiguous() {
        assert!(COUNTRIES.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let mut names: Vec<&str> = COUNTRIES
            .iter()
            .flat_map(|(_, names)| names.iter().copied())
            .collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
        for (code, names) in COUNTRIES {
            assert!(names.iter().all(|name| fold(name) == *name), "{code}");
        }
    }
}
