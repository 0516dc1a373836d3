//! The `fields` syntax: `id,address(city,zip),owner(id,corporation(name)),categories[3](id,name){name='X'}`.
//!
//! Only the form is read here; [`resolve`](super::resolve) knows which fields exist.

/// Nesting that no honest request reaches.
const DEPTH_MAX: usize = 8;

/// One field that a request names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldExpr<'a> {
    pub(crate) name: &'a str,
    /// Where the name starts in the whole text, in characters.
    pub(crate) position: usize,
    /// `[N]`: how many members of a to-many.
    pub(crate) limit: Option<u32>,
    /// `(...)`: what to show of the record behind a reference.
    pub(crate) fields: Option<Vec<FieldExpr<'a>>>,
    /// `{...}`: which members of a to-many.
    pub(crate) filter: Option<&'a str>,
}

/// The text breaks off or has a bracket too many: Bullhorn calls what stands there an invalid field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldSyntaxError {
    /// The text that cannot be read.
    pub(crate) text: String,
    /// Where it starts, in characters.
    pub(crate) position: usize,
}

/// Reads a whole `fields` parameter. Empty items are skipped.
pub(crate) fn parse(text: &str) -> Result<Vec<FieldExpr<'_>>, FieldSyntaxError> {
    let mut parser = Parser { text, at: 0 };
    let fields = parser.list(0)?;
    if parser.at < text.len() {
        return Err(parser.error(parser.at));
    }
    Ok(fields)
}

struct Parser<'a> {
    text: &'a str,
    /// Byte position.
    at: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn error(&self, from: usize) -> FieldSyntaxError {
        let text = self.text.get(from..).unwrap_or_default();
        let end = text.find(',').unwrap_or(text.len());
        FieldSyntaxError {
            text: text.get(..end).unwrap_or_default().to_owned(),
            position: self.characters_until(from),
        }
    }

    fn characters_until(&self, byte: usize) -> usize {
        self.text.get(..byte).map_or(0, |before| before.chars().count())
    }

    fn take(&mut self, expected: char) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.at += expected.len_utf8();
        }
        found
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn list(&mut self, depth: usize) -> Result<Vec<FieldExpr<'a>>, FieldSyntaxError> {
        let mut fields = Vec::new();
        loop {
            self.skip_blanks();
            if let Some(field) = self.field(depth)? {
                fields.push(field);
            }
            self.skip_blanks();
            if !self.take(',') {
                return Ok(fields);
            }
        }
    }

    fn field(&mut self, depth: usize) -> Result<Option<FieldExpr<'a>>, FieldSyntaxError> {
        let start = self.at;
        let rest = self.rest();
        let end = rest
            .find(['(', ')', '[', ']', '{', '}', ','])
            .unwrap_or(rest.len());
        let name = rest.get(..end).unwrap_or_default().trim_end();
        self.at += end;
        if name.is_empty() {
            let nothing_follows = matches!(self.rest().chars().next(), None | Some(',' | ')'));
            return if nothing_follows {
                Ok(None)
            } else {
                Err(self.error(start))
            };
        }
        let limit = if self.take('[') {
            Some(self.limit(start)?)
        } else {
            None
        };
        let fields = if self.take('(') {
            if depth >= DEPTH_MAX {
                return Err(self.error(start));
            }
            let inner = self.list(depth + 1)?;
            if !self.take(')') {
                return Err(self.error(start));
            }
            Some(inner)
        } else {
            None
        };
        let filter = if self.take('{') {
            Some(self.until('}', start)?)
        } else {
            None
        };
        Ok(Some(FieldExpr {
            name,
            position: self.characters_until(start),
            limit,
            fields,
            filter,
        }))
    }

    fn limit(&mut self, start: usize) -> Result<u32, FieldSyntaxError> {
        let digits = self.until(']', start)?;
        digits.trim().parse().map_err(|_| self.error(start))
    }

    fn until(&mut self, close: char, start: usize) -> Result<&'a str, FieldSyntaxError> {
        let rest = self.rest();
        let Some(end) = rest.find(close) else {
            return Err(self.error(start));
        };
        self.at += end + close.len_utf8();
        Ok(rest.get(..end).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(fields: &[FieldExpr<'_>]) -> String {
        let one = |field: &FieldExpr<'_>| {
            let limit = field.limit.map(|limit| format!("[{limit}]")).unwrap_or_default();
            let inner = field
                .fields
                .as_ref()
                .map(|inner| format!("({})", shown(inner)))
                .unwrap_or_default();
            let filter = field
                .filter
                .map(|filter| format!("{{{filter}}}"))
                .unwrap_or_default();
            format!("{}{limit}{inner}{filter}", field.name)
        };
        fields.iter().map(one).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn every_form_is_read() {
        let cases = [
            ("id", "id"),
            (" id , firstName ", "id,firstName"),
            ("id,,name,", "id,name"),
            ("", ""),
            ("address(city,zip)", "address(city,zip)"),
            ("owner(id,corporation(name))", "owner(id,corporation(name))"),
            (
                "categories[3](id,name){name='X'}",
                "categories[3](id,name){name='X'}",
            ),
            ("primarySkills[0]", "primarySkills[0]"),
            ("*", "*"),
        ];
        for (text, expected) in cases {
            assert_eq!(
                parse(text).map(|fields| shown(&fields)),
                Ok(expected.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn broken_forms_name_the_field_and_its_position() {
        let cases = [
            ("owner(id", "owner(id", 0),
            ("id,owner(id", "owner(id", 3),
            ("id)", ")", 2),
            ("skills[x]", "skills[x]", 0),
            ("skills[3", "skills[3", 0),
            ("(id)", "(id)", 0),
            ("a{b", "a{b", 0),
        ];
        for (text, expected, position) in cases {
            let error = parse(text).expect_err(text);
            assert_eq!(error.position, position, "{text}");
            assert!(
                expected.starts_with(&error.text) || error.text.starts_with(')'),
                "{text}: {error:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "[a-z(){}\\[\\],*0-9 '=é]{0,60}") {
            let _ = parse(&text);
        }

        #[test]
        fn what_is_printed_is_read_again(text in "[a-z]{1,5}(\\[[0-9]\\])?(\\([a-z]{1,3}(,[a-z]{1,3})?\\))?") {
            let fields = parse(&text).expect("a valid form");
            prop_assert_eq!(shown(&fields), text);
        }
    }
}
