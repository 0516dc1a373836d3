//! Repairs UTF-8 that somebody once read as Windows-1252: `Ã©` becomes `é`, `â€™` becomes `’`.
//!
//! A sequence is replaced only when its characters, turned back into bytes, are exactly one well-formed character, and when
//! correct text does not contain them: `Ã` or `Â` directly before a symbol, `â` before `€`, `‚` or `„`, `ð` before `Ÿ`. That
//! covers Western letters, typographic marks and emoji. Other accented letters are left alone: `é »` in French is no accident.
//! Lone C1 controls, which are Windows-1252 read as Latin-1, become the characters that were meant.

use std::borrow::Cow;

/// Text can have been mis-read more than once; more than this many times is not worth the time.
const ROUNDS_MAX: usize = 3;

/// What Windows-1252 has at 0x80 to 0x9F; the five unused bytes stay the C1 controls that they are.
const HIGH_CONTROLS: [char; 32] = [
    '\u{20ac}', '\u{81}', '\u{201a}', '\u{192}', '\u{201e}', '\u{2026}', '\u{2020}', '\u{2021}', '\u{2c6}',
    '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8d}', '\u{17d}', '\u{8f}', '\u{90}', '\u{2018}',
    '\u{2019}', '\u{201c}', '\u{201d}', '\u{2022}', '\u{2013}', '\u{2014}', '\u{2dc}', '\u{2122}', '\u{161}',
    '\u{203a}', '\u{153}', '\u{9d}', '\u{17e}', '\u{178}',
];

/// The text without mis-read sequences, borrowed when there are none.
pub(crate) fn repair(text: &str) -> Cow<'_, str> {
    let mut current = Cow::Borrowed(text);
    if text.is_ascii() {
        return current;
    }
    for _ in 0..ROUNDS_MAX {
        match repair_once(&current) {
            Some(repaired) => current = Cow::Owned(repaired),
            None => break,
        }
    }
    if current.chars().any(is_c1) {
        current = Cow::Owned(current.chars().map(meant_by).collect());
    }
    current
}

/// One round over the whole text, `None` when nothing was found.
fn repair_once(text: &str) -> Option<String> {
    let mut out = String::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(character) = text[at..].chars().next() {
        if let Some((decoded, length)) = misread(&text[at..]) {
            out.push_str(&text[copied..at]);
            out.push(decoded);
            at += length;
            copied = at;
        } else {
            at += character.len_utf8();
        }
    }
    if copied == 0 {
        return None;
    }
    out.push_str(&text[copied..]);
    Some(out)
}

/// The character that a mis-read sequence at the start of `text` stands for, and the bytes that the sequence takes.
fn misread(text: &str) -> Option<(char, usize)> {
    let mut characters = text.chars();
    let lead = windows_1252(characters.next()?)?;
    let second = windows_1252(text.chars().nth(1)?)?;
    let length = match (lead, second) {
        (0xc2 | 0xc3, _) => 2,
        (0xe2, 0x80 | 0x82 | 0x84) => 3,
        (0xf0, 0x9f) => 4,
        _ => return None,
    };
    let mut bytes = [lead, 0, 0, 0];
    for slot in bytes.iter_mut().take(length).skip(1) {
        *slot = windows_1252(characters.next()?)?;
    }
    let decoded = std::str::from_utf8(bytes.get(..length)?).ok()?.chars().next()?;
    (!decoded.is_control()).then_some((decoded, text.len() - characters.as_str().len()))
}

/// The byte that Windows-1252 (or Latin-1, for what that leaves open) has for a character other than ASCII.
fn windows_1252(character: char) -> Option<u8> {
    match u32::from(character) {
        code @ 0x80..=0xff => u8::try_from(code).ok(),
        0x152..=0x2122 => {
            let index = HIGH_CONTROLS.iter().position(|&high| high == character)?;
            u8::try_from(0x80 + index).ok()
        }
        _ => None,
    }
}

fn is_c1(character: char) -> bool {
    ('\u{80}'..='\u{9f}').contains(&character)
}

fn meant_by(character: char) -> char {
    if is_c1(character) {
        HIGH_CONTROLS
            .get(character as usize - 0x80)
            .copied()
            .unwrap_or(character)
    } else {
        character
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reads UTF-8 as Windows-1252, the accident that this module undoes.
    fn misread_all(text: &str) -> String {
        text.bytes()
            .map(|byte| match byte {
                0x80..=0x9f => HIGH_CONTROLS[usize::from(byte) - 0x80],
                other => char::from(other),
            })
            .collect()
    }

    #[test]
    fn misread_sequences_are_repaired_and_others_left_alone() {
        for (raw, clean) in [
            ("caf\u{c3}\u{a9}", "caf\u{e9}"),
            ("it\u{e2}\u{20ac}\u{2122}s", "it\u{2019}s"),
            ("twice \u{c3}\u{192}\u{c2}\u{a9}", "twice \u{e9}"),
            ("voil\u{c3}\u{a0}!", "voil\u{e0}!"),
            ("S\u{c3}O PAULO", "S\u{c3}O PAULO"),
            ("\u{c3} \u{a9}", "\u{c3} \u{a9}"),
            (
                "\u{ab}\u{a0}caf\u{e9}\u{a0}\u{bb}, CAF\u{c9}\u{2019}S",
                "\u{ab}\u{a0}caf\u{e9}\u{a0}\u{bb}, CAF\u{c9}\u{2019}S",
            ),
            ("Gr\u{fc}\u{df}e, na\u{ef}ve", "Gr\u{fc}\u{df}e, na\u{ef}ve"),
            ("smart\u{92}s", "smart\u{2019}s"),
            ("\u{c3}", "\u{c3}"),
        ] {
            assert_eq!(repair(raw), clean, "{raw:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_was_misread_comes_back(text in "[a-zA-Z \u{a0}-\u{ff}\u{2013}-\u{2026}\u{1f600}-\u{1f64f}]{0,60}") {
            prop_assume!(repair_once(&text).is_none());
            let misread = misread_all(&text);
            let repaired = repair(&misread);
            prop_assert_eq!(repaired.as_ref(), text.as_str());
        }
    }
}
