//! Dates on the command line: a day, a date and time, with or without a zone. Without one it is UTC.

use anyhow::{Result, bail};
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

pub(crate) use updraft_model::isoformat;

/// The instants that a text may mean: a day is all of it, a date and time is one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DateRange {
    /// The first instant.
    pub(crate) first: Timestamp,
    /// The last instant, inclusive.
    pub(crate) last: Timestamp,
}

impl DateRange {
    /// Every date there is.
    pub(crate) const ALL: Self = Self {
        first: Timestamp::MIN,
        last: Timestamp::MAX,
    };

    /// From one date to another; without one of them there is no limit on that side.
    ///
    /// # Errors
    /// A text is no date.
    pub(crate) fn between(first: Option<&str>, last: Option<&str>) -> Result<Self> {
        let first = first
            .map(Self::parse)
            .transpose()?
            .map_or(Timestamp::MIN, |range| range.first);
        let last = last
            .map(Self::parse)
            .transpose()?
            .map_or(Timestamp::MAX, |range| range.last);
        Ok(Self { first, last })
    }

    /// Reads `2024-01-12`, `2024-01-12T06:00:00`, `2024-01-12 06:00` or `2024-01-12T06:00:00+00:00`.
    ///
    /// # Errors
    /// The text is no date.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        if let Ok(at) = text.replacen(' ', "T", 1).parse::<Timestamp>() {
            return Ok(Self { first: at, last: at });
        }
        if text.contains([':', 'T'])
            && let Ok(at) = text.parse::<DateTime>()
        {
            let at = at.to_zoned(TimeZone::UTC)?.timestamp();
            return Ok(Self { first: at, last: at });
        }
        let Ok(day) = text.parse::<Date>() else {
            bail!("`{text}` is no date; write `2024-01-12` or `2024-01-12T06:00:00+00:00`");
        };
        let first = day.to_zoned(TimeZone::UTC)?.timestamp();
        let last = day.checked_add(1.day())?.to_zoned(TimeZone::UTC)?.timestamp() - 1.microsecond();
        Ok(Self { first, last })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_ranges_and_times_are_instants() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let day = DateRange::parse("2024-01-12").unwrap();
        assert_eq!(
            (day.first, day.last),
            (at("2024-01-12T00:00:00Z"), at("2024-01-12T23:59:59.999999Z"))
        );
        for text in [
            "2024-01-12T06:00:00",
            "2024-01-12 06:00",
            "2024-01-12T06:00:00+00:00",
            "2024-01-12 08:00:00+02:00",
        ] {
            let range = DateRange::parse(text).unwrap();
            assert_eq!(
                (range.first, range.last),
                (at("2024-01-12T06:00:00Z"), at("2024-01-12T06:00:00Z")),
                "{text}"
            );
        }
        let error = DateRange::parse("yesterday").unwrap_err().to_string();
        assert_eq!(
            error,
            "`yesterday` is no date; write `2024-01-12` or `2024-01-12T06:00:00+00:00`"
        );
    }
}
