//! Values as the index reads them.

use jiff::Timestamp;

use crate::dialect::span::{Ends, Span};
use crate::entity::Entity;

/// Between quotes only the quote and the backslash mean something.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Outside quotes everything that the parser could read as an operator is escaped, white space included.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_whitespace() || "+-&|!(){}[]^\"~*?:\\/".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A leading minus would be read as an operator.
pub(super) fn number(value: i64) -> String {
    if value < 0 {
        format!("\"{value}\"")
    } else {
        value.to_string()
    }
}

pub(super) fn flag(entity: Entity, value: bool) -> &'static str {
    match (entity == Entity::Note, value) {
        (true, true) => "true",
        (true, false) => "false",
        (false, true) => "1",
        (false, false) => "0",
    }
}

pub(super) fn range<T: Copy>(span: &Span<T>, write: impl Fn(T) -> String) -> String {
    let end = |value: Option<T>| value.map_or_else(|| "*".to_owned(), &write);
    let (from, to) = (end(span.from), end(span.to));
    match span.ends {
        Ends::Included => format!("[{from} TO {to}]"),
        Ends::Excluded => format!("{{{from} TO {to}}}"),
    }
}

/// UTC, to the second; years stay within the four digits that the format has.
pub(super) fn date(moment: Timestamp) -> String {
    let year_one = Timestamp::from_second(-62_135_596_800).expect("the year 1 is in range");
    let year_9999 = Timestamp::from_second(253_402_207_200).expect("the last day of 9999 is in range");
    moment
        .clamp(year_one, year_9999)
        .strftime("%Y%m%d%H%M%S")
        .to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_outside_four_digit_years_are_clamped() {
        assert_eq!(date(Timestamp::MIN), "00010101000000");
        assert!(date(Timestamp::MAX).starts_with("9999"));
    }

    proptest! {
        #[test]
        fn a_date_is_fourteen_digits_that_give_the_second_back(second in 0_i64..253_402_207_200, nanos in 0_i32..1_000_000_000) {
            let moment = Timestamp::new(second, nanos).unwrap();
            let text = date(moment);
            prop_assert_eq!(text.len(), 14);
            let read = jiff::civil::DateTime::strptime("%Y%m%d%H%M%S", &text).unwrap();
            let read = read.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
            prop_assert_eq!(read.as_second(), second);
        }

        #[test]
        fn later_moments_are_never_written_as_smaller_texts(a in 0_i64..253_402_207_200, b in 0_i64..253_402_207_200) {
            let text = |second| date(Timestamp::from_second(second).unwrap());
            prop_assert_eq!(a.cmp(&b), text(a).cmp(&text(b)));
        }
    }
}
