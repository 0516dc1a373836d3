//! Finds where tags and comments end, in time linear in the whole document whatever it contains.

/// A tag, comment or declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Markup<'a> {
    pub(crate) kind: Kind,
    /// The name of the tag as written.
    pub(crate) name: &'a str,
    /// What lies between the name and `>`.
    pub(crate) attributes: &'a str,
    /// The attributes may hide the element; see [`hides`].
    pub(crate) may_hide: bool,
    /// Bytes from `<` to behind `>`.
    pub(crate) length: usize,
}

/// What a piece of markup is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Open,
    Close,
    /// Comments, declarations, processing instructions: nothing to read.
    Other,
}

/// Reads the markup of one document, front to back.
#[derive(Debug)]
pub(crate) struct Lexer<'a> {
    html: &'a str,
    /// The position of the last `>`: behind it there is no markup.
    last_close: Option<usize>,
    /// No `-->` follows any more.
    comments_unclosed: bool,
    /// How many bytes may still be read in vain after a quote that turns out to be forgotten. Without this, a document
    /// made of broken tags would be read over and over.
    quote_budget: usize,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(html: &'a str) -> Self {
        Self {
            html,
            last_close: html.rfind('>'),
            comments_unclosed: false,
            quote_budget: html.len(),
        }
    }

    /// The markup at `at`, where a `<` stands; `None` when that is just a character, as in `C < D`.
    pub(crate) fn markup_at(&mut self, at: usize) -> Option<Markup<'a>> {
        if self.last_close.is_none_or(|last| last < at) {
            return None;
        }
        let text = &self.html[at..];
        let bytes = text.as_bytes();
        match *bytes.get(1)? {
            b'!' | b'?' => {
                let length = self.comment_length(text);
                Some(Markup {
                    kind: Kind::Other,
                    name: "",
                    attributes: "",
                    may_hide: false,
                    length,
                })
            }
            b'/' if bytes.get(2)?.is_ascii_alphabetic() => self.tag(text, 2, Kind::Close),
            first if first.is_ascii_alphabetic() => self.tag(text, 1, Kind::Open),
            _ => None,
        }
    }

    fn tag(&mut self, text: &'a str, name_at: usize, kind: Kind) -> Option<Markup<'a>> {
        let is_end = |c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '<');
        let name_end = name_at + text[name_at..].find(is_end)?;
        let (length, may_hide) = self.attributes_length(&text.as_bytes()[name_end..])?;
        let end = name_end + length;
        let (name, attributes) = (&text[name_at..name_end], &text[name_end..end]);
        Some(Markup {
            kind,
            name,
            attributes,
            may_hide,
            length: end + 1,
        })
    }

    /// How far the `>` is that closes a tag, and whether an attribute may hide the element. A `>` inside a quoted value does
    /// not count, unless the quote is never closed.
    fn attributes_length(&mut self, bytes: &[u8]) -> Option<(usize, bool)> {
        let (mut at, mut after_equals, mut may_hide) = (0, false, false);
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'>' => return Some((at, may_hide)),
                b'"' | b'\'' if after_equals && self.quote_budget > 0 => {
                    let Some(length) = bytes[at + 1..].iter().position(|&other| other == byte) else {
                        break;
                    };
                    at += length + 1;
                    after_equals = false;
                }
                b'=' => after_equals = true,
                b'y' | b'Y' | b'i' | b'I' => {
                    may_hide |= starts_with(&bytes[at..], b"yle") || starts_with(&bytes[at..], b"idden");
                    after_equals = false;
                }
                byte if byte.is_ascii_whitespace() => {}
                _ => after_equals = false,
            }
            at += 1;
        }
        self.quote_budget = self.quote_budget.saturating_sub(bytes.len());
        let end = bytes.iter().position(|&byte| byte == b'>')?;
        Some((end, false))
    }

    /// The length of a comment, declaration or processing instruction; one that is never closed ends at its first `>`.
    fn comment_length(&mut self, text: &str) -> usize {
        if text.starts_with("<!-->") {
            return 5;
        }
        if text.starts_with("<!--") && !self.comments_unclosed {
            match text[4..].find("-->") {
                Some(end) => return end + 7,
                None => self.comments_unclosed = true,
            }
        }
        text.find('>').map_or(text.len(), |end| end + 1)
    }
}

fn starts_with(bytes: &[u8], word: &[u8]) -> bool {
    bytes
        .get(..word.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(word))
}

/// The attributes hide the element from a reader: text stuffed in for machines is not part of a resume.
pub(crate) fn hides(attributes: &str) -> bool {
    const HIDING_STYLES: [&str; 5] = [
        "display:none",
        "visibility:hidden",
        "font-size:0;",
        "font-size:0\"",
        "font-size:0p",
    ];
    let bytes = attributes.as_bytes();
    // Names and values of styles may be spaced and spelled in capitals.
    let is_hiding_style = |from: usize| {
        HIDING_STYLES.iter().any(|style| {
            let visible = bytes.iter().skip(from).filter(|byte| !byte.is_ascii_whitespace());
            let lower = visible.map(u8::to_ascii_lowercase);
            lower.take(style.len()).eq(style.bytes())
        })
    };
    let mut starts =
        (0..bytes.len()).filter(|&at| matches!(bytes[at], b'd' | b'D' | b'v' | b'V' | b'f' | b'F'));
    starts.any(is_hiding_style)
        || attributes.split_ascii_whitespace().any(|word| {
            ["hidden", "hidden=\"\"", "hidden=\"hidden\""]
                .iter()
                .any(|hidden| hidden.eq_ignore_ascii_case(word))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(html: &str) -> Option<(Kind, &str, usize)> {
        Lexer::new(html)
            .markup_at(0)
            .map(|markup| (markup.kind, markup.name, markup.length))
    }

    #[test]
    fn tags_and_comments_end_where_they_should() {
        for (html, expected) in [
            ("<b>x", Some((Kind::Open, "b", 3))),
            ("</P >x", Some((Kind::Close, "P", 5))),
            ("<a href=\"x>y\">z", Some((Kind::Open, "a", 14))),
            ("<a href=\"x>y", Some((Kind::Open, "a", 11))),
            ("<p o'clock>", Some((Kind::Open, "p", 11))),
            ("<br/>", Some((Kind::Open, "br", 5))),
            ("<!-- a > b -->c", Some((Kind::Other, "", 14))),
            ("<!-- never > closed", Some((Kind::Other, "", 12))),
            ("<!DOCTYPE html>", Some((Kind::Other, "", 15))),
            ("<?xml version='1'?>", Some((Kind::Other, "", 19))),
            ("< 5 and > 3", None),
            ("<3 >", None),
            ("<b never closed", None),
            ("<", None),
        ] {
            assert_eq!(first(html), expected, "{html:?}");
        }
    }

    #[test]
    fn hiding_attributes_are_recognised() {
        for (attributes, hidden) in [
            (" style=\"display: none\"", true),
            (" STYLE='Visibility : Hidden'", true),
            (" hidden", true),
            (" style=\"font-size:0px\"", true),
            (" style=\"font-size:0.9em\"", false),
            (" class=\"hidden-xs\"", false),
            (" style=\"display:block\"", false),
        ] {
            assert_eq!(hides(attributes), hidden, "{attributes:?}");
            let html = format!("<p{attributes}>");
            let markup = Lexer::new(&html).markup_at(0).unwrap();
            assert!(markup.may_hide || !hidden, "{attributes:?}");
        }
    }
}
