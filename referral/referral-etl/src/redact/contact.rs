//! Contact lines, addresses, links and numbers by which a person can be reached.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::lines::Line;
use super::words::words;

/// A longer line is a paragraph: only the contact in it goes, not the whole of it.
const CONTACT_LINE_MAX: usize = 120;

/// What introduces a contact, at the start of a line and followed by `:`.
const LABELS: [&str; 33] = [
    "address",
    "home address",
    "mailing address",
    "current address",
    "permanent address",
    "street",
    "phone",
    "phone number",
    "telephone",
    "tel",
    "tel no",
    "mobile",
    "mobile number",
    "cell",
    "cell phone",
    "home phone",
    "fax",
    "email",
    "e-mail",
    "email address",
    "e-mail address",
    "mail",
    "contact",
    "contact no",
    "contact number",
    "contact details",
    "skype",
    "linkedin",
    "github",
    "website",
    "web",
    "portfolio",
    "twitter",
];

/// A short line that says how to reach somebody: nothing of it is worth embedding. `place` has the words of the person's own city,
/// region, postal code and country.
pub(super) fn is_contact_line(line: Line<'_>, place: &[&str]) -> bool {
    let Line { text, is_suspect } = line;
    if text.len() > CONTACT_LINE_MAX {
        return false;
    }
    let bare = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let labelled = bare.split_once(':').is_some_and(|(label, _)| {
        let label = label.trim().trim_end_matches('.');
        LABELS.iter().any(|known| known.eq_ignore_ascii_case(label))
    });
    labelled
        || (is_suspect && (has_link(text) || has_street(text) || has_postal_code(text) || has_phone(text)))
        || is_place(bare, place)
}

/// The line without contacts; for paragraphs, where the rest counts.
pub(super) fn remove(line: &str) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(line);
    if has_link(&text) {
        text = replaced(text, &LINK);
    }
    if has_street(&text) {
        text = replaced(text, &STREET);
    }
    if has_phone(&text) {
        let without = PHONE.replace_all(&text, |found: &regex::Captures<'_>| {
            let number = found.get(0).map_or("", |found| found.as_str());
            if is_phone(number) {
                String::new()
            } else {
                number.to_owned()
            }
        });
        text = Cow::Owned(without.into_owned());
    }
    text
}

fn replaced<'a>(text: Cow<'a, str>, pattern: &Regex) -> Cow<'a, str> {
    Cow::Owned(pattern.replace_all(&text, "").into_owned())
}

/// An e-mail address or a web address.
const LINK_PATTERN: &str = r"(?i)[^\s@,;|<>()]+@[^\s@,;|<>()]+\.[a-z]{2,}|\b(?:https?://|www\.)[^\s,;|<>()]+|\blinkedin\.com/[^\s,;|]+";

/// Number, one to four capitalised words, and a word for a road; a flat behind it; and a post box.
const STREET_PATTERN: &str = concat!(
    r"(?-u:\b)[0-9]{1,6}[A-Za-z]?,? (?:[NSEW]{1,2}\.? )?(?:[A-Z][\w'.-]* ){1,4}",
    r"(?:Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Ln|Drive|Dr|Court|Ct|Way|Terrace|Circle|Cir|Highway|Hwy",
    r"|Parkway|Pkwy|Square|Sq|Trail|Crescent|Close|Row|Walk|Loop|Plaza)(?-u:\b)\.?",
    r"(?:,? ?(?:Apt|Apartment|Suite|Ste|Unit|Floor|Fl|#)\.? ?#?\w+)?",
    r"(?:, [A-Z][\w.'-]*(?: [A-Z][\w.'-]*)?)?(?:,? [A-Z]{2}(?-u:\b))?(?: [0-9]{5}(?:-[0-9]{4})?)?",
    r"|(?-u:\b)P\.? ?O\.? Box [0-9]+",
);

/// A run of digits in groups, long enough for a telephone number.
const PHONE_PATTERN: &str = r"\+?\(?[0-9][0-9 ().\u{2010}-\u{2013}-]{7,}[0-9]";

/// Two capitals and five digits, as in the United States and Italy, or the form of the United Kingdom and Canada.
const POSTAL_CODE_PATTERN: &str = r"(?-u:\b)(?:[A-Z]{2},? [0-9]{5}(?:-[0-9]{4})?|[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}|[A-Z][0-9][A-Z] [0-9][A-Z][0-9])(?-u:\b)";

