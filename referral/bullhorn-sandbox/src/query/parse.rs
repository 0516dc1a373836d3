//! The grammar of a `where` clause. Fields are names here; [`Where`](super::Where) knows which exist.

use super::lex::{self, Token};

/// Nesting that no honest request reaches.
const DEPTH_MAX: usize = 32;

/// A value written in a clause.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Literal {
    Number(f64),
    Text(String),
    Bool(bool),
    Null,
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What a field is asked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Question {
    Compare(Comparison, Literal),
    In(Vec<Literal>),
    Like(String),
    IsNull,
    IsEmpty,
    /// The literal is a member of the to-many.
    HasMember(Literal),
}

/// A clause.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Expr {
    Any(Vec<Expr>),
    All(Vec<Expr>),
    Not(Box<Expr>),
    Ask { path: String, question: Question },
}

/// The clause cannot be read from here on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    /// In characters.
    pub(crate) position: usize,
}

/// Reads a whole clause.
pub(crate) fn parse(text: &str) -> Result<Expr, SyntaxError> {
    let tokens = lex::tokens(text).map_err(|error| SyntaxError {
        position: error.position,
    })?;
    let end = text.chars().count();
    let mut parser = Parser { tokens, at: 0, end };
    let expr = parser.any(0)?;
    if parser.at < parser.tokens.len() {
        return Err(parser.error());
    }
    Ok(expr)
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    at: usize,
    end: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.at += 1;
        token
    }

    fn error(&self) -> SyntaxError {
        SyntaxError {
            position: self
                .tokens
                .get(self.at)
                .map_or(self.end, |(position, _)| *position),
        }
    }

    fn take(&mut self, expected: &Token) -> bool {
        let found = self.peek() == Some(expected);
        self.at += usize::from(found);
        found
    }

    fn take_word(&mut self, keyword: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(keyword));
        self.at += usize::from(found);
        found
    }

    fn expect_word(&mut self, keyword: &str) -> Result<(), SyntaxError> {
        if self.take_word(keyword) {
            Ok(())
        } else {
            Err(self.error())
        }
    }

    fn any(&mut self, depth: usize) -> Result<Expr, SyntaxError> {
        let first = self.all(depth)?;
        let mut parts = vec![first];
        while self.take_word("OR") {
            parts.push(self.all(depth)?);
        }
        Ok(single_or(parts, Expr::Any))
    }

    fn all(&mut self, depth: usize) -> Result<Expr, SyntaxError> {
        let first = self.negation(depth)?;
        let mut parts = vec![first];
        while self.take_word("AND") {
            parts.push(self.negation(depth)?);
        }
        Ok(single_or(parts, Expr::All))
    }

    fn negation(&mut self, depth: usize) -> Result<Expr, SyntaxError> {
        if depth >= DEPTH_MAX {
            return Err(self.error());
        }
        if self.take_word("NOT") {
            return Ok(Expr::Not(Box::new(self.negation(depth + 1)?)));
        }
        if self.take(&Token::Open) {
            let inner = self.any(depth + 1)?;
            return if self.take(&Token::Close) {
                Ok(inner)
            } else {
                Err(self.error())
            };
        }
        self.question()
    }

    fn question(&mut self) -> Result<Expr, SyntaxError> {
        if !matches!(self.peek(), Some(Token::Word(_))) {
            return self.membership();
        }
        let path = self.path()?;
        if self.take_word("IS") {
            let negated = self.take_word("NOT");
            let question = if self.take_word("NULL") {
                Question::IsNull
            } else {
                self.expect_word("EMPTY")?;
                Question::IsEmpty
            };
            return Ok(ask(path, question, negated));
        }
        let negated = self.take_word("NOT");
        if self.take_word("IN") {
            let list = self.list()?;
            return Ok(ask(path, Question::In(list), negated));
        }
        if self.take_word("LIKE") {
            return match self.next() {
                Some(Token::Text(pattern)) => Ok(ask(path, Question::Like(pattern), negated)),
                _ => Err(self.error_before()),
            };
        }
        match self.next() {
            Some(Token::Operator(sign)) if !negated => {
                let literal = self.literal()?;
                Ok(ask(path, Question::Compare(comparison(sign), literal), false))
            }
            _ => Err(self.error_before()),
        }
    }

    /// `7 [NOT] MEMBER [OF] primarySkills`.
    fn membership(&mut self) -> Result<Expr, SyntaxError> {
        let literal = self.literal()?;
        let negated = self.take_word("NOT");
        self.expect_word("MEMBER")?;
        self.take_word("OF");
        let path = self.path()?;
        Ok(ask(path, Question::HasMember(literal), negated))
    }

    fn path(&mut self) -> Result<String, SyntaxError> {
        match self.next() {
            Some(Token::Word(path)) => Ok(path),
            _ => Err(self.error_before()),
        }
    }

    fn literal(&mut self) -> Result<Literal, SyntaxError> {
        match self.next() {
            Some(Token::Number(number)) => Ok(Literal::Number(number)),
            Some(Token::Text(text)) => Ok(Literal::Text(text)),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("true") => Ok(Literal::Bool(true)),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("false") => Ok(Literal::Bool(false)),
            Some(Token::Word(word)) if word.eq_ignore_ascii_case("null") => Ok(Literal::Null),
            _ => Err(self.error_before()),
        }
    }

    fn list(&mut self) -> Result<Vec<Literal>, SyntaxError> {
        if !self.take(&Token::Open) {
            return Err(self.error());
        }
        let mut list = vec![self.literal()?];
        while self.take(&Token::Comma) {
            list.push(self.literal()?);
        }
        if self.take(&Token::Close) {
            Ok(list)
        } else {
            Err(self.error())
        }
    }

    /// The token just taken is the wrong one.
    fn error_before(&mut self) -> SyntaxError {
        self.at = self.at.saturating_sub(1);
        self.error()
    }
}

