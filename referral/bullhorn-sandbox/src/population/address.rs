//! Addresses as people type them.

use super::country;
use super::random::Random;
use super::record::{Address, Wire};
use super::vocabulary::Place;

/// What an address is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts<'a> {
    pub(crate) street: &'a str,
    pub(crate) flat: Option<&'a str>,
    pub(crate) zip: &'a str,
    pub(crate) place: &'a Place,
}

/// The width of the database column that holds names of countries.
const COUNTRY_NAME_CHARS: usize = 50;

/// The address as it lies in a record: padded, abbreviated, incomplete.
pub(crate) fn typed(parts: &Parts<'_>, random: &mut Random) -> Address {
    let Parts {
        street,
        flat,
        zip,
        place,
    } = parts;
    let country = country::market(&place.country).country;
    let width = if random.percent(60) {
        COUNTRY_NAME_CHARS
    } else {
        country.name.len() + 3
    };
    Address {
        address1: random.text(82, |_| (*street).to_owned()),
        address2: match flat {
            Some(flat) => Wire::Value((*flat).to_owned()),
            None => random.blank(),
        },
        city: random.text(95, |random| city(&place.city, random)),
        state: random.text(92, |random| state(place, random)),
        zip: random.text(88, |random| typed_zip(zip, &place.country, random)),
        country_id: Wire::Value(country.id),
        country_name: random.value(96, |_| format!("{:width$}", country.name)),
        country_code: random.value(90, |_| country.code.to_owned()),
        timezone: random.value(55, |_| place.timezone.clone()),
    }
}

fn city(city: &str, random: &mut Random) -> String {
    match random.below(40) {
        0 => city.to_uppercase(),
        1 => city.to_lowercase(),
        2 => format!("{city} "),
        _ => city.to_owned(),
    }
}

fn state(place: &Place, random: &mut Random) -> String {
    match random.below(20) {
        0..14 => place.state.clone(),
        14..17 => place.state_name.clone(),
        17 => place.state_name.to_lowercase(),
        18 => place.state.to_lowercase(),
        _ => format!("{} ", place.state),
    }
}

/// A spreadsheet takes leading zeros away; some people know all nine digits.
fn typed_zip(zip: &str, country: &str, random: &mut Random) -> String {
    if country != "US" {
        return if random.percent(15) {
            zip.to_lowercase().replace(' ', "")
        } else {
            zip.to_owned()
        };
    }
    match random.below(20) {
        0..3 => format!("{zip}-{:04}", random.between(1, 9_999)),
        3..9 => zip.trim_start_matches('0').to_owned(),
        _ => zip.to_owned(),
    }
}
