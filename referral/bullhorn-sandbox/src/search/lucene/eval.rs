//! Asks a bound query about a record, and finds the bounds that an index can look up.

use std::ops::RangeInclusive;

use super::ast::{Occur, Query, Range};
use super::bind::{self, Node, Test};
use super::parse::{self, QueryError};
use super::tokens;
use crate::data::{Filter, Predicate, Rest, Row};
use crate::entities::{Entity, Value};

/// A query about one entity, split for the index.
#[derive(Debug)]
pub(crate) struct Search {
    ids: RangeInclusive<u32>,
    modified: Option<RangeInclusive<u32>>,
    /// What is left for looking at records.
    rest: Option<Node>,
    /// Optional clauses, for the score.
    optional: Vec<Node>,
    key: String,
}

impl Search {
    /// Reads a query about records of `entity`.
    pub(crate) fn parse(entity: Entity, text: &str) -> Result<Self, QueryError> {
        let query = parse::parse(text)?;
        Ok(Self::new(entity, &query))
    }

    /// Finds every record.
    pub(crate) fn everything() -> Self {
        Self {
            ids: 0..=u32::MAX,
            modified: None,
            rest: None,
            optional: Vec::new(),
            key: String::new(),
        }
    }

    /// Finds nothing.
    pub(crate) fn nothing() -> Self {
        Self {
            rest: Some(Node::Nothing),
            key: "nothing".to_owned(),
            ..Self::everything()
        }
    }

    fn new(entity: Entity, query: &Query) -> Self {
        let mut search = Self::everything();
        let mut left = Vec::new();
        let mut left_keys = Vec::new();
        for (occur, part) in required_parts(query) {
            let node = bind::bind(entity, part);
            if occur == Occur::Must && search.narrow(&node) {
                continue;
            }
            left_keys.push(format!("{occur:?} {part:?}"));
            left.push((occur, node));
        }
        let narrowed_to_all = left.is_empty();
        let only_forbids = left.iter().all(|(occur, _)| *occur == Occur::MustNot);
        let has_required = required_parts(query)
            .iter()
            .any(|(occur, _)| *occur == Occur::Must);
        if only_forbids && has_required && !narrowed_to_all {
            left.push((Occur::Must, Node::Everything));
            left_keys.push("of all".to_owned());
        }
        search.optional = optional_parts(entity, query);
        search.key = left_keys.join("; ");
        search.rest = (!narrowed_to_all).then_some(Node::Group(left));
        search
    }

    /// Takes a required clause into the bounds; false when it has to be asked of each record.
    fn narrow(&mut self, node: &Node) -> bool {
        match node {
            Node::Everything => true,
            Node::Test { path, test } => match (path.direct(), test) {
                (Some(field), Test::Number { from, to }) if field.name == "id" => {
                    let (from, to) = (id_from(*from), id_to(*to));
                    self.ids = (*self.ids.start()).max(from)..=(*self.ids.end()).min(to);
                    true
                }
                (Some(field), Test::Seconds { from, to }) if bind::is_modified(field) => {
                    let bound = |second: i64| u32::try_from(second.max(0)).unwrap_or(u32::MAX);
                    // Everything before 1970 is an empty range.
                    let (from, to) = if *to < 0 {
                        (1, 0)
                    } else {
                        (bound(*from), bound(*to))
                    };
                    let known = self.modified.clone().unwrap_or(0..=u32::MAX);
                    self.modified = Some((*known.start()).max(from)..=(*known.end()).min(to));
                    true
                }
                _ => false,
            },
            Node::Group(_) | Node::Nothing => false,
        }
    }

    /// The filter of this search.
    pub(crate) fn filter(&self) -> Filter<'_> {
        Filter {
            ids: self.ids.clone(),
            modified: self.modified.clone(),
            rest: self.rest.as_ref().map(|node| Rest {
                predicate: node,
                key: self.key.clone(),
            }),
        }
    }

    /// How well a record that passes fits: 1 unless optional clauses tell records apart.
    pub(crate) fn score(&self, row: &Row<'_>) -> f64 {
        if self.optional.len() < 2 {
            return 1.0;
        }
        let fitting = self.optional.iter().filter(|node| holds(node, row)).count();
        fitting as f64 / self.optional.len() as f64
    }
}

/// The smallest id that is not below `number`.
fn id_from(number: f64) -> u32 {
    number.ceil().clamp(0.0, f64::from(u32::MAX)) as u32
}

/// The greatest id that is not above `number`; an inverted range when there is none.
fn id_to(number: f64) -> u32 {
    number.floor().clamp(0.0, f64::from(u32::MAX)) as u32
}

