//! Texts with placeholders: `*` and `?` of Lucene, `%` and `_` of SQL.

/// One symbol of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Symbol {
    /// Any characters, or none.
    AnyText,
    /// One character.
    AnyCharacter,
    /// This character, in lower case.
    Character(char),
}

/// A pattern that disregards case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pattern {
    symbols: Vec<Symbol>,
}

impl Pattern {
    /// A pattern of these symbols.
    pub(crate) fn new(symbols: impl IntoIterator<Item = Symbol>) -> Self {
        let lower = symbols.into_iter().flat_map(|symbol| match symbol {
            Symbol::Character(character) => character
                .to_lowercase()
                .map(Symbol::Character)
                .collect::<Vec<_>>(),
            placeholder => vec![placeholder],
        });
        Self {
            symbols: lower.collect(),
        }
    }

    /// The pattern of an SQL `LIKE`.
    pub(crate) fn like(text: &str) -> Self {
        Self::new(text.chars().map(|character| match character {
            '%' => Symbol::AnyText,
            '_' => Symbol::AnyCharacter,
            other => Symbol::Character(other),
        }))
    }

    /// Whether the whole text fits.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
        let (mut at, mut symbol) = (0, 0);
        // Where to take up again when what follows the last `AnyText` does not fit.
        let mut retry: Option<(usize, usize)> = None;
        while at < text.len() {
            match self.symbols.get(symbol) {
                Some(Symbol::AnyText) => {
                    retry = Some((at, symbol + 1));
                    symbol += 1;
                    continue;
                }
                Some(Symbol::AnyCharacter) => {
                    (at, symbol) = (at + 1, symbol + 1);
                    continue;
                }
                Some(Symbol::Character(character)) if text.get(at) == Some(character) => {
                    (at, symbol) = (at + 1, symbol + 1);
                    continue;
                }
                Some(Symbol::Character(_)) | None => {}
            }
            let Some((from, after)) = retry else {
                return false;
            };
            retry = Some((from + 1, after));
            (at, symbol) = (from + 1, after);
        }
        self.symbols
            .get(symbol..)
            .is_some_and(|rest| rest.iter().all(|symbol| *symbol == Symbol::AnyText))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn placeholders_stand_for_text() {
        let cases = [
            ("", "", true),
            ("%", "", true),
            ("%", "anything", true),
            ("a%", "Apple", true),
            ("%le", "apple", true),
            ("a%l_", "apple", true),
            ("a_", "a", false),
            ("a%b%c", "aXXbYYc", true),
            ("a%b%c", "aXXbYY", false),
            ("%aab", "aaaab", true),
            ("É%", "école", true),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(
                Pattern::like(pattern).matches(text),
                expected,
                "{pattern} on {text}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_text_matches_itself_and_any_prefix_with_a_placeholder(text in "[a-zA-Z0-9 ]{0,20}", cut in 0_usize..20) {
            prop_assert!(Pattern::like(&text).matches(&text));
            let prefix: String = text.chars().take(cut).collect();
            let pattern = format!("{prefix}%");
            prop_assert!(Pattern::like(&pattern).matches(&text));
        }
    }
}
