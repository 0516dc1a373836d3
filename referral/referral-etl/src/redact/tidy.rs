//! Mending a line from which words were taken.

use crate::clean::ascii::run;

/// Appends a line in tidy form: single blanks, none before punctuation, no empty brackets, no orphaned separators. A line without
/// letters or digits is left out.
pub(super) fn push_line(out: &mut String, line: &str) {
    let before = out.len();
    if before > 0 {
        out.push('\n');
    }
    let start = out.len();
    let mut rest = line;
    while !rest.is_empty() {
        let after_word = out[start..].ends_with(|c: char| c.is_ascii_alphanumeric());
        let (plain, odd) = rest.split_at(plain_length(rest, after_word));
        out.push_str(plain);
        let mut characters = odd.chars();
        if let Some(character) = characters.next() {
            push_odd(out, start, character, characters.clone().next());
        }
        rest = characters.as_str();
    }
    let tidy = &out[start..];
    let kept = tidy.trim_start_matches(|c: char| c.is_whitespace() || (is_separator(c) && c != '.'));
    let kept = kept.strip_prefix(". ").unwrap_or(kept);
    let orphaned = tidy.len() - kept.len();
    let kept = kept.trim_end_matches(|c: char| c.is_whitespace() || (is_separator(c) && c != '.'));
    if kept.chars().any(char::is_alphanumeric) {
        out.truncate(start + orphaned + kept.len());
        out.drain(start..start + orphaned);
    } else {
        out.truncate(before);
    }
}

/// The bytes of `rest` that stay as they are: directly behind a letter or digit that is every visible mark and one blank. So whole
/// phrases are copied, and only what is left of removed words is looked at closely.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "a branch would end the work on whole blocks"
)]
fn plain_length(rest: &str, after_word: bool) -> usize {
    run(
        rest.as_bytes(),
        if after_word { b'a' } else { b' ' },
        |before, byte| {
            let clings = (byte == b' ')
                | (byte == b',')
                | (byte == b';')
                | (byte == b':')
                | (byte == b'!')
                | (byte == b'?')
                | (byte == b'.')
                | (byte == b')')
                | (byte == b']');
            (clings & before.is_ascii_alphanumeric()) | (!clings & byte.is_ascii_graphic())
        },
    )
}

/// Appends one character to the line that starts at `start`, or mends the line instead; `next` is the character behind it.
fn push_odd(out: &mut String, start: usize, character: char, next: Option<char>) {
    let sticks = match character {
        ',' | ';' | ':' | '!' | '?' => true,
        // The dot of `.NET` belongs to what follows.
        '.' => next.is_none_or(|next| !next.is_alphanumeric()),
        _ => false,
    };
    let is_open = |line: &str| line.ends_with(['(', '[']);
    if character.is_whitespace() {
        let line = &out[start..];
        if !line.is_empty() && !line.ends_with(' ') && !is_open(line) {
            out.push(' ');
        }
    } else if sticks {
        trim_end(out, start);
        let line = &out[start..];
        if !line.ends_with(is_separator) && !is_open(line) {
            out.push(character);
        }
    } else if matches!(character, ')' | ']') {
        trim_end(out, start);
        let line = &out[start..];
        if is_open(line) {
            // Nothing is left inside.
            out.pop();
            trim_end(out, start);
        } else if !line.is_empty() {
            out.push(character);
        }
    } else {
        out.push(character);
    }
}

fn trim_end(out: &mut String, start: usize) {
    out.truncate(start + out[start..].trim_end().len());
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
