//! Queries for `/search`, in Bullhorn's dialect of Lucene.
//!
//! The dialect fails silently, so the type rules the traps out: a query always has a positive part (a purely negative
//! one matches nothing), dates are written in UTC as `yyyyMMddHHmmss` (epoch milliseconds are ignored and match
//! everything), flags as `0` and `1` (`true` and `false` for notes), and every text is quoted or escaped.

mod literal;

use jiff::Timestamp;

use crate::dialect::lucene::literal::{date, escaped, flag, number, quoted, range};
use crate::dialect::path::{Flag, Instant, Number, Path, Text};
use crate::dialect::span::Span;
use crate::entity::Entity;
use crate::error::QueryError;

/// A query for `/search`. It cannot be purely negative, and whatever is combined is put in parentheses.
///
/// ```
/// use bullhorn::{Entity, Lucene, Path, Span};
///
/// let since = "2030-01-01T00:00:00Z".parse()?;
/// let query = Lucene::dates(&Path::DATE_LAST_MODIFIED, Span::at_least(since))
///     .and(Lucene::text(&Path::STATUS, "Accepting Candidates")?.or(Lucene::text(&Path::STATUS, "Filled")?))
///     .and_not(Lucene::flag(&Path::IS_DELETED, true));
/// assert_eq!(
///     query.render(Entity::JobOrder),
///     "dateLastModified:[20300101000000 TO *] AND (status:\"Accepting Candidates\" OR status:\"Filled\") \
///      AND NOT isDeleted:1"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Lucene(Node);

#[derive(Debug, Clone)]
enum Node {
    Phrase {
        path: Path<Text>,
        text: String,
    },
    Prefix {
        path: Path<Text>,
        text: String,
    },
    Flag {
        path: Path<Flag>,
        value: bool,
    },
    Number {
        path: Path<Number>,
        value: i64,
    },
    Numbers {
        path: Path<Number>,
        span: Span<i64>,
    },
    Dates {
        path: Path<Instant>,
        span: Span<Timestamp>,
    },
    /// `must` is never empty: this is what keeps a query positive.
    All {
        must: Vec<Node>,
        must_not: Vec<Node>,
    },
    /// Never empty.
    Any(Vec<Node>),
}

impl Lucene {
    /// Every record, deleted ones included.
    pub fn all() -> Self {
        Self::numbers(&Path::ID, Span::at_least(1))
    }

    /// Records whose field holds this word or phrase. The index ignores case.
    ///
    /// # Errors
    /// [`QueryError::EmptyText`] for a text without a visible character.
    pub fn text(path: &Path<Text>, text: &str) -> Result<Self, QueryError> {
        Ok(Self(Node::Phrase {
            path: path.clone(),
            text: visible(path, text)?,
        }))
    }

    /// Records whose field holds a word that starts with this text.
    ///
    /// # Errors
    /// [`QueryError::EmptyText`] for a text without a visible character.
    pub fn starts_with(path: &Path<Text>, text: &str) -> Result<Self, QueryError> {
        Ok(Self(Node::Prefix {
            path: path.clone(),
            text: visible(path, text)?,
        }))
    }

    /// Records whose flag has this value.
    pub fn flag(path: &Path<Flag>, value: bool) -> Self {
        Self(Node::Flag {
            path: path.clone(),
            value,
        })
    }

    /// Records whose number is this one; `owner.id`, for example.
    pub fn number(path: &Path<Number>, value: i64) -> Self {
        Self(Node::Number {
            path: path.clone(),
            value,
        })
    }

    /// Records whose number is one of these.
    ///
    /// # Errors
    /// [`QueryError::EmptyList`] for no number.
    pub fn one_of(path: &Path<Number>, values: &[i64]) -> Result<Self, QueryError> {
        let one = |&value: &i64| Node::Number {
            path: path.clone(),
            value,
        };
        match values {
            [] => Err(QueryError::EmptyList {
                path: path.to_string(),
            }),
            [single] => Ok(Self(one(single))),
            _ => Ok(Self(Node::Any(values.iter().map(one).collect()))),
        }
    }

    /// Records whose number lies in a range.
    pub fn numbers(path: &Path<Number>, span: Span<i64>) -> Self {
        Self(Node::Numbers {
            path: path.clone(),
            span,
        })
    }

