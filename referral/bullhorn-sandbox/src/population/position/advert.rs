//! Job advertisements: the rich one of the agency and the public one.

use super::record::Typist;
use crate::population::html::{ADVERT_STYLES, Html};
use crate::population::order::{Order, WhereDone};
use crate::population::random::{Random, Stream};
use crate::population::record::{PositionRecord, Wire};
use crate::population::vocabulary::{Facts, Phrases, Template, grouped};

impl Typist<'_> {
    /// The public text is often blank; the other one is always there, but for a few.
    pub(super) fn descriptions(&mut self, record: &mut PositionRecord) {
        record.public_description = match self.random.below(100) {
            0..34 => Wire::Value(String::new()),
            34..38 => self.random.blank(),
            _ => Wire::Value(self.advert(0)),
        };
        record.description = match self.random.below(100) {
            0..2 => self.random.blank(),
            _ => Wire::Value(self.advert(1)),
        };
    }

    /// The public advertisement (0) or the one for the agency (1).
    fn advert(&self, version: u32) -> String {
        let mut random = self.world.random(Stream::Advert, self.id * 2 + version);
        let style = *random.weighted(ADVERT_STYLES);
        let faults = random.clone();
        let html = Html::new(style, self.order.title, 4_096, faults);
        let skills = self.names(&self.order.required);
        let facts = Facts {
            nouns: &self.order.occupation.nouns,
            title: self.order.title,
            trade: &self.order.occupation.name,
            years: self.order.years.max(1),
            skills: &skills,
            company: &self.client.name,
            city: &self.order.place.city,
            sector: self.client.sector,
            currency: self.order.market.currency,
        };
        let mut writer = Writer {
            typist: self,
            facts,
            html,
            random,
        };
        writer.all(version == 1);
        writer.html.finish()
    }

    fn names(&self, skills: &[u32]) -> Vec<&'static str> {
        skills
            .iter()
            .map(|skill| self.world.vocabulary.skill_name(*skill))
            .collect()
    }
}

struct Writer<'a> {
    typist: &'a Typist<'a>,
    facts: Facts<'a>,
    html: Html,
    random: Random,
}

impl<'a> Writer<'a> {
    fn order(&self) -> &'a Order {
        self.typist.order
    }

    fn phrases(&self) -> &'static Phrases {
        &self.typist.world.vocabulary.phrases
    }

    fn all(&mut self, is_internal: bool) {
        let phrases = self.phrases();
        let adverts = &phrases.adverts;
        let headings = &adverts.headings;
        if is_internal && self.random.percent(25) {
            self.paragraph(&adverts.internal);
        }
        let title = self.facts.title;
        self.html.name(title);
        self.paragraph(&adverts.openings);
        if is_internal || self.random.percent(70) {
            self.heading(&headings.employer);
            self.paragraph(&phrases.companies.descriptions);
        }
        self.heading(&headings.duties);
        if self.random.percent(45) {
            self.paragraph(&adverts.missions);
        }
        self.duties(if is_internal { 5 } else { 4 });
        self.heading(&headings.required);
        self.profile();
        if is_internal || self.random.percent(80) {
            self.heading(&headings.nice);
            let nice = self.typist.names(&self.order().nice);
            self.html.list(nice);
        }
        if is_internal || self.random.percent(70) {
            self.heading(&headings.benefits);
            self.benefits();
        }
        self.heading(&headings.applying);
        self.paragraph(&adverts.applying);
        if self.random.percent(60) {
            let text = self.random.pick(&adverts.boilerplate).as_str();
            self.html.paragraph(text);
        }
    }

    fn heading(&mut self, names: &[String]) {
        let name = self.random.pick(names).as_str();
        self.html.heading(name);
    }

    fn paragraph(&mut self, templates: &[Template]) {
        let text = self.random.pick(templates).filled(&self.facts, &mut self.random);
        self.html.paragraph(&text);
    }

    fn item(&mut self, templates: &[Template]) {
        let text = self.random.pick(templates).filled(&self.facts, &mut self.random);
        self.html.item(&text);
    }

    fn duties(&mut self, least: i64) {
        let count = self.random.between(least, 7) as usize;
        let occupation = self.order().occupation;
        self.html.begin_list();
        for template in self.random.sample(&occupation.advert_duties, count) {
            let text = template.filled(&self.facts, &mut self.random);
            self.html.item(&text);
        }
        self.html.end_list();
        if self.random.percent(40) {
            let team = &self.phrases().adverts.team;
            self.paragraph(team);
        }
    }

    /// Years, skills, papers and manners.
    fn profile(&mut self) {
        let adverts = &self.phrases().adverts;
        let certificate = self.order().certificate;
        let is_beginner = self.order().years < 2;
        self.html.begin_list();
        if self.random.percent(88) {
            self.item(if is_beginner {
                &adverts.beginners
            } else {
                &adverts.years
            });
        }
        let skills = self.facts.skills;
        if self.random.percent(50) {
            let words =
                *self
                    .random
                    .pick(&["Good knowledge of ", "Confident with ", "You know ", "Skills: "]);
            self.html.item(&format!("{words}{}", skills.join(", ")));
        } else {
            for skill in skills {
                self.html.item(skill);
            }
        }
        if let Some(certificate) = certificate {
            let words = *self
                .random
                .pick(&["Certificate: ", "Licence or certificate required: "]);
            self.html.item(&format!("{words}{certificate}"));
        }
        let count = self.random.between(1, 3) as usize;
        for template in self.random.sample(&adverts.attitudes, count) {
            let text = template.filled(&self.facts, &mut self.random);
            self.html.item(&text);
        }
        self.html.end_list();
    }

    fn benefits(&mut self) {
        let adverts = &self.phrases().adverts;
        let order = self.order();
        let market = order.market;
        let local = |thousands: i64| grouped(thousands * market.pay_percent / 100 * 1_000);
        let (low, high) = (local(order.pay_low), local(order.pay_high));
        let count = self.random.between(3, 6) as usize;
        let benefits = self.random.sample(&adverts.benefits, count);
        self.html.begin_list();
        if self.random.percent(40) {
            self.html.item(&format!(
                "{0}{low} - {0}{high} a year, depending on experience",
                market.currency
            ));
        }
        for benefit in benefits {
            self.html.item(benefit);
        }
        self.html.end_list();
        self.paragraph(match order.where_done {
            WhereDone::OnSite => &adverts.places,
            WhereDone::Hybrid => &adverts.hybrid,
            WhereDone::Remote => &adverts.remote,
        });
    }
}
