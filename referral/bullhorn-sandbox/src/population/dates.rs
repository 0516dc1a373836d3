//! Days in the zone of the tenant (New York), whose midnights Bullhorn's DATE fields hold.

use std::sync::LazyLock;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

static TENANT: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::get("America/New_York").expect("the zone database is compiled in"));

/// The day on which an instant falls.
pub(crate) fn day_of(instant: Timestamp) -> Date {
    TENANT.to_datetime(instant).date()
}

/// The first moment of a day.
pub(crate) fn midnight(day: Date) -> Timestamp {
    let start = day.at(0, 0, 0, 0);
    TENANT
        .to_timestamp(start)
        .expect("options admit only years that a Timestamp holds")
}

/// A day so many days later.
pub(crate) fn days_after(day: Date, days: i64) -> Date {
    day.saturating_add(Span::new().days(days))
}

/// The first day of the month that lies so many months earlier.
pub(crate) fn months_before(day: Date, months: i64) -> Date {
    day.first_of_month().saturating_sub(Span::new().months(months))
}