/// The clauses of the outermost group that decide; one optional clause alone is as good as required.
fn required_parts(query: &Query) -> Vec<(Occur, &Query)> {
    match query {
        Query::Group(clauses) => match clauses.as_slice() {
            [only] if only.occur != Occur::MustNot => required_parts(&only.query),
            clauses => {
                let has_required = clauses.iter().any(|clause| clause.occur == Occur::Must);
                clauses
                    .iter()
                    .filter(|clause| !has_required || clause.occur != Occur::Should)
                    .map(|clause| (clause.occur, &clause.query))
                    .collect()
            }
        },
        leaf => vec![(Occur::Must, leaf)],
    }
}

fn optional_parts(entity: Entity, query: &Query) -> Vec<Node> {
    match query {
        Query::Group(clauses) => clauses
            .iter()
            .filter(|clause| clause.occur == Occur::Should)
            .map(|clause| bind::bind(entity, &clause.query))
            .collect(),
        Query::Leaf { .. } | Query::Everything => Vec::new(),
    }
}

impl Predicate for Node {
    fn accepts(&self, row: &Row<'_>) -> bool {
        holds(self, row)
    }

    fn is_local(&self) -> bool {
        match self {
            Self::Group(parts) => parts.iter().all(|(_, node)| node.is_local()),
            Self::Test { path, test } => path.is_local() && !matches!(test, Test::Member(_)),
            Self::Everything | Self::Nothing => true,
        }
    }

    fn reads_heavy_fields(&self) -> bool {
        match self {
            Self::Group(parts) => parts.iter().any(|(_, node)| node.reads_heavy_fields()),
            Self::Test { path, .. } => path.is_heavy(),
            Self::Everything | Self::Nothing => false,
        }
    }
}

fn holds(node: &Node, row: &Row<'_>) -> bool {
    match node {
        Node::Everything => true,
        Node::Nothing => false,
        Node::Group(parts) => group_holds(parts, row),
        Node::Test { path, test } => path.any(row, &mut |value| passes(test, value, row, path.target())),
    }
}

/// A group that only forbids finds nothing.
fn group_holds(parts: &[(Occur, Node)], row: &Row<'_>) -> bool {
    let mut any_required = false;
    let mut any_optional = false;
    for (occur, node) in parts {
        match occur {
            Occur::Must if holds(node, row) => any_required = true,
            Occur::Must => return false,
            Occur::MustNot if holds(node, row) => return false,
            Occur::MustNot => {}
            Occur::Should => any_optional = any_optional || holds(node, row),
        }
    }
    any_required || any_optional
}

fn passes(test: &Test, value: &Value<'_>, row: &Row<'_>, target: Option<Entity>) -> bool {
    match test {
        Test::Exists => !matches!(value, Value::Text(text) if text.trim().is_empty()),
        Test::Number { from, to } => value
            .as_number()
            .is_some_and(|number| (*from..=*to).contains(&number)),
        Test::Ids(ids) => match value {
            Value::Int(id) => u32::try_from(*id).is_ok_and(|id| ids.contains(&id)),
            _ => false,
        },
        Test::Seconds { from, to } => {
            matches!(value, Value::Int(ms) if (*from..=*to).contains(&ms.div_euclid(1000)))
        }
        Test::Flag(flag) => *value == Value::Bool(*flag),
        Test::Words(words) => any_text(value, |text| words.are_in(text)),
        Test::Wildcard(pattern) => any_text(value, |text| {
            pattern.matches(text) || tokens::words(text).any(|word| pattern.matches(word))
        }),
        Test::TextBetween(range) => any_text(value, |text| is_between(range, &text.to_lowercase())),
        Test::Member(node) => match (value, target) {
            (Value::One(id), Some(target)) => row
                .view()
                .row(target, *id)
                .is_some_and(|member| holds(node, &member)),
            _ => false,
        },
    }
}

fn any_text(value: &Value<'_>, test: impl Fn(&str) -> bool) -> bool {
    match value {
        Value::Text(text) => test(text),
        Value::Texts(texts) => texts.iter().any(|text| test(text)),
        _ => false,
    }
}

fn is_between(range: &Range, text: &str) -> bool {
    let after_lower = range.lower.text.as_ref().is_none_or(|lower| {
        let order = text.cmp(&lower.to_lowercase());
        order.is_gt() || (range.lower.inclusive && order.is_eq())
    });
    let before_upper = range.upper.text.as_ref().is_none_or(|upper| {
        let order = text.cmp(&upper.to_lowercase());
        order.is_lt() || (range.upper.inclusive && order.is_eq())
    });
    after_lower && before_upper
}
