//! HTML character references (`&eacute;`, `&#233;`, `&nbsp`), decoded by the rules of the HTML standard with the entity
//! table of `html5ever`.

use std::borrow::Cow;

use html5ever::data::{C1_REPLACEMENTS, NAMED_ENTITIES};
use memchr::memchr;

/// No entity name is longer than this many letters.
const NAME_MAX: usize = 32;
/// The entities that are also valid without `;` have at most this many letters.
const LEGACY_NAME_MAX: usize = 6;

/// The text with every character reference replaced, borrowed when there are none. What is no reference stays as it is.
pub(crate) fn decode(text: &str) -> Cow<'_, str> {
    let Some(first) = memchr(b'&', text.as_bytes()) else {
        return Cow::Borrowed(text);
    };
    let mut out = String::with_capacity(text.len());
    out.push_str(&text[..first]);
    let mut rest = &text[first..];
    loop {
        if let Some((decoded, length)) = reference(rest) {
            out.extend(decoded.into_iter().flatten());
            rest = &rest[length..];
        } else {
            out.push('&');
            rest = &rest[1..];
        }
        let Some(next) = memchr(b'&', rest.as_bytes()) else {
            break;
        };
        out.push_str(&rest[..next]);
        rest = &rest[next..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The one or two characters of the reference at the start of `text`, and its length in bytes.
type Reference = ([Option<char>; 2], usize);

fn reference(text: &str) -> Option<Reference> {
    let body = text.strip_prefix('&')?;
    match body.as_bytes().first()? {
        b'#' => numeric(&body[1..]).map(|(character, length)| ([Some(character), None], length + 2)),
        first if first.is_ascii_alphabetic() => {
            named(body).map(|(characters, length)| (characters, length + 1))
        }
        _ => None,
    }
}

/// `233;`, `xE9;`, also without `;`. Numbers that are no character become U+FFFD, as in browsers.
fn numeric(body: &str) -> Option<(char, usize)> {
    let (digits_at, radix) = match body.as_bytes().first()? {
        b'x' | b'X' => (1, 16),
        _ => (0, 10),
    };
    let digits = &body[digits_at..];
    let count = digits
        .bytes()
        .take_while(|byte| char::from(*byte).is_digit(radix))
        .count();
    if count == 0 {
        return None;
    }
    let number = digits
        .get(..count)
        .and_then(|digits| u32::from_str_radix(digits, radix).ok());
    let character = match number {
        Some(code @ 0x80..=0x9f) => C1_REPLACEMENTS
            .get(code as usize - 0x80)
            .copied()
            .flatten()
            .or_else(|| char::from_u32(code)),
        Some(0) | None => None,
        Some(code) => char::from_u32(code),
    };
    let end = digits_at + count;
    let semicolon = usize::from(body.as_bytes().get(end) == Some(&b';'));
    Some((character.unwrap_or(char::REPLACEMENT_CHARACTER), end + semicolon))
}

/// The longest entity name at the start of `body`.
fn named(body: &str) -> Option<Reference> {
    let letters = body
        .bytes()
        .take(NAME_MAX)
        .take_while(u8::is_ascii_alphanumeric)
        .count();
    let with_semicolon = body.get(..=letters).filter(|name| name.ends_with(';'));
    let legacy = (2..=letters.min(LEGACY_NAME_MAX))
        .rev()
        .filter_map(|length| body.get(..length));
    with_semicolon.into_iter().chain(legacy).find_map(|name| {
        // The table also holds every prefix of a name, with no characters.
        let &(first, second) = NAMED_ENTITIES.get(name).filter(|&&(first, _)| first != 0)?;
        let second = if second == 0 { None } else { char::from_u32(second) };
        Some(([char::from_u32(first), second], name.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_decoded_as_browsers_do() {
        for (raw, decoded) in [
            ("R&amp;D &lt; &eacute;", "R&D < \u{e9}"),
            ("a&nbspb&copy2026", "a\u{a0}b\u{a9}2026"),
            ("&notit; &notin;", "\u{ac}it; \u{2209}"),
            ("&#233;&#xE9;&#XE9 &#146;s", "\u{e9}\u{e9}\u{e9} \u{2019}s"),
            ("&#0;&#xD800;&#99999999999;", "\u{fffd}\u{fffd}\u{fffd}"),
            (
                "AT&T, & co, &;, &#;, &#x;, &unknown;",
                "AT&T, & co, &;, &#;, &#x;, &unknown;",
            ),
            ("&NotEqualTilde;", "\u{2242}\u{338}"),
            ("tail &", "tail &"),
            ("&&amp;&\u{e9};", "&&&\u{e9};"),
        ] {
            assert_eq!(decode(raw), decoded, "{raw:?}");
        }
        assert!(matches!(decode("nothing here"), Cow::Borrowed(_)));
    }
}
