//! Units of pay: how agencies turn a year into hours, days and weeks.

pub(crate) const HOURS_A_YEAR: i64 = 2_080;
pub(crate) const DAYS_A_YEAR: i64 = 230;
pub(crate) const WEEKS_A_YEAR: i64 = 52;

/// Pay an hour, in full quarters of a unit.
pub(crate) fn hourly(yearly: i64) -> f64 {
    (yearly * 4 / HOURS_A_YEAR) as f64 / 4.0
}

/// Pay a day, in full fives.
pub(crate) fn daily(yearly: i64) -> i64 {
    yearly / DAYS_A_YEAR / 5 * 5
}
