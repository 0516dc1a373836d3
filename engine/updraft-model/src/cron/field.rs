//! The fields of a cron expression: which values they may have, and which ones an expression chose.

use std::collections::BTreeSet;
use std::fmt;

/// A field of a cron expression, in the order they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CronField {
    /// 0-59.
    Minute,
    /// 0-23.
    Hour,
    /// 1-31.
    DayOfMonth,
    /// 1-12.
    Month,
    /// 0-6 from Sunday; 7 is Sunday too.
    DayOfWeek,
    /// 0-59; the sixth field.
    Second,
    /// 1970-2099; the seventh field.
    Year,
}

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl CronField {
    pub(crate) const ALL: [Self; 7] = [
        Self::Minute,
        Self::Hour,
        Self::DayOfMonth,
        Self::Month,
        Self::DayOfWeek,
        Self::Second,
        Self::Year,
    ];

    /// The smallest and the largest value.
    pub(crate) const fn bounds(self) -> (u32, u32) {
        match self {
            Self::Minute | Self::Second => (0, 59),
            Self::Hour => (0, 23),
            Self::DayOfMonth => (1, 31),
            Self::Month => (1, 12),
            Self::DayOfWeek => (0, 6),
            Self::Year => (1970, 2099),
        }
    }

    /// The value of a name such as `feb` or `mon` (lower case) in this field.
    pub(crate) fn named(self, name: &str) -> Option<u32> {
        let position = |names: &[&str]| names.iter().position(|known| *known == name).map(|at| at as u32);
        match self {
            Self::Month => position(&MONTHS).map(|at| at + 1),
            Self::DayOfWeek => position(&WEEKDAYS),
            Self::Minute | Self::Hour | Self::DayOfMonth | Self::Second | Self::Year => None,
        }
    }

    /// What people may write in this field.
    pub(crate) const fn allowed(self) -> &'static str {
        match self {
            Self::Minute | Self::Second => "0-59",
            Self::Hour => "0-23",
            Self::DayOfMonth => "1-31, `L` for the last day, or one nearest weekday such as `15W`",
            Self::Month => "1-12 or jan-dec",
            Self::DayOfWeek => {
                "0-7 (0 and 7 are Sunday), sun-sat, `1#2` for the second Monday, or `L5` for the last Friday"
            }
            Self::Year => "1970-2099",
        }
    }
}

impl fmt::Display for CronField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::DayOfMonth => "day of month",
            Self::Month => "month",
            Self::DayOfWeek => "day of week",
            Self::Second => "second",
            Self::Year => "year",
        })
    }
}

/// Which of a weekday's days in a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Nth {
    /// The first is 1; at most 5.
    Number(u32),
    /// The last one.
    Last,
}

/// What an expression says in one field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct FieldChoice {
    /// It has a `*`, alone or in a list: every value will do.
    pub(crate) star: bool,
    /// The values it lists, ranges written out. Also the weekdays of `nth`.
    pub(crate) values: BTreeSet<u32>,
    /// It has an `L` (day of month): the month's last day.
    pub(crate) last: bool,
    /// `15W` (day of month): the weekday nearest to that day.
    pub(crate) nearest_weekday: Option<u32>,
    /// `1#2`, `L5` (day of week).
    pub(crate) nth: BTreeSet<(u32, Nth)>,
}

impl FieldChoice {
    /// Every value, as a plain `*` says it.
    pub(crate) fn every() -> Self {
        Self {
            star: true,
            ..Self::default()
        }
    }

    /// Whether it is a `*` and nothing else, or was reduced to one.
    pub(crate) fn is_just_star(&self) -> bool {
        self.star && self.values.is_empty() && !self.last
    }

    /// How many different things it lists.
    pub(crate) fn len(&self) -> usize {
        self.values.len() + usize::from(self.star) + usize::from(self.last)
    }

    /// The values as a bit mask; all bits of the field when any value will do.
    pub(crate) fn mask(&self, field: CronField) -> u64 {
        let (low, high) = field.bounds();
        let bit = |value: u32| 1_u64 << value;
        if self.star {
            (low..=high).map(bit).sum()
        } else {
            self.values.iter().copied().map(bit).sum()
        }
    }
}
