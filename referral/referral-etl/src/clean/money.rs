//! Pay, whatever it is quoted in, as whole currency units a year.

/// Hours worked in a week when nothing else is known.
pub const FULL_TIME_HOURS: f64 = 40.0;
const WEEKS: f64 = 52.0;
const DAYS: f64 = 260.0;
const MONTHS: f64 = 12.0;

/// Less than this a year is a typing error or another unit.
const YEARLY_MIN: f64 = 1_000.0;
/// More than this a year is a typing error.
const YEARLY_MAX: f64 = 10_000_000.0;

/// What an amount of pay is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayUnit {
    /// An hour of work.
    Hour,
    /// A day of work.
    Day,
    /// A week.
    Week,
    /// A month.
    Month,
    /// A year.
    Year,
}

impl PayUnit {
    /// Reads a tenant's unit, such as `Per Hour`, `Yearly`, `p.a.`; `None` when it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        let words: Vec<&str> = text
            .split(|c: char| !c.is_alphabetic())
            .filter(|word| !word.is_empty())
            .collect();
        let is = |abbreviations: &[&str]| words.iter().any(|word| abbreviations.contains(word));
        if has(&["hour"]) || is(&["hr", "hrs", "h", "ph"]) {
            Some(Self::Hour)
        } else if has(&["day", "daily", "diem"]) || is(&["pd"]) {
            Some(Self::Day)
        } else if has(&["week"]) || is(&["wk", "pw"]) {
            Some(Self::Week)
        } else if has(&["month"]) || is(&["mo", "pm"]) {
            Some(Self::Month)
        } else if has(&["year", "annual", "annum"]) || is(&["yr", "pa", "salary"]) || words == ["p", "a"] {
            Some(Self::Year)
        } else {
            None
        }
    }

    /// The unit in which an amount of this size is usually quoted.
    pub fn suggested_by(amount: f64) -> Self {
        match amount {
            ..200.0 => Self::Hour,
            200.0..1_800.0 => Self::Day,
            1_800.0..15_000.0 => Self::Month,
            _ => Self::Year,
        }
    }

    /// How many of this unit make a year, at `hours_per_week` hours of work.
    fn per_year(self, hours_per_week: f64) -> f64 {
        match self {
            Self::Hour => hours_per_week * WEEKS,
            Self::Day => DAYS,
            Self::Week => WEEKS,
            Self::Month => MONTHS,
            Self::Year => 1.0,
        }
    }
}

/// The amount a year, rounded to whole units; `None` when it is 0, negative or absurd.
pub fn yearly(amount: f64, unit: PayUnit, hours_per_week: f64) -> Option<i64> {
    let hours = if (1.0..=80.0).contains(&hours_per_week) {
        hours_per_week
    } else {
        FULL_TIME_HOURS
    };
    let yearly = amount * unit.per_year(hours);
    (YEARLY_MIN..=YEARLY_MAX)
        .contains(&yearly)
        .then(|| yearly.round() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_recognised() {
        for (text, unit) in [
            ("Per Hour", Some(PayUnit::Hour)),
            ("hourly", Some(PayUnit::Hour)),
            ("$/hr", Some(PayUnit::Hour)),
            ("Per Day", Some(PayUnit::Day)),
            ("per diem", Some(PayUnit::Day)),
            ("Weekly", Some(PayUnit::Week)),
            ("Monthly", Some(PayUnit::Month)),
            ("Yearly", Some(PayUnit::Year)),
            ("Per Annum", Some(PayUnit::Year)),
            ("p.a.", Some(PayUnit::Year)),
            ("", None),
            ("TBD", None),
        ] {
            assert_eq!(PayUnit::parse(text), unit, "{text:?}");
        }
    }

    #[test]
    fn the_size_of_an_amount_suggests_its_unit() {
        let suggested = [45.5, 340.0, 5_200.0, 85_000.0].map(PayUnit::suggested_by);
        assert_eq!(
            suggested,
            [PayUnit::Hour, PayUnit::Day, PayUnit::Month, PayUnit::Year]
        );
    }

    #[test]
    fn pay_becomes_yearly_and_absurd_pay_is_none() {
        for (amount, unit, hours, expected) in [
            (50.0, PayUnit::Hour, 40.0, Some(104_000)),
            (50.0, PayUnit::Hour, 20.0, Some(52_000)),
            (50.0, PayUnit::Hour, 0.0, Some(104_000)),
            (41.25, PayUnit::Hour, 40.0, Some(85_800)),
            (400.0, PayUnit::Day, 40.0, Some(104_000)),
            (2_000.0, PayUnit::Week, 40.0, Some(104_000)),
            (5_000.0, PayUnit::Month, 40.0, Some(60_000)),
            (85_000.4, PayUnit::Year, 40.0, Some(85_000)),
            (0.0, PayUnit::Year, 40.0, None),
            (-5.0, PayUnit::Hour, 40.0, None),
            (45.0, PayUnit::Year, 40.0, None),
            (99_999_999.0, PayUnit::Year, 40.0, None),
            (f64::NAN, PayUnit::Year, 40.0, None),
        ] {
            assert_eq!(yearly(amount, unit, hours), expected, "{amount} {unit:?} {hours}");
        }
    }
}
