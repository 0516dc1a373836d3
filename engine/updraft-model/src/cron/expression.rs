//! A parsed cron expression: when does it match next, and when did it last?

use std::fmt;

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};

use super::days::{DayRule, DayRules};
use super::field::FieldChoice;
use super::{CronError, CronField, NoMatchingDate, parse};

/// How many years from the time asked for a match may be away, as croniter has it.
const YEARS_MAX: i16 = 50;

/// A cron expression, parsed.
///
/// ```
/// use updraft_model::CronExpression;
///
/// let workdays = CronExpression::parse("30 22 * * mon-fri", "")?;
/// let friday = "2024-01-12T22:30".parse()?;
/// assert_eq!(workdays.next(friday)?, "2024-01-15T22:30".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronExpression {
    text: String,
    minutes: u64,
    hours: u64,
    months: u64,
    seconds: u64,
    /// No entry: any year.
    years: Option<Vec<i16>>,
    days: DayRules,
    has_seconds: bool,
    covers_every_hour: bool,
}

impl CronExpression {
    /// Reads an expression or a preset such as `@daily`. `seed` decides the values of `R`: the same seed gives the
    /// same moments.
    ///
    /// # Errors
    /// The text is no expression of croniter's dialect; the error names the field and what it may contain.
    pub fn parse(expression: &str, seed: &str) -> Result<Self, CronError> {
        let wrong = |problem| CronError {
            expression: expression.to_owned(),
            problem,
        };
        let texts = parse::split(parse::resolve_preset(expression)).map_err(wrong)?;
        let choose = |field: CronField| match texts.iter().find(|(named, _)| *named == field) {
            Some((field, text)) => parse::parse_field(*field, text, seed).map(Some).map_err(wrong),
            None => Ok(None),
        };
        let has_star = |field: CronField| {
            texts
                .iter()
                .any(|(named, text)| *named == field && text.contains('*'))
        };
        // A list of everything is a star, but next to another day field only if that one has a star.
        let reduced = |field: CronField, unless_star_in: Option<CronField>| {
            let choice = choose(field)?.unwrap_or_else(FieldChoice::every);
            let (low, high) = field.bounds();
            let complete = choice.len() == (high - low + 1) as usize;
            let reduce = complete && unless_star_in.is_none_or(has_star);
            Ok(if reduce {
                FieldChoice {
                    nth: choice.nth,
                    ..FieldChoice::every()
                }
            } else {
                choice
            })
        };
        let day_of_month = reduced(CronField::DayOfMonth, Some(CronField::DayOfWeek))?;
        let day_of_week = reduced(CronField::DayOfWeek, Some(CronField::DayOfMonth))?;
        let hour = reduced(CronField::Hour, None)?;
        let year = reduced(CronField::Year, None)?;
        let has_seconds = texts.len() > 5;
        Ok(Self {
            minutes: reduced(CronField::Minute, None)?.mask(CronField::Minute),
            hours: hour.mask(CronField::Hour),
            months: reduced(CronField::Month, None)?.mask(CronField::Month),
            seconds: if has_seconds {
                reduced(CronField::Second, None)?.mask(CronField::Second)
            } else {
                1
            },
            years: (!year.star).then(|| year.values.iter().map(|value| *value as i16).collect()),
            days: DayRules::new(&day_of_month, &day_of_week),
            has_seconds,
            covers_every_hour: hour.is_just_star(),
            text: expression.to_owned(),
        })
    }

    /// The expression as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the hour field is `*`, however it was written; such expressions pass through repeated and missing
    /// hours of a zone without a jump.
    pub(crate) fn covers_every_hour(&self) -> bool {
        self.covers_every_hour
    }

    /// The first match after `after`, to the second.
    ///
    /// # Errors
    /// Nothing matches within the next 50 years.
    pub fn next(&self, after: DateTime) -> Result<DateTime, NoMatchingDate> {
        let unit = if self.has_seconds { 1.second() } else { 1.minute() };
        let from = after.checked_add(unit).ok().map(|from| self.truncated(from));
        let matches = self.days.rules.iter().map(|rule| self.next_by_rule(rule, from?));
        self.best(matches, Ord::min)
            .ok_or_else(|| self.no_match("after", after))
    }

    /// The last match before `before`, to the second.
    ///
    /// # Errors
    /// Nothing matches within the last 50 years.
    pub fn prev(&self, before: DateTime) -> Result<DateTime, NoMatchingDate> {
        let from = before
            .checked_sub(1.nanosecond())
            .ok()
            .map(|from| self.truncated(from));
        let matches = self.days.rules.iter().map(|rule| self.prev_by_rule(rule, from?));
        self.best(matches, Ord::max)
            .ok_or_else(|| self.no_match("before", before))
    }

    fn truncated(&self, at: DateTime) -> DateTime {
        let second = if self.has_seconds { at.second() } else { 0 };
        at.date().at(at.hour(), at.minute(), second, 0)
    }

