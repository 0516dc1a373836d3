//! Tells whether two candidates are probably one person who was entered twice.
//!
//! Two records are near duplicates when their names agree in letters, whatever their order, case, accents or
//! punctuation, and a second thing agrees: the last seven digits of the phone, the local part of the e-mail, or place
//! and occupation together.

use std::collections::HashMap;

use referral_store::EntityId;
use referral_store::quality::CandidateRow;

/// What is compared of a person.
pub(crate) struct Person {
    id: EntityId,
    keys: Vec<String>,
}

/// The people seen so far, by what is compared.
#[derive(Default)]
pub(crate) struct Fingerprints {
    seen: HashMap<String, EntityId>,
}

impl Fingerprints {
    /// Adds a person; returns whom it probably is, if it was seen before.
    pub(crate) fn insert(&mut self, person: Person) -> Option<EntityId> {
        let known = person.keys.iter().find_map(|key| self.seen.get(key).copied());
        for key in person.keys {
            self.seen.entry(key).or_insert(person.id);
        }
        known
    }
}

/// What is compared of a candidate; `None` when there is too little to tell.
pub(crate) fn fingerprint(row: &CandidateRow) -> Option<Person> {
    let name = name(row)?;
    let phone = row.phone_e164.as_deref().map(|phone| {
        let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
        digits[digits.len().saturating_sub(7)..]
            .iter()
            .collect::<String>()
    });
    let mail = row
        .email
        .as_deref()
        .and_then(|mail| mail.split('@').next())
        .map(letters);
    let work = row.city.as_deref().zip(row.occupation.as_deref());
    let keys: Vec<String> = [
        phone.map(|phone| format!("{name}|phone|{phone}")),
        mail.map(|mail| format!("{name}|mail|{mail}")),
        work.map(|(city, occupation)| format!("{name}|work|{}|{}", letters(city), letters(occupation))),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!keys.is_empty()).then_some(Person { id: row.id, keys })
}

/// The words of a name in alphabetical order, without what typists vary.
fn name(row: &CandidateRow) -> Option<String> {
    let full = [row.first_name.as_deref(), row.last_name.as_deref()];
    let mut words: Vec<String> = full
        .into_iter()
        .flatten()
        .flat_map(|part| part.split(|c: char| c.is_whitespace() || c == '-'))
        .map(letters)
        .filter(|word| word.len() > 1)
        .collect();
    words.sort();
    (words.len() > 1).then(|| words.join(" "))
}

/// Lower-case letters and digits only; the commonest accents become plain letters.
fn letters(text: &str) -> String {
    let plain = |c: char| match c {
        'à'..='å' => 'a',
        'ç' => 'c',
        'è'..='ë' => 'e',
        'ì'..='ï' => 'i',
        'ñ' => 'n',
        'ò'..='ö' | 'ø' => 'o',
        'ù'..='ü' => 'u',
        'ý' | 'ÿ' => 'y',
        other => other,
    };
    text.to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric())
        .map(plain)
        .collect()
}
