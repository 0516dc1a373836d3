//! Text normalisation: whatever a source calls text becomes tidy Unicode, one block a line.
//!
//! Everything here is linear in its input and never fails: what cannot be kept is dropped.

use std::borrow::Cow;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

use super::ascii::run;
use super::mojibake;

/// Builds clean text from pieces: white space collapses to one blank, control and invisible characters vanish, lines are
/// trimmed and never empty, and nothing grows beyond a limit.
#[derive(Debug)]
pub(crate) struct LineWriter {
    out: String,
    line_start: usize,
    blank_waiting: bool,
    limit: usize,
}

impl LineWriter {
    /// A writer whose text has at most `limit` bytes, give or take one word.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            out: String::new(),
            line_start: 0,
            blank_waiting: false,
            limit,
        }
    }

    /// The limit is reached: further text is not worth reading.
    pub(crate) fn is_full(&self) -> bool {
        self.out.len() >= self.limit
    }

    /// Appends text in which line ends are plain white space, as in HTML.
    pub(crate) fn flow(&mut self, text: &str) {
        self.push(text, false);
    }

    /// Appends text in which line ends count, as in plain text and `<pre>`.
    pub(crate) fn lines(&mut self, text: &str) {
        self.push(text, true);
    }

    /// Ends the current line, unless it is empty.
    pub(crate) fn end_line(&mut self) {
        if self.out.len() > self.line_start {
            self.out.push('\n');
            self.line_start = self.out.len();
        }
        self.blank_waiting = false;
    }

    /// Puts a blank before the next text of this line.
    pub(crate) fn blank(&mut self) {
        self.blank_waiting = true;
    }

    /// The text in NFC, without a trailing line end.
    pub(crate) fn finish(mut self) -> String {
        self.out.truncate(self.out.trim_end().len());
        if self.out.len() > self.limit {
            cut_at_word(&mut self.out, self.limit);
        }
        match compose(&self.out) {
            Cow::Borrowed(_) => self.out,
            Cow::Owned(composed) => composed,
        }
    }

    #[expect(
        clippy::needless_bitwise_bool,
        reason = "a branch would end the work on whole blocks"
    )]
    fn push(&mut self, text: &str, lines_count: bool) {
        let text = mojibake::repair(text);
        let bytes = text.as_bytes();
        let mut at = 0;
        // A waiting blank counts too.
        let is_roomy = self.out.len() + 1 + bytes.len() < self.limit;
        while at < bytes.len() {
            // One blank between words stays where it is, unless the text may have to end there.
            let length = run(&bytes[at..], 0, |before, byte| {
                byte.is_ascii_graphic() | (is_roomy & (byte == b' ') & before.is_ascii_graphic())
            });
            let words = text[at..at + length].trim_end_matches(' ');
            self.word(words);
            at += words.len();
            let Some(character) = text[at..].chars().next() else {
                return;
            };
            at += character.len_utf8();
            match Class::of(character) {
                Class::LineEnd if lines_count => self.end_line(),
                Class::LineEnd | Class::Blank => self.blank(),
                Class::Invisible => {}
                Class::Ligature(letters) => self.word(letters),
                Class::Letter => self.word(character.encode_utf8(&mut [0; 4])),
            }
            if self.is_full() {
                return;
            }
        }
    }

    fn word(&mut self, word: &str) {
        if word.is_empty() {
            return;
        }
        if self.blank_waiting && self.out.len() > self.line_start {
            self.out.push(' ');
        }
        self.blank_waiting = false;
        self.out.push_str(word);
    }
}

/// Normalises a short field to one tidy line: `None` when nothing visible is left, or when it is longer than
/// `max_chars` after cutting (it is cut at a word end).
pub fn field(text: &str, max_chars: usize) -> Option<String> {
    let mut writer = LineWriter::new(max_chars.saturating_mul(4));
    writer.flow(text);
    let mut clean = writer.finish();
    if let Some((end, _)) = clean.char_indices().nth(max_chars) {
        cut_at_word(&mut clean, end);
    }
    (!clean.is_empty()).then_some(clean)
}

/// Normalises plain text, keeping its lines; at most `limit` bytes.
pub fn plain_text(text: &str, limit: usize) -> String {
    let mut writer = LineWriter::new(limit);
    writer.lines(text);
    writer.finish()
}