/// What every link has. The pattern of links itself has Unicode's word boundaries, which the fast engine cannot see.
const LINK_MARKS: &str = r"@|://|www\.|WWW\.|inkedin\.com/";

/// A line in which none of these matches has no contact. None of them matches across a line end.
pub(super) const SUSPECT_PATTERNS: [&str; 4] =
    [LINK_MARKS, STREET_PATTERN, PHONE_PATTERN, POSTAL_CODE_PATTERN];

static LINK: LazyLock<Regex> = LazyLock::new(|| compiled(LINK_PATTERN));
static STREET: LazyLock<Regex> = LazyLock::new(|| compiled(STREET_PATTERN));
static PHONE: LazyLock<Regex> = LazyLock::new(|| compiled(PHONE_PATTERN));
static POSTAL_CODE: LazyLock<Regex> = LazyLock::new(|| compiled(POSTAL_CODE_PATTERN));

fn compiled(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the patterns are constant")
}

fn has_link(text: &str) -> bool {
    (text.contains('@')
        || text.contains("www.")
        || text.contains("WWW.")
        || text.contains("://")
        || text.contains("inkedin.com/"))
        && LINK.is_match(text)
}

fn has_street(text: &str) -> bool {
    has_digit(text) && STREET.is_match(text)
}

fn has_postal_code(text: &str) -> bool {
    has_digit(text) && POSTAL_CODE.is_match(text)
}

fn has_phone(text: &str) -> bool {
    text.bytes().filter(u8::is_ascii_digit).count() >= 9
        && PHONE.find_iter(text).any(|found| is_phone(found.as_str()))
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}

/// 9 to 15 digits that are not a span of dates.
fn is_phone(number: &str) -> bool {
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let groups = number.split(|c: char| !c.is_ascii_digit());
    let years = groups
        .filter(|group| group.len() == 4 && (group.starts_with("19") || group.starts_with("20")))
        .count();
    (9..=15).contains(&digits) && years < 2
}

/// The line names nothing but the person's own place.
fn is_place(line: &str, place: &[&str]) -> bool {
    let mut words = words(line).map(|(_, word)| word).peekable();
    let known = |word: &str| place.iter().any(|known| known.eq_ignore_ascii_case(word));
    words.peek().is_some() && words.all(known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_contact(text: &str) -> bool {
        let line = Line {
            text,
            is_suspect: true,
        };
        is_contact_line(line, &["Testville", "Ohio"])
    }

    #[test]
    fn contact_lines_are_recognised() {
        for line in [
            "Phone: (555) 010-1234",
            "test@example.com | 555.010.1234",
            "12 Elm Street, Apt 4, Testville, OH 44101",
            "Testville, OH 44101-1234",
            "London SW1A 1AA",
            "P.O. Box 77",
            "https://example.com/me",
            "www.example.com",
            "\u{2022} E-mail : hidden",
            "+44 20 7946 0018",
            "Testville, Ohio",
        ] {
            assert!(is_contact(line), "{line:?}");
        }
    }

    #[test]
    fn other_lines_are_not() {
        for line in [
            "01/2015 - 03/2019 Welder at Example Works",
            "2015 - 2019",
            "10.2014 \u{2013} 12.2016",
            "Managed 12 people and 3 sites",
            "ISO 9001 certified",
            "Contact centre agent: inbound calls",
            "Ohio sales region",
            "Served 1,500,000 - 2,000,000 customers",
            "",
        ] {
            assert!(!is_contact(line), "{line:?}");
        }
    }

    #[test]
    fn paragraphs_lose_only_the_contact() {
        for (raw, clean) in [
            ("Write to t@example.com for more", "Write to  for more"),
            (
                "Lives at 12 North Elm Street, Testville, OH 44101 and drives",
                "Lives at  and drives",
            ),
            ("Call +1 555 010 1234 now", "Call  now"),
            (
                "From 2015-01-02 to 2016-03-04 at sea",
                "From 2015-01-02 to 2016-03-04 at sea",
            ),
        ] {
            assert_eq!(remove(raw), clean, "{raw:?}");
        }
    }
}
