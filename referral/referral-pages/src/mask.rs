//! People as they are shown: nothing that says who somebody is, unless it was asked for and written down.

use referral_store::pages::people::Person;
use serde_json::{Value, json};

/// Whether personal data is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sight {
    /// It is not.
    Masked,
    /// It is, and that was written down.
    Revealed,
}

/// A person as JSON.
pub(crate) fn person(person: &Person, sight: Sight) -> Value {
    let names = [&person.first_name, &person.last_name];
    let names = names.into_iter().flatten().map(String::as_str);
    let (name, email, phone) = match sight {
        Sight::Masked => (
            masked_name(names),
            person.email.as_deref().map(masked_email),
            person.phone_e164.as_deref().map(masked_phone),
        ),
        Sight::Revealed => (
            names.collect::<Vec<_>>().join(" "),
            person.email.clone(),
            person.phone_e164.clone(),
        ),
    };
    json!({
        "id": person.id, "name": (!name.is_empty()).then_some(name), "email": email, "phone": phone,
        "occupation": person.occupation, "city": person.city, "state": person.state,
    })
}

/// `J… S…`: the first letter of each name.
pub(crate) fn masked_name<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let first = |name: &str| name.trim().chars().next().map(|letter| format!("{letter}…"));
    let letters: Vec<String> = names
        .into_iter()
        .flat_map(str::split_whitespace)
        .filter_map(first)
        .collect();
    letters.join(" ")
}

/// `j…@…`: whether it looks like an address, and nothing else.
fn masked_email(email: &str) -> String {
    let first: String = email.chars().take(1).collect();
    let rest = if email.contains('@') { "…@…" } else { "…" };
    format!("{first}{rest}")
}

/// `+1…34`: the ends.
fn masked_phone(phone: &str) -> String {
    let letters: Vec<char> = phone.chars().collect();
    let (Some(head), Some(tail)) = (
        letters.get(..2),
        letters.len().checked_sub(2).and_then(|at| letters.get(at..)),
    ) else {
        return "…".to_owned();
    };
    format!("{}…{}", String::from_iter(head), String::from_iter(tail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_say_no_more_than_first_letters() {
        assert_eq!(masked_name(["Jane Mary", "Smith"]), "J… M… S…");
        assert_eq!(masked_name([" "]), "");
        assert_eq!(masked_email("jane@example.com"), "j…@…");
        assert_eq!(masked_email("nonsense"), "n…");
        assert_eq!(masked_phone("+15550101234"), "+1…34");
        assert_eq!(masked_phone("1"), "…");
    }
}
