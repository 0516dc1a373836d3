//! Days, which arrive as moments and are none.

use jiff::Timestamp;

/// A day as the account sees it. The moment is midnight in the account's time zone, which the reply does not name, so
/// it must not be read as an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TenantDay(pub(crate) Timestamp);

impl TenantDay {
    /// Midnight of the day in the account's zone.
    pub fn midnight(self) -> Timestamp {
        self.0
    }

    /// The calendar day, given the account's time zone.
    pub fn date_in(self, zone: &jiff::tz::TimeZone) -> jiff::civil::Date {
        zone.to_datetime(self.0).date()
    }
}
