//! What a candidate wants: pay, place and time; and what the office keeps about it.

use super::record::Typist;
use crate::population::dates;
use crate::population::pay;
use crate::population::record::{Amount, CandidateRecord, Texts, Wire};
use crate::population::vocabulary::Facts;
use crate::population::world::{DAY_MS, World};

/// 0 means "not given".
const NOT_GIVEN: Wire<Amount> = Wire::Value(Amount::Whole(0));

impl Typist<'_> {
    /// Pay by the year, the hour or the day; most leave it open.
    pub(super) fn pay(&mut self, record: &mut CandidateRecord) {
        let yearly = self.subject.profile.pay_local();
        let low = yearly * self.random.between(86, 98) / 100 / 100 * 100;
        let gives_low = self.random.percent(40);
        record.salary = NOT_GIVEN;
        record.salary_low = NOT_GIVEN;
        record.hourly_rate = NOT_GIVEN;
        record.hourly_rate_low = NOT_GIVEN;
        record.day_rate = NOT_GIVEN;
        record.day_rate_low = NOT_GIVEN;
        let drawn = self.random.below(100);
        match drawn {
            0..56 => {
                record.salary = self.random.money(yearly);
                if gives_low {
                    record.salary_low = self.random.money(low);
                }
            }
            56..72 => {
                let hourly = |yearly: i64| Amount::Decimal(pay::hourly(yearly));
                record.hourly_rate = Wire::Value(hourly(yearly));
                if gives_low {
                    record.hourly_rate_low = Wire::Value(hourly(low));
                }
            }
            72..80 => {
                record.day_rate = self.random.money(pay::daily(yearly));
                if gives_low {
                    record.day_rate_low = self.random.money(pay::daily(low));
                }
            }
            80..83 => record.salary = Wire::Null,
            // Somebody typed thousands.
            83 => record.salary = Wire::Value(Amount::Whole(yearly / 1_000)),
            _ => {}
        }
    }

    pub(super) fn availability(&mut self, record: &mut CandidateRecord) {
        let profile = self.subject.profile;
        let world = self.world;
        record.will_relocate = self.random.flag(if profile.would_move { 96 } else { 3 }, 18);
        record.travel_limit = self
            .random
            .value(30, |random| *random.pick(&[0, 0, 10, 25, 50, 75, 100]));
        let mut wishes = Vec::new();
        if self.random.percent(35) {
            wishes.push(profile.place.city.clone());
            if profile.would_move {
                wishes.push(world.place(&mut self.random, 5).city.clone());
            }
        }
        if profile.remote_ok && self.random.percent(45) {
            wishes.push("Remote".to_owned());
        }
        wishes.dedup();
        record.desired_locations = self.random.texts(wishes, 40);
        let count = self.random.below(3);
        let kinds = ["Permanent", "Contract", "Temporary", "Contract to Hire"];
        let kinds = self
            .random
            .sample(&kinds, count)
            .into_iter()
            .map(|kind| (*kind).to_owned())
            .collect();
        record.employment_preference = self.random.texts(kinds, 20);
        let first_day = dates::days_after(world.today, profile.available_in_days);
        record.date_available = self.random.value(62, |_| dates::midnight(first_day));
        let last_day = dates::days_after(first_day, 180);
        record.date_available_end = self.random.value(3, |_| dates::midnight(last_day));
        record.work_authorized = self.random.flag(if profile.authorized { 100 } else { 0 }, 22);
    }

    pub(super) fn office(&mut self, record: &mut CandidateRecord) {
        let world = self.world;
        let agency = &world.vocabulary.phrases.agency;
        let profile = self.subject.profile;
        record.owner = self.random.value(97, World::user);
        let count = self.random.below(3);
        let sources: Vec<String> = self
            .random
            .sample(&agency.sources, count)
            .into_iter()
            .cloned()
            .collect();
        // An array whenever there is a value.
        record.source = if sources.is_empty() {
            Wire::Null
        } else {
            Wire::Value(Texts::Many(sources))
        };
        let skills: Vec<&str> = profile
            .required
            .iter()
            .map(|skill| world.vocabulary.skill_name(*skill))
            .collect();
        let facts = Facts {
            title: self.subject.career.last_job().map_or("", |job| job.title),
            skills: &skills,
            company: self
                .subject
                .career
                .last_job()
                .map_or("", |job| job.company.as_str()),
            city: &profile.place.city,
            ..Facts::NONE
        };
        let comment = self
            .random
            .pick(&agency.comments)
            .filled(&facts, &mut self.random);
        record.comments = self.random.text(45, |_| comment);
        let age_ms = world.now_ms - self.stamp.date_added.as_millisecond();
        record.date_last_comment = self.random.value(40, |random| {
            world.before((random.unit() * age_ms as f64) as i64 / DAY_MS * DAY_MS)
        });
        record.is_editable = Wire::Value(true);
        record.candidate_type = self
            .random
            .value(30, |random| (*random.pick(&["A", "B", "C", "Top"])).to_owned());
        record.employee_type = self.random.value(25, |random| {
            (*random.pick(&["W2", "1099", "Corp to Corp", "PAYE"])).to_owned()
        });
        let key = self.id;
        record.external_id = self.random.text(20, |_| format!("OLD-{key:07}"));
        record.custom_text1 = self
            .random
            .text(35, |random| random.pick(&agency.notice_periods).clone());
        let languages = &world.vocabulary.phrases.resumes.languages;
        record.custom_text2 = self.random.text(22, |random| random.pick(languages).clone());
        record.custom_int1 = self
            .random
            .value(28, |random| *random.pick(&[15, 20, 30, 30, 45, 60, 90]));
    }
}
