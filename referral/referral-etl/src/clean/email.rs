//! E-mail addresses.

/// Local parts and domain names that people type to get past a mandatory field.
const PLACEHOLDERS: [&str; 10] = [
    "none", "no", "noemail", "no-email", "na", "n.a", "unknown", "nomail", "notgiven", "donotuse",
];

/// The address in lower case, if the text holds exactly one thing that has the form of one.
///
/// Accepts `mailto:`, a display name (`Test <a@b.example>`), surrounding punctuation and several addresses (the first
/// counts). Placeholders such as `none@none.com` are no addresses.
pub fn email(text: &str) -> Option<String> {
    text.split([
        ',', ';', ' ', '\t', '\n', '\r', '<', '>', '(', ')', '[', ']', '"', '|',
    ])
    .map(|word| word.trim_matches(|c: char| matches!(c, '.' | '\'' | ':' | '!' | '?')))
    .map(|word| {
        word.strip_prefix("mailto:")
            .or_else(|| word.strip_prefix("MAILTO:"))
            .unwrap_or(word)
    })
    .filter(|word| word.contains('@'))
    .map(str::to_lowercase)
    .find(|address| is_address(address) && !is_placeholder(address))
}

fn is_address(address: &str) -> bool {
    let Some((local, domain)) = address.split_once('@') else {
        return false;
    };
    let local_ok = (1..=64).contains(&local.len())
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && local
            .chars()
            .all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c));
    let label_ok = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    let top = domain.rsplit('.').next().unwrap_or_default();
    local_ok
        && address.len() <= 254
        && domain.contains('.')
        && domain.split('.').all(label_ok)
        && top.chars().count() >= 2
        && !top.chars().all(|c| c.is_ascii_digit())
}

fn is_placeholder(address: &str) -> bool {
    let (local, domain) = address.split_once('@').unwrap_or_default();
    let name = domain.split('.').next().unwrap_or_default();
    PLACEHOLDERS.contains(&local)
        && (PLACEHOLDERS.contains(&name) || matches!(name, "email" | "mail" | "test"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_recognised_in_what_people_type() {
        for (raw, clean) in [
            (" Test.User@Example.COM ", Some("test.user@example.com")),
            ("mailto:a+b@mail.example.org", Some("a+b@mail.example.org")),
            ("Test User <t@example.com>", Some("t@example.com")),
            ("t@example.com; second@example.com", Some("t@example.com")),
            ("(t@example.com).", Some("t@example.com")),
            ("o'neil@example.ie", Some("o'neil@example.ie")),
            (
                "j\u{f6}rg@b\u{fc}cher.example",
                Some("j\u{f6}rg@b\u{fc}cher.example"),
            ),
            ("t@localhost", None),
            ("t@@example.com", None),
            ("t.@example.com", None),
            ("t@-x.com", None),
            ("t@10.0.0.1", None),
            ("none@none.com", None),
            ("n/a", None),
            ("", None),
        ] {
            assert_eq!(email(raw).as_deref(), clean, "{raw:?}");
        }
    }
}
