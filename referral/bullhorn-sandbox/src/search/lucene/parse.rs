//! The grammar of Lucene's classic query parser, as far as Bullhorn's clients use it.
//!
//! `AND` makes both its neighbours required, everything else is optional, and `NOT` and `-` forbid: so
//! `a OR b AND c` needs `b` and `c`. That is how the classic parser reads it too.

use super::ast::{Clause, End, Leaf, Occur, Query, Range};
use crate::pattern::{Pattern, Symbol};

/// Nesting that no honest request reaches.
const DEPTH_MAX: usize = 32;

/// The query cannot be read from here on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Cannot parse the query at position {position}")]
pub(crate) struct QueryError {
    /// In characters.
    pub(crate) position: usize,
}

/// Reads a whole query.
pub(crate) fn parse(text: &str) -> Result<Query, QueryError> {
    let mut parser = Parser {
        text: text.chars().collect(),
        at: 0,
    };
    let query = parser.group(None, 0)?;
    if parser.at < parser.text.len() {
        return Err(parser.error());
    }
    match query {
        Query::Group(clauses) if clauses.is_empty() => Err(QueryError { position: 0 }),
        query => Ok(query),
    }
}

/// What stands between two clauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    Nothing,
    And,
    Or,
}

/// What stands before a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Nothing,
    Required,
    Forbidden,
}

struct Parser {
    text: Vec<char>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn error(&self) -> QueryError {
        QueryError { position: self.at }
    }

