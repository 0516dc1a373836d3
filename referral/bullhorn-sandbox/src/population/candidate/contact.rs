//! Name, contacts and address of a candidate.

use super::record::Typist;
use crate::population::address;
use crate::population::identity::Number;
use crate::population::quirks::cut;
use crate::population::random::Random;
use crate::population::record::{CandidateRecord, Wire};

impl Typist<'_> {
    pub(super) fn person(&mut self, record: &mut CandidateRecord) {
        let identity = self.subject.identity;
        let nickname = identity
            .nickname
            .filter(|_| self.random.percent(if self.is_repeated() { 60 } else { 4 }));
        let first = nickname.unwrap_or(identity.first);
        let last = if self.is_repeated() && self.random.percent(25) {
            mistyped(&identity.last, &mut self.random)
        } else {
            identity.last.clone()
        };
        let (first, last) = match self.random.below(60) {
            0 => (first.to_uppercase(), last.to_uppercase()),
            1 => (first.to_lowercase(), last.to_lowercase()),
            2 => (format!("{first} "), last),
            _ => (first.to_owned(), last),
        };
        record.name = match self.random.below(40) {
            0 => Wire::Value(String::new()),
            1 => Wire::Null,
            2..4 => Wire::Value(format!("{last}, {first}")),
            _ => Wire::Value(format!("{first} {last}")),
        };
        record.middle_name = match identity.middle {
            Some(middle) if self.random.percent(40) => Wire::Value(cut(middle, 1)),
            Some(middle) => Wire::Value(middle.to_owned()),
            None => self.random.blank(),
        };
        record.first_name = if self.random.per_mille(4) {
            self.random.blank()
        } else {
            Wire::Value(first)
        };
        record.last_name = if self.random.per_mille(3) {
            Wire::Null
        } else {
            Wire::Value(last)
        };
    }

    pub(super) fn contacts(&mut self, record: &mut CandidateRecord) {
        let identity = self.subject.identity;
        let other_address = self.is_repeated() && self.random.percent(40);
        let email = if other_address {
            &identity.email2
        } else {
            &identity.email
        };
        record.email = self.random.text(94, |random| typed_email(email, random));
        record.email = self.random.hide(6, std::mem::take(&mut record.email));
        record.email2 = self.random.text(12, |_| identity.email2.clone());
        record.email3 = self.random.text(1, |_| "none".to_owned());
        record.phone = self
            .random
            .text(66, |random| typed_phone(&identity.landline, random));
        record.mobile = self
            .random
            .text(74, |random| typed_phone(&identity.mobile, random));
        record.mobile = self.random.hide(6, std::mem::take(&mut record.mobile));
        record.phone2 = self
            .random
            .text(8, |random| typed_phone(&identity.mobile, random));
        record.phone3 = self
            .random
            .text(1, |random| typed_phone(&identity.landline, random));
        record.work_phone = self.random.text(9, |random| identity.landline.typed(random));
        record.preferred_contact = self.random.value(45, |random| {
            (*random.pick(&["Email", "Phone", "Mobile", "Email", "Text"])).to_owned()
        });
        let parts = address::Parts {
            street: &identity.street,
            flat: self.random.percent(18).then_some(identity.flat.as_str()),
            zip: &identity.zip,
            place: self.subject.profile.place,
        };
        record.address = self.random.value(98, |random| address::typed(&parts, random));
        record.mass_mail_opt_out = self.random.flag(9, 20);
        record.sms_opt_in = self.random.flag(30, 45);
    }
}

/// Two letters swapped, or one left out.
fn mistyped(name: &str, random: &mut Random) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    if letters.len() > 4 {
        let at = random.between(1, letters.len() as i64 - 3) as usize;
        if random.percent(50) {
            letters.swap(at, at + 1);
        } else {
            letters.remove(at);
        }
    }
    letters.into_iter().collect()
}

fn typed_email(email: &str, random: &mut Random) -> String {
    let text = match random.below(100) {
        0..3 => email.to_uppercase(),
        3..5 => format!("{email} "),
        5 => format!("mailto:{email}"),
        6 => email.replace('@', " at "),
        7 => {
            email
                .split_once('@')
                .map_or(email, |(mailbox, _)| mailbox)
                .to_owned()
                + "@"
        }
        8 => format!("{email}; office@example.com"),
        9 => "n/a".to_owned(),
        _ => email.to_owned(),
    };
    cut(&text, 100)
}

fn typed_phone(number: &Number, random: &mut Random) -> String {
    let text = match random.below(100) {
        0 => "n/a".to_owned(),
        1 => "call after 6pm".to_owned(),
        2 => format!(" {}", number.typed(random)),
        3 => "000-000-0000".to_owned(),
        _ => number.typed(random),
    };
    cut(&text, 20)
}
