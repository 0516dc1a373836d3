//! The parts of an address that location matching needs; the street is not asked for.

use crate::fields::FieldsBuilder;
use crate::wire::row::{Row, RowFault};

/// City, region and country of a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Address {
    /// The city.
    pub city: Option<String>,
    /// The state, province or region.
    pub state: Option<String>,
    /// The postal code.
    pub zip: Option<String>,
    /// The country as a code, usually two letters; accounts often have only the name.
    pub country_code: Option<String>,
    /// The country's name.
    pub country_name: Option<String>,
}

impl Address {
    pub(crate) fn select(fields: FieldsBuilder) -> FieldsBuilder {
        fields
            .field("city")
            .field("state")
            .field("zip")
            .field("countryCode")
            .field("countryName")
    }

    /// Reads the composite field `address`; a record without one has an empty address.
    pub(crate) fn of(row: &Row<'_>) -> Result<Self, RowFault> {
        let Some(address) = row.one("address")? else {
            return Ok(Self::default());
        };
        Ok(Self {
            city: address.text("city")?,
            state: address.text("state")?,
            zip: address.text("zip")?,
            country_code: address.text("countryCode")?,
            country_name: address.text("countryName")?,
        })
    }
}
