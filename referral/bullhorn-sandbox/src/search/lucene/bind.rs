//! A query bound to the fields of an entity, with the silent failures of Bullhorn's index built in.

use std::collections::HashSet;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use super::ast::{Clause, End, Leaf, Occur, Query, Range};
use super::parse;
use super::tokens::{self, Tokens};
use crate::entities::{Entity, Field, Kind, Path};
use crate::pattern::Pattern;

/// A query that can be asked about records.
#[derive(Debug)]
pub(crate) enum Node {
    Group(Vec<(Occur, Node)>),
    Test { path: Path, test: Test },
    Everything,
    Nothing,
}

/// What the values at the end of a path are asked.
#[derive(Debug)]
pub(crate) enum Test {
    /// A number between these, both included.
    Number {
        from: f64,
        to: f64,
    },
    /// One of these ids.
    Ids(HashSet<u32>),
    /// A whole second between these, both included.
    Seconds {
        from: i64,
        to: i64,
    },
    Flag(bool),
    Words(Tokens),
    Wildcard(Pattern),
    /// A text in lower case between these, as the dictionary orders them.
    TextBetween(Range),
    Exists,
    /// A member of the to-many that passes another query: Bullhorn's `^^`.
    Member(Box<Node>),
}

/// Fields in which a word without a field is looked up.
const DEFAULT_FIELDS: [&str; 9] = [
    "name",
    "title",
    "occupation",
    "companyName",
    "status",
    "skillSet",
    "skillList",
    "description",
    "comments",
];

/// Binds a query.
pub(crate) fn bind(entity: Entity, query: &Query) -> Node {
    match query {
        Query::Everything => Node::Everything,
        Query::Group(clauses) => group(entity, clauses),
        Query::Leaf {
            field: Some(name),
            leaf,
        } => match Path::parse(entity, name) {
            Some(path) => test(entity, path, leaf),
            // A misspelt or unindexed path finds nothing, without a word.
            None => Node::Nothing,
        },
        Query::Leaf { field: None, leaf } => {
            let paths = DEFAULT_FIELDS.iter().filter_map(|name| Path::parse(entity, name));
            Node::Group(
                paths
                    .map(|path| (Occur::Should, test(entity, path, leaf)))
                    .collect(),
            )
        }
    }
}

fn group(entity: Entity, clauses: &[Clause]) -> Node {
    if let Some(ids) = id_list(clauses)
        && let Some(path) = Path::parse(entity, "id")
    {
        return Node::Test {
            path,
            test: Test::Ids(ids),
        };
    }
    Node::Group(
        clauses
            .iter()
            .map(|clause| (clause.occur, bind(entity, &clause.query)))
            .collect(),
    )
}

/// The ids of a group that is nothing but `id:1 id:2 ...`.
fn id_list(clauses: &[Clause]) -> Option<HashSet<u32>> {
    clauses
        .iter()
        .map(|clause| match (&clause.occur, &clause.query) {
            (
                Occur::Should,
                Query::Leaf {
                    field: Some(name),
                    leaf: Leaf::Term(term),
                },
            ) if name == "id" => term.parse().ok(),
            _ => None,
        })
        .collect()
}

fn test(entity: Entity, path: Path, leaf: &Leaf) -> Node {
    if *leaf == Leaf::Exists {
        return Node::Test {
            path,
            test: Test::Exists,
        };
    }
    if let Some(node) = member_test(&path, leaf) {
        return node;
    }
    let test = match (path.part, path.leaf.kind) {
        (Some(part), _) if part.name == "countryID" => number_test(leaf),
        (Some(_), _) => text_test(leaf),
        (None, Kind::Timestamp | Kind::Date) => {
            return match seconds_test(leaf) {
                Some(test) => Node::Test { path, test },
                // Epoch milliseconds or another wrong form of a date: the clause is ignored, without a word.
                None => Node::Everything,
            };
        }
        (None, Kind::Boolean) => flag_test(entity, leaf),
        (None, Kind::Id | Kind::Integer | Kind::Double | Kind::Money | Kind::ToOne(_) | Kind::ToMany(_)) => {
            number_test(leaf)
        }
        (None, Kind::Text(_) | Kind::Html | Kind::Texts | Kind::Address) => text_test(leaf),
    };
    test.map_or(Node::Nothing, |test| Node::Test { path, test })
}