    /// Records whose moment lies in a range. The index knows whole seconds: fractions are cut off both ends.
    pub fn dates(path: &Path<Instant>, span: Span<Timestamp>) -> Self {
        Self(Node::Dates {
            path: path.clone(),
            span,
        })
    }

    /// Records that match both.
    pub fn and(self, other: Self) -> Self {
        let (mut must, mut must_not) = self.0.into_parts();
        let (more, more_not) = other.0.into_parts();
        must.extend(more);
        must_not.extend(more_not);
        Self(Node::All { must, must_not })
    }

    /// Records that match this query and not the other one. There is no negation but this: it always has a positive
    /// side.
    pub fn and_not(self, other: Self) -> Self {
        let (must, mut must_not) = self.0.into_parts();
        match other.0 {
            // Neither of several is the same as not one and not the other, which keeps the query flat.
            Node::Any(any) => must_not.extend(any),
            node => must_not.push(node),
        }
        Self(Node::All { must, must_not })
    }

    /// Records that match at least one of both.
    pub fn or(self, other: Self) -> Self {
        let alternatives = |node: Node| match node {
            Node::Any(any) => any,
            node => vec![node],
        };
        let mut any = alternatives(self.0);
        any.extend(alternatives(other.0));
        Self(Node::Any(any))
    }

    /// The text of the query for an entity; notes write their flags as words.
    pub fn render(&self, entity: Entity) -> String {
        let mut out = String::new();
        self.0.write(entity, &mut out);
        out
    }

    /// Whether the query mentions a field.
    pub(crate) fn mentions(&self, name: &str) -> bool {
        self.0.mentions(name)
    }
}

impl Node {
    /// What must and what must not hold, so that conjunctions stay flat.
    fn into_parts(self) -> (Vec<Self>, Vec<Self>) {
        match self {
            Self::All { must, must_not } => (must, must_not),
            other => (vec![other], Vec::new()),
        }
    }

    fn write(&self, entity: Entity, out: &mut String) {
        match self {
            Self::Phrase { path, text } => push(out, path, &quoted(text)),
            Self::Prefix { path, text } => push(out, path, &format!("{}*", escaped(text))),
            Self::Flag { path, value } => push(out, path, flag(entity, *value)),
            Self::Number { path, value } => push(out, path, &number(*value)),
            Self::Numbers { path, span } => push(out, path, &range(span, |value| value.to_string())),
            Self::Dates { path, span } => push(out, path, &range(span, date)),
            Self::All { must, must_not } => {
                for (nth, node) in must.iter().enumerate() {
                    out.push_str(if nth == 0 { "" } else { " AND " });
                    node.write_operand(entity, out);
                }
                for node in must_not {
                    out.push_str(" AND NOT ");
                    node.write_operand(entity, out);
                }
            }
            Self::Any(any) => {
                for (nth, node) in any.iter().enumerate() {
                    out.push_str(if nth == 0 { "" } else { " OR " });
                    node.write_operand(entity, out);
                }
            }
        }
    }

    fn write_operand(&self, entity: Entity, out: &mut String) {
        let compound = matches!(self, Self::All { .. } | Self::Any(_));
        out.push_str(if compound { "(" } else { "" });
        self.write(entity, out);
        out.push_str(if compound { ")" } else { "" });
    }

    fn mentions(&self, name: &str) -> bool {
        match self {
            Self::Phrase { path, .. } | Self::Prefix { path, .. } => path.as_str() == name,
            Self::Flag { path, .. } => path.as_str() == name,
            Self::Number { path, .. } | Self::Numbers { path, .. } => path.as_str() == name,
            Self::Dates { path, .. } => path.as_str() == name,
            Self::All { must, must_not } => must.iter().chain(must_not).any(|node| node.mentions(name)),
            Self::Any(any) => any.iter().any(|node| node.mentions(name)),
        }
    }
}

fn push<K>(out: &mut String, path: &Path<K>, value: &str) {
    out.push_str(path.as_str());
    out.push(':');
    out.push_str(value);
}

