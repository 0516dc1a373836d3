//! Telephone numbers to E.164.

use phonenumber::Mode;
use phonenumber::metadata::DATABASE;

/// The longest text that is looked at: fields have 20 characters, several numbers may stand in one.
const TEXT_MAX: usize = 120;

/// The number in E.164 (`+15551234567`), if the text holds one of a length that its country has.
///
/// `country_code` (ISO alpha-2) says whose national format is meant when the number does not start with `+`. Extensions are
/// dropped. Of several numbers the first usable one counts. A number need not be in service: only its length is checked,
/// since new ranges appear faster than tables are updated.
pub fn phone_e164(text: &str, country_code: &str) -> Option<String> {
    if text.len() > TEXT_MAX || text.bytes().filter(u8::is_ascii_digit).count() < 6 {
        return None;
    }
    let region = country_code.parse().ok();
    text.split([';', ',', '|', '\n'])
        .flat_map(|part| part.split(" / "))
        .find_map(|part| one_number(part, region))
}

fn one_number(text: &str, region: Option<phonenumber::country::Id>) -> Option<String> {
    // Letters are an extension or a label; vanity numbers are not worth guessing.
    let text = text
        .trim()
        .trim_start_matches(|c: char| c.is_alphabetic() || matches!(c, ':' | '.' | ' '));
    let end = text
        .find(|c: char| c.is_alphabetic() || c == '#')
        .unwrap_or(text.len());
    let digits = text.get(..end)?.trim();
    let international = digits.strip_prefix("00").map(|rest| format!("+{rest}"));
    let number = phonenumber::parse(region, international.as_deref().unwrap_or(digits)).ok()?;
    // Several countries share a calling code; their numbers have the lengths of the first, main one.
    let metadata = *DATABASE.by_code(&number.code().value())?.first()?;
    let length = u16::try_from(number.national().value().checked_ilog10()? + 1).ok()?;
    let length = length + u16::from(number.national().zeros());
    let descriptors = metadata.descriptors();
    let kinds = [
        descriptors.fixed_line(),
        descriptors.mobile(),
        descriptors.toll_free(),
    ];
    let possible = kinds
        .into_iter()
        .flatten()
        .any(|kind| kind.possible_length().contains(&length));
    possible.then(|| number.format().mode(Mode::E164).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_their_country() {
        for (raw, country, clean) in [
            ("(555) 010-1234", "US", Some("+15550101234")),
            ("1-555-010-1234", "US", Some("+15550101234")),
            ("555.010.1234 ext. 77", "US", Some("+15550101234")),
            ("555.010.1234x77", "US", Some("+15550101234")),
            ("+44 20 7946 0018", "US", Some("+442079460018")),
            ("0044 20 7946 0018", "US", Some("+442079460018")),
            ("020 7946 0018", "GB", Some("+442079460018")),
            ("030 901820", "DE", Some("+4930901820")),
            ("Tel: 555-010-1234", "US", Some("+15550101234")),
            ("555-0101; 555-010-1234", "US", Some("+15550101234")),
            ("555-0101", "US", None),
            ("123", "US", None),
            ("n/a", "US", None),
            ("", "US", None),
            ("00000000000", "US", None),
            ("call me maybe 12345", "US", None),
            ("+15550101234", "??", Some("+15550101234")),
        ] {
            assert_eq!(phone_e164(raw, country).as_deref(), clean, "{raw:?} {country}");
        }
    }
}
