//! Writes a document piece by piece.

use super::escape::{self, Letters};
use super::style::{Around, Style};
use crate::population::random::Random;

/// A document in the making.
#[derive(Debug)]
pub(crate) struct Html {
    out: String,
    style: &'static Style,
    letters: Letters,
    /// A document in which now and then a closing tag is missing or one too many.
    broken: bool,
    random: Random,
}

impl Html {
    /// Begins a document. Its kind of letters and its faults are drawn from `random`.
    pub(crate) fn new(style: &'static Style, title: &str, capacity: usize, mut random: Random) -> Self {
        let letters = *random.weighted(&[
            (52, Letters::Named),
            (20, Letters::Numbered),
            (26, Letters::Raw),
            (2, Letters::Garbled),
        ]);
        let broken = random.percent(9);
        let mut html = Self {
            out: String::with_capacity(capacity),
            style,
            letters,
            broken,
            random,
        };
        html.out.push_str(style.start);
        html.text(title);
        html.out.push_str(style.body);
        html
    }

    /// Puts a style sheet of about so many bytes into the head, where the style is that of a word processor.
    pub(crate) fn style_sheet(&mut self, bytes: usize) {
        if !self.style.style_sheet {
            return;
        }
        let mut sheet = String::from("<style>\r\n<!--\r\n /* Font Definitions */\r\n");
        for font in ["Symbol", "Garamond", "Calibri", "Cambria Math", "Wingdings"] {
            sheet.push_str(" @font-face\r\n\t{font-family:\"");
            sheet.push_str(font);
            sheet.push_str("\";\r\n\tpanose-1:2 4 5 3 5 4 6 3 2 4;\r\n\tmso-font-charset:0;\r\n\tmso-font-pitch:variable;}\r\n");
        }
        sheet.push_str(" /* Style Definitions */\r\n p.MsoNormal, li.MsoNormal, div.MsoNormal\r\n\t{margin:0in;font-size:12.0pt;}\r\n");
        let mut level = 1;
        while sheet.len() < bytes {
            let rule = format!(
                "@list l{}:level{}\r\n\t{{mso-level-number-format:bullet;\r\n\tmso-level-text:o;\r\n\t\
                 mso-level-tab-stop:{level}.0in;\r\n\tmso-level-number-position:left;\r\n\ttext-indent:-.25in;\r\n\t\
                 font-family:\"Courier New\";}}\r\n",
                level / 9,
                level % 9 + 1,
            );
            sheet.push_str(&rule);
            level += 1;
        }
        sheet.push_str("-->\r\n</style>\r\n");
        if let Some(head) = self.out.find("</head>") {
            self.out.insert_str(head, &sheet);
        }
    }

    /// Bytes so far.
    pub(crate) fn len(&self) -> usize {
        self.out.len()
    }

    pub(crate) fn name(&mut self, text: &str) {
        self.piece(self.style.name, text);
    }

    pub(crate) fn contact(&mut self, text: &str) {
        self.piece(self.style.contact, text);
    }

    pub(crate) fn heading(&mut self, text: &str) {
        self.piece(self.style.heading, text);
    }

    pub(crate) fn paragraph(&mut self, text: &str) {
        self.piece(self.style.paragraph, text);
    }

    /// The line above the duties of a job: title, employer, dates.
    pub(crate) fn job(&mut self, title: &str, employer: &str, dates: &str) {
        let [before, employed, dated, after] = self.style.job;
        for (markup, text) in [(before, title), (employed, employer), (dated, dates)] {
            self.out.push_str(markup);
            self.text(text);
        }
        self.close(after);
    }

    pub(crate) fn begin_list(&mut self) {
        self.out.push_str(self.style.list[0]);
    }

    pub(crate) fn item(&mut self, text: &str) {
        self.piece(self.style.item, text);
    }

    pub(crate) fn end_list(&mut self) {
        self.close(self.style.list[1]);
    }

    /// A whole list.
    pub(crate) fn list<'t>(&mut self, items: impl IntoIterator<Item = &'t str>) {
        self.begin_list();
        for item in items {
            self.item(item);
        }
        self.end_list();
    }

    /// The document.
    pub(crate) fn finish(mut self) -> String {
        self.out.push_str(self.style.end);
        self.out
    }

    fn piece(&mut self, [before, after]: Around, text: &str) {
        self.out.push_str(before);
        self.text(text);
        self.close(after);
    }

    fn text(&mut self, text: &str) {
        escape::push(&mut self.out, text, self.letters);
    }

    /// Closing tags; in a broken document some are forgotten and some are left over.
    fn close(&mut self, markup: &str) {
        match if self.broken {
            self.random.below(25)
        } else {
            usize::MAX
        } {
            0 if markup.starts_with("</") => {
                let rest = markup.split_once('>').map_or("", |(_, rest)| rest);
                self.out.push_str(rest);
            }
            1 => {
                self.out.push_str("</font>");
                self.out.push_str(markup);
            }
            2 => {
                self.out.push_str(markup);
                self.out.push_str("<b>");
            }
            _ => self.out.push_str(markup),
        }
    }
}