    /// The best of the rules' matches; none when all rules must match and one does not.
    fn best(
        &self,
        matches: impl Iterator<Item = Option<DateTime>>,
        better: fn(DateTime, DateTime) -> DateTime,
    ) -> Option<DateTime> {
        let matches: Vec<Option<DateTime>> = matches.collect();
        if self.days.all_must_match && matches.contains(&None) {
            return None;
        }
        matches.into_iter().flatten().reduce(better)
    }

    fn no_match(&self, direction: &'static str, from: DateTime) -> NoMatchingDate {
        NoMatchingDate {
            expression: self.text.clone(),
            direction,
            from,
        }
    }

    fn has_month(&self, date: Date) -> bool {
        let year_matches = self
            .years
            .as_ref()
            .is_none_or(|years| years.contains(&date.year()));
        year_matches && self.months & (1 << date.month()) != 0
    }

    fn next_by_rule(&self, rule: &DayRule, from: DateTime) -> Option<DateTime> {
        let mut day = from.day();
        let mut month = from.date().first_of_month();
        while month.year() - from.year() <= YEARS_MAX {
            let mut days = if self.has_month(month) {
                rule.days(month) & (u64::MAX << day)
            } else {
                0
            };
            while days != 0 {
                let date = nth_day(month, days.trailing_zeros())?;
                let floor = if date == from.date() {
                    from.time()
                } else {
                    Time::MIN
                };
                if let Some(time) = self.time_from(floor) {
                    return Some(date.to_datetime(time));
                }
                days &= days - 1;
            }
            month = month.checked_add(1.month()).ok()?;
            day = 1;
        }
        None
    }

    fn prev_by_rule(&self, rule: &DayRule, from: DateTime) -> Option<DateTime> {
        let mut day = from.day();
        let mut month = from.date().first_of_month();
        while from.year() - month.year() <= YEARS_MAX {
            let mut days = if self.has_month(month) {
                rule.days(month) & ((2 << day) - 1)
            } else {
                0
            };
            while days != 0 {
                let last = days.ilog2();
                let date = nth_day(month, last)?;
                let ceiling = if date == from.date() {
                    from.time()
                } else {
                    Time::MAX
                };
                if let Some(time) = self.time_up_to(ceiling) {
                    return Some(date.to_datetime(time));
                }
                days &= !(1 << last);
            }
            month = month.checked_sub(1.month()).ok()?;
            day = 31;
        }
        None
    }

    /// The first matching time of a day that is not before `floor`.
    fn time_from(&self, floor: Time) -> Option<Time> {
        let (hour, minute, second) = (floor.hour(), floor.minute(), floor.second());
        let same_hour = self.hours & (1 << hour) != 0;
        let same_minute = same_hour && self.minutes & (1 << minute) != 0;
        let in_minute = || {
            lowest(self.seconds, second)
                .filter(|_| same_minute)
                .map(|at| (hour, minute, at))
        };
        let in_hour = || {
            let minute = lowest(self.minutes, minute + 1).filter(|_| same_hour)?;
            Some((hour, minute, lowest(self.seconds, 0)?))
        };
        let later = || {
            Some((
                lowest(self.hours, hour + 1)?,
                lowest(self.minutes, 0)?,
                lowest(self.seconds, 0)?,
            ))
        };
        in_minute().or_else(in_hour).or_else(later).map(time)
    }

    /// The last matching time of a day that is not after `ceiling`.
    fn time_up_to(&self, ceiling: Time) -> Option<Time> {
        let (hour, minute, second) = (ceiling.hour(), ceiling.minute(), ceiling.second());
        let same_hour = self.hours & (1 << hour) != 0;
        let same_minute = same_hour && self.minutes & (1 << minute) != 0;
        let in_minute = || {
            highest(self.seconds, second)
                .filter(|_| same_minute)
                .map(|at| (hour, minute, at))
        };
        let in_hour = || {
            let minute = highest(self.minutes, minute - 1).filter(|_| same_hour)?;
            Some((hour, minute, highest(self.seconds, 59)?))
        };
        let earlier = || {
            Some((
                highest(self.hours, hour - 1)?,
                highest(self.minutes, 59)?,
                highest(self.seconds, 59)?,
            ))
        };
        in_minute().or_else(in_hour).or_else(earlier).map(time)
    }
}

impl fmt::Display for CronExpression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

/// Day `day` (from 1) of the month that begins with `first`.
fn nth_day(first: Date, day: u32) -> Option<Date> {
    first.checked_add((i64::from(day) - 1).days()).ok()
}

fn time((hour, minute, second): (i8, i8, i8)) -> Time {
    jiff::civil::time(hour, minute, second, 0)
}

/// The lowest value of a mask from `floor` on.
fn lowest(mask: u64, floor: i8) -> Option<i8> {
    let rest = mask & (u64::MAX << floor);
    (rest != 0).then(|| rest.trailing_zeros() as i8)
}

/// The highest value of a mask up to `ceiling`, which may be -1.
fn highest(mask: u64, ceiling: i8) -> Option<i8> {
    let rest = mask & ((1_u64 << (ceiling + 1)) - 1);
    (rest != 0).then(|| rest.ilog2() as i8)
}
