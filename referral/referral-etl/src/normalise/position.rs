//! Positions.

use referral_store::sync_page::{Erased, Erasure};
use referral_store::{EntityId, Position};

use super::candidate::KnownMembers;
use super::fingerprint::{association_hash, fingerprint, of_position};
use super::place::place;
use super::rules::{Members, Normalised, Rejected, Rules};
use crate::clean::html::html_to_text;
use crate::clean::money::{FULL_TIME_HOURS, PayUnit, yearly};
use crate::clean::seniority::{level, years, years_in_text};
use crate::clean::skills::{certifications, skill_name, skills};
use crate::clean::text::field;
use crate::embedding_text::{self, PositionText, storable, storable_title};
use crate::redact::is_heading;
use crate::source::PositionRow;

/// More of an advertisement is not kept, in bytes.
const DESCRIPTION_MAX: usize = 50_000;

/// The to-many field of a position that holds skills.
pub(crate) const SKILL_FIELDS: [&str; 1] = ["skills"];

/// Words of a status that say that nobody is looked for, whatever `isOpen` says.
const CLOSING_WORDS: [&str; 12] = [
    "filled",
    "archiv",
    "closed",
    "cancel",
    "lost",
    "placed",
    "covered",
    "on hold",
    "inactive",
    "expired",
    "withdrawn",
    "abandoned",
];

/// Words that introduce, in a heading, the skills that are nice to have.
const NICE_HEADINGS: [&str; 12] = [
    "nice to have",
    "nice-to-have",
    "would be a plus",
    "is a plus",
    "are a plus",
    "a plus",
    "desirable",
    "desired",
    "preferred",
    "bonus",
    "advantage",
    "optional",
];

/// What a raw position is.
///
/// # Errors
/// [`Rejected`] says why the record cannot be used.
pub fn position(
    raw: &PositionRow,
    members: &Members,
    rules: &Rules,
) -> Result<Normalised<Position>, Rejected> {
    let job = &raw.job;
    if job.id < 1 {
        return Err(Rejected::Id(job.id));
    }
    let id = EntityId(job.id);
    let modified_ms = job.modified.ok_or(Rejected::NoVersion)?.as_millisecond();
    if job.is_deleted {
        let erased = Erased {
            id,
            erasure: Erasure::Deleted,
            source_modified_ms: Some(modified_ms),
        };
        return Ok(Normalised::Erased(erased));
    }
    let title = job.title.as_deref().and_then(storable_title);
    let description_text = description(job);
    if title.is_none() && description_text.is_none() {
        return Err(Rejected::NoContent);
    }
    let known = KnownMembers::of(&job.skills, members, SKILL_FIELDS[0], job.id);
    let typed = job.skill_list.iter().map(String::as_str);
    let required_skills = skills(typed.chain(known.names.iter().map(String::as_str)));
    let mut nice_skills = description_text.as_deref().map(nice_skills).unwrap_or_default();
    nice_skills.retain(|skill| required_skills.binary_search(skill).is_err());
    let min_years = job
        .years_required
        .and_then(|number| years(number as f64))
        .or_else(|| description_text.as_deref().and_then(years_in_text));
    let associations = known.complete.then(|| association_hash([known.ids]));
    let mut position = Position {
        id,
        level: level(title.as_deref(), min_years),
        certifications: certifications(job.certification_list.iter().map(String::as_str)),
        employment_type: job.employment_type.as_deref().and_then(employment_type),
        salary_yearly_min: raw.salary_from.and_then(|amount| pay(amount, raw)),
        salary_yearly_max: pay_max(raw),
        place: place(&job.address),
        remote: remote(job),
        is_open: is_open(job),
        status: job.status.as_deref().and_then(|status| field(status, 100)),
        start_on: job.starts_on.map(|day| day.date_in(&rules.time_zone)),
        client_name: job
            .client
            .as_ref()
            .and_then(|client| field(client.name.as_deref()?, 100)),
        openings: raw.openings.filter(|openings| (1..=10_000).contains(openings)),
        embedding_text: None,
        fingerprint: fingerprint(String::new(), None, associations, modified_ms),
        title,
        description_text,
        required_skills,
        nice_skills,
        min_years,
    };
    order_pay(&mut position);
    position.embedding_text = embedded(&position);
    position.fingerprint = fingerprint(
        of_position(&position),
        position.embedding_text.as_deref(),
        position.fingerprint.association_hash,
        modified_ms,
    );
    Ok(Normalised::Live(Box::new(position)))
}

