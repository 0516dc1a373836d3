//! What may be said about a call in logs and errors: where it went and what the server answered, without tokens, query
//! strings and personal data.

use std::fmt;

use url::Url;

/// The longest server message that is repeated.
const MESSAGE_CHARS_MAX: usize = 200;
/// The longest path that is shown; lists of ids can run to thousands of characters.
const PATH_CHARS_MAX: usize = 100;
/// Digits from which a run of numbers counts as a phone number or another personal number.
const PERSONAL_DIGITS: usize = 7;
/// Length from which a word of letters and digits counts as a token.
const TOKEN_CHARS: usize = 20;

/// Where a call went: method, host and path, fit for logs. The query string and the corporation's token in the path
/// are left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(String);

impl Place {
    /// `corp_token` is the path segment to mask, where the URL has one.
    pub(crate) fn new(method: &str, url: &Url, corp_token: Option<&str>) -> Self {
        let mut path = url.path().to_owned();
        if let Some(token) = corp_token.filter(|token| !token.is_empty()) {
            path = path.replace(&format!("/{token}/"), "/***/");
        }
        if let Some((cut, _)) = path.char_indices().nth(PATH_CHARS_MAX) {
            path.truncate(cut);
            path.push('…');
        }
        Self(format!("{method} {}{path}", url.origin().ascii_serialization()))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A message of the server without what it may quote from the request or the data: e-mail addresses, phone numbers,
/// tokens, query strings, double-quoted values and the text of a refused query.
pub(crate) fn message(raw: &str) -> String {
    let raw = match raw.find("Bad Query") {
        Some(start) => &raw[..start + "Bad Query".len()],
        None => raw,
    };
    let mut words: Vec<String> = Vec::new();
    let mut numbers: Vec<&str> = Vec::new();
    let unquoted = without_quoted_values(raw);
    for word in unquoted.split_whitespace() {
        if is_number_part(word) {
            numbers.push(word);
        } else {
            flush_numbers(&mut numbers, &mut words);
            words.push(masked_word(word));
        }
    }
    flush_numbers(&mut numbers, &mut words);
    let text = words.join(" ");
    match text.char_indices().nth(MESSAGE_CHARS_MAX) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text,
    }
}

/// Replaces what stands between double quotes.
fn without_quoted_values(text: &str) -> String {
    let mut parts = text.split('"');
    let mut out = parts.next().unwrap_or_default().to_owned();
    let mut inside = true;
    for part in parts {
        out.push_str(if inside { "\"***\"" } else { part });
        inside = !inside;
    }
    out
}

fn is_number_part(word: &str) -> bool {
    word.contains(|c: char| c.is_numeric()) && word.chars().all(|c| c.is_numeric() || "+-()./,:'".contains(c))
}

fn flush_numbers(numbers: &mut Vec<&str>, words: &mut Vec<String>) {
    let digits: usize = numbers
        .iter()
        .map(|part| part.chars().filter(|c| c.is_numeric()).count())
        .sum();
    if digits >= PERSONAL_DIGITS {
        words.push("[number]".to_owned());
    } else {
        words.extend(numbers.iter().map(|&part| part.to_owned()));
    }
    numbers.clear();
}

fn masked_word(word: &str) -> String {
    if word.contains('@') || word.contains("%40") {
        return "[e-mail]".to_owned();
    }
    let word = word.split('?').next().unwrap_or_default();
    if let Some((name, _)) = word.split_once('=') {
        return format!("{name}=***");
    }
    let core = word.trim_matches(|c: char| !c.is_alphanumeric());
    let like_a_token = core.len() >= TOKEN_CHARS
        && core.contains(|c: char| c.is_ascii_digit())
        && core.chars().all(|c| c.is_alphanumeric() || "_-:.".contains(c));
    if like_a_token {
        "[token]".to_owned()
    } else {
        word.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_the_server_says_stays_readable_and_loses_what_is_private() {
        let cases = [
            (
                "Invalid field 'x' at position 0.",
                "Invalid field 'x' at position 0.",
            ),
            ("Bad Query: email:\"a.person@example.test\"", "Bad Query"),
            ("no user a.person@example.test here", "no user [e-mail] here"),
            ("call +1 (555) 010 9999 now", "call [number] now"),
            ("waited 1000 ms", "waited 1000 ms"),
            (
                "bad token 00000000-aaaa-bbbb-cccc-000000000000.",
                "bad token [token]",
            ),
            ("at https://h.test/x?BhRestToken=abc", "at https://h.test/x"),
            ("password=hunter2", "password=***"),
            (
                "duplicate name \"Test Person\" found",
                "duplicate name \"***\" found",
            ),
            (
                "Bad 'BhRestToken' or timed-out.",
                "Bad 'BhRestToken' or timed-out.",
            ),
        ];
        for (raw, expected) in cases {
            assert_eq!(message(raw), expected, "{raw}");
        }
    }

    #[test]
    fn a_place_shows_host_and_path_but_neither_query_nor_corporation() {
        let url = Url::parse(
            "https://rest00.example.test/rest-services/corp00/search/Candidate?query=x&BhRestToken=t",
        )
        .unwrap();
        let place = Place::new("GET", &url, Some("corp00"));
        assert_eq!(
            place.to_string(),
            "GET https://rest00.example.test/rest-services/***/search/Candidate"
        );
    }

    #[test]
    fn a_place_cuts_long_lists_of_ids() {
        let url = Url::parse(&format!("https://h.test/entity/Candidate/{}", "1,".repeat(3_000))).unwrap();
        assert!(Place::new("GET", &url, None).to_string().chars().count() < 150);
    }

    proptest! {
        #[test]
        fn no_address_and_no_long_number_survives(
            before in "[a-z ]{0,20}", name in "[a-z]{1,8}", digits in "[0-9]{7,12}", after in "[a-z ]{0,20}",
        ) {
            let text = message(&format!("{before} {name}@example.test {digits} {after}"));
            prop_assert!(!text.contains('@'));
            prop_assert!(!text.contains(&digits));
        }

        #[test]
        fn any_text_gives_a_short_message(raw in ".{0,500}") {
            prop_assert!(message(&raw).chars().count() <= MESSAGE_CHARS_MAX + 1);
        }
    }
}
