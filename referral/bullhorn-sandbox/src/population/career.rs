//! Jobs and schools of a person.

use jiff::civil::Date;

use super::dates;
use super::profile::{Profile, years_of};
use super::random::{Random, Stream};
use super::vocabulary::{Facts, Family, Occupation, Place};
use super::world::World;

/// What somebody did so far, newest first.
#[derive(Debug, Clone)]
pub(crate) struct Career {
    pub(crate) jobs: Vec<Job>,
    pub(crate) schools: Vec<School>,
    pub(crate) certificates: Vec<&'static str>,
}

/// One job.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) occupation: &'static Occupation,
    pub(crate) title: &'static str,
    pub(crate) company: String,
    pub(crate) sector: &'static str,
    pub(crate) place: &'static Place,
    /// First day of a month.
    pub(crate) start: Date,
    /// None while the job lasts.
    pub(crate) end: Option<Date>,
}

/// One school.
#[derive(Debug, Clone)]
pub(crate) struct School {
    pub(crate) name: String,
    pub(crate) degree: &'static str,
    pub(crate) major: Option<&'static str>,
    pub(crate) graduation: Date,
}

/// Most jobs of a career; fewer than the sixteen keys a candidate has for them.
const JOBS_MAX: i64 = 7;

impl Career {
    pub(crate) fn of(world: &World, profile: &Profile) -> Self {
        let mut random = world.random(Stream::Career, profile.person);
        let jobs = jobs(world, profile, &mut random);
        let start = jobs.last().map_or(world.today, |job| job.start);
        let schools = schools(world, profile, start, &mut random);
        let certificates = certificates(profile, &mut random);
        Self {
            jobs,
            schools,
            certificates,
        }
    }

    /// The job of today, or the last one.
    pub(crate) fn last_job(&self) -> Option<&Job> {
        self.jobs.first()
    }
}

fn jobs(world: &World, profile: &Profile, random: &mut Random) -> Vec<Job> {
    let mut months = profile.years * 12 + random.between(3, 11);
    let employed = random.percent(86);
    let count = (1 + profile.years / 4 + random.between(0, 2))
        .min(JOBS_MAX)
        .min(months / 3);
    let mut end = if employed {
        world.today
    } else {
        dates::months_before(world.today, random.between(1, 9))
    };
    let mut occupation = profile.occupation;
    let mut jobs: Vec<Job> = Vec::new();
    for place in 0..count {
        let left = count - place;
        let share = if left == 1 {
            months
        } else {
            months * random.between(60, 140) / 100 / left
        };
        let length = share.clamp(3.min(months), months - 3 * (left - 1));
        let start = dates::months_before(end, length);
        if place > 0 && random.percent(38) {
            occupation = related(world, occupation, random);
        }
        let level = level_after(months / 12).min(profile.level);
        let level = if place == 0 { profile.level } else { level };
        jobs.push(Job {
            occupation,
            title: random.pick(occupation.titles(level)).as_str(),
            company: company_name(world, world.vocabulary.family(occupation), random),
            sector: sector(world, world.vocabulary.family(occupation), random),
            place: if random.percent(60) {
                profile.place
            } else {
                world.place(random, 12)
            },
            start,
            end: (place > 0 || !employed).then_some(end),
        });
        months -= length;
        end = dates::months_before(start, i64::from(random.percent(30)) * random.between(1, 4));
    }
    jobs
}

/// The highest level that so many years are enough for.
fn level_after(years: i64) -> u8 {
    (1..=5)
        .rev()
        .find(|level| years_of(*level).0 <= years)
        .unwrap_or(1)
}

fn related(world: &World, occupation: &'static Occupation, random: &mut Random) -> &'static Occupation {
    if occupation.related.is_empty() {
        return occupation;
    }
    world.vocabulary.occupation(*random.pick(&occupation.related))
}

/// An industry in which the family is at home.
pub(crate) fn sector(world: &World, family: &Family, random: &mut Random) -> &'static str {
    world.vocabulary.sector_name(*random.pick(&family.sectors))
}

/// An invented employer of people of this family.
pub(crate) fn company_name(world: &World, family: &Family, random: &mut Random) -> String {
    let companies = &world.vocabulary.phrases.companies;
    let stem = random.pick(&companies.stems);
    let word = random.pick(&family.employers);
    if random.percent(45) {
        return format!("{stem} {word} {}", random.pick(&companies.endings));
    }
    format!("{stem} {word}")
}

fn schools(world: &World, profile: &Profile, start: Date, random: &mut Random) -> Vec<School> {
    let education = &world.vocabulary.phrases.education;
    let degrees = &world.vocabulary.family(profile.occupation).degrees;
    let count = *random.weighted(&[(62, 1), (30, 2), (8, 0)]);
    let mut picked: Vec<&str> = random
        .sample(degrees, count)
        .into_iter()
        .map(String::as_str)
        .collect();
    picked.sort_by_key(|degree| std::cmp::Reverse(rank(degree)));
    if random.percent(35) && !picked.contains(&HIGH_SCHOOL) {
        picked.push(HIGH_SCHOOL);
    }
    let mut year = start.year() - random.between(0, 1) as i16;
    let mut schools = Vec::new();
    for degree in picked {
        let names = match rank(degree) {
            0 => &education.high_schools,
            1 => &education.colleges,
            _ => &education.universities,
        };
        let city = &random.pick(&world.vocabulary.phrases.places.places).city;
        let name = random.pick(names).filled(&Facts { city, ..Facts::NONE }, random);
        let (degree, major) = match degree.split_once(" in ") {
            Some((degree, major)) => (degree, Some(major)),
            None => (degree, None),
        };
        let month = *random.pick(&[5, 6, 6, 7, 9, 12]);
        let graduation = Date::new(year, month, random.between(1, 28) as i8).unwrap_or(start);
        schools.push(School {
            name,
            degree,
            major,
            graduation,
        });
        year -= random.between(2, 5) as i16;
    }
    schools
}

const HIGH_SCHOOL: &str = "High School Diploma";

/// 0 school, 1 college, 2 bachelor, 3 master, 4 doctor.
fn rank(degree: &str) -> u8 {
    let has = |words: &[&str]| words.iter().any(|word| degree.contains(word));
    if has(&["Doctor", "PhD", "Juris"]) {
        4
    } else if has(&["Master", "MBA"]) {
        3
    } else if has(&["Bachelor", "Diploma in Nursing"]) {
        2
    } else {
        u8::from(!has(&["High School", "School Diploma", "GED"]))
    }
}

fn certificates(profile: &Profile, random: &mut Random) -> Vec<&'static str> {
    let all = &profile.occupation.certifications;
    let share = if profile.level == 1 { 20 } else { 55 };
    let count = if random.percent(share) {
        1 + usize::from(random.percent(30))
    } else {
        0
    };
    random
        .sample(all, count)
        .into_iter()
        .map(String::as_str)
        .collect()
}
