//! Places: city, region, postal code and country as they can be compared.

use bullhorn::Address;
use referral_store::candidate::Place;

use crate::clean::country::country_code;
use crate::clean::text::field;

/// Names and codes of regions that are written both ways. Source: the postal services of the United States and Canada.
const REGIONS: [(&str, &str, &str); 64] = [
    ("US", "alabama", "AL"),
    ("US", "alaska", "AK"),
    ("US", "arizona", "AZ"),
    ("US", "arkansas", "AR"),
    ("US", "california", "CA"),
    ("US", "colorado", "CO"),
    ("US", "connecticut", "CT"),
    ("US", "delaware", "DE"),
    ("US", "district of columbia", "DC"),
    ("US", "florida", "FL"),
    ("US", "georgia", "GA"),
    ("US", "hawaii", "HI"),
    ("US", "idaho", "ID"),
    ("US", "illinois", "IL"),
    ("US", "indiana", "IN"),
    ("US", "iowa", "IA"),
    ("US", "kansas", "KS"),
    ("US", "kentucky", "KY"),
    ("US", "louisiana", "LA"),
    ("US", "maine", "ME"),
    ("US", "maryland", "MD"),
    ("US", "massachusetts", "MA"),
    ("US", "michigan", "MI"),
    ("US", "minnesota", "MN"),
    ("US", "mississippi", "MS"),
    ("US", "missouri", "MO"),
    ("US", "montana", "MT"),
    ("US", "nebraska", "NE"),
    ("US", "nevada", "NV"),
    ("US", "new hampshire", "NH"),
    ("US", "new jersey", "NJ"),
    ("US", "new mexico", "NM"),
    ("US", "new york", "NY"),
    ("US", "north carolina", "NC"),
    ("US", "north dakota", "ND"),
    ("US", "ohio", "OH"),
    ("US", "oklahoma", "OK"),
    ("US", "oregon", "OR"),
    ("US", "pennsylvania", "PA"),
    ("US", "rhode island", "RI"),
    ("US", "south carolina", "SC"),
    ("US", "south dakota", "SD"),
    ("US", "tennessee", "TN"),
    ("US", "texas", "TX"),
    ("US", "utah", "UT"),
    ("US", "vermont", "VT"),
    ("US", "virginia", "VA"),
    ("US", "washington", "WA"),
    ("US", "west virginia", "WV"),
    ("US", "wisconsin", "WI"),
    ("US", "wyoming", "WY"),
    ("CA", "alberta", "AB"),
    ("CA", "british columbia", "BC"),
    ("CA", "manitoba", "MB"),
    ("CA", "new brunswick", "NB"),
    ("CA", "newfoundland and labrador", "NL"),
    ("CA", "northwest territories", "NT"),
    ("CA", "nova scotia", "NS"),
    ("CA", "nunavut", "NU"),
    ("CA", "ontario", "ON"),
    ("CA", "prince edward island", "PE"),
    ("CA", "quebec", "QC"),
    ("CA", "saskatchewan", "SK"),
    ("CA", "yukon", "YT"),
];

/// The place of an address.
pub(super) fn place(address: &Address) -> Place {
    let country = country_code(address.country_code.as_deref(), address.country_name.as_deref());
    Place {
        city: address.city.as_deref().and_then(|city| field(city, 100)),
        state: address
            .state
            .as_deref()
            .and_then(|state| field(state, 100))
            .map(|state| region(state, country)),
        zip: address
            .zip
            .as_deref()
            .and_then(|zip| field(zip, 20))
            .map(|zip| postal_code(&zip, country)),
        country_code: country.map(str::to_owned),
    }
}

/// The code of a region that has one, upper case; other regions as they are.
fn region(state: String, country: Option<&str>) -> String {
    let lower = state.to_lowercase();
    let named = REGIONS
        .iter()
        .find(|(in_country, name, _)| *name == lower && country.is_none_or(|own| own == *in_country));
    match named {
        Some((_, _, code)) => (*code).to_owned(),
        None if (2..=3).contains(&state.len()) && state.is_ascii() => state.to_ascii_uppercase(),
        None => state,
    }
}

/// The five digits of a code of the United States, which spreadsheets strip of a leading zero; other codes upper case.
fn postal_code(zip: &str, country: Option<&str>) -> String {
    let digits: String = zip.chars().take_while(char::is_ascii_digit).collect();
    let rest = zip.get(digits.len()..).unwrap_or_default();
    let plus_four = rest.is_empty() || (rest.starts_with(['-', ' ']) && rest.len() == 5);
    match (country, digits.len()) {
        (Some("US") | None, 4) if rest.is_empty() && country.is_some() => format!("0{digits}"),
        (Some("US") | None, 5) if plus_four => digits,
        (Some("US"), 9) if rest.is_empty() => digits.chars().take(5).collect(),
        _ => zip.to_uppercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_spelled_one_way() {
        let text = |text: &str| Some(text.to_owned());
        for (state, zip, country, expected) in [
            (
                "oh",
                "44101-1234",
                "United States   ",
                ("OH", "44101", Some("US")),
            ),
            ("Ohio", "2134", "US", ("OH", "02134", Some("US"))),
            ("new york", "100011234", "USA", ("NY", "10001", Some("US"))),
            ("Ontario", "k1a 0b1", "Canada", ("ON", "K1A 0B1", Some("CA"))),
            ("Bavaria", "80331", "Germany", ("Bavaria", "80331", Some("DE"))),
            ("Georgia", "1234", "Nowhere", ("GA", "1234", None)),
        ] {
            let address = Address {
                city: text(" Testville "),
                state: text(state),
                zip: text(zip),
                country_code: None,
                country_name: text(country),
            };
            let place = place(&address);
            assert_eq!(place.city.as_deref(), Some("Testville"));
            let found = (
                place.state.as_deref().unwrap(),
                place.zip.as_deref().unwrap(),
                place.country_code.as_deref(),
            );
            assert_eq!(found, expected);
        }
        assert_eq!(place(&Address::default()), Place::default());
    }
}
