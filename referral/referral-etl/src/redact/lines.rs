//! The lines of a text, and which of them may hold a formality or a contact.
//!
//! Most lines hold neither, and telling that by one pass of one pattern over the whole text costs a fraction of asking several
//! patterns about every line.

use std::sync::LazyLock;

use memchr::memchr;

use super::prefilter::Prefilter;
use super::{boilerplate, contact};

/// One line of a text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) text: &'a str,
    /// It may hold a formality or a contact; surely not, if this is false.
    pub(super) is_suspect: bool,
}

/// All of these patterns in one. None of them matches across a line end, and each sees a line end as it sees the end of a text,
/// so that a line has a match in the whole text exactly if it has one alone.
static SUSPECT: LazyLock<Prefilter> = LazyLock::new(|| {
    let patterns = contact::SUSPECT_PATTERNS
        .into_iter()
        .chain([boilerplate::FORMALITY_PATTERN]);
    Prefilter::new(patterns)
});

/// The lines of a text, as [`str::lines`] cuts them.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut at = 0;
    let mut next_match_end = SUSPECT.next_match_end(text, 0);
    std::iter::from_fn(move || {
        let rest = &text[at..];
        if rest.is_empty() {
            return None;
        }
        if next_match_end.is_some_and(|end| end <= at) {
            next_match_end = SUSPECT.next_match_end(text, at);
        }
        let (line, length) = match memchr(b'\n', rest.as_bytes()) {
            Some(end) => (rest[..end].strip_suffix('\r').unwrap_or(&rest[..end]), end + 1),
            None => (rest, rest.len()),
        };
        at += length;
        Some(Line {
            text: line,
            is_suspect: next_match_end.is_some_and(|end| end <= at),
        })
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_line_is_suspect_if_there_is_anything_to_find_in_it_alone(
            parts in prop::collection::vec(
                prop_oneof![
                    Just("\n".to_owned()),
                    Just("12 North Elm St".to_owned()),
                    Just("on request".to_owned()),
                    Just("apply now".to_owned()),
                    Just("OH 44101".to_owned()),
                    Just("+1 555 010 1234".to_owned()),
                    Just("a@example.com".to_owned()),
                    Just("www.example.com".to_owned()),
                    "[a-zA-Z0-9@.,: \r\u{e9}\u{2022}-]{0,6}",
                ],
                0..24,
            )
        ) {
            let text = parts.concat();
            let alone: Vec<(&str, bool)> = text.lines().map(|line| (line, SUSPECT.may_match(line))).collect();
            let found: Vec<(&str, bool)> = lines(&text).map(|line| (line.text, line.is_suspect)).collect();
            prop_assert_eq!(&found, &alone);
            for (line, is_suspect) in found {
                let found = boilerplate::remove_sentences(line) != line || contact::remove(line) != line;
                prop_assert!(is_suspect || !found, "{:?}", line);
            }
        }
    }
}
