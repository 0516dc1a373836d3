//! What a candidate does and can.

use super::record::Typist;
use crate::population::quirks::cut;
use crate::population::random::Random;
use crate::population::record::{CandidateRecord, Texts, ToMany, Wire};
use crate::population::vocabulary::Vocabulary;

impl Typist<'_> {
    pub(super) fn work(&mut self, record: &mut CandidateRecord) {
        let career = self.subject.career;
        let job = career.last_job();
        let title = job.map_or("", |job| job.title);
        record.occupation = self
            .random
            .text(91, |random| cut(&typed_title(title, random), 50));
        let employed = job.filter(|job| job.end.is_none());
        record.company_name = match employed {
            Some(job) => self.random.text(88, |_| cut(&job.company, 100)),
            None => self.random.text(3, |_| "between jobs".to_owned()),
        };
        record.status = Wire::Value((*self.random.weighted(STATUSES)).to_owned());
        let years = self.subject.profile.years;
        record.experience = match self.random.below(100) {
            0..14 => Wire::Value(0),
            14..18 => Wire::Null,
            _ => Wire::Value(years as i32),
        };
        let highest = career.schools.first().map(|school| school.degree.to_owned());
        record.education_degree = self.random.texts(highest.into_iter().collect(), 55);
        let degrees = career.schools.iter().map(|school| match school.major {
            Some(major) => format!("{} in {major}", school.degree),
            None => school.degree.to_owned(),
        });
        record.degree_list = self.random.texts(degrees.collect(), 50);
        let certificates = career
            .certificates
            .iter()
            .map(|name| (*name).to_owned())
            .collect();
        record.certifications = self.random.texts(certificates, 60);
    }

    pub(super) fn lists(&mut self, record: &mut CandidateRecord) {
        let profile = self.subject.profile;
        let vocabulary = self.world.vocabulary;
        record.skill_set = self.skill_set();
        record.primary_skills = self.some_members(88, profile.required.clone());
        let others: Vec<u32> = profile.nice.iter().chain(&profile.other).copied().collect();
        record.secondary_skills = self.some_members(60, others);
        let occupation = profile.occupation;
        record.specialties = self.some_members(80, vec![occupation.index as u32 + 1]);
        let category = occupation.family as u32 + 1;
        record.categories = self.some_members(92, vec![category]);
        record.category = self.random.value(90, |_| category);
        let sectors = &vocabulary.family(occupation).sectors;
        let count = self.random.below(3);
        let sectors = self.random.sample(sectors, count).into_iter().copied().collect();
        record.business_sectors = self.some_members(75, sectors);
    }

    /// Members in `percent` of the records, none in the others.
    fn some_members(&mut self, percent: u32, ids: Vec<u32>) -> ToMany {
        let ids = if self.random.percent(percent) {
            ids
        } else {
            Vec::new()
        };
        self.random.members(ids)
    }

    /// Skills as typed: other spellings, some left out, now and then one twice.
    fn skill_set(&mut self) -> Wire<Texts> {
        let vocabulary = self.world.vocabulary;
        if self.random.percent(7) {
            return self.random.texts(Vec::new(), 0);
        }
        let mut skills: Vec<String> = Vec::new();
        for skill in self.subject.profile.skills() {
            if self.random.percent(90) {
                skills.push(typed_skill(
                    vocabulary,
                    vocabulary.skill_name(skill),
                    &mut self.random,
                ));
            }
        }
        self.random.shuffle(&mut skills);
        if let Some(first) = skills.first().filter(|_| self.random.percent(3)) {
            skills.push(first.clone());
        }
        self.random.texts(skills, 24)
    }
}

/// The tenant's own list.
const STATUSES: &[(u32, &str)] = &[
    (44, "Active"),
    (20, "Available"),
    (9, "New Lead"),
    (9, "Placed"),
    (8, "Archive"),
    (5, "Online Applicant"),
    (3, "Private"),
    (2, "DNU"),
];

/// A skill in one of its spellings.
fn typed_skill(vocabulary: &Vocabulary, name: &str, random: &mut Random) -> String {
    let aliases = vocabulary.phrases.skills.aliases.get(name);
    match (random.below(100), aliases) {
        (0..22, Some(aliases)) => random.pick(aliases).clone(),
        (22..26, _) => name.to_uppercase(),
        (26..30, _) => name.to_lowercase(),
        (30, _) => format!(" {name}"),
        _ => name.to_owned(),
    }
}

fn typed_title(title: &str, random: &mut Random) -> String {
    match random.below(40) {
        0..2 => title.to_uppercase(),
        2 => title.to_lowercase(),
        3..7 => title.replace("Senior ", "Sr. ").replace("Junior ", "Jr "),
        7 => format!("{title} "),
        _ => title.to_owned(),
    }
}
