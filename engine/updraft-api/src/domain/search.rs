//! Searching for text as Airflow's parameters say it.

use updraft_store::TextSearch;

/// How a text is searched for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Search {
    /// It holds this, letters of either case being the same; `%` is any text and `_` any character.
    pub(crate) pattern: Option<String>,
    /// It begins with exactly this.
    pub(crate) prefix: Option<String>,
}

impl Search {
    /// Whether a text is meant.
    pub(crate) fn finds(&self, text: &str) -> bool {
        let by_pattern = self.pattern.as_ref().is_none_or(|pattern| holds(text, pattern));
        by_pattern
            && self
                .prefix
                .as_ref()
                .is_none_or(|prefix| text.starts_with(prefix.as_str()))
    }
}

/// A search of the database for one pattern.
pub(crate) fn pattern(pattern: Option<String>) -> TextSearch {
    TextSearch {
        patterns: pattern.into_iter().collect(),
        prefixes: Vec::new(),
    }
}

/// A search of the database as version 2 says it: `|` stands between patterns of which one must fit, and `~` alone is any text.
pub(crate) fn either(pattern: Option<String>, prefix: Option<String>) -> TextSearch {
    let parts = |text: Option<String>| -> Vec<String> {
        let text = text.filter(|text| text != "~").unwrap_or_default();
        let parts = text.split('|').map(str::trim);
        parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    TextSearch {
        patterns: parts(pattern),
        prefixes: parts(prefix),
    }
}

/// Whether a text holds what a pattern of SQL's `LIKE` means.
pub(crate) fn holds(text: &str, pattern: &str) -> bool {
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let pattern: Vec<char> = format!("%{}%", pattern.to_lowercase()).chars().collect();
    // The places of the pattern that the text up to here may have reached.
    let mut reached = after_any(&pattern, vec![0]);
    for character in text {
        let mut next = Vec::new();
        for at in reached {
            match pattern.get(at) {
                Some('%') => next.push(at),
                Some('_') => next.push(at + 1),
                Some(wanted) if *wanted == character => next.push(at + 1),
                Some(_) | None => {}
            }
        }
        reached = after_any(&pattern, next);
    }
    reached.contains(&pattern.len())
}

/// These places, and those behind any `%` that they stand at, each once.
fn after_any(pattern: &[char], mut places: Vec<usize>) -> Vec<usize> {
    let mut at = 0;
    while let Some(&place) = places.get(at) {
        if pattern.get(place) == Some(&'%') && !places.contains(&(place + 1)) {
            places.push(place + 1);
        }
        at += 1;
    }
    places.sort_unstable();
    places.dedup();
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_like_anywhere_in_the_text() {
        for (text, pattern, expected) in [
            ("sales_daily", "DAILY", true),
            ("sales_daily", "sales%ly", true),
            ("sales_daily", "s_les", true),
            ("sales_daily", "s__les", false),
            ("sales", "", true),
            ("sales", "%%%", true),
            ("", "_", false),
            ("sales", "sales_", false),
        ] {
            assert_eq!(holds(text, pattern), expected, "{text} {pattern}");
        }
        let search = Search {
            pattern: Some("DAILY".to_owned()),
            prefix: Some("Sales".to_owned()),
        };
        assert!(search.finds("Sales_daily") && !search.finds("sales_daily"));
    }
}
