//! The sections of a resume, in the order in which people write them.

use super::budget::Budget;
use super::experience::Told;
use super::words::listed;
use crate::population::career::Career;
use crate::population::html::Html;
use crate::population::identity::Identity;
use crate::population::profile::Profile;
use crate::population::random::{Random, Stream};
use crate::population::vocabulary::{Facts, Headings, Phrases, Template};
use crate::population::world::World;

/// What a resume is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) career: &'a Career,
    pub(crate) identity: &'a Identity,
}

/// The resume that was filed with a record, as HTML.
pub(crate) fn resume(world: &World, id: u32, subject: Subject<'_>) -> String {
    let mut random = world.random(Stream::Resume, id);
    let budget = Budget::draw(world.options.resume_bytes as usize, &mut random);
    let title = match random.below(4) {
        0 => "Resume".to_owned(),
        1 => format!("Resume of {}", subject.identity.full_name()),
        2 => "Microsoft Word - CV_final".to_owned(),
        _ => subject.identity.full_name(),
    };
    let faults = random.clone();
    let mut html = Html::new(budget.style, &title, budget.bytes + 1_024, faults);
    html.style_sheet(budget.style_sheet);
    let skills = skills(world, subject.profile, &mut random);
    let known = subject.profile.required.iter().chain(&subject.profile.nice);
    let known: Vec<&str> = known.map(|skill| world.vocabulary.skill_name(*skill)).collect();
    let facts = facts(subject, &known);
    let phrases = &world.vocabulary.phrases;
    let headings = &phrases.resumes.headings;
    let told = Told::default();
    let mut writer = Writer {
        phrases,
        headings,
        subject,
        facts,
        html,
        random,
        budget,
        told,
    };
    writer.all(&skills, world);
    writer.html.finish()
}

/// Names of the skills that the resume mentions, in its own order.
fn skills(world: &World, profile: &Profile, random: &mut Random) -> Vec<&'static str> {
    let mut skills: Vec<&str> = profile
        .skills()
        .map(|skill| world.vocabulary.skill_name(skill))
        .collect();
    skills.retain(|_| !random.percent(12));
    random.shuffle(&mut skills);
    skills
}

fn facts<'a>(subject: Subject<'a>, skills: &'a [&'a str]) -> Facts<'a> {
    let Subject { profile, career, .. } = subject;
    Facts {
        nouns: &profile.occupation.nouns,
        title: career.last_job().map_or("", |job| job.title),
        trade: &profile.occupation.name,
        years: profile.years.max(2),
        skills,
        company: career.last_job().map_or("", |job| job.company.as_str()),
        city: &profile.place.city,
        sector: career.last_job().map_or("", |job| job.sector),
        currency: profile.market.currency,
    }
}

/// Whoever writes the resume.
pub(super) struct Writer<'a> {
    pub(super) phrases: &'static Phrases,
    pub(super) headings: &'static Headings,
    pub(super) subject: Subject<'a>,
    pub(super) facts: Facts<'a>,
    pub(super) html: Html,
    pub(super) random: Random,
    pub(super) budget: Budget,
    pub(super) told: Told,
}

