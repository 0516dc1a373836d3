//! Words, numbers, texts and signs of a `where` clause.

/// One word of a `where` clause.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    /// A keyword, a field, `true`, `false`, `null`.
    Word(String),
    Number(f64),
    /// A text in single quotes, without them.
    Text(String),
    /// `= <> < <= > >=`.
    Operator(&'static str),
    Open,
    Close,
    Comma,
}

/// A character that starts no token, or a text without its closing quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LexError {
    /// In characters.
    pub(crate) position: usize,
}

/// Longest operator first.
const OPERATORS: [&str; 7] = ["<>", "<=", ">=", "!=", "=", "<", ">"];

/// Splits a clause into tokens, each with its position in characters.
pub(crate) fn tokens(text: &str) -> Result<Vec<(usize, Token)>, LexError> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        let start = at;
        let token = match character {
            blank if blank.is_whitespace() => {
                at += 1;
                continue;
            }
            '(' => single(&mut at, Token::Open),
            ')' => single(&mut at, Token::Close),
            ',' => single(&mut at, Token::Comma),
            '\'' => quoted(&characters, &mut at)?,
            digit if digit.is_ascii_digit() => number(&characters, &mut at)?,
            '-' if characters.get(at + 1).is_some_and(char::is_ascii_digit) => number(&characters, &mut at)?,
            letter if letter.is_alphabetic() || letter == '_' => word(&characters, &mut at),
            _ => operator(&characters, &mut at)?,
        };
        tokens.push((start, token));
    }
    Ok(tokens)
}

fn single(at: &mut usize, token: Token) -> Token {
    *at += 1;
    token
}

/// A doubled quote inside a text is one quote.
fn quoted(characters: &[char], at: &mut usize) -> Result<Token, LexError> {
    let start = *at;
    let mut text = String::new();
    *at += 1;
    loop {
        match (characters.get(*at), characters.get(*at + 1)) {
            (Some('\''), Some('\'')) => {
                text.push('\'');
                *at += 2;
            }
            (Some('\''), _) => {
                *at += 1;
                return Ok(Token::Text(text));
            }
            (Some(character), _) => {
                text.push(*character);
                *at += 1;
            }
            (None, _) => return Err(LexError { position: start }),
        }
    }
}

fn while_in(characters: &[char], at: &mut usize, accepts: impl Fn(char) -> bool) -> String {
    let text: String = characters
        .iter()
        .skip(*at)
        .copied()
        .take_while(|c| accepts(*c))
        .collect();
    *at += text.chars().count();
    text
}

fn number(characters: &[char], at: &mut usize) -> Result<Token, LexError> {
    let start = *at;
    let sign = if characters.get(*at) == Some(&'-') {
        "-"
    } else {
        ""
    };
    *at += sign.len();
    let digits = while_in(characters, at, |c| c.is_ascii_digit() || c == '.');
    format!("{sign}{digits}")
        .parse()
        .map(Token::Number)
        .map_err(|_| LexError { position: start })
}

fn word(characters: &[char], at: &mut usize) -> Token {
    Token::Word(while_in(characters, at, |c| {
        c.is_alphanumeric() || c == '_' || c == '.'
    }))
}

fn operator(characters: &[char], at: &mut usize) -> Result<Token, LexError> {
    let found = OPERATORS.into_iter().find(|sign| {
        sign.chars()
            .enumerate()
            .all(|(offset, expected)| characters.get(*at + offset) == Some(&expected))
    });
    let sign = found.ok_or(LexError { position: *at })?;
    *at += sign.len();
    Ok(Token::Operator(if sign == "!=" { "<>" } else { sign }))
}
