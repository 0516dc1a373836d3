//! Which days of a month an expression means.

use jiff::civil::Date;

use super::CronField;
use super::field::{FieldChoice, Nth};

/// One way in which a day can match: it must satisfy both parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DayRule {
    month_days: MonthDays,
    weekdays: Weekdays,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum MonthDays {
    Any,
    Chosen { mask: u64, last: bool },
    NearestWeekday(u32),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Weekdays {
    Any,
    Chosen(u64),
    Nth(Vec<(u32, Nth)>),
}

/// The days an expression means: those of any of its rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DayRules {
    pub(super) rules: Vec<DayRule>,
    /// Whether a rule that never matches spoils the whole expression, as croniter has it when `#`, `L5` or `W` meets
    /// a second day field.
    pub(super) all_must_match: bool,
}

impl DayRules {
    /// Day of month *or* day of week when both are given, as in every cron; `#`, `L5` and `W` stay a condition on
    /// both sides.
    pub(super) fn new(day_of_month: &FieldChoice, day_of_week: &FieldChoice) -> Self {
        let month_days = MonthDays::new(day_of_month);
        let weekdays = Weekdays::new(day_of_week);
        if day_of_month.star || day_of_week.star {
            return Self {
                rules: vec![DayRule { month_days, weekdays }],
                all_must_match: false,
            };
        }
        let keeps_nth = !day_of_week.nth.is_empty();
        let keeps_nearest = day_of_month.nearest_weekday.is_some();
        let by_month_day = DayRule {
            month_days: month_days.clone(),
            weekdays: if keeps_nth {
                weekdays.clone()
            } else {
                Weekdays::Any
            },
        };
        let by_weekday = DayRule {
            month_days: if keeps_nearest { month_days } else { MonthDays::Any },
            weekdays,
        };
        Self {
            rules: vec![by_month_day, by_weekday],
            all_must_match: keeps_nth || keeps_nearest,
        }
    }
}

impl DayRule {
    /// The matching days of the month of `first`, which is its first day: bit 1 for the 1st, bit 31 for the 31st.
    pub(super) fn days(&self, first: Date) -> u64 {
        self.month_days.days(first) & self.weekdays.days(first)
    }
}

impl MonthDays {
    fn new(choice: &FieldChoice) -> Self {
        match choice.nearest_weekday {
            Some(day) => Self::NearestWeekday(day),
            None if choice.star => Self::Any,
            None => Self::Chosen {
                mask: choice.mask(CronField::DayOfMonth),
                last: choice.last,
            },
        }
    }

    fn days(&self, first: Date) -> u64 {
        match self {
            Self::Any => all_days(first),
            Self::Chosen { mask, last } => (mask & all_days(first)) | if *last { last_day(first) } else { 0 },
            Self::NearestWeekday(day) => 1 << nearest_weekday(first, *day),
        }
    }
}

impl Weekdays {
    fn new(choice: &FieldChoice) -> Self {
        if !choice.nth.is_empty() {
            Self::Nth(choice.nth.iter().copied().collect())
        } else if choice.star {
            Self::Any
        } else {
            Self::Chosen(choice.mask(CronField::DayOfWeek))
        }
    }

    fn days(&self, first: Date) -> u64 {
        match self {
            Self::Any => all_days(first),
            Self::Chosen(mask) => (0..7)
                .filter(|weekday| mask & (1 << weekday) != 0)
                .map(|weekday| every_seventh(first, weekday))
                .sum(),
            Self::Nth(chosen) => chosen.iter().fold(0, |days, (weekday, nth)| {
                days | pick(every_seventh(first, *weekday), *nth)
            }),
        }
    }
}

fn all_days(first: Date) -> u64 {
    (2 << first.days_in_month()) - 2
}

fn last_day(first: Date) -> u64 {
    1 << first.days_in_month()
}

/// All days of the month that fall on a weekday (0 is Sunday).
fn every_seventh(first: Date, weekday: u32) -> u64 {
    let shift = (weekday + 7 - first.weekday().to_sunday_zero_offset() as u32) % 7;
    let first_of_each_week = 1 << 1 | 1 << 8 | 1 << 15 | 1 << 22 | 1 << 29;
    (first_of_each_week << shift) & all_days(first)
}

fn pick(days: u64, nth: Nth) -> u64 {
    match nth {
        Nth::Last => 1 << days.ilog2(),
        // Dropping the lowest day again and again leaves the nth one lowest.
        Nth::Number(number) => {
            let rest = (1..number).fold(days, |days, _| days & days.saturating_sub(1));
            rest & rest.wrapping_neg()
        }
    }
}

/// The day from Monday to Friday that is nearest to `day` within the month.
fn nearest_weekday(first: Date, day: u32) -> u32 {
    let last = first.days_in_month() as u32;
    let day = day.min(last);
    match (first.weekday().to_sunday_zero_offset() as u32 + day - 1) % 7 {
        6 if day > 1 => day - 1,
        6 => day + 2,
        0 if day < last => day + 1,
        0 => day - 2,
        _ => day,
    }
}
