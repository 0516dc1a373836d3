//! Jobs and projects: the longest part of a resume.

use super::sections::Writer;
use super::words::Months;
use crate::population::career::Job;
use crate::population::random::Random;
use crate::population::vocabulary::{Facts, Template};
use crate::population::world::World;

/// Most sentences of one job that could stand in anybody's resume.
const GENERAL_MAX: usize = 6;
const PROJECTS_MAX: usize = 6;

/// The sentences that were told already. Each is in the vocabulary once, so where it is tells which one it is.
#[derive(Debug, Default)]
pub(super) struct Told(Vec<&'static Template>);

impl Told {
    /// A sentence that was not told before, if there are more than `kept_back` of them.
    fn next(
        &mut self,
        all: &'static [Template],
        kept_back: usize,
        random: &mut Random,
    ) -> Option<&'static Template> {
        let fresh: Vec<&Template> = all
            .iter()
            .filter(|template| !self.0.iter().any(|told| std::ptr::eq(*told, *template)))
            .collect();
        if fresh.len() <= kept_back {
            return None;
        }
        let template: &&'static Template = random.pick(&fresh);
        self.0.push(template);
        Some(template)
    }
}

impl Writer<'_> {
    /// All jobs; the newest ones get the most room, `reserve` bytes are kept for what follows.
    pub(super) fn experience(&mut self, reserve: usize, world: &World) {
        let headings = self.headings;
        let jobs = &self.subject.career.jobs;
        self.heading(&headings.experience);
        let months = Months::draw(&mut self.random);
        let end = self.budget.bytes.saturating_sub(reserve);
        for place in 0..jobs.len() {
            let left = jobs.len() - place;
            let room = end.saturating_sub(self.html.len());
            let share = if left == 1 { room } else { room * 3 / (left + 2) };
            self.job(jobs.get(place..).unwrap_or_default(), months, share, world);
        }
    }

    /// The first of these jobs.
    fn job(&mut self, jobs: &[Job], months: Months, share: usize, world: &World) {
        let [job, earlier @ ..] = jobs else { return };
        let until = self.html.len() + share;
        let employer = match self.random.below(3) {
            0 => job.company.clone(),
            1 => format!("{}, {}", job.company, job.place.city),
            _ => format!("{}, {} {}", job.company, job.place.city, job.place.state),
        };
        self.html.job(job.title, &employer, &months.period(job));
        let is_trade_of_today = job.occupation.index == self.subject.profile.occupation.index;
        let required = job.occupation.required.iter();
        let required: Vec<&str> = required
            .map(|skill| world.vocabulary.skill_name(*skill))
            .collect();
        let facts = Facts {
            nouns: &job.occupation.nouns,
            title: job.title,
            trade: &job.occupation.name,
            skills: if is_trade_of_today {
                self.facts.skills
            } else {
                &required
            },
            company: &job.company,
            city: &job.place.city,
            sector: job.sector,
            ..self.facts
        };
        let phrases = self.phrases;
        if share > 500 && self.random.percent(45) {
            let intro = self.random.pick(&phrases.resumes.job_intros);
            let text = intro.filled(&facts, &mut self.random);
            self.html.paragraph(&text);
        }
        let same_trade = |other: &&Job| other.occupation.index == job.occupation.index;
        let kept_back = 2 * earlier.iter().filter(same_trade).count();
        self.duties(job, &facts, kept_back, until);
        if job.end.is_some() && share > 900 && self.random.percent(15) {
            let text = self.random.pick(&phrases.resumes.leaving).as_str();
            self.html.paragraph(text);
        }
    }

    /// What somebody did in a job, until the room is used up; at least two sentences, the first ones of the occupation's
    /// own. `kept_back` of those stay for earlier jobs.
    fn duties(&mut self, job: &Job, facts: &Facts<'_>, kept_back: usize, until: usize) {
        let own = &job.occupation.resume_duties;
        let general = &self.phrases.resumes.team_duties;
        let mut general_left = GENERAL_MAX;
        let mut written = 0;
        self.html.begin_list();
        while written < 2 || self.html.len() < until {
            let template = if written < 2 {
                let fresh = self.told.next(own, 0, &mut self.random);
                fresh.or_else(|| self.told.next(general, 0, &mut self.random))
            } else if general_left > 0 && self.random.percent(25) {
                general_left -= 1;
                self.told.next(general, 0, &mut self.random)
            } else {
                let fresh = self.told.next(own, kept_back, &mut self.random);
                fresh.or_else(|| {
                    let left = general_left > 0;
                    general_left = general_left.saturating_sub(1);
                    left.then(|| self.told.next(general, 0, &mut self.random))
                        .flatten()
                })
            };
            let Some(template) = template else { break };
            let text = template.filled(facts, &mut self.random);
            self.html.item(&text);
            written += 1;
        }
        self.html.end_list();
    }

    /// Projects, where the jobs have left room.
    pub(super) fn projects(&mut self, reserve: usize) {
        let (headings, phrases) = (self.headings, self.phrases);
        if !self.has_room(reserve + 500) {
            return;
        }
        self.heading(&headings.projects);
        for _ in 0..PROJECTS_MAX {
            if !self.has_room(reserve) {
                break;
            }
            let Some(template) = self.told.next(&phrases.resumes.projects, 0, &mut self.random) else {
                break;
            };
            let text = template.filled(&self.facts, &mut self.random);
            self.html.paragraph(&text);
        }
    }
}
