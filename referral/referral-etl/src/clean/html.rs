//! HTML to clean text.
//!
//! Descriptions in Bullhorn are years of pasted markup: word processors, mail programs, half a table, no closing tags. What
//! matters is the visible text, a block a line. So this is a tolerant scanner that keeps no tree: it is linear in its input,
//! and every input has a result. Its text is that of `html5ever`'s tokenizer on well-formed documents (see the tests); on
//! broken ones it rather keeps text than loses it.

use memchr::memchr;

use super::entities;
use super::markup::{Kind, Lexer, Markup, hides};
use super::text::LineWriter;

/// Elements whose content is never text for a reader.
const DROPPED: [&str; 14] = [
    "script", "style", "title", "template", "iframe", "noframes", "noembed", "object", "svg", "math",
    "canvas", "audio", "video", "xmp",
];

/// The visible text of `html`, one block a line, at most `limit` bytes.
///
/// Scripts, styles, comments and hidden elements are dropped, entities decoded, white space collapsed. Text without any
/// markup keeps its line ends, since it was typed as plain text.
pub fn html_to_text(html: &str, limit: usize) -> String {
    if !looks_like_markup(html) {
        let mut writer = LineWriter::new(limit);
        writer.lines(&entities::decode(html));
        return writer.finish();
    }
    // A hidden element that is never closed must not swallow the document.
    scan(html, limit, true)
        .or_else(|| scan(html, limit, false))
        .unwrap_or_default()
}

/// `None` when a hidden element was still open at the end.
fn scan(html: &str, limit: usize, hiding: bool) -> Option<String> {
    let mut scanner = Scanner {
        html,
        at: 0,
        lexer: Lexer::new(html),
        writer: LineWriter::new(limit),
        preformatted: 0,
        hidden: None,
        hiding,
        unclosed: [false; DROPPED.len()],
    };
    while scanner.step() {}
    scanner.hidden.is_none().then(|| scanner.writer.finish())
}

/// There is at least one thing that reads like a tag, comment or declaration.
fn looks_like_markup(text: &str) -> bool {
    let mut lexer = Lexer::new(text);
    text.match_indices('<')
        .any(|(at, _)| lexer.markup_at(at).is_some())
}

struct Scanner<'a> {
    html: &'a str,
    at: usize,
    lexer: Lexer<'a>,
    writer: LineWriter,
    /// How many `<pre>` are open.
    preformatted: usize,
    /// The hidden element that we are in: its name and how many of that name are open.
    hidden: Option<(&'a str, usize)>,
    /// Hidden elements are left out.
    hiding: bool,
    /// For each of [`DROPPED`]: it is known that no closing tag follows.
    unclosed: [bool; DROPPED.len()],
}

impl<'a> Scanner<'a> {
    /// Handles the text up to the next tag, and that tag. `false` at the end.
    fn step(&mut self) -> bool {
        if self.at >= self.html.len() || (self.writer.is_full() && self.hidden.is_none()) {
            return false;
        }
        let text_start = self.at;
        let (text_end, markup) = self.next_markup();
        self.text(&self.html[text_start..text_end]);
        self.at = text_end;
        if let Some(markup) = markup {
            self.at += markup.length;
            match markup.kind {
                Kind::Other => {}
                Kind::Open => self.open(&markup),
                Kind::Close => self.close(markup.name),
            }
        }
        true
    }

    /// Where the text ends that starts here, and the markup behind it.
    fn next_markup(&mut self) -> (usize, Option<Markup<'a>>) {
        let mut at = self.at;
        while let Some(next) = memchr(b'<', &self.html.as_bytes()[at..]) {
            at += next;
            if let Some(markup) = self.lexer.markup_at(at) {
                return (at, Some(markup));
            }
            at += 1;
        }
        (self.html.len(), None)
    }

    fn text(&mut self, raw: &str) {
        if raw.is_empty() || self.hidden.is_some() {
            return;
        }
        let text = entities::decode(raw);
        if self.preformatted > 0 {
            self.writer.lines(&text);
        } else {
            self.writer.flow(&text);
        }
    }

    fn open(&mut self, tag: &Markup<'a>) {
        if let Some((name, depth)) = &mut self.hidden {
            *depth += usize::from(name.eq_ignore_ascii_case(tag.name));
        } else if self.hiding && tag.may_hide && !is_void(tag.name) && hides(tag.attributes) {
            self.hidden = Some((tag.name, 1));
        }
        if let Some(index) = DROPPED
            .iter()
            .position(|name| name.eq_ignore_ascii_case(tag.name))
        {
            self.skip_content(index);
        }
        self.preformatted += usize::from(tag.name.eq_ignore_ascii_case("pre"));
        self.lay_out(tag.name);
    }

