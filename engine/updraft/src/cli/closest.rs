//! Finds the names that a mistyped one was probably meant to be.

/// How alike two names must be (0 to 1, Jaro-Winkler) to be offered.
const LIKENESS_MIN: f64 = 0.8;

/// So many names are told all, where none is close.
const FEW: usize = 10;

/// A sentence naming up to three close names, or all there are when they are few; empty when there is nothing to offer.
pub(crate) fn hint<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.collect();
    match known.as_slice() {
        [] => String::new(),
        few if few.len() <= FEW && close(wanted, few.iter().copied()).is_empty() => {
            format!("; there are: {}", few.join(", "))
        }
        known => close(wanted, known.iter().copied()),
    }
}

/// A sentence naming up to three close names; empty when none is close.
pub(crate) fn close<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.collect();
    let mut close: Vec<(f64, &str)> = known
        .iter()
        .map(|name| {
            (
                strsim::jaro_winkler(&wanted.to_lowercase(), &name.to_lowercase()),
                *name,
            )
        })
        .filter(|(likeness, _)| *likeness >= LIKENESS_MIN)
        .collect();
    close.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    let names: Vec<String> = close
        .iter()
        .take(3)
        .map(|(_, name)| format!("`{name}`"))
        .collect();
    if names.is_empty() {
        return String::new();
    }
    format!("; did you mean {}?", names.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn close_names_are_offered_first() {
        let known = || ["bullhorn_sync_optimized", "data_quality"].into_iter();
        assert_eq!(
            hint("bulhorn_sync", known()),
            "; did you mean `bullhorn_sync_optimized`?"
        );
        assert_eq!(
            hint("zzz", known()),
            "; there are: bullhorn_sync_optimized, data_quality"
        );
        assert_eq!(hint("x", std::iter::empty()), "");
    }
}