    fn take(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        self.at += usize::from(found);
        found
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    /// Takes a word or sign that stands alone.
    fn take_word(&mut self, word: &str) -> bool {
        let length = word.chars().count();
        let same = word
            .chars()
            .enumerate()
            .all(|(offset, c)| self.text.get(self.at + offset) == Some(&c));
        let after = self.text.get(self.at + length);
        let ends = !word.starts_with(char::is_alphabetic)
            || after.is_none_or(|next| next.is_whitespace() || matches!(next, '(' | ')' | '"'));
        let found = same && ends;
        self.at += if found { length } else { 0 };
        found
    }

    fn group(&mut self, field: Option<&str>, depth: usize) -> Result<Query, QueryError> {
        if depth > DEPTH_MAX {
            return Err(self.error());
        }
        let mut clauses: Vec<Clause> = Vec::new();
        loop {
            self.skip_blanks();
            if matches!(self.peek(), None | Some(')')) {
                return Ok(Query::Group(clauses));
            }
            let link = self.link();
            self.skip_blanks();
            let sign = self.sign();
            self.skip_blanks();
            let query = self.clause(field, depth)?;
            if link == Link::And
                && let Some(previous) = clauses.last_mut()
                && previous.occur == Occur::Should
            {
                previous.occur = Occur::Must;
            }
            let occur = match (sign, link) {
                (Sign::Forbidden, _) => Occur::MustNot,
                (Sign::Required, _) | (Sign::Nothing, Link::And) => Occur::Must,
                (Sign::Nothing, Link::Nothing | Link::Or) => Occur::Should,
            };
            clauses.push(Clause { occur, query });
        }
    }

    fn link(&mut self) -> Link {
        if self.take_word("AND") || self.take_word("&&") {
            Link::And
        } else if self.take_word("OR") || self.take_word("||") {
            Link::Or
        } else {
            Link::Nothing
        }
    }

    fn sign(&mut self) -> Sign {
        if self.take('-') || self.take('!') || self.take_word("NOT") {
            Sign::Forbidden
        } else if self.take('+') {
            Sign::Required
        } else {
            Sign::Nothing
        }
    }

    fn clause(&mut self, field: Option<&str>, depth: usize) -> Result<Query, QueryError> {
        if let Some(name) = self.field_name() {
            self.skip_blanks();
            return self.field_clause(&name, depth);
        }
        self.value(field, depth)
    }

    fn field_clause(&mut self, name: &str, depth: usize) -> Result<Query, QueryError> {
        let query = self.value(Some(name), depth)?;
        if name == "*"
            && matches!(
                query,
                Query::Leaf {
                    leaf: Leaf::Exists,
                    ..
                }
            )
        {
            return Ok(Query::Everything);
        }
        match &query {
            Query::Leaf {
                leaf: Leaf::Term(number),
                ..
            } if is_number(number) => Ok(self.more_numbers(name, query)),
            _ => Ok(query),
        }
    }

    /// `id:1 2 3` is a list: bare numbers after a number belong to the same field.
    fn more_numbers(&mut self, name: &str, first: Query) -> Query {
        let mut list = vec![Clause {
            occur: Occur::Should,
            query: first,
        }];
        loop {
            let before = self.at;
            self.skip_blanks();
            let digits: String = self
                .text
                .iter()
                .skip(self.at)
                .copied()
                .take_while(char::is_ascii_digit)
                .collect();
            self.at += digits.len();
            if digits.is_empty()
                || self
                    .peek()
                    .is_some_and(|next| !next.is_whitespace() && next != ')')
            {
                self.at = before;
                break;
            }
            let leaf = Leaf::Term(digits);
            list.push(Clause {
                occur: Occur::Should,
                query: Query::Leaf {
                    field: Some(name.to_owned()),
                    leaf,
                },
            });
        }
        match list.pop() {
            Some(only) if list.is_empty() => only.query,
            last => {
                list.extend(last);
                Query::Group(list)
            }
        }
    }

    /// Takes `name:` when it stands here.
    fn field_name(&mut self) -> Option<String> {
        let rest = self.text.get(self.at..)?;
        let length = rest
            .iter()
            .take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '*'))
            .count();
        if length == 0 || rest.get(length) != Some(&':') {
            return None;
        }
        let name = rest.iter().take(length).collect();
        self.at += length + 1;
        Some(name)
    }

    fn value(&mut self, field: Option<&str>, depth: usize) -> Result<Query, QueryError> {
        let leaf = match self.peek() {
            Some('(') => {
                self.at += 1;
                let group = self.group(field, depth + 1)?;
                if !self.take(')') {
                    return Err(self.error());
                }
                self.modifiers()?;
                return Ok(group);
            }
            Some('"') => self.phrase()?,
            Some('[' | '{') => self.range()?,
            _ => self.term()?,
        };
        self.modifiers()?;
        Ok(Query::Leaf {
            field: field.map(str::to_owned),
            leaf,
        })
    }

    /// `^2` and `~0.8` change the score or the tolerance; neither matters here.
    fn modifiers(&mut self) -> Result<(), QueryError> {
        while let Some('^' | '~') = self.peek() {
            let boost = self.take('^');
            if !boost {
                self.at += 1;
            }
            let digits = self
                .text
                .iter()
                .skip(self.at)
                .take_while(|c| c.is_ascii_digit() || **c == '.')
                .count();
            if boost && digits == 0 {
                return Err(self.error());
            }
            self.at += digits;
        }
        Ok(())
    }

    fn phrase(&mut self) -> Result<Leaf, QueryError> {
        self.quoted().map(Leaf::Phrase)
    }

    fn quoted(&mut self) -> Result<String, QueryError> {
        let start = self.at;
        self.at += 1;
        let mut phrase = String::new();
        loop {
            match self.peek() {
                None => return Err(QueryError { position: start }),
                Some('"') => {
                    self.at += 1;
                    return Ok(phrase);
                }
                Some('\\') => {
                    self.at += 1;
                    phrase.push(self.peek().ok_or(QueryError { position: start })?);
                }
                Some(character) => phrase.push(character),
            }
            self.at += 1;
        }
    }

    fn range(&mut self) -> Result<Leaf, QueryError> {
        let lower_inclusive = self.peek() == Some('[');
        self.at += 1;
        let lower = self.range_end()?;
        self.skip_blanks();
        if !self.take_word("TO") {
            return Err(self.error());
        }
        let upper = self.range_end()?;
        self.skip_blanks();
        let upper_inclusive = match self.peek() {
            Some(']') => true,
            Some('}') => false,
            _ => return Err(self.error()),
        };
        self.at += 1;
        Ok(Leaf::Range(Range {
            lower: End {
                text: lower,
                inclusive: lower_inclusive,
            },
            upper: End {
                text: upper,
                inclusive: upper_inclusive,
            },
        }))
    }

    fn range_end(&mut self) -> Result<Option<String>, QueryError> {
        self.skip_blanks();
        if self.peek() == Some('"') {
            return self.quoted().map(Some);
        }
        let text: String = self
            .text
            .iter()
            .skip(self.at)
            .copied()
            .take_while(|c| !c.is_whitespace() && !matches!(c, ']' | '}'))
            .collect();
        if text.is_empty() {
            return Err(self.error());
        }
        self.at += text.chars().count();
        Ok((text != "*").then(|| text.replace('\\', "")))
    }

    fn term(&mut self) -> Result<Leaf, QueryError> {
        let start = self.at;
        let mut symbols = Vec::new();
        while let Some(character) = self.peek() {
            match character {
                blank if blank.is_whitespace() => break,
                '(' | ')' | '[' | ']' | '{' | '}' | '"' | '^' | '~' | ':' => break,
                '*' => symbols.push(Symbol::AnyText),
                '?' => symbols.push(Symbol::AnyCharacter),
                '\\' => {
                    self.at += 1;
                    symbols.push(Symbol::Character(
                        self.peek().ok_or(QueryError { position: start })?,
                    ));
                }
                other => symbols.push(Symbol::Character(other)),
            }
            self.at += 1;
        }
        if symbols.is_empty() {
            return Err(self.error());
        }
        if symbols == [Symbol::AnyText] {
            return Ok(Leaf::Exists);
        }
        let letters: Option<String> = symbols
            .iter()
            .map(|symbol| match symbol {
                Symbol::Character(character) => Some(*character),
                Symbol::AnyText | Symbol::AnyCharacter => None,
            })
            .collect();
        Ok(match letters {
            Some(term) => Leaf::Term(term),
            None => Leaf::Wildcard(Pattern::new(symbols)),
        })
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