    fn close(&mut self, name: &str) {
        if let Some((hidden, depth)) = &mut self.hidden
            && hidden.eq_ignore_ascii_case(name)
        {
            *depth -= 1;
            if *depth == 0 {
                self.hidden = None;
            }
        }
        if name.eq_ignore_ascii_case("pre") {
            self.preformatted = self.preformatted.saturating_sub(1);
        }
        self.lay_out(name);
    }

    fn lay_out(&mut self, name: &str) {
        match Layout::of(name) {
            Layout::Block => self.writer.end_line(),
            Layout::Cell => self.writer.blank(),
            Layout::Inline => {}
        }
    }

    /// Moves behind the closing tag of the element just opened; without one, the open tag alone is dropped.
    fn skip_content(&mut self, index: usize) {
        let (Some(name), Some(unclosed)) = (DROPPED.get(index), self.unclosed.get_mut(index)) else {
            return;
        };
        if *unclosed {
            return;
        }
        match find_close(&self.html[self.at..], name) {
            Some(end) => {
                self.at += end;
                // The closing tag is skipped too, so it cannot end a hidden element.
                if self
                    .hidden
                    .is_some_and(|(hidden, depth)| depth == 1 && hidden.eq_ignore_ascii_case(name))
                {
                    self.hidden = None;
                }
            }
            None => *unclosed = true,
        }
    }
}

/// The end of the next `</name ...>` in `text`.
fn find_close(text: &str, name: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + text[from..].find("</")? + 2;
        let rest = &text.as_bytes()[at..];
        let named = rest
            .get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()));
        let ended = rest
            .get(name.len())
            .is_none_or(|byte| !byte.is_ascii_alphanumeric());
        if named && ended {
            return Some(text[at..].find('>').map_or(text.len(), |end| at + end + 1));
        }
        from = at;
    }
}

/// What a tag does to the lines of the text.
#[derive(Clone, Copy)]
enum Layout {
    Block,
    Cell,
    Inline,
}

impl Layout {
    fn of(name: &str) -> Self {
        let mut lower = [0; 10];
        let Some(slot) = lower.get_mut(..name.len()) else {
            return Self::Inline;
        };
        slot.copy_from_slice(name.as_bytes());
        slot.make_ascii_lowercase();
        match &*slot {
            b"td" | b"th" => Self::Cell,
            b"p" | b"div" | b"br" | b"tr" | b"li" | b"ul" | b"ol" | b"dl" | b"dt" | b"dd" | b"h1" | b"h2"
            | b"h3" | b"h4" | b"h5" | b"h6" | b"hr" | b"pre" | b"table" | b"tbody" | b"thead" | b"tfoot"
            | b"caption" | b"body" | b"html" | b"head" | b"article" | b"aside" | b"blockquote"
            | b"address" | b"center" | b"details" | b"summary" | b"dir" | b"menu" | b"nav" | b"main"
            | b"header" | b"footer" | b"section" | b"form" | b"fieldset" | b"legend" | b"figure"
            | b"figcaption" | b"option" | b"optgroup" | b"search" | b"title" | b"dialog" | b"hgroup" => {
                Self::Block
            }
            _ => Self::Inline,
        }
    }
}