fn ask(path: String, question: Question, negated: bool) -> Expr {
    let asked = Expr::Ask { path, question };
    if negated {
        Expr::Not(Box::new(asked))
    } else {
        asked
    }
}

fn single_or(mut parts: Vec<Expr>, many: impl FnOnce(Vec<Expr>) -> Expr) -> Expr {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            many(parts)
        }
        None => many(parts),
    }
}

fn comparison(sign: &str) -> Comparison {
    match sign {
        "=" => Comparison::Equal,
        "<" => Comparison::Less,
        "<=" => Comparison::LessOrEqual,
        ">" => Comparison::Greater,
        ">=" => Comparison::GreaterOrEqual,
        _ => Comparison::NotEqual,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_operator_of_the_documentation_is_read() {
        let cases = [
            "id = 1",
            "id <> 1",
            "salary >= 1000.5 AND salary < 2000",
            "(status = 'Open' OR status = 'Won''t do') AND NOT isDeleted = true",
            "owner.id IN (1, 2, 3)",
            "status NOT IN ('a')",
            "title LIKE '%engineer%'",
            "title NOT LIKE 'x_'",
            "dateEnd IS NULL",
            "dateEnd IS NOT NULL",
            "skills IS EMPTY",
            "skills IS NOT EMPTY",
            "5 MEMBER OF skills",
            "5 NOT MEMBER OF skills",
            "type = -1",
            "isDeleted=false",
        ];
        for text in cases {
            assert!(parse(text).is_ok(), "{text}: {:?}", parse(text));
        }
    }

    #[test]
    fn and_binds_tighter_than_or() {
        let Ok(Expr::Any(parts)) = parse("a = 1 OR b = 2 AND c = 3") else {
            panic!("an OR on top");
        };
        assert!(matches!(parts.as_slice(), [Expr::Ask { .. }, Expr::All(_)]));
    }

    #[test]
    fn broken_clauses_name_the_place() {
        let cases = [
            ("", 0),
            ("id", 2),
            ("id =", 4),
            ("id = 1 AND", 10),
            ("(id = 1", 7),
            ("id = 1)", 6),
            ("id = 'x", 5),
            ("id IN ()", 7),
            ("id ~ 1", 3),
        ];
        for (text, position) in cases {
            assert_eq!(parse(text), Err(SyntaxError { position }), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,60}") {
            let _ = parse(&text);
        }

        #[test]
        fn no_mix_of_words_makes_the_parser_panic(
            words in prop::collection::vec(
                prop::sample::select(vec!["id", "=", "(", ")", "AND", "OR", "NOT", "IN", "'x'", "5", ",", "IS", "NULL", "LIKE", "MEMBER"]),
                0..30,
            )
        ) {
            let _ = parse(&words.join(" "));
        }

        #[test]
        fn deep_nesting_is_an_error_and_no_crash(depth in 0_usize..2_000) {
            let text = format!("{}id = 1{}", "(".repeat(depth), ")".repeat(depth));
            prop_assert_eq!(parse(&text).is_ok(), depth < DEPTH_MAX);
        }
    }
}