/// The public text if there is one, else the internal one.
fn description(job: &bullhorn::JobOrder) -> Option<String> {
    let texts = [&job.public_description_html, &job.description_html];
    texts
        .into_iter()
        .flatten()
        .find_map(|html| storable(&html_to_text(html, DESCRIPTION_MAX)))
}

/// The skills in the sections of an advertisement that say what is nice to have, in the heading's line or below it.
fn nice_skills(text: &str) -> Vec<String> {
    const HEADING_MAX: usize = 40;
    let mut listed = Vec::new();
    let mut in_section = false;
    for line in text.lines() {
        let (head, inline) = line.split_once(':').unwrap_or((line, ""));
        let lower = head.to_lowercase();
        let is_nice =
            head.len() <= HEADING_MAX && NICE_HEADINGS.iter().any(|heading| lower.contains(heading));
        if is_nice {
            in_section = true;
            listed.push(inline);
        } else if in_section && is_item(line) {
            listed.push(line);
        } else {
            in_section = false;
        }
    }
    skills(listed)
}

/// A line of a list of skills: each part is a name, none a sentence or a heading.
fn is_item(line: &str) -> bool {
    !line.ends_with(':')
        && !is_heading(line)
        && !line.ends_with(['.', '?', '!'])
        && line
            .split(',')
            .all(|part| skill_name(part).is_some_and(|name| name.split(' ').count() <= 4))
}

/// A tenant's number in front goes: `50 - Direct Hire`.
fn employment_type(text: &str) -> Option<String> {
    let text = field(text, 100)?;
    let bare = text
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .trim_start_matches([' ', '-', '.', ')']);
    Some(if bare.is_empty() { text } else { bare.to_owned() })
}

/// The upper end of the pay: the salary in the unit that the record states, else the hourly pay rate.
fn pay_max(raw: &PositionRow) -> Option<i64> {
    let salary = raw.job.salary.and_then(|amount| pay(amount, raw));
    let rate = || {
        raw.job
            .pay_rate
            .and_then(|amount| quoted(amount, Some(PayUnit::Hour), raw))
    };
    salary.or_else(rate)
}

fn pay(amount: f64, raw: &PositionRow) -> Option<i64> {
    quoted(
        amount,
        raw.job.salary_unit.as_deref().and_then(PayUnit::parse),
        raw,
    )
}

/// An amount in a unit or, where there is none or it gives nonsense, in the one that the amount's size suggests.
fn quoted(amount: f64, unit: Option<PayUnit>, raw: &PositionRow) -> Option<i64> {
    let hours = raw.job.hours_per_week.unwrap_or(FULL_TIME_HOURS);
    let plausible =
        |unit: PayUnit| yearly(amount, unit, hours).filter(|yearly| (5_000..=1_500_000).contains(yearly));
    unit.and_then(plausible)
        .or_else(|| plausible(PayUnit::suggested_by(amount)))
}

/// A range that runs backwards was typed the wrong way round.
fn order_pay(position: &mut Position) {
    if let (Some(low), Some(high)) = (position.salary_yearly_min, position.salary_yearly_max)
        && low > high
    {
        position.salary_yearly_min = Some(high);
        position.salary_yearly_max = Some(low);
    }
}

/// `None` where the record leaves it open.
fn remote(job: &bullhorn::JobOrder) -> Option<bool> {
    let words = job.on_site.join(" ").to_lowercase();
    let has = |list: &[&str]| list.iter().any(|word| words.contains(word));
    if job.is_work_from_home == Some(true) || has(&["remote", "off-site", "offsite", "home"]) {
        Some(true)
    } else if has(&["on-site", "onsite", "hybrid", "office"]) || job.is_work_from_home == Some(false) {
        Some(false)
    } else {
        None
    }
}

fn is_open(job: &bullhorn::JobOrder) -> bool {
    let status = job.status.as_deref().unwrap_or_default().to_lowercase();
    job.is_open != Some(false) && !CLOSING_WORDS.iter().any(|word| status.contains(word))
}

fn embedded(position: &Position) -> Option<String> {
    embedding_text::of_position(&PositionText {
        title: position.title.as_deref(),
        required_skills: &position.required_skills,
        nice_skills: &position.nice_skills,
        certifications: &position.certifications,
        description: position.description_text.as_deref(),
    })
}
