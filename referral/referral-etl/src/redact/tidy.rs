//! Mending a line from which words were taken.

/// Appends a line in tidy form: single blanks, none before punctuation, no empty brackets, no orphaned separators. A line without
/// letters or digits is left out.
pub(super) fn push_line(out: &mut String, line: &str) {
    let mut tidy = String::with_capacity(line.len());
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        let sticks = match character {
            ',' | ';' | ':' | '!' | '?' => true,
            // The dot of `.NET` belongs to what follows.
            '.' => characters.peek().is_none_or(|next| !next.is_alphanumeric()),
            _ => false,
        };
        if character.is_whitespace() {
            if !tidy.is_empty() && !tidy.ends_with([' ', '(', '[']) {
                tidy.push(' ');
            }
        } else if sticks {
            tidy.truncate(tidy.trim_end().len());
            if tidy.ends_with(is_separator) || tidy.ends_with(['(', '[']) {
                continue;
            }
            tidy.push(character);
        } else if matches!(character, ')' | ']') {
            close_bracket(&mut tidy, character);
        } else {
            tidy.push(character);
        }
    }
    let tidy = tidy.trim_start_matches(|c: char| c.is_whitespace() || (is_separator(c) && c != '.'));
    let tidy = tidy.strip_prefix(". ").unwrap_or(tidy);
    let tidy = tidy.trim_end_matches(|c: char| c.is_whitespace() || (is_separator(c) && c != '.'));
    if tidy.chars().any(char::is_alphanumeric) {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(tidy);
    }
}

/// Closes a bracket, or takes back an opening one with nothing behind it.
fn close_bracket(tidy: &mut String, bracket: char) {
    tidy.truncate(tidy.trim_end().len());
    if tidy.ends_with(['(', '[']) {
        tidy.pop();
        tidy.truncate(tidy.trim_end().len());
    } else if !tidy.is_empty() {
        tidy.push(bracket);
    }
}

fn is_separator(character: char) -> bool {
    matches!(
        character,
        '.' | ',' | ';' | ':' | '/' | '|' | '-' | '\u{2013}' | '\u{2014}' | '\u{2022}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_close_without_a_trace() {
        for (raw, tidy) in [
            ("worked  with  on", "worked with on"),
            ("thanks to , who left .", "thanks to, who left."),
            ("engineer ( ) and lead ()", "engineer and lead"),
            (" | Java | ", "Java"),
            ("- , C#, .NET and C++", "C#, .NET and C++"),
            (".NET first", ".NET first"),
            (". Then more.", "Then more."),
            ("one,, two ; , three", "one, two; three"),
            (" / led a team", "led a team"),
            ("ends with -", "ends with"),
        ] {
            let mut out = String::new();
            push_line(&mut out, raw);
            assert_eq!(out, tidy, "{raw:?}");
        }
        let mut out = "before".to_owned();
        push_line(&mut out, " - ( ) .");
        assert_eq!(out, "before");
    }
}
