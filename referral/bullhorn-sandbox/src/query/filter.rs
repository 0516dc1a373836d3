//! A `where` clause bound to the fields of an entity, and its three-valued logic.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::parse::{self, Comparison, Expr, Literal, Question};
use crate::data::{Predicate, Row};
use crate::entities::{Entity, Kind, Path, Value};
use crate::pattern::Pattern;

/// The one quoted form of a date that Bullhorn reads.
const DATE_FORMATS: [&str; 2] = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M:%S"];

/// Why a clause was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WhereError {
    #[error("Unable to parse the where clause near position {position}.")]
    Syntax { position: usize },
    #[error("Where clause '{name}' is not a valid field name")]
    UnknownField { name: String },
    #[error("Where clause contains an unparseable date: '{text}'")]
    BadDate { text: String },
    #[error("Where clause compares '{name}' with a value of another type")]
    WrongType { name: String },
}

/// A clause that can be asked about records.
#[derive(Debug, Clone)]
pub(crate) struct Where {
    node: Node,
    text: String,
}

#[derive(Debug, Clone)]
enum Node {
    Any(Vec<Node>),
    All(Vec<Node>),
    Not(Box<Node>),
    Test(Path, Test),
}

#[derive(Debug, Clone)]
enum Test {
    Number(Comparison, f64),
    Text(Comparison, String),
    /// Sorted.
    NumberIn(Vec<f64>),
    /// In lower case.
    TextIn(Vec<String>),
    Like(Pattern),
    IsNull,
    IsEmpty,
    /// `= null`: never true, never false.
    Unknown,
}

impl Where {
    /// Reads a clause about records of `entity`.
    pub(crate) fn parse(entity: Entity, text: &str) -> Result<Self, WhereError> {
        let expr = parse::parse(text).map_err(|error| WhereError::Syntax {
            position: error.position,
        })?;
        Ok(Self {
            node: bind(entity, &expr)?,
            text: text.to_owned(),
        })
    }

    /// What tells this clause from every other, for remembering its result.
    pub(crate) fn key(&self) -> String {
        format!("where {}", self.text)
    }
}

impl Predicate for Where {
    fn accepts(&self, row: &Row<'_>) -> bool {
        holds(&self.node, row) == Some(true)
    }

    fn reads_heavy_fields(&self) -> bool {
        reads_heavy(&self.node)
    }

    fn is_local(&self) -> bool {
        is_local(&self.node)
    }
}

fn bind(entity: Entity, expr: &Expr) -> Result<Node, WhereError> {
    let all = |parts: &[Expr]| {
        parts
            .iter()
            .map(|part| bind(entity, part))
            .collect::<Result<Vec<_>, _>>()
    };
    match expr {
        Expr::Any(parts) => Ok(Node::Any(all(parts)?)),
        Expr::All(parts) => Ok(Node::All(all(parts)?)),
        Expr::Not(inner) => Ok(Node::Not(Box::new(bind(entity, inner)?))),
        Expr::Ask { path: name, question } => {
            let path =
                Path::parse(entity, name).ok_or_else(|| WhereError::UnknownField { name: name.clone() })?;
            let test = bind_question(&path, name, question)?;
            Ok(Node::Test(path, test))
        }
    }
}

fn bind_question(path: &Path, name: &str, question: &Question) -> Result<Test, WhereError> {
    match question {
        Question::IsNull => Ok(Test::IsNull),
        Question::IsEmpty => Ok(Test::IsEmpty),
        Question::Like(pattern) => Ok(Test::Like(Pattern::like(pattern))),
        Question::HasMember(literal) => compare(path, name, Comparison::Equal, literal),
        Question::Compare(comparison, literal) => compare(path, name, *comparison, literal),
        Question::In(literals) => {
            let mut numbers = Vec::new();
            let mut texts = Vec::new();
            for literal in literals {
                match compare(path, name, Comparison::Equal, literal)? {
                    Test::Number(_, number) => numbers.push(number),
                    Test::Text(_, text) => texts.push(text),
                    _ => {}
                }
            }
            numbers.sort_by(f64::total_cmp);
            Ok(if texts.is_empty() {
                Test::NumberIn(numbers)
            } else {
                Test::TextIn(texts)
            })
        }
    }
}

fn compare(path: &Path, name: &str, comparison: Comparison, literal: &Literal) -> Result<Test, WhereError> {
    let is_date = matches!(path.leaf.kind, Kind::Timestamp | Kind::Date);
    let is_text = match path.part {
        Some(part) => part.name != "countryID",
        None => matches!(path.leaf.kind, Kind::Text(_) | Kind::Html | Kind::Texts),
    };
    match literal {
        Literal::Null => Ok(Test::Unknown),
        Literal::Number(number) if is_text => Ok(Test::Text(comparison, number.to_string())),
        Literal::Number(number) => Ok(Test::Number(comparison, *number)),
        Literal::Bool(flag) => Ok(Test::Number(comparison, f64::from(u8::from(*flag)))),
        Literal::Text(text) if is_date => {
            let ms = parse_date(text).ok_or_else(|| WhereError::BadDate { text: text.clone() })?;
            Ok(Test::Number(comparison, ms as f64))
        }
        Literal::Text(text) if is_text => Ok(Test::Text(comparison, text.to_lowercase())),
        Literal::Text(text) => match text.trim().parse() {
            Ok(number) => Ok(Test::Number(comparison, number)),
            Err(_) => Err(WhereError::WrongType {
                name: name.to_owned(),
            }),
        },
    }
}

