//! One quick pass over a text that tells where some patterns may match.

use regex_automata::Input;
use regex_automata::meta::{self, Regex};
use regex_syntax::hir::{Class, ClassBytes, ClassBytesRange, Hir, HirKind, Look, Repetition};

/// Matches wherever one of its patterns does, and perhaps elsewhere: what is not ASCII is all the same to it.
///
/// To know the letters of all scripts, an automaton needs so many states and transitions that they do not fit into the
/// processor's nearest cache, although nearly all text is ASCII. This one's do.
#[derive(Debug)]
pub(super) struct Prefilter(Regex);

impl Prefilter {
    /// The prefilter of these patterns, which must be valid.
    pub(super) fn new<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Self {
        let coarse = |pattern| coarse(&regex_syntax::parse(pattern).expect("the patterns are constant"));
        let any = Hir::alternation(patterns.into_iter().map(coarse).collect());
        let config = meta::Config::new().utf8_empty(false);
        Self(
            meta::Builder::new()
                .configure(config)
                .build_from_hir(&any)
                .expect("the patterns are constant"),
        )
    }

    /// Whether one of the patterns may match.
    pub(super) fn may_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// The end of the shortest thing from `at` on that one of the patterns may match.
    pub(super) fn next_match_end(&self, text: &str, at: usize) -> Option<usize> {
        let input = Input::new(text).range(at..).earliest(true);
        self.0.search_half(&input).map(|end| end.offset())
    }
}

/// A pattern that matches all that this one does, and does not tell characters apart that are not ASCII.
fn coarse(hir: &Hir) -> Hir {
    match hir.kind() {
        HirKind::Class(Class::Unicode(class)) if !class.is_ascii() => {
            let ascii = class
                .iter()
                .filter(|range| range.start().is_ascii())
                .map(|range| {
                    let end = u8::try_from(range.end()).unwrap_or(0x7f).min(0x7f);
                    ClassBytesRange::new(range.start() as u8, end)
                });
            let ascii = Hir::class(Class::Bytes(ClassBytes::new(ascii)));
            let other = ClassBytes::new([ClassBytesRange::new(0x80, 0xff)]);
            let other = Hir::repetition(Repetition {
                min: 1,
                max: None,
                greedy: true,
                sub: Box::new(Hir::class(Class::Bytes(other))),
            });
            Hir::alternation(vec![ascii, other])
        }
        HirKind::Look(look) if is_unicode_word(*look) => Hir::empty(),
        HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => hir.clone(),
        HirKind::Repetition(repetition) => Hir::repetition(repetition.with(coarse(&repetition.sub))),
        HirKind::Capture(capture) => coarse(&capture.sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(coarse).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(coarse).collect()),
    }
}

const fn is_unicode_word(look: Look) -> bool {
    matches!(
        look,
        Look::WordUnicode
            | Look::WordUnicodeNegate
            | Look::WordStartUnicode
            | Look::WordEndUnicode
            | Look::WordStartHalfUnicode
            | Look::WordEndHalfUnicode
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    const PATTERNS: [&str; 5] = [
        r"(?i)(?-u:\b)ask [\w-]{2,4}\.",
        r"\b[A-Z]\p{L}+ {2}",
        r"(?:(x)|\u{e9}[:\u{2013}])y",
        r"[^.;\u{e9}]{3}!",
        r"[0-9\u{2010}-\u{2013}]{3,}-\b",
    ];

    proptest! {
        #[test]
        fn what_a_pattern_matches_the_prefilter_matches(
            text in "(ask |[KS]\u{17f}\u{212a}|[ab\u{e9}\u{17f}]|[0-9\u{2013}]{2}|[:;.! xy-]){0,10}"
        ) {
            for pattern in PATTERNS {
                let prefilter = Prefilter::new([pattern]);
                let exact = Regex::new(pattern).unwrap();
                prop_assert!(prefilter.may_match(&text) || !exact.is_match(&text), "{pattern} {text:?}");
                if let Some(end) = exact.shortest_match(&text) {
                    let coarse = prefilter.next_match_end(&text, 0);
                    prop_assert!(coarse.is_some_and(|coarse| coarse <= end), "{pattern} {text:?}");
                }
            }
        }

        #[test]
        fn ascii_is_told_apart(text in "[a-c .!]{0,12}") {
            let pattern = r"(?i)\p{L}b[^\u{e9}a]";
            let exact = Regex::new(pattern).unwrap();
            prop_assert_eq!(Prefilter::new([pattern]).may_match(&text), exact.is_match(&text));
        }
    }
}
