//! The awkward shapes that one Bullhorn field can take on the wire.

/// The text that Bullhorn sends instead of a value the user may not see, even in a numeric field.
pub const CONFIDENTIAL: &str = "**CONFIDENTIAL**";

/// One field as it goes on the wire.
///
/// Blank texts (`""`, `" "`) are ordinary values: `Wire::Value(String::new())`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Wire<T> {
    /// The key is left out of the JSON object, although the field was asked for.
    Absent,
    /// The key is there and its value is `null`.
    #[default]
    Null,
    /// The value is the text [`CONFIDENTIAL`], whatever the type of the field.
    Confidential,
    /// The value itself.
    Value(T),
}

impl<T> Wire<T> {
    /// The value, where there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null | Self::Confidential => None,
        }
    }

    /// The same shape around another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Wire<U> {
        match self {
            Self::Absent => Wire::Absent,
            Self::Null => Wire::Null,
            Self::Confidential => Wire::Confidential,
            Self::Value(value) => Wire::Value(change(value)),
        }
    }
}

impl Wire<String> {
    /// The text, where there is one; `None` for every other shape. A blank text is a text.
    pub fn text(&self) -> Option<&str> {
        self.value().map(String::as_str)
    }
}

impl<T> From<T> for Wire<T> {
    fn from(value: T) -> Self {
        Self::Value(value)
    }
}

/// A `multiValue` text: Bullhorn answers with an array or with one string, as the field was last written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Texts {
    /// A JSON string; several values are joined by commas, as people type them.
    One(String),
    /// A JSON array of strings.
    Many(Vec<String>),
}

/// A `BigDecimal`: the same field comes as a JSON integer or as a JSON float.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Amount {
    /// Written without a fraction, such as `85000`. In money fields 0 means "not given".
    Whole(i64),
    /// Written with a fraction, such as `85000.0` or `41.25`.
    Decimal(f64),
}

impl Amount {
    /// The number, whatever its spelling.
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Whole(value) => value as f64,
            Self::Decimal(value) => value,
        }
    }
}

/// The members of a to-many field, as ids of the entity that the field points to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ToMany {
    /// Ids of the members that Bullhorn shows, ascending, without duplicates.
    pub ids: Vec<u32>,
    /// Members that `total` counts although no reply ever shows them (they were deleted later): the source of
    /// `{"total":1,"data":[]}`.
    pub hidden: u32,
}

impl ToMany {
    /// Members that are all visible; sorts and removes duplicates.
    pub fn of(mut ids: Vec<u32>) -> Self {
        ids.sort_unstable();
        ids.dedup();
        Self { ids, hidden: 0 }
    }

    /// What Bullhorn answers as `total`.
    pub fn total(&self) -> usize {
        self.ids.len() + self.hidden as usize
    }
}

/// A postal address (Bullhorn's COMPOSITE `address`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Address {
    /// Street and number.
    pub address1: Wire<String>,
    /// Flat, suite, floor.
    pub address2: Wire<String>,
    /// City; invented.
    pub city: Wire<String>,
    /// State or county, as code (`OH`), in full (`Ohio`) or in lower case.
    pub state: Wire<String>,
    /// Postal code; US codes may have lost their leading zero or carry four more digits.
    pub zip: Wire<String>,
    /// `countryID`, an id of [`Country`](super::Country).
    pub country_id: Wire<u32>,
    /// Name of the country, padded with spaces as the database column is (`"United States   "`).
    pub country_name: Wire<String>,
    /// ISO 3166 alpha-2 code.
    pub country_code: Wire<String>,
    /// IANA name of the time zone.
    pub timezone: Wire<String>,
}
