//! From the text of a field to the values it chooses.

use std::cmp::Ordering;
use std::ops::RangeInclusive;

use super::field::{FieldChoice, Nth};
use super::random::{self, number};
use super::{CronField, CronProblem};

/// The presets that Airflow 2.11 resolves itself, and those that croniter adds in any case.
pub(super) fn resolve_preset(expression: &str) -> &str {
    match expression {
        "@quarterly" => return "0 0 1 */3 *",
        other => other,
    };
    match expression.to_lowercase().as_str() {
        "@hourly" => "0 * * * *",
        "@midnight" | "@daily" => "0 0 * * *",
        "@weekly" => "0 0 * * 0",
        "@monthly" => "0 0 1 * *",
        "@yearly" | "@annually" => "0 0 1 1 *",
        _ => expression,
    }
}

/// The fields of an expression, in lower case.
pub(super) fn split(expression: &str) -> Result<Vec<(CronField, String)>, CronProblem> {
    let lower = expression.to_lowercase();
    let texts: Vec<&str> = lower
        .split(is_separator)
        .filter(|text| !text.is_empty())
        .collect();
    if !(5..=7).contains(&texts.len()) {
        return Err(CronProblem::FieldCount { found: texts.len() });
    }
    Ok(CronField::ALL
        .into_iter()
        .zip(texts.into_iter().map(str::to_owned))
        .collect())
}

/// ASCII white space, as croniter splits; other blanks are part of a field, and wrong there.
fn is_separator(c: char) -> bool {
    c.is_ascii_whitespace() || c == '\x0b'
}

/// What a field's text chooses.
pub(super) fn parse_field(field: CronField, text: &str, seed: &str) -> Result<FieldChoice, CronProblem> {
    let expanded = random::expand(field, text, seed)?;
    if expanded.contains('?') {
        let fits = expanded == "?" && matches!(field, CronField::DayOfMonth | CronField::DayOfWeek);
        return if fits {
            Ok(FieldChoice::every())
        } else {
            Err(CronProblem::QuestionMark {
                field,
                text: expanded,
            })
        };
    }
    let mut choice = FieldChoice::default();
    let alone = !expanded.contains(',');
    for element in expanded.split(',') {
        parse_element(field, element, alone, &mut choice)?;
    }
    check_weekdays(&choice, &expanded)?;
    Ok(choice)
}

fn parse_element(
    field: CronField,
    element: &str,
    alone: bool,
    choice: &mut FieldChoice,
) -> Result<(), CronProblem> {
    match field {
        CronField::DayOfMonth => {
            if let Some(day) = nearest_weekday(element) {
                return choose_nearest_weekday(element, day, alone, choice);
            }
            if element == "l" {
                choice.last = true;
                return Ok(());
            }
        }
        CronField::DayOfWeek => {
            if let Some((weekdays, nth)) = nth_weekday(element)? {
                let values = values(field, weekdays)?.ok_or_else(|| unreadable(field, element))?;
                choice.nth.extend(values.iter().map(|weekday| (*weekday, nth)));
                choice.values.extend(values);
                return Ok(());
            }
        }
        CronField::Minute | CronField::Hour | CronField::Month | CronField::Second | CronField::Year => {}
    }
    match values(field, element)? {
        Some(values) => choice.values.extend(values),
        None => choice.star = true,
    }
    Ok(())
}

/// `15w` or `w15`.
fn nearest_weekday(element: &str) -> Option<u32> {
    number(element.strip_suffix('w').or_else(|| element.strip_prefix('w'))?)
}

fn choose_nearest_weekday(
    element: &str,
    day: u32,
    alone: bool,
    choice: &mut FieldChoice,
) -> Result<(), CronProblem> {
    let text = element.to_owned();
    if !(1..=31).contains(&day) {
        return Err(CronProblem::OutOfRange {
            field: CronField::DayOfMonth,
            text,
        });
    }
    if !alone {
        return Err(CronProblem::NearestWeekdayInList { text });
    }
    choice.nearest_weekday = Some(day);
    choice.values.insert(day);
    Ok(())
}

/// `1#2`, `mon#2`, `mon-wed#2`, `l5`: the weekdays' text and which of them. `None` for other forms.
fn nth_weekday(element: &str) -> Result<Option<(&str, Nth)>, CronProblem> {
    if let Some(weekday) = element.strip_prefix('l').filter(|rest| number(rest).is_some()) {
        return Ok(Some((weekday, Nth::Last)));
    }
    let Some((weekdays, nth)) = element.rsplit_once('#') else {
        return Ok(None);
    };
    let Some(nth) = number(nth) else { return Ok(None) };
    if !is_weekday_or_names(weekdays) {
        return Ok(None);
    }
    if !(1..=5).contains(&nth) {
        return Err(CronProblem::NthWeekday {
            text: element.to_owned(),
        });
    }
    Ok(Some((weekdays, Nth::Number(nth))))
}

/// A number, a name, or a range of names: numbers cannot be ranged before a `#`.
fn is_weekday_or_names(text: &str) -> bool {
    match text.split_once('-') {
        Some((low, high)) => [low, high]
            .iter()
            .all(|name| CronField::DayOfWeek.named(name).is_some()),
        None => {
            !text.is_empty()
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        }
    }
}