/// Shortens `text` to at most `limit` bytes, at the last white space if there is one in its second half.
pub(crate) fn cut_at_word(text: &mut String, limit: usize) {
    if text.len() <= limit {
        return;
    }
    let end = text.floor_char_boundary(limit);
    let kept = &text[..end];
    let word_end = kept.rfind([' ', '\n']).filter(|&at| at >= end / 2).unwrap_or(end);
    text.truncate(word_end);
    text.truncate(text.trim_end().len());
}

fn compose(text: &str) -> Cow<'_, str> {
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        IsNormalized::No | IsNormalized::Maybe => Cow::Owned(text.nfc().collect()),
    }
}

/// What a character other than visible ASCII means for clean text.
enum Class {
    Letter,
    Blank,
    LineEnd,
    Invisible,
    Ligature(&'static str),
}

impl Class {
    fn of(character: char) -> Self {
        match character {
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{2028}' | '\u{2029}' => Self::LineEnd,
            ' '
            | '\t'
            | '\u{a0}'
            | '\u{1680}'
            | '\u{2000}'..='\u{200a}'
            | '\u{202f}'
            | '\u{205f}'
            | '\u{3000}' => Self::Blank,
            // Bullets of symbol fonts live in the private use area.
            '\u{e000}'..='\u{f8ff}' => Self::Blank,
            // Soft hyphen, zero-width and direction marks, byte order mark, replacement character.
            '\u{ad}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff0}'..='\u{ffff}' => Self::Invisible,
            // Ligatures that PDF extraction leaves behind.
            '\u{fb00}' => Self::Ligature("ff"),
            '\u{fb01}' => Self::Ligature("fi"),
            '\u{fb02}' => Self::Ligature("fl"),
            '\u{fb03}' => Self::Ligature("ffi"),
            '\u{fb04}' => Self::Ligature("ffl"),
            '\u{fb05}' | '\u{fb06}' => Self::Ligature("st"),
            other if other.is_control() => Self::Invisible,
            _ => Self::Letter,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn fields_become_one_tidy_line() {
        for (raw, clean) in [
            ("  Test \t\r\n Name ", Some("Test Name")),
            ("a\u{0}b\u{7}c", Some("abc")),
            ("zero\u{200b}width \u{ad}soft", Some("zerowidth soft")),
            ("o\u{fb03}ce", Some("office")),
            ("e\u{301}cole", Some("\u{e9}cole")),
            ("\u{f0b7}\u{a0}bullet", Some("bullet")),
            (" \u{a0}\u{feff} ", None),
            ("", None),
        ] {
            assert_eq!(field(raw, 50).as_deref(), clean, "{raw:?}");
        }
    }

    #[test]
    fn long_fields_are_cut_at_a_word_end() {
        assert_eq!(field("alpha beta gamma", 12).as_deref(), Some("alpha beta"));
        assert_eq!(field("abcdefghij", 4).as_deref(), Some("abcd"));
        assert_eq!(
            field(&"\u{e9}".repeat(10), 4).as_deref(),
            Some("\u{e9}\u{e9}\u{e9}\u{e9}")
        );
    }

    #[test]
    fn plain_text_keeps_its_lines_and_drops_empty_ones() {
        assert_eq!(
            plain_text(" one\r\n\r\n\r two \n\tthree ", 100),
            "one\ntwo\nthree"
        );
    }

    proptest! {
        #[test]
        fn clean_text_is_tidy(raw in "\\PC{0,200}|[\\x00-\\x{2fff}]{0,200}") {
            let clean = plain_text(&raw, 10_000);
            prop_assert!(!clean.chars().any(|c| c.is_control() && c != '\n'), "{clean:?}");
            prop_assert!(!clean.contains("  ") && !clean.contains("\n\n"), "{clean:?}");
            prop_assert!(clean.lines().all(|line| line.trim() == line && !line.is_empty()), "{clean:?}");
            prop_assert!(unicode_normalization::is_nfc(&clean));
        }

        #[test]
        fn clean_text_is_a_fixed_point(raw in "[ -~\\n\\r\\t\u{e0}-\u{ff}\u{a0}\u{200b}]{0,200}") {
            let once = plain_text(&raw, 10_000);
            prop_assert_eq!(plain_text(&once, 10_000), once);
        }

        #[test]
        fn limits_hold(raw in "[ a-z\u{e9}\n]{0,300}", limit in 1_usize..200) {
            prop_assert!(plain_text(&raw, limit).len() <= limit);
        }
    }
}
