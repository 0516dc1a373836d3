//! Pay of a job order, in the unit that somebody chose.

use super::record::Typist;
use crate::population::order::Employment;
use crate::population::pay;
use crate::population::random::Random;
use crate::population::record::{Amount, PositionRecord, Wire};

/// A period that pay is given for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Year,
    Month,
    Week,
    Day,
    Hour,
}

impl Unit {
    fn of(employment: Employment, random: &mut Random) -> Self {
        *match employment {
            Employment::Permanent => random.weighted(&[(90, Self::Year), (7, Self::Month), (3, Self::Hour)]),
            Employment::Contract => random.weighted(&[(66, Self::Hour), (30, Self::Day), (4, Self::Year)]),
            Employment::Temporary => random.weighted(&[(84, Self::Hour), (12, Self::Week), (4, Self::Day)]),
        }
    }

    /// A yearly sum in this unit, rounded as people round.
    fn per_unit(self, yearly: i64) -> f64 {
        match self {
            Self::Year => (yearly / 500 * 500) as f64,
            Self::Month => (yearly / 12 / 50 * 50) as f64,
            Self::Week => (yearly / pay::WEEKS_A_YEAR / 10 * 10) as f64,
            Self::Day => pay::daily(yearly) as f64,
            Self::Hour => pay::hourly(yearly),
        }
    }

    /// One of the words of the tenant's list, at most 12 characters.
    fn word(self, random: &mut Random) -> &'static str {
        let words: &[&str] = match self {
            Self::Year => &["Yearly", "Per Year", "Annual", "per annum"],
            Self::Month => &["Monthly", "Per Month"],
            Self::Week => &["Weekly", "Per Week"],
            Self::Day => &["Per Day", "Daily"],
            Self::Hour => &["Per Hour", "Hourly", "hour"],
        };
        let word: &&str = random.pick(words);
        word
    }
}

impl Typist<'_> {
    pub(super) fn pay(&mut self, record: &mut PositionRecord) {
        let order = self.order;
        let local = |thousands: i64| thousands * 1_000 * order.market.pay_percent / 100;
        let (low, high) = (local(order.pay_low), local(order.pay_high));
        let unit = Unit::of(order.employment, &mut self.random);
        let word = unit.word(&mut self.random);
        record.employment_type = self.employment_type();
        record.salary_unit = match self.random.below(40) {
            0..3 => Wire::Null,
            3 => Wire::Value(String::new()),
            _ => Wire::Value(word.to_owned()),
        };
        let none = Wire::Value(Amount::Whole(0));
        record.salary = match self.random.below(100) {
            0..18 => none.clone(),
            18..21 => Wire::Null,
            21..24 => Wire::Confidential,
            _ => Wire::Value(self.amount(unit.per_unit(high))),
        };
        let hourly = Unit::Hour.per_unit(high);
        let by_the_hour = unit != Unit::Year || self.random.percent(10);
        record.pay_rate = if by_the_hour {
            Wire::Value(self.amount(hourly))
        } else {
            none.clone()
        };
        let bill = hourly * self.random.between(125, 160) as f64 / 100.0;
        let bills = order.employment != Employment::Permanent && self.random.percent(85);
        record.client_bill_rate = if bills {
            Wire::Value(Amount::Decimal((bill * 4.0).round() / 4.0))
        } else {
            none
        };
        record.custom_float1 = match self.random.below(100) {
            0..55 => Wire::Value(self.amount(unit.per_unit(low))),
            55..58 => Wire::Confidential,
            _ => Wire::Null,
        };
        if order.employment != Employment::Permanent {
            let weeks = *self.random.pick(&[4, 8, 12, 13, 26, 26, 52]);
            record.duration_weeks = self.random.value(88, |_| Amount::Decimal(f64::from(weeks)));
        }
        record.hours_per_week = self.random.value(60, |random| {
            *random.pick(&[Amount::Whole(40), Amount::Decimal(37.5), Amount::Decimal(20.0)])
        });
    }

    fn employment_type(&mut self) -> Wire<String> {
        let words: &[&str] = match self.order.employment {
            Employment::Permanent => &["Direct Hire", "Permanent", "50 - Direct Hire", "Direct Hire"],
            Employment::Contract => &["Contract", "10 - Contract", "Contract To Hire", "Contract"],
            Employment::Temporary => &["Temporary", "20 - Temporary", "Temp"],
        };
        self.random.value(97, |random| (*random.pick(words)).to_owned())
    }

    /// A number without cents as an integer or as a float.
    fn amount(&mut self, number: f64) -> Amount {
        if number.fract() == 0.0 && self.random.percent(65) {
            Amount::Whole(number as i64)
        } else {
            Amount::Decimal(number)
        }
    }
}
