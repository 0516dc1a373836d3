//! Candidates.

use bullhorn::{Named, ToMany};
use referral_store::sync_page::{Erased, Erasure};
use referral_store::{Candidate, EntityId};

use super::fingerprint::{association_hash, fingerprint, of_candidate};
use super::place::place;
use super::rules::{Members, Normalised, Rejected, Rules};
use crate::clean::email::email;
use crate::clean::html::html_to_text;
use crate::clean::money::{FULL_TIME_HOURS, PayUnit, yearly};
use crate::clean::phone::phone_e164;
use crate::clean::seniority::{level, years, years_in_text};
use crate::clean::skills::{certifications, skills};
use crate::clean::text::field;
use crate::embedding_text::{self, CandidateText, storable, storable_title};

/// More of a resume is not kept, in bytes.
const RESUME_MAX: usize = 100_000;

/// The to-many fields of a candidate that hold skills.
pub(crate) const SKILL_FIELDS: [&str; 2] = ["primarySkills", "secondarySkills"];

/// What a raw candidate is.
///
/// # Errors
/// [`Rejected`] says why the record cannot be used.
pub fn candidate(
    raw: &bullhorn::Candidate,
    members: &Members,
    rules: &Rules,
) -> Result<Normalised<Candidate>, Rejected> {
    if raw.id < 1 {
        return Err(Rejected::Id(raw.id));
    }
    let id = EntityId(raw.id);
    let modified_ms = raw.modified.ok_or(Rejected::NoVersion)?.as_millisecond();
    if let Some(erasure) = erasure(raw) {
        return Ok(Normalised::Erased(Erased {
            id,
            erasure,
            source_modified_ms: Some(modified_ms),
        }));
    }
    let (first_name, last_name) = (name(raw.first_name.as_deref()), name(raw.last_name.as_deref()));
    if first_name.is_none() && last_name.is_none() {
        return Err(Rejected::NoName);
    }
    let place = place(&raw.address);
    let phone_country = place.country_code.as_deref().unwrap_or(&rules.default_country);
    let phones = [raw.phone.as_deref(), raw.mobile.as_deref()];
    let resume_text = raw
        .description_html
        .as_deref()
        .map(|html| html_to_text(html, RESUME_MAX))
        .and_then(|text| storable(&text));
    let occupation = raw.occupation.as_deref().and_then(storable_title);
    let experience_years = raw
        .experience_years
        .and_then(years)
        .or_else(|| resume_text.as_deref().and_then(years_in_text));
    let (skills, association_hash) = skills_of(raw, members);
    let mut candidate = Candidate {
        id,
        level: level(occupation.as_deref(), experience_years),
        email: raw.email.as_deref().and_then(email),
        phone_e164: phones
            .into_iter()
            .flatten()
            .find_map(|phone| phone_e164(phone, phone_country)),
        status: raw.status.as_deref().and_then(|status| field(status, 100)),
        company_name: raw
            .company_name
            .as_deref()
            .and_then(|company| field(company, 100)),
        will_relocate: raw.will_relocate,
        remote_ok: wants_remote(raw).then_some(true),
        salary_yearly: pay(raw),
        certifications: certifications(raw.certifications.iter().map(String::as_str)),
        available_on: raw.available_from.map(|day| day.date_in(&rules.time_zone)),
        work_authorized: raw.work_authorized,
        embedding_text: None,
        fingerprint: fingerprint(String::new(), None, association_hash, modified_ms),
        first_name,
        last_name,
        occupation,
        place,
        experience_years,
        skills,
        resume_text,
    };
    candidate.embedding_text = embedded(&candidate);
    candidate.fingerprint = fingerprint(
        of_candidate(&candidate),
        candidate.embedding_text.as_deref(),
        candidate.fingerprint.association_hash,
        modified_ms,
    );
    Ok(Normalised::Live(Box::new(candidate)))
}