/// `notes.id:"^^action:(Call)"` asks the notes themselves; none for any other test.
fn member_test(path: &Path, leaf: &Leaf) -> Option<Node> {
    let Leaf::Phrase(phrase) = leaf else {
        return None;
    };
    let inner = phrase.strip_prefix("^^")?;
    let query = path
        .target()
        .and_then(|target| Some(bind(target, &parse::parse(inner).ok()?)));
    Some(match query {
        Some(node) => Node::Test {
            path: path.clone(),
            test: Test::Member(Box::new(node)),
        },
        None => Node::Nothing,
    })
}

fn number_test(leaf: &Leaf) -> Option<Test> {
    match leaf {
        Leaf::Term(text) | Leaf::Phrase(text) => {
            let number: f64 = text.trim().parse().ok()?;
            Some(Test::Number {
                from: number,
                to: number,
            })
        }
        Leaf::Range(range) => {
            let from = match &range.lower {
                End { text: None, .. } => f64::NEG_INFINITY,
                End {
                    text: Some(text),
                    inclusive,
                } => {
                    let number: f64 = text.parse().ok()?;
                    if *inclusive { number } else { number.next_up() }
                }
            };
            let to = match &range.upper {
                End { text: None, .. } => f64::INFINITY,
                End {
                    text: Some(text),
                    inclusive,
                } => {
                    let number: f64 = text.parse().ok()?;
                    if *inclusive { number } else { number.next_down() }
                }
            };
            Some(Test::Number { from, to })
        }
        Leaf::Wildcard(_) | Leaf::Exists => None,
    }
}

/// 0 and 1, except for notes, which are indexed as `true` and `false`.
fn flag_test(entity: Entity, leaf: &Leaf) -> Option<Test> {
    let (Leaf::Term(word) | Leaf::Phrase(word)) = leaf else {
        return None;
    };
    match (entity, word.as_str()) {
        (Entity::Note, "true") => Some(Test::Flag(true)),
        (Entity::Note, "false") => Some(Test::Flag(false)),
        (Entity::Note, _) => None,
        (_, "1") => Some(Test::Flag(true)),
        (_, "0") => Some(Test::Flag(false)),
        _ => None,
    }
}

fn text_test(leaf: &Leaf) -> Option<Test> {
    match leaf {
        Leaf::Term(text) | Leaf::Phrase(text) => Some(Test::Words(tokens::of_query(text))),
        Leaf::Wildcard(pattern) => Some(Test::Wildcard(pattern.clone())),
        Leaf::Range(range) => Some(Test::TextBetween(range.clone())),
        Leaf::Exists => None,
    }
}

fn seconds_test(leaf: &Leaf) -> Option<Test> {
    match leaf {
        Leaf::Term(text) | Leaf::Phrase(text) => {
            let from = second(text)?;
            // A day stands for all its seconds.
            let to = if text.len() == 8 { from + 86_399 } else { from };
            Some(Test::Seconds { from, to })
        }
        Leaf::Range(range) => {
            let from = match &range.lower {
                End { text: None, .. } => i64::MIN,
                End {
                    text: Some(text),
                    inclusive,
                } => second(text)? + i64::from(!*inclusive),
            };
            let to = match &range.upper {
                End { text: None, .. } => i64::MAX,
                End {
                    text: Some(text),
                    inclusive,
                } => second(text)? - i64::from(!*inclusive),
            };
            Some(Test::Seconds { from, to })
        }
        Leaf::Wildcard(_) | Leaf::Exists => None,
    }
}

/// `yyyyMMdd` or `yyyyMMddHHmmss`, UTC, as epoch seconds.
fn second(text: &str) -> Option<i64> {
    if !matches!(text.len(), 8 | 14) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| {
        text.get(from..to)
            .map_or(Some(0), |digits| digits.parse::<i16>().ok())
    };
    let small = |from: usize, to: usize| part(from, to).and_then(|number| i8::try_from(number).ok());
    let date = Date::new(part(0, 4)?, small(4, 6)?, small(6, 8)?).ok()?;
    let time = Time::new(small(8, 10)?, small(10, 12)?, small(12, 14)?, 0).ok()?;
    Some(
        TimeZone::UTC
            .to_timestamp(date.to_datetime(time))
            .ok()?
            .as_second(),
    )
}

/// Whether a field is the one that searches by modification time use.
pub(crate) fn is_modified(field: &Field) -> bool {
    field.name == "dateLastModified"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_have_two_forms_and_no_other() {
        let cases = [
            ("20300101", Some(1_893_456_000)),
            ("20300101000001", Some(1_893_456_001)),
            ("20301301", None),
            ("1500000000000", None),
            ("1500000000", None),
            ("2030-01-01", None),
            ("2030", None),
        ];
        for (text, expected) in cases {
            assert_eq!(second(text), expected, "{text}");
        }
    }
}
