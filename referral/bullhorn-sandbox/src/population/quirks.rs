//! The awkward shapes of section 3 of the Bullhorn reference: blanks, strings instead of arrays, numbers as floats, values
//! that the API user may not see.

use super::random::Random;
use super::record::{Amount, Texts, ToMany, Wire};

/// Ways of leaving a text out, and how often each is met.
const BLANKS: [(u32, Blank); 4] = [
    (50, Blank::Null),
    (35, Blank::Empty),
    (6, Blank::Space),
    (9, Blank::Absent),
];

#[derive(Debug, Clone, Copy)]
enum Blank {
    Null,
    Empty,
    Space,
    Absent,
}

impl Random {
    /// The text in `percent` of the records, some kind of blank in the others.
    pub(crate) fn text(&mut self, percent: u32, text: impl FnOnce(&mut Self) -> String) -> Wire<String> {
        if self.percent(percent) {
            return Wire::Value(text(self));
        }
        self.blank()
    }

    /// A text that is not there.
    pub(crate) fn blank(&mut self) -> Wire<String> {
        match self.weighted(&BLANKS) {
            Blank::Null => Wire::Null,
            Blank::Empty => Wire::Value(String::new()),
            Blank::Space => Wire::Value(" ".to_owned()),
            Blank::Absent => Wire::Absent,
        }
    }

    /// The value in `percent` of the records, null in the others.
    pub(crate) fn value<T>(&mut self, percent: u32, value: impl FnOnce(&mut Self) -> T) -> Wire<T> {
        if self.percent(percent) {
            Wire::Value(value(self))
        } else {
            Wire::Null
        }
    }

    /// A Boolean that is true in `yes` percent, and null in `unknown` percent of the records.
    pub(crate) fn flag(&mut self, yes: u32, unknown: u32) -> Wire<bool> {
        let value = self.percent(yes);
        if self.percent(unknown) {
            Wire::Null
        } else {
            Wire::Value(value)
        }
    }

    /// Texts as an array or, in `joined` percent of the records, as one string; null when there are none.
    pub(crate) fn texts(&mut self, texts: Vec<String>, joined: u32) -> Wire<Texts> {
        if texts.is_empty() {
            return match self.below(10) {
                0..5 => Wire::Null,
                5..8 => Wire::Value(Texts::Many(Vec::new())),
                8 => Wire::Value(Texts::One(String::new())),
                _ => Wire::Absent,
            };
        }
        if self.percent(joined) {
            let comma = *self.pick(&[", ", ", ", ",", "; "]);
            return Wire::Value(Texts::One(texts.join(comma)));
        }
        Wire::Value(Texts::Many(texts))
    }

    /// A sum of money, as an integer or as a float; 0 for none.
    pub(crate) fn money(&mut self, amount: i64) -> Wire<Amount> {
        match self.below(100) {
            0..3 => Wire::Confidential,
            3..5 => Wire::Null,
            5..40 => Wire::Value(Amount::Decimal(amount as f64)),
            _ => Wire::Value(Amount::Whole(amount)),
        }
    }

    /// Hides the value from the API user in `share` of a thousand records.
    pub(crate) fn hide<T>(&mut self, share: u32, value: Wire<T>) -> Wire<T> {
        if self.per_mille(share) {
            Wire::Confidential
        } else {
            value
        }
    }

    /// Members of which the total counts, in one record of fifty, some that were deleted.
    pub(crate) fn members(&mut self, ids: Vec<u32>) -> ToMany {
        let hidden = if self.percent(2) {
            self.between(1, 3) as u32
        } else {
            0
        };
        ToMany {
            hidden,
            ..ToMany::of(ids)
        }
    }
}

/// At most so many characters, cut without a mark, as a form field does it.
pub(crate) fn cut(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}