/// Anonymised goes before deleted: it says more.
fn erasure(raw: &bullhorn::Candidate) -> Option<Erasure> {
    match (raw.is_anonymized, raw.is_deleted) {
        (true, _) => Some(Erasure::Anonymised),
        (false, true) => Some(Erasure::Deleted),
        (false, false) => None,
    }
}

/// A name with at least one letter, at most 50 characters.
fn name(text: Option<&str>) -> Option<String> {
    text.and_then(|text| field(text, 50))
        .filter(|name| name.chars().any(char::is_alphabetic))
}

/// All skills, and the hash of the listed ones if all of them are known.
fn skills_of(raw: &bullhorn::Candidate, members: &Members) -> (Vec<String>, Option<String>) {
    let lists: [&ToMany<Named>; 2] = [&raw.primary_skills, &raw.secondary_skills];
    let known: Vec<KnownMembers> = lists
        .into_iter()
        .zip(SKILL_FIELDS)
        .map(|(list, field)| KnownMembers::of(list, members, field, raw.id))
        .collect();
    let typed = raw.skill_set.iter().map(String::as_str);
    let listed = known
        .iter()
        .flat_map(|known| known.names.iter().map(String::as_str));
    let names = skills(typed.chain(listed));
    let complete = known.iter().all(|known| known.complete);
    (
        names,
        complete.then(|| association_hash(known.into_iter().map(|known| known.ids))),
    )
}

/// The members of one to-many field, as far as they are known.
pub(super) struct KnownMembers {
    /// Ascending.
    pub(super) ids: Vec<i64>,
    pub(super) names: Vec<String>,
    pub(super) complete: bool,
}

impl KnownMembers {
    pub(super) fn of(list: &ToMany<Named>, members: &Members, field: &str, id: i64) -> Self {
        let mut names: Vec<String> = list
            .members
            .iter()
            .filter_map(|member| member.name.clone())
            .collect();
        let mut ids: Vec<i64> = list.members.iter().map(|member| member.id).collect();
        let completed = members.by_field.get(field).and_then(|records| records.get(&id));
        if let Some(all) = completed {
            names.extend(
                all.iter()
                    .filter_map(|member| members.skill_names.get(member).cloned()),
            );
            ids = all.iter().copied().collect();
        }
        ids.sort_unstable();
        Self {
            ids,
            names,
            complete: completed.is_some() || list.is_complete(),
        }
    }
}

/// The wanted pay a year: the salary if there is one, else the best known rate.
fn pay(raw: &bullhorn::Candidate) -> Option<i64> {
    let quotes = [
        (raw.salary, PayUnit::Year),
        (raw.salary_low, PayUnit::Year),
        (raw.hourly_rate, PayUnit::Hour),
        (raw.day_rate, PayUnit::Day),
        (raw.hourly_rate_low, PayUnit::Hour),
        (raw.day_rate_low, PayUnit::Day),
    ];
    quotes
        .into_iter()
        .find_map(|(amount, unit)| yearly(amount?, unit, FULL_TIME_HOURS))
}

/// The person says so; silence is no answer.
fn wants_remote(raw: &bullhorn::Candidate) -> bool {
    raw.desired_locations
        .iter()
        .chain(&raw.employment_preference)
        .any(|text| {
            let lower = text.to_lowercase();
            [
                "remote",
                "work from home",
                "home office",
                "telecommute",
                "anywhere",
            ]
            .iter()
            .any(|word| lower.contains(word))
        })
}

fn embedded(candidate: &Candidate) -> Option<String> {
    let place = &candidate.place;
    let parts = [&place.city, &place.state, &place.zip];
    embedding_text::of_candidate(&CandidateText {
        names: [&candidate.first_name, &candidate.last_name]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect(),
        place: parts.into_iter().flatten().map(String::as_str).collect(),
        occupation: candidate.occupation.as_deref(),
        skills: &candidate.skills,
        certifications: &candidate.certifications,
        resume: candidate.resume_text.as_deref(),
    })
}
