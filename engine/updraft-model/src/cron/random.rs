//! `R`: a value that nobody chose, so that not everything starts at the full hour.
//!
//! croniter draws a new number each time it reads the expression. Here the number comes from a seed (the DAG's id), so
//! that a DAG keeps its moment; the forms (`R`, `R/15`, `R(30-59)`, `R(30-59)/10`) are croniter's.

use sha2::{Digest, Sha256};

use super::{CronField, CronProblem};

/// The field's text with an `R` form replaced by what it stands for; other texts as they are.
pub(super) fn expand(field: CronField, text: &str, seed: &str) -> Result<String, CronProblem> {
    let Some(form) = Form::read(text) else {
        return Ok(text.to_owned());
    };
    if form.hashed {
        return Err(CronProblem::Hashed {
            field,
            text: text.to_owned(),
        });
    }
    let (begin, end) = match form.range {
        Some((begin, end)) if begin >= end => {
            return Err(CronProblem::RandomRange {
                field,
                text: text.to_owned(),
            });
        }
        Some(range) => range,
        None => field.bounds(),
    };
    let (low, high) = field.bounds();
    let fits = |bound: u32| (low..=high).contains(&bound) || (field == CronField::DayOfWeek && bound == 7);
    if !fits(begin) || !fits(end) {
        return Err(CronProblem::OutOfRange {
            field,
            text: text.to_owned(),
        });
    }
    match form.divisor {
        None => Ok(draw(field, seed, begin, end).to_string()),
        Some(0) => Err(CronProblem::ZeroStep {
            field,
            text: text.to_owned(),
        }),
        Some(divisor) => {
            let first = draw(field, seed, begin, end.min(begin.saturating_add(divisor - 1)));
            Ok(if first == end {
                first.to_string()
            } else {
                format!("{first}-{end}/{divisor}")
            })
        }
    }
}

/// `R`, `R(a-b)`, each with or without `/d`; the same with `H`.
struct Form {
    hashed: bool,
    range: Option<(u32, u32)>,
    divisor: Option<u32>,
}

impl Form {
    fn read(text: &str) -> Option<Self> {
        let hashed = text.starts_with('h');
        let rest = text.strip_prefix(['h', 'r'])?;
        let (range, divisor) = match rest.split_once('/') {
            Some((range, divisor)) => (range, Some(number(divisor)?)),
            None => (rest, None),
        };
        if range.is_empty() {
            return Some(Self {
                hashed,
                range: None,
                divisor,
            });
        }
        let (begin, end) = range.strip_prefix('(')?.strip_suffix(')')?.split_once('-')?;
        Some(Self {
            hashed,
            range: Some((number(begin)?, number(end)?)),
            divisor,
        })
    }
}

/// A run of ASCII digits; one that is too long for any field counts as the largest number.
pub(super) fn number(text: &str) -> Option<u32> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(u32::MAX))
}

/// A value from `begin` to `end`, the same for the same seed and field.
fn draw(field: CronField, seed: &str, begin: u32, end: u32) -> u32 {
    let mut hash = Sha256::new();
    hash.update([field as u8]);
    hash.update(seed.as_bytes());
    let bytes = hash.finalize();
    let number = bytes
        .iter()
        .take(4)
        .fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
    begin + number % (end - begin + 1)
}
