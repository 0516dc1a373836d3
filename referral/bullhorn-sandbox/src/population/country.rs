//! Countries: those in which people of a population live, and the rest of the look-up table.

use super::record::Country;

/// What differs from country to country in a record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Market {
    pub(crate) country: Country,
    /// Sign of the currency.
    pub(crate) currency: &'static str,
    /// Pay in units of the currency, in percent of the same work in US dollars.
    pub(crate) pay_percent: i64,
}

/// Codes of the countries in which people live, the home of the agency first.
pub(crate) const CODES: &[&str] = &["US", "CA", "GB", "IE", "AU", "DE"];

/// The look-up table; an id is the place plus one.
pub(crate) const COUNTRIES: &[Country] = &[
    country(1, "US", "United States"),
    country(2, "CA", "Canada"),
    country(3, "GB", "United Kingdom"),
    country(4, "IE", "Ireland"),
    country(5, "AU", "Australia"),
    country(6, "DE", "Germany"),
    country(7, "AT", "Austria"),
    country(8, "BE", "Belgium"),
    country(9, "BR", "Brazil"),
    country(10, "CH", "Switzerland"),
    country(11, "CN", "China"),
    country(12, "CZ", "Czech Republic"),
    country(13, "DK", "Denmark"),
    country(14, "ES", "Spain"),
    country(15, "FI", "Finland"),
    country(16, "FR", "France"),
    country(17, "IN", "India"),
    country(18, "IT", "Italy"),
    country(19, "JP", "Japan"),
    country(20, "MX", "Mexico"),
    country(21, "NL", "Netherlands"),
    country(22, "NO", "Norway"),
    country(23, "NZ", "New Zealand"),
    country(24, "PH", "Philippines"),
    country(25, "PL", "Poland"),
    country(26, "PT", "Portugal"),
    country(27, "SE", "Sweden"),
    country(28, "SG", "Singapore"),
    country(29, "VN", "Vietnam"),
    country(30, "ZA", "South Africa"),
];

const fn country(id: u32, code: &'static str, name: &'static str) -> Country {
    Country { id, code, name }
}

/// The market of a country in which people live; the home market for every other code.
pub(crate) fn market(code: &str) -> Market {
    let (id, currency, pay_percent) = match code {
        "CA" => (2, "$", 118),
        "GB" => (3, "£", 66),
        "IE" => (4, "€", 76),
        "AU" => (5, "$", 126),
        "DE" => (6, "€", 78),
        _ => (1, "$", 100),
    };
    let country = COUNTRIES.iter().find(|country| country.id == id).copied();
    Market {
        country: country.expect("every market is in the table"),
        currency,
        pay_percent,
    }
}
