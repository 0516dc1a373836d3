//! The work, the skills and the place of a job order.

use super::record::Typist;
use crate::population::address::{self, Parts};
use crate::population::identity;
use crate::population::order::WhereDone;
use crate::population::quirks::cut;
use crate::population::record::{PositionRecord, Texts, Wire};

impl Typist<'_> {
    pub(super) fn work(&mut self, record: &mut PositionRecord) {
        let order = self.order;
        let title = match self.random.below(40) {
            0..2 => order.title.to_uppercase(),
            2..4 => format!("{} - {}", order.title, order.place.city),
            4 => format!("{} (m/f/d)", order.title),
            5 => format!("{} #{}", order.title, 1_000 + self.id % 9_000),
            6 if order.where_done == WhereDone::Remote => format!("{} (Remote)", order.title),
            7 => format!("URGENT: {}", order.title),
            _ => order.title.to_owned(),
        };
        record.title = if self.random.per_mille(3) {
            Wire::Null
        } else {
            Wire::Value(cut(&title, 100))
        };
        record.years_required = match self.random.below(100) {
            0..12 => Wire::Value(0),
            12..16 => Wire::Null,
            _ => Wire::Value(order.years as i32),
        };
        let degrees = &self.world.vocabulary.family(order.occupation).degrees;
        let degree = self.random.pick(degrees).as_str();
        record.education_degree = self.random.text(50, |_| cut(degree, 50));
        record.degree_list = self.random.text(25, |random| {
            random
                .sample(degrees, 2)
                .into_iter()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(", ")
        });
        record.certification_list = match order.certificate {
            Some(certificate) => Wire::Value(certificate.to_owned()),
            None => self.random.blank(),
        };
    }

    pub(super) fn lists(&mut self, record: &mut PositionRecord) {
        let order = self.order;
        let vocabulary = self.world.vocabulary;
        let names: Vec<&str> = order
            .required
            .iter()
            .map(|skill| vocabulary.skill_name(*skill))
            .collect();
        let comma = *self.random.pick(&[", ", ", ", ", ", ","]);
        record.skill_list = self.random.text(90, |_| names.join(comma));
        let skills = if self.random.percent(86) {
            order.required.clone()
        } else {
            Vec::new()
        };
        record.skills = self.random.members(skills);
        let specialty = self
            .random
            .percent(78)
            .then_some(order.occupation.index as u32 + 1);
        record.specialties = self.random.members(specialty.into_iter().collect());
        let category = order.occupation.family as u32 + 1;
        let categories = self.random.percent(90).then_some(category);
        record.categories = self.random.members(categories.into_iter().collect());
        record.published_category = self.random.value(70, |_| category);
        let sectors = &vocabulary.family(order.occupation).sectors;
        let count = self.random.below(3);
        let sectors = self.random.sample(sectors, count).into_iter().copied().collect();
        record.business_sectors = self.random.members(sectors);
    }

    pub(super) fn place(&mut self, record: &mut PositionRecord) {
        let order = self.order;
        let phrases = &self.world.vocabulary.phrases;
        let street = identity::street(phrases, &mut self.random);
        let zip = identity::zip(&mut self.random, order.place);
        let parts = Parts {
            street: &street,
            flat: None,
            zip: &zip,
            place: order.place,
        };
        let address = address::typed(&parts, &mut self.random);
        record.address = self.random.value(97, |_| address);
        record.published_zip = self.random.text(60, |_| zip);
        let word = match order.where_done {
            WhereDone::OnSite => *self.random.pick(&["On-Site", "On-Site", "No Preference"]),
            WhereDone::Hybrid => *self.random.pick(&["Hybrid", "Hybrid", "No Preference"]),
            WhereDone::Remote => *self.random.pick(&["Remote", "Off-Site", "Remote"]),
        };
        record.on_site = match self.random.below(20) {
            0..3 => Wire::Null,
            3..7 => Wire::Value(Texts::Many(vec![word.to_owned()])),
            _ => Wire::Value(Texts::One(word.to_owned())),
        };
        record.is_work_from_home = self.random.flag(
            if order.where_done == WhereDone::Remote {
                97
            } else {
                1
            },
            25,
        );
        record.will_relocate = self.random.flag(if order.considers_moving { 100 } else { 0 }, 30);
        record.will_relocate_int = match record.will_relocate {
            Wire::Value(yes) => self.random.value(80, |_| i32::from(yes)),
            Wire::Absent | Wire::Null | Wire::Confidential => Wire::Null,
        };
        let travel = &phrases.agency.travel;
        record.travel_requirements = self.random.text(40, |random| random.pick(travel).clone());
    }
}