/// The text with control characters as spaces, if anything can be seen of it.
fn visible(path: &Path<Text>, text: &str) -> Result<String, QueryError> {
    let clean: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if clean.trim().is_empty() {
        return Err(QueryError::EmptyText {
            path: path.to_string(),
        });
    }
    Ok(clean)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn status(text: &str) -> Lucene {
        Lucene::text(&Path::STATUS, text).unwrap()
    }

    fn candidate(query: &Lucene) -> String {
        query.render(Entity::Candidate)
    }

    #[test]
    fn negation_always_has_a_positive_side_and_stays_flat() {
        let query = Lucene::all().and_not(status("X"));
        assert_eq!(candidate(&query), "id:[1 TO *] AND NOT status:\"X\"");
        let query = query
            .and(Lucene::flag(&Path::IS_DELETED, false))
            .and_not(status("Y").or(status("Z")));
        assert_eq!(
            candidate(&query),
            "id:[1 TO *] AND isDeleted:0 AND NOT status:\"X\" AND NOT status:\"Y\" AND NOT status:\"Z\""
        );
    }

    #[test]
    fn what_is_combined_is_parenthesised() {
        let either = status("A").or(status("B").and_not(status("C")));
        assert_eq!(
            candidate(&either),
            "status:\"A\" OR (status:\"B\" AND NOT status:\"C\")"
        );
        let both = either.and(Lucene::flag(&Path::IS_OPEN, true));
        assert_eq!(
            candidate(&both),
            "(status:\"A\" OR (status:\"B\" AND NOT status:\"C\")) AND isOpen:1"
        );
    }

    #[test]
    fn flags_are_digits_except_for_notes() {
        let query = Lucene::flag(&Path::IS_DELETED, false);
        assert_eq!(query.render(Entity::Candidate), "isDeleted:0");
        assert_eq!(query.render(Entity::Note), "isDeleted:false");
    }

    #[test]
    fn ranges_include_or_exclude_both_ends() {
        let from = "2030-01-01T01:00:00.999+01:00".parse().unwrap();
        let to = "2030-02-03T04:05:06Z".parse().unwrap();
        let path = Path::DATE_LAST_MODIFIED;
        let cases = [
            (Span::between(from, to), "[20300101000000 TO 20300203040506]"),
            (Span::inside(from, to), "{20300101000000 TO 20300203040506}"),
            (Span::at_least(from), "[20300101000000 TO *]"),
            (Span::above(from), "{20300101000000 TO *}"),
            (Span::at_most(to), "[* TO 20300203040506]"),
            (Span::below(to), "{* TO 20300203040506}"),
        ];
        for (span, expected) in cases {
            assert_eq!(
                candidate(&Lucene::dates(&path, span)),
                format!("dateLastModified:{expected}")
            );
        }
    }

    #[test]
    fn lists_of_ids_are_alternatives() {
        let owner = Path::<Number>::new("owner.id").unwrap();
        assert_eq!(candidate(&Lucene::one_of(&owner, &[7]).unwrap()), "owner.id:7");
        let two = Lucene::one_of(&owner, &[7, 9]).unwrap().and(Lucene::all());
        assert_eq!(candidate(&two), "(owner.id:7 OR owner.id:9) AND id:[1 TO *]");
        assert!(matches!(
            Lucene::one_of(&owner, &[]),
            Err(QueryError::EmptyList { .. })
        ));
        assert!(matches!(
            Lucene::text(&Path::STATUS, " \n"),
            Err(QueryError::EmptyText { .. })
        ));
    }

    /// Reads `status:"..."` as the server does; `None` when the quoted text does not end exactly at the end.
    fn read_phrase(query: &str) -> Option<String> {
        let mut chars = query.strip_prefix("status:\"")?.chars();
        let mut text = String::new();
        loop {
            match chars.next()? {
                '\\' => text.push(chars.next()?),
                '"' => return chars.next().is_none().then_some(text),
                c => text.push(c),
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_stays_inside_its_quotes(text in "\\PC*[a-z\"\\\\]\\PC*") {
            prop_assert_eq!(read_phrase(&candidate(&status(&text))), Some(text));
        }

        #[test]
        fn a_prefix_holds_no_live_operator(text in "[ -~]*[a-z][ -~]*") {
            let query = candidate(&Lucene::starts_with(&Path::STATUS, &text).unwrap());
            let body = query.strip_prefix("status:").unwrap().strip_suffix('*').unwrap();
            let mut read = String::new();
            let mut chars = body.chars();
            while let Some(c) = chars.next() {
                if c == '\\' {
                    read.push(chars.next().unwrap());
                } else {
                    let live = c.is_whitespace() || "+-&|!(){}[]^\"~*?:/".contains(c);
                    prop_assert!(!live, "{c} is not escaped in {query}");
                    read.push(c);
                }
            }
            prop_assert_eq!(read, text);
        }
    }
}
