//! Words, and what belongs to a word that is taken out: its article and its possessive ending.

/// The words of a text with their positions: letters and digits.
pub(super) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = run_end(text, at, false);
        at = run_end(text, start, true);
        (start < at).then(|| (start, &text[start..at]))
    })
}

/// Where the run of characters from `at` on ends that all are letters and digits, or all are not.
fn run_end(text: &str, mut at: usize, alphanumeric: bool) -> usize {
    while let Some(&byte) = text.as_bytes().get(at) {
        let (is_alphanumeric, length) = match KINDS[usize::from(byte)] {
            Kind::Alphanumeric => (true, 1),
            Kind::Mark => (false, 1),
            Kind::NotAscii => text[at..].chars().next().map_or((false, 1), |character| {
                (character.is_alphanumeric(), character.len_utf8())
            }),
        };
        if is_alphanumeric != alphanumeric {
            break;
        }
        at += length;
    }
    at
}

/// What a byte is, by its value: each byte of each resume is looked up here.
static KINDS: [Kind; 256] = kinds();

#[derive(Clone, Copy)]
enum Kind {
    Alphanumeric,
    Mark,
    NotAscii,
}

const fn kinds() -> [Kind; 256] {
    let mut kinds = [Kind::NotAscii; 256];
    let mut byte = 0_u8;
    while byte.is_ascii() {
        kinds[byte as usize] = if byte.is_ascii_alphanumeric() {
            Kind::Alphanumeric
        } else {
            Kind::Mark
        };
        byte += 1;
    }
    kinds
}

/// Where the text before `start` ends without an article that belongs to the word at `start`.
pub(super) fn without_article(text: &str, start: usize) -> usize {
    let before = text[..start].trim_end();
    let is_word_start = |at: usize| {
        text[..at]
            .chars()
            .next_back()
            .is_none_or(|c| !c.is_alphanumeric())
    };
    for article in [" an", " a", "An", "A", "an", "a"] {
        if let Some(rest) = before.strip_suffix(article)
            && (article.starts_with(' ') || is_word_start(rest.len()))
        {
            return rest.len();
        }
    }
    start
}

/// The bytes of `'s` or `’s` at the start of a text.
pub(super) fn possessive_length(rest: &str) -> usize {
    ["'s", "\u{2019}s", "'", "\u{2019}"]
        .into_iter()
        .find(|ending| {
            rest.strip_prefix(ending)
                .is_some_and(|tail| !tail.starts_with(|c: char| c.is_alphanumeric()))
        })
        .map_or(0, str::len)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn words_are_what_lies_between_other_characters(text in "([a-zA-Z0-9]|[ .,'-]|[\u{e0}-\u{ff}\u{2019}\u{2022}\u{a0}\u{4e2d}]){0,40}") {
            let split: Vec<&str> = text
                .split(|c: char| !c.is_alphanumeric())
                .filter(|word| !word.is_empty())
                .collect();
            let found: Vec<&str> = words(&text).map(|(_, word)| word).collect();
            prop_assert_eq!(found, split);
            prop_assert!(words(&text).all(|(at, word)| text[at..].starts_with(word)));
        }
    }
}
