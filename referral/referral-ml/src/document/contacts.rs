//! The last guard before a text is embedded: no e-mail address, telephone number or web address goes to a model.
//!
//! The sync removes these and everything that is about the person rather than the work, names and protected attributes
//! among it; here it knows the person's record, which a model never sees. This guard stands for the day when a source
//! hides a contact line from it, because a text may also leave the house, to a remote embedding server.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

const PATTERN: &str = concat!(
    // E-mail addresses.
    r"[[:alnum:]._%+-]+@[[:alnum:]-]+(?:\.[[:alnum:]-]+)+",
    // Web addresses, with or without a scheme.
    r"|(?i:https?://|www\.)[^\s,;|)]+",
    // Profiles by their well-known hosts.
    r"|(?i:\b(?:linkedin|github|facebook|twitter|instagram)\.com/[^\s,;|)]+)",
    // Telephone numbers: international, and the North American form.
    r"|\+[0-9][0-9 ().-]{7,17}[0-9]",
    r"|\(?\b[0-9]{3}\)?[ .-]?[0-9]{3}[ .-][0-9]{4}\b",
);

/// The text without e-mail addresses, telephone numbers and web addresses; borrowed when it has none.
pub fn without_contacts(text: &str) -> Cow<'_, str> {
    static CONTACT: LazyLock<Regex> = LazyLock::new(|| Regex::new(PATTERN).expect("the pattern is constant"));
    CONTACT.replace_all(text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contact_details_are_taken_out() {
        let cases = [
            ("write to jo.doe+cv@mail.example.com today", "write to  today"),
            ("call (555) 010-1234 or 555.010.1234", "call  or "),
            ("call +44 20 7946 0958, evenings", "call , evenings"),
            (
                "see https://example.com/~jo and www.example.org/cv.pdf",
                "see  and ",
            ),
            ("linkedin.com/in/jo-doe | welder", " | welder"),
        ];
        for (text, expected) in cases {
            assert_eq!(without_contacts(text), expected);
        }
    }

    #[test]
    fn what_only_looks_like_a_contact_stays() {
        for text in [
            "2015 - 2019 welder, 2019-2023 foreman",
            "ISO 9001:2015, 120,000 units, 3.5 t",
            "managed 250 000 records @ night",
            "C++, C#, .NET, node.js, ASP.NET",
        ] {
            assert!(matches!(without_contacts(text), Cow::Borrowed(_)), "{text}");
        }
    }
}
