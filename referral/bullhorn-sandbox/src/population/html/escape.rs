//! Text as it stands in old HTML: entities by name or number, raw letters, or letters read in the wrong encoding.

use std::fmt::Write as _;

/// How letters outside ASCII, and the signs with a meaning in HTML, are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letters {
    /// `&eacute;`, `&rsquo;`.
    Named,
    /// `&#233;`, `&#8217;`.
    Numbered,
    /// As they are; a lone `&` too.
    Raw,
    /// UTF-8 that somebody read as Windows-1252: `Ã©`, `â€™`.
    Garbled,
}

/// Entities that old editors know by name.
const NAMES: [(char, &str); 24] = [
    ('à', "agrave"),
    ('á', "aacute"),
    ('ä', "auml"),
    ('å', "aring"),
    ('Å', "Aring"),
    ('ç', "ccedil"),
    ('Ç', "Ccedil"),
    ('è', "egrave"),
    ('é', "eacute"),
    ('É', "Eacute"),
    ('ë', "euml"),
    ('í', "iacute"),
    ('ñ', "ntilde"),
    ('ö', "ouml"),
    ('Ö', "Ouml"),
    ('ø', "oslash"),
    ('Ø', "Oslash"),
    ('ó', "oacute"),
    ('ú', "uacute"),
    ('ü', "uuml"),
    ('£', "pound"),
    ('€', "euro"),
    ('’', "rsquo"),
    ('–', "ndash"),
];

/// Writes a text behind `out`.
pub(super) fn push(out: &mut String, text: &str, letters: Letters) {
    let mut rest = text;
    while let Some(at) = first_special(rest.as_bytes()) {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        let mut characters = special.chars();
        if let Some(letter) = characters.next() {
            push_letter(out, letter, letters);
        }
        rest = characters.as_str();
    }
    out.push_str(rest);
}

/// Where the first byte is that is not written as it is. Blocks without one are passed over as a whole.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "a branch would end the work on whole blocks"
)]
fn first_special(bytes: &[u8]) -> Option<usize> {
    let is_special =
        |byte: u8| !byte.is_ascii() | (byte == b'&') | (byte == b'<') | (byte == b'>') | (byte == b'\'');
    let has_special = |block: &[u8; 16]| block.iter().fold(false, |any, &byte| any | is_special(byte));
    let (blocks, _) = bytes.as_chunks();
    let passed = 16 * blocks.iter().take_while(|block| !has_special(block)).count();
    let at = bytes[passed..].iter().position(|&byte| is_special(byte))?;
    Some(passed + at)
}

fn push_letter(out: &mut String, letter: char, letters: Letters) {
    match (letter, letters) {
        ('<', _) => out.push_str("&lt;"),
        ('>', _) => out.push_str("&gt;"),
        ('&', Letters::Raw) => out.push('&'),
        ('&', _) => out.push_str("&amp;"),
        // Word processors turn the straight apostrophe.
        ('\'', Letters::Raw) => out.push('\''),
        ('\'', Letters::Numbered) => out.push_str("&#39;"),
        ('\'', _) => push_letter(out, '’', letters),
        (_, Letters::Named) => match NAMES.iter().find(|(known, _)| *known == letter) {
            Some((_, name)) => write!(out, "&{name};").expect("writing to a String does not fail"),
            None => push_letter(out, letter, Letters::Numbered),
        },
        (_, Letters::Numbered) => {
            write!(out, "&#{};", u32::from(letter)).expect("writing to a String does not fail");
        }
        (_, Letters::Raw) => out.push(letter),
        (_, Letters::Garbled) => {
            let mut bytes = [0; 4];
            out.extend(letter.encode_utf8(&mut bytes).bytes().map(windows_1252));
        }
    }
}

/// What Windows-1252 sees in a byte.
fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match byte
        .checked_sub(0x80)
        .and_then(|place| HIGH.get(usize::from(place)))
    {
        Some(letter) => *letter,
        None => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pushed(text: &str, letters: Letters) -> String {
        let mut out = String::new();
        push(&mut out, text, letters);
        out
    }

    #[test]
    fn letters_are_written_as_the_document_has_them() {
        let text = "R&D's Zoë <5 – £";
        assert_eq!(
            pushed(text, Letters::Named),
            "R&amp;D&rsquo;s Zo&euml; &lt;5 &ndash; &pound;"
        );
        assert_eq!(
            pushed(text, Letters::Numbered),
            "R&amp;D&#39;s Zo&#235; &lt;5 &#8211; &#163;"
        );
        assert_eq!(pushed(text, Letters::Raw), "R&D's Zoë &lt;5 – £");
        assert_eq!(pushed(text, Letters::Garbled), "R&amp;Dâ€™s ZoÃ« &lt;5 â€“ Â£");
        assert_eq!(pushed("ş", Letters::Named), "&#351;");
    }
}
