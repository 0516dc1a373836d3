//! What is wrong with a cron expression, told so that it can be put right.

use super::CronField;

/// A text that is no cron expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cron expression `{expression}`: {problem}")]
pub struct CronError {
    /// The whole expression as written.
    pub expression: String,
    /// What is wrong with it.
    pub problem: CronProblem,
}

/// What is wrong with a cron expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CronProblem {
    /// It has too few or too many fields, or is an unknown `@` word.
    #[error(
        "{found} field(s), there must be 5 (minute, hour, day of month, month, day of week), 6 (then a second) or 7 (then \
         a year); or one of `@hourly`, `@daily`, `@weekly`, `@monthly`, `@quarterly`, `@yearly`"
    )]
    FieldCount {
        /// How many it has.
        found: usize,
    },
    /// A value is no number and no name of the field, or the form is unknown.
    #[error("{field} `{text}` cannot be read, allowed are {}", field.allowed())]
    Unreadable {
        /// The field.
        field: CronField,
        /// The offending part of it.
        text: String,
    },
    /// A value is too small or too large.
    #[error("{field} `{text}` is out of range, allowed are {}", field.allowed())]
    OutOfRange {
        /// The field.
        field: CronField,
        /// The offending part of it.
        text: String,
    },
    /// The step after a `/` is 0.
    #[error("{field} `{text}` has step 0, a step is 1 or more")]
    ZeroStep {
        /// The field.
        field: CronField,
        /// The offending part of it.
        text: String,
    },
    /// A `?` is not alone, or in a field that cannot have it.
    #[error("{field} `{text}`: `?` must stand alone, in day of month or day of week")]
    QuestionMark {
        /// The field.
        field: CronField,
        /// The field's text.
        text: String,
    },
    /// The number after a `#` is not 1 to 5.
    #[error("day of week `{text}`: after `#` comes 1 to 5")]
    NthWeekday {
        /// The offending part of it.
        text: String,
    },
    /// `1#2` or `L5` is mixed with plain weekdays.
    #[error("day of week `{text}` mixes plain weekdays with `#` or `L`, which must not stand together")]
    MixedWeekdays {
        /// The field's text.
        text: String,
    },
    /// A `15W` is in a list.
    #[error("day of month `{text}`: `W` must stand alone, not in a list")]
    NearestWeekdayInList {
        /// The field's text.
        text: String,
    },
    /// The expression has an `H`, which needs an id to hash.
    #[error("{field} `{text}`: `H` is not supported, use `R` or a number")]
    Hashed {
        /// The field.
        field: CronField,
        /// The field's text.
        text: String,
    },
    /// The range of an `R` ends where it begins, or before.
    #[error("{field} `{text}`: the range of `R` must end after it begins")]
    RandomRange {
        /// The field.
        field: CronField,
        /// The field's text.
        text: String,
    },
}

/// An expression that matches no date within 50 years of the one asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cron expression `{expression}` matches no date within 50 years {direction} {from}")]
pub struct NoMatchingDate {
    /// The expression.
    pub expression: String,
    /// `after` or `before`.
    pub direction: &'static str,
    /// The civil time asked for.
    pub from: jiff::civil::DateTime,
}