/// Elements that have no content and so nothing to hide.
fn is_void(name: &str) -> bool {
    const VOID: [&str; 14] = [
        "area", "base", "basefont", "br", "col", "embed", "frame", "hr", "img", "input", "link", "meta",
        "param", "wbr",
    ];
    VOID.iter().any(|void| void.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use html5ever::tendril::StrTendril;
    use html5ever::tokenizer::states::{RawKind, State};
    use html5ever::tokenizer::{
        BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
    };
    use proptest::prelude::*;

    use super::*;

    const LIMIT: usize = 1 << 20;

    fn check(html: &str, text: &str) {
        assert_eq!(html_to_text(html, LIMIT), text, "{html:?}");
    }

    #[test]
    fn blocks_become_lines_and_white_space_collapses() {
        check(
            "<p>One</p>\r\n<p>Two  <b>bold</b>\r\nthree</p>",
            "One\nTwo bold three",
        );
        check("a<br>b<BR/>c<hr>d", "a\nb\nc\nd");
        check("<ul><li>x<li>y</ul>", "x\ny");
        check(
            "<table><tr><td>Skill</td><td>Years</td></tr><tr><td>A</td></tr></table>",
            "Skill Years\nA",
        );
        check("<pre>keep\n  these</pre> lines\nnot", "keep\nthese\nlines not");
        check("<p>&nbsp;</p><p> &#160; x&nbsp;y</p>", "x y");
        check("wo<b>r</b>d and <i>next</i>", "word and next");
    }

    #[test]
    fn scripts_styles_comments_titles_and_hidden_parts_are_dropped() {
        check(
            "<html><head><title>Resume</title><style>p {}</style></head><body>T</body></html>",
            "T",
        );
        check("a<script>if (a < b) { '</p>' }</script >b", "ab");
        check("a<!-- <p>no</p> -->b<![if !x]>c<?xml y?>d", "abcd");
        check(
            "<div style='display:none'>keywords <div>inner</div> more</div>seen",
            "seen",
        );
        check("<p hidden>secret</p>seen", "seen");
        check("<svg hidden><text>a</text></svg>seen", "seen");
    }

    #[test]
    fn broken_markup_keeps_its_text() {
        check("<p>C < D and D > C", "C < D and D > C");
        check("<b>unclosed <i>tags", "unclosed tags");
        check("text <b", "text <b");
        check("<p class=\"forgotten>kept</p>", "kept");
        check("<style>never closed <p>kept", "never closed\nkept");
        check(
            "<div style='display:none'>never closed <p>kept",
            "never closed\nkept",
        );
        check("<!-- never closed <p>kept", "kept");
        check("</p></p></div>x", "x");
        check("<<p>>x", "<\n>x");
    }

    #[test]
    fn plain_text_keeps_its_lines() {
        check("Line one\r\n  Line two\n\n\nR&amp;D", "Line one\nLine two\nR&D");
        check("", "");
        check(" \r\n ", "");
    }

    #[test]
    fn the_limit_cuts_at_a_word_end() {
        assert_eq!(html_to_text("<p>alpha beta gamma</p>", 12), "alpha beta");
    }

    /// Documents made so that careless scanners read them over and over.
    #[test]
    fn ten_megabytes_of_hostile_input_are_read_in_linear_time() {
        let patterns = [
            "<a ",
            "<a =\"",
            "<a ='\">",
            "<!--",
            "<style>",
            "&",
            "&#",
            "<",
            "</",
            "<div hidden>",
            "<a =\"> '<b ='> \"",
            "<p>word &amp; word</p>",
            "\u{c3}\u{192}\u{c2}",
        ];
        for pattern in patterns {
            let html = pattern.repeat(10_000_000 / pattern.len() / 8) + ">";
            // The assertion is that this returns: quadratic time would take hours.
            assert!(html_to_text(&html, 200_000).len() <= 200_000, "{pattern:?}");
        }
    }

    /// Collects the text tokens of `html5ever`'s tokenizer, without those of [`DROPPED`].
    #[derive(Default)]
    struct Oracle {
        text: RefCell<String>,
        dropping: RefCell<bool>,
    }

    impl TokenSink for Oracle {
        type Handle = ();

        fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
            match token {
                Token::CharacterTokens(text) if !*self.dropping.borrow() => {
                    self.text.borrow_mut().push_str(&text);
                }
                Token::TagToken(Tag { kind, name, .. }) => {
                    let dropped = matches!(&*name, "script" | "style" | "title");
                    *self.dropping.borrow_mut() = dropped && kind == TagKind::StartTag;
                    if matches!(Layout::of(&name), Layout::Block | Layout::Cell) {
                        self.text.borrow_mut().push(' ');
                    }
                    if dropped && kind == TagKind::StartTag {
                        return TokenSinkResult::RawData(RawKind::Rawtext);
                    }
                }
                _ => {}
            }
            TokenSinkResult::Continue
        }
    }

    fn oracle_words(html: &str) -> Vec<String> {
        let options = TokenizerOpts {
            initial_state: Some(State::Data),
            ..TokenizerOpts::default()
        };
        let tokenizer = Tokenizer::new(Oracle::default(), options);
        let input = BufferQueue::default();
        input.push_back(StrTendril::from(html));
        let _ = tokenizer.feed(&input);
        tokenizer.end();
        let text = tokenizer.sink.text.take();
        text.split(|c: char| c.is_whitespace())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    }

    fn document() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            4 => "[a-zA-Z0-9 ,.;\n]{1,20}",
            1 => Just("&amp; &lt;b&gt; &eacute;&nbsp;&#8217; &copy".to_owned()),
            1 => Just("<!-- <p>comment</p> -->".to_owned()),
            1 => Just("<style>p > a { color: red }</style>".to_owned()),
            1 => Just("<script type=\"x\">if (a < b) {}</script>".to_owned()),
            2 => "<(p|div|b|span|td|br|h1) (class|id)=(\"[a-z> ]{0,8}\"|'[a-z\"]{0,5}'|[a-z]{1,5})>",
            2 => "</(p|div|b|span|td|h1)>",
        ];
        proptest::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn well_formed_documents_read_as_html5ever_reads_them(html in document()) {
            let html = format!("<div>{html}</div>");
            let text = html_to_text(&html, LIMIT);
            let words: Vec<&str> = text.split_whitespace().collect();
            prop_assert_eq!(words, oracle_words(&html));
        }

        #[test]
        fn any_input_has_a_result(html in "([<>/!\"'=&; a-z\\-]|<p>|<!--|-->|<style>|</style>|\\PC){0,120}") {
            let _ = html_to_text(&html, 1000);
        }
    }
}
