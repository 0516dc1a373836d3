//! The phrase banks as their files have them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::error::VocabularyError;
use super::source::{self, Source};
use super::template::Template;

/// All phrase banks.
#[derive(Debug, Clone)]
pub(crate) struct Phrases {
    pub(crate) names: Names,
    pub(crate) places: Places,
    pub(crate) companies: Companies,
    pub(crate) skills: Skills,
    pub(crate) education: Education,
    pub(crate) resumes: Resumes,
    pub(crate) adverts: Adverts,
    pub(crate) agency: Agency,
}

/// `names.toml`: parts of invented names.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Names {
    pub(crate) first: Vec<String>,
    /// Short forms of first names.
    pub(crate) nicknames: BTreeMap<String, Vec<String>>,
    pub(crate) surname_heads: Vec<String>,
    pub(crate) surname_tails: Vec<String>,
    /// Whole surnames, with accents, apostrophes and particles.
    pub(crate) surnames: Vec<String>,
    pub(crate) mail_domains: Vec<String>,
}

/// `places.toml`: invented towns in real states and countries.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Places {
    pub(crate) streets: Vec<String>,
    pub(crate) street_kinds: Vec<String>,
    pub(crate) places: Vec<Place>,
}

/// One town.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Place {
    pub(crate) city: String,
    /// Code of the state or county.
    pub(crate) state: String,
    pub(crate) state_name: String,
    /// First letters of its postal codes; the form of the rest follows from the country.
    pub(crate) zip: String,
    /// ISO 3166 alpha-2 code.
    pub(crate) country: String,
    pub(crate) timezone: String,
    /// Area codes of its telephones.
    pub(crate) area_codes: Vec<String>,
}

/// `companies.toml`: parts of the names of employers and clients.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Companies {
    pub(crate) stems: Vec<String>,
    pub(crate) endings: Vec<String>,
    /// What a company says of itself.
    pub(crate) descriptions: Vec<Template>,
    pub(crate) contact_titles: Vec<String>,
}

/// `skills.toml`: skills that any occupation may list, and other spellings of skills.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Skills {
    pub(crate) general: Vec<String>,
    pub(crate) aliases: BTreeMap<String, Vec<String>>,
}

/// `education.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Education {
    /// Names of schools, with `{city}`.
    pub(crate) universities: Vec<Template>,
    pub(crate) colleges: Vec<Template>,
    pub(crate) high_schools: Vec<Template>,
    pub(crate) honours: Vec<String>,
    pub(crate) courses: Vec<String>,
}

/// `resumes.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resumes {
    pub(crate) headings: Headings,
    pub(crate) summaries: Vec<Template>,
    pub(crate) beginner_summaries: Vec<Template>,
    pub(crate) strengths: Vec<Template>,
    pub(crate) goals: Vec<Template>,
    pub(crate) achievements: Vec<Template>,
    pub(crate) projects: Vec<Template>,
    pub(crate) job_intros: Vec<Template>,
    pub(crate) team_duties: Vec<Template>,
    pub(crate) extras: Vec<Template>,
    pub(crate) hobbies: Vec<String>,
    pub(crate) english: Vec<String>,
    pub(crate) languages: Vec<String>,
    /// Lines about one thing, such as the date of birth.
    pub(crate) personal: Vec<Vec<String>>,
    pub(crate) references: Vec<String>,
    pub(crate) leaving: Vec<String>,
}

/// Headings of a resume: every section has several names.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Headings {
    pub(crate) summary: Vec<String>,
    pub(crate) goal: Vec<String>,
    pub(crate) skills: Vec<String>,
    pub(crate) experience: Vec<String>,
    pub(crate) achievements: Vec<String>,
    pub(crate) projects: Vec<String>,
    pub(crate) education: Vec<String>,
    pub(crate) certifications: Vec<String>,
    pub(crate) courses: Vec<String>,
    pub(crate) languages: Vec<String>,
    pub(crate) hobbies: Vec<String>,
    pub(crate) personal: Vec<String>,
    pub(crate) extras: Vec<String>,
    pub(crate) references: Vec<String>,
}

/// `adverts.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Adverts {
    pub(crate) headings: AdvertHeadings,
    pub(crate) openings: Vec<Template>,
    pub(crate) missions: Vec<Template>,
    pub(crate) team: Vec<Template>,
    pub(crate) years: Vec<Template>,
    pub(crate) beginners: Vec<Template>,
    pub(crate) attitudes: Vec<Template>,
    pub(crate) benefits: Vec<String>,
    pub(crate) places: Vec<Template>,
    pub(crate) hybrid: Vec<Template>,
    pub(crate) remote: Vec<Template>,
    pub(crate) applying: Vec<Template>,
    pub(crate) boilerplate: Vec<String>,
    pub(crate) internal: Vec<Template>,
    pub(crate) bonuses: Vec<String>,
}

/// Headings of an advertisement.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AdvertHeadings {
    pub(crate) employer: Vec<String>,
    pub(crate) duties: Vec<String>,
    pub(crate) required: Vec<String>,
    pub(crate) nice: Vec<String>,
    pub(crate) benefits: Vec<String>,
    pub(crate) applying: Vec<String>,
}

/// `agency.toml`: what recruiters type.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Agency {
    pub(crate) comments: Vec<Template>,
    pub(crate) sources: Vec<String>,
    pub(crate) notice_periods: Vec<String>,
    pub(crate) shifts: Vec<String>,
    pub(crate) travel: Vec<String>,
    pub(crate) reasons_closed: Vec<String>,
}

impl Phrases {
    pub(super) fn read() -> Result<Self, VocabularyError> {
        Ok(Self {
            names: parse(source::NAMES)?,
            places: parse(source::PLACES)?,
            companies: parse(source::COMPANIES)?,
            skills: parse(source::SKILLS)?,
            education: parse(source::EDUCATION)?,
            resumes: parse(source::RESUMES)?,
            adverts: parse(source::ADVERTS)?,
            agency: parse(source::AGENCY)?,
        })
    }
}

/// Reads one file into its form.
pub(super) fn parse<T: DeserializeOwned>(source: Source<'_>) -> Result<T, VocabularyError> {
    toml::from_str(source.text).map_err(|error| VocabularyError::Form {
        file: source.file.to_owned(),
        source: Box::new(error),
    })
}