fn parse_date(text: &str) -> Option<i64> {
    let parsed = DATE_FORMATS
        .iter()
        .find_map(|format| DateTime::strptime(format, text).ok())?;
    Some(TimeZone::UTC.to_timestamp(parsed).ok()?.as_millisecond())
}

/// True, false, or unknown because a value is missing.
fn holds(node: &Node, row: &Row<'_>) -> Option<bool> {
    match node {
        Node::Any(parts) => {
            let mut all_known = true;
            for part in parts {
                match holds(part, row) {
                    Some(true) => return Some(true),
                    Some(false) => {}
                    None => all_known = false,
                }
            }
            all_known.then_some(false)
        }
        Node::All(parts) => {
            let mut all_known = true;
            for part in parts {
                match holds(part, row) {
                    Some(false) => return Some(false),
                    Some(true) => {}
                    None => all_known = false,
                }
            }
            all_known.then_some(true)
        }
        Node::Not(inner) => holds(inner, row).map(|truth| !truth),
        Node::Test(path, test) => test_holds(path, test, row),
    }
}

fn test_holds(path: &Path, test: &Test, row: &Row<'_>) -> Option<bool> {
    let mut found = false;
    let any = path.any(row, &mut |value| {
        found = true;
        passes(test, value)
    });
    match test {
        Test::Unknown => None,
        Test::IsNull => Some(!found),
        Test::IsEmpty => Some(!found || any),
        _ if found => Some(any),
        _ if matches!(path.leaf.kind, Kind::ToMany(_)) => Some(false),
        _ => None,
    }
}

fn passes(test: &Test, value: &Value<'_>) -> bool {
    match test {
        Test::Number(comparison, number) => value
            .as_number()
            .is_some_and(|value| ordered(*comparison, value.partial_cmp(number))),
        Test::Text(comparison, text) => any_text(value, |value| {
            ordered(*comparison, Some(value.to_lowercase().as_str().cmp(text)))
        }),
        Test::NumberIn(numbers) => value.as_number().is_some_and(|value| {
            numbers
                .binary_search_by(|number| number.total_cmp(&value))
                .is_ok()
        }),
        Test::TextIn(texts) => any_text(value, |value| texts.contains(&value.to_lowercase())),
        Test::Like(pattern) => any_text(value, |value| pattern.matches(value)),
        Test::IsEmpty => matches!(value, Value::Text(text) if text.is_empty()),
        Test::IsNull | Test::Unknown => false,
    }
}

fn any_text(value: &Value<'_>, test: impl Fn(&str) -> bool) -> bool {
    match value {
        Value::Text(text) => test(text),
        Value::Texts(texts) => texts.iter().any(|text| test(text)),
        _ => false,
    }
}

fn ordered(comparison: Comparison, ordering: Option<std::cmp::Ordering>) -> bool {
    ordering.is_some_and(|ordering| match comparison {
        Comparison::Equal => ordering.is_eq(),
        Comparison::NotEqual => ordering.is_ne(),
        Comparison::Less => ordering.is_lt(),
        Comparison::LessOrEqual => ordering.is_le(),
        Comparison::Greater => ordering.is_gt(),
        Comparison::GreaterOrEqual => ordering.is_ge(),
    })
}

fn reads_heavy(node: &Node) -> bool {
    match node {
        Node::Any(parts) | Node::All(parts) => parts.iter().any(reads_heavy),
        Node::Not(inner) => reads_heavy(inner),
        Node::Test(path, _) => path.is_heavy(),
    }
}

fn is_local(node: &Node) -> bool {
    match node {
        Node::Any(parts) | Node::All(parts) => parts.iter().all(is_local),
        Node::Not(inner) => is_local(inner),
        Node::Test(path, _) => path.is_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_and_dates_are_refused_by_name() {
        let cases = [
            (
                Entity::ClientCorporation,
                "isDeleted = false",
                "Where clause 'isDeleted' is not a valid field name",
            ),
            (
                Entity::Placement,
                "isDeleted = false",
                "Where clause 'isDeleted' is not a valid field name",
            ),
            (
                Entity::JobOrder,
                "owner.nope = 1",
                "Where clause 'owner.nope' is not a valid field name",
            ),
            (
                Entity::JobOrder,
                "dateLastModified >= '2030-01-01'",
                "Where clause contains an unparseable date: '2030-01-01'",
            ),
            (
                Entity::JobOrder,
                "id = 'x'",
                "Where clause compares 'id' with a value of another type",
            ),
            (
                Entity::JobOrder,
                "id = ",
                "Unable to parse the where clause near position 5.",
            ),
        ];
        for (entity, text, expected) in cases {
            assert_eq!(Where::parse(entity, text).expect_err(text).to_string(), expected);
        }
    }

    #[test]
    fn quoted_dates_are_utc() {
        assert_eq!(parse_date("2030-01-01 00:00:00.000"), Some(1_893_456_000_000));
        assert_eq!(parse_date("2030-01-01 00:00:01"), Some(1_893_456_001_000));
        assert_eq!(parse_date("01/01/2030"), None);
    }
}