/// The values of one element without `L`, `W` and `#`; `None` for `*`.
fn values(field: CronField, element: &str) -> Result<Option<Vec<u32>>, CronProblem> {
    if element == "*" {
        return Ok(None);
    }
    let values = match Range::read(field, element)? {
        Some(range) => range.values(field),
        None => vec![single(field, element)?],
    };
    let (lowest, highest) = field.bounds();
    if values.iter().any(|value| !(lowest..=highest).contains(value)) {
        return Err(out_of_range(field, element));
    }
    Ok(Some(values))
}

/// A number or a name.
fn single(field: CronField, text: &str) -> Result<u32, CronProblem> {
    let value = number(text)
        .or_else(|| field.named(text))
        .ok_or_else(|| unreadable(field, text))?;
    Ok(if field == CronField::DayOfWeek && value == 7 {
        0
    } else {
        value
    })
}

/// `low-high`, `low-high/step`, `*/step` or `low/step`.
struct Range {
    low: u32,
    high: u32,
    step: u32,
    /// It was written `low/step`; if `low` is the field's last value, that is one value and not a whole turn.
    open: bool,
}

impl Range {
    fn read(field: CronField, element: &str) -> Result<Option<Self>, CronProblem> {
        let (lowest, highest) = field.bounds();
        if let Some(step) = element.strip_prefix("*/").and_then(number) {
            return Self {
                low: lowest,
                high: highest,
                step,
                open: false,
            }
            .checked(field, element)
            .map(Some);
        }
        if let Some((low, rest)) = element.split_once('-') {
            let (high, step) = match rest.split_once('/') {
                Some((high, step)) => (high, number(step).ok_or_else(|| unreadable(field, element))?),
                None => (rest, 1),
            };
            let high = if field == CronField::DayOfMonth && high == "l" {
                "31"
            } else {
                high
            };
            let (low, high) = (bound(field, low, element)?, bound(field, high, element)?);
            return Self {
                low,
                high,
                step,
                open: false,
            }
            .checked(field, element)
            .map(Some);
        }
        let Some((low, step)) = element.rsplit_once('/') else {
            return Ok(None);
        };
        let step = number(step).ok_or_else(|| unreadable(field, element))?;
        let low = bound(field, low, element)?;
        Self {
            low,
            high: highest,
            step,
            open: true,
        }
        .checked(field, element)
        .map(Some)
    }

    fn checked(self, field: CronField, element: &str) -> Result<Self, CronProblem> {
        if self.step == 0 {
            return Err(CronProblem::ZeroStep {
                field,
                text: element.to_owned(),
            });
        }
        if self.low.max(self.high) > field.bounds().1 {
            return Err(out_of_range(field, element));
        }
        Ok(self)
    }

    fn values(&self, field: CronField) -> Vec<u32> {
        let (lowest, highest) = field.bounds();
        match self.low.cmp(&self.high) {
            Ordering::Less => self.stepped(self.low..=self.high).collect(),
            Ordering::Equal if self.open => vec![self.low],
            // A range written with two equal ends means the whole field.
            Ordering::Equal => self.stepped(lowest..=highest).collect(),
            Ordering::Greater => {
                let start = lowest.saturating_add(self.overhang(lowest, highest));
                self.stepped(self.low..=highest)
                    .chain(self.stepped(start..=self.high))
                    .collect()
            }
        }
    }

    fn stepped(&self, range: RangeInclusive<u32>) -> impl Iterator<Item = u32> {
        range.step_by(self.step as usize)
    }

    /// How many values at the field's start a step jumps over when a range wraps around its end.
    fn overhang(&self, lowest: u32, highest: u32) -> u32 {
        let count = highest - lowest + 1;
        let after_last = (highest - self.low) % self.step;
        let last = (highest - lowest).saturating_sub(after_last);
        let jumps_past_end = last.saturating_add(self.step) > count && after_last < self.step;
        if jumps_past_end { self.step - after_last } else { 0 }
    }
}

fn bound(field: CronField, text: &str, element: &str) -> Result<u32, CronProblem> {
    single(field, text).map_err(|_| unreadable(field, element))
}

/// `1#2` and `L5` cannot be mixed with plain weekdays, unless all seven are named.
fn check_weekdays(choice: &FieldChoice, text: &str) -> Result<(), CronProblem> {
    let is_nth = |value: &u32| choice.nth.iter().any(|(weekday, _)| weekday == value);
    let plain = choice.values.iter().any(|value| !is_nth(value));
    if choice.nth.is_empty() || !plain || choice.len() == 7 {
        return Ok(());
    }
    Err(CronProblem::MixedWeekdays {
        text: text.to_owned(),
    })
}

fn unreadable(field: CronField, text: &str) -> CronProblem {
    CronProblem::Unreadable {
        field,
        text: text.to_owned(),
    }
}

fn out_of_range(field: CronField, text: &str) -> CronProblem {
    CronProblem::OutOfRange {
        field,
        text: text.to_owned(),
    }
}