impl Writer<'_> {
    fn all(&mut self, skills: &[&str], world: &World) {
        let headings = self.headings;
        let phrases = self.phrases;
        let resumes = &phrases.resumes;
        self.contact_header();
        if self.random.percent(25) {
            self.one_of(&headings.goal, &resumes.goals);
        }
        if self.random.percent(92) {
            self.summary();
        }
        let skills_first = self.random.percent(55);
        if skills_first {
            self.skills(skills);
        }
        // What follows takes about as much again as what is there, but for the duties.
        let reserve = if skills_first { 650 } else { 950 } + self.budget.bytes / 12;
        self.experience(reserve, world);
        if !skills_first {
            self.skills(skills);
        }
        self.projects(reserve);
        if self.has_room(reserve) || (self.random.percent(30) && self.has_room(300)) {
            let count = self.random.between(2, 5) as usize;
            self.some_of(&headings.achievements, &resumes.achievements, count);
        }
        self.education();
        self.closing();
    }

    pub(super) fn has_room(&self, bytes: usize) -> bool {
        self.html.len() + bytes < self.budget.bytes
    }

    fn sentence(&mut self, template: &Template) -> String {
        template.filled(&self.facts, &mut self.random)
    }

    pub(super) fn heading(&mut self, names: &[String]) {
        let name = self.random.pick(names).as_str();
        self.html.heading(name);
    }

    fn one_of(&mut self, heading: &[String], templates: &[Template]) {
        self.heading(heading);
        let template = self.random.pick(templates);
        let text = self.sentence(template);
        self.html.paragraph(&text);
    }

    fn some_of(&mut self, heading: &[String], templates: &[Template], count: usize) {
        self.heading(heading);
        self.html.begin_list();
        for template in self.random.sample(templates, count) {
            let text = self.sentence(template);
            self.html.item(&text);
        }
        self.html.end_list();
    }

    fn contact_header(&mut self) {
        let Subject {
            identity,
            profile,
            career,
        } = self.subject;
        let name = match identity.middle.filter(|_| self.random.percent(40)) {
            Some(middle) => format!("{} {middle} {}", identity.first, identity.last),
            None => identity.full_name(),
        };
        let name = if self.random.percent(20) {
            name.to_uppercase()
        } else {
            name
        };
        self.html.name(&name);
        let place = profile.place;
        if self.random.percent(75) {
            self.html.contact(&identity.street);
        }
        self.html
            .contact(&format!("{}, {} {}", place.city, place.state, identity.zip));
        let phone = identity.mobile.typed(&mut self.random);
        let email = &identity.email;
        if self.random.percent(50) {
            self.html.contact(&format!("{phone} | {email}"));
        } else {
            let word = self.random.pick(&["Phone: ", "Cell: ", "Tel. ", "Mobile: "]);
            self.html.contact(&format!("{word}{phone}"));
            self.html.contact(&format!("E-mail: {email}"));
        }
        if let Some(job) = career.last_job().filter(|_| self.random.percent(30)) {
            self.html.contact(job.title);
        }
    }

    fn summary(&mut self) {
        let headings = self.headings;
        let phrases = self.phrases;
        let resumes = &phrases.resumes;
        let junior = self.subject.profile.level == 1;
        let templates = if junior {
            &resumes.beginner_summaries
        } else {
            &resumes.summaries
        };
        self.heading(&headings.summary);
        let count = if self.budget.bytes > 3_000 { 2 } else { 1 };
        let mut text = String::new();
        for template in self.random.sample(templates, count) {
            if !text.is_empty() {
                text.push(' ');
            }
            template.fill(&mut text, &self.facts, &mut self.random);
        }
        self.html.paragraph(&text);
        if self.budget.bytes > 4_000 && self.random.percent(35) {
            self.html.begin_list();
            for template in self.random.sample(&resumes.strengths, 3) {
                let text = self.sentence(template);
                self.html.item(&text);
            }
            self.html.end_list();
        }
    }

    fn skills(&mut self, skills: &[&str]) {
        let headings = self.headings;
        self.heading(&headings.skills);
        match self.random.below(3) {
            0 => self.html.list(skills.iter().copied()),
            1 => self.html.paragraph(&skills.join(" • ")),
            _ => self.html.paragraph(&format!("{}.", skills.join(", "))),
        }
    }

    fn education(&mut self) {
        let headings = self.headings;
        let career = self.subject.career;
        let phrases = self.phrases;
        let education = &phrases.education;
        if !career.schools.is_empty() {
            self.heading(&headings.education);
            for school in &career.schools {
                let degree = match school.major {
                    Some(major) => format!("{}, {major}", school.degree),
                    None => school.degree.to_owned(),
                };
                self.html
                    .job(&degree, &school.name, &school.graduation.year().to_string());
                if self.random.percent(25) && self.has_room(200) {
                    let honour = self.random.pick(&education.honours).as_str();
                    self.html.paragraph(honour);
                }
            }
        }
        if !career.certificates.is_empty() {
            self.heading(&headings.certifications);
            self.html.list(career.certificates.iter().copied());
        }
        if self.has_room(350) && self.random.percent(30) {
            self.heading(&headings.courses);
            let count = self.random.between(2, 4) as usize;
            let courses = self.random.sample(&education.courses, count);
            self.html.list(courses.into_iter().map(String::as_str));
        }
    }

    fn closing(&mut self) {
        let headings = self.headings;
        let phrases = self.phrases;
        let resumes = &phrases.resumes;
        if self.has_room(200) && self.random.percent(35) {
            self.heading(&headings.languages);
            let count = self.random.between(1, 2) as usize;
            let english = self.random.pick(&resumes.english).as_str();
            let others = self.random.sample(&resumes.languages, count);
            self.html
                .list(std::iter::once(english).chain(others.into_iter().map(String::as_str)));
        }
        if self.has_room(300) && self.random.percent(35) {
            let count = self.random.between(1, 3) as usize;
            self.some_of(&headings.extras, &resumes.extras, count);
        }
        if self.random.percent(6) {
            self.heading(&headings.personal);
            for lines in self.random.sample(&resumes.personal, 2) {
                let line = self.random.pick(lines).as_str();
                self.html.paragraph(line);
            }
        }
        if self.has_room(100) && self.random.percent(60) {
            self.heading(&headings.hobbies);
            let count = self.random.between(2, 4) as usize;
            let hobbies = self.random.sample(&resumes.hobbies, count);
            let hobbies: Vec<&str> = hobbies.into_iter().map(String::as_str).collect();
            self.html.paragraph(&listed(&hobbies));
        }
        if self.random.percent(35) {
            let text = self.random.pick(&resumes.references).as_str();
            if self.random.percent(50) {
                self.heading(&headings.references);
            }
            self.html.paragraph(text);
        }
    }
}
