//! The state of a job order and what the office keeps about it.

use super::record::Typist;
use crate::population::client;
use crate::population::dates;
use crate::population::order::Employment;
use crate::population::record::{PositionRecord, ToMany, Wire};
use crate::population::world::{DAY_MS, World, timestamp};

impl Typist<'_> {
    /// Open or over; some orders that are over still say that they are open.
    pub(super) fn state(&mut self, record: &mut PositionRecord) {
        let order = self.order;
        let world = self.world;
        let words: &[(u32, &str)] = if order.is_open {
            &[
                (62, "Accepting Candidates"),
                (20, "Open"),
                (12, "Interviewing"),
                (6, "Offer Out"),
            ]
        } else {
            &[(46, "Filled"), (26, "Archive"), (18, "Closed"), (10, "Cancelled")]
        };
        record.status = Wire::Value((*self.random.weighted(words)).to_owned());
        record.is_open = order.is_open || self.random.percent(8);
        record.is_public = *self.random.weighted(&[(50, 1), (38, 0), (12, -1)]);
        let counted_from = if order.is_open {
            world.today
        } else {
            dates::day_of(self.stamp.date_added)
        };
        let first_day = dates::days_after(counted_from, order.starts_in_days);
        record.start_date = self.random.value(86, |_| dates::midnight(first_day));
        if order.employment != Employment::Permanent {
            let last_day = dates::days_after(first_day, 182);
            record.date_end = self.random.value(70, |_| dates::midnight(last_day));
        }
        let modified_ms = self.stamp.date_last_modified.as_millisecond();
        let added_ms = self.stamp.date_added.as_millisecond();
        if !order.is_open {
            record.date_closed = self.random.value(85, |_| timestamp(modified_ms));
            let reasons = &world.vocabulary.phrases.agency.reasons_closed;
            record.reason_closed = self.random.text(60, |random| random.pick(reasons).clone());
        }
        let published_ms = (added_ms + DAY_MS).min(modified_ms);
        record.date_last_published = self.random.value(55, |_| timestamp(published_ms));
        record.num_openings = match self.random.below(20) {
            0 => Wire::Null,
            1..14 => Wire::Value(1),
            _ => Wire::Value(self.random.between(2, 12) as i32),
        };
    }

    pub(super) fn office(&mut self, record: &mut PositionRecord) {
        let world = self.world;
        let phrases = &world.vocabulary.phrases;
        let company = self.order.company;
        let contact = client::contact_of(world, company, self.random.below(2) as u32);
        record.client_corporation = Wire::Value(company);
        record.client_contact = self.random.value(98, |_| contact);
        record.owner = self.random.value(98, World::user);
        record.response_user = self.random.value(60, World::user);
        let assigned = (0..self.random.below(4))
            .map(|_| World::user(&mut self.random))
            .collect();
        record.assigned_users = ToMany::of(assigned);
        record.is_interview_required = self.random.flag(85, 30);
        record.priority = self.random.value(75, |random| random.between(1, 3) as i32);
        record.source = self
            .random
            .text(40, |random| random.pick(&phrases.agency.sources).clone());
        record.bonus_package = self
            .random
            .text(30, |random| random.pick(&phrases.adverts.bonuses).clone());
        record.benefits = self.random.text(40, |random| {
            let benefits: Vec<String> = random
                .sample(&phrases.adverts.benefits, 3)
                .into_iter()
                .cloned()
                .collect();
            benefits.join(", ")
        });
        let key = self.id;
        record.external_id = self.random.text(18, |_| format!("JO-{key:06}"));
        record.custom_text1 = self
            .random
            .text(35, |random| random.pick(&phrases.agency.shifts).clone());
    }
}
