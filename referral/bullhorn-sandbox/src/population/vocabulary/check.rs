//! The rules of the vocabulary's README, checked when it is read.

use std::collections::HashSet;

use super::error::VocabularyError;
use super::family::{FamilyFile, LEVELS, OccupationEntry};
use super::phrases::Phrases;
use super::source::Source;

/// Fewest entries of an occupation's lists.
const REQUIRED_MIN: usize = 8;
const NICE_MIN: usize = 5;
const NOUNS_MIN: usize = 5;
const RELATED_MIN: usize = 2;
const RESUME_DUTIES_MIN: usize = 8;
const ADVERT_DUTIES_MIN: usize = 7;
/// Bullhorn's `occupation` and `educationDegree` hold 50 characters.
const TITLE_CHARS_MAX: usize = 50;
const DEGREE_CHARS_MAX: usize = 50;
/// Bullhorn's look-up names hold 100.
const NAME_CHARS_MAX: usize = 100;
const SKILL_CHARS_MAX: usize = 40;

/// Checks the families, one by one and against each other.
pub(super) fn families(sources: &[Source<'_>], files: &[FamilyFile]) -> Result<(), VocabularyError> {
    let mut ids = HashSet::new();
    let mut duties = HashSet::new();
    for (source, file) in sources.iter().zip(files) {
        family(source.file, file)?;
        for entry in &file.occupations {
            let rule = |problem: String| VocabularyError::rule(source.file, &entry.id, problem);
            occupation(source.file, entry)?;
            if !ids.insert(entry.id.as_str()) {
                return Err(rule("is there twice; give it another id".to_owned()));
            }
            for duty in entry.resume_duties.iter().chain(&entry.advert_duties) {
                if !duties.insert(duty.text()) {
                    return Err(rule(format!(
                        "shares the duty `{}`; write another sentence",
                        duty.text()
                    )));
                }
            }
        }
    }
    for (source, file) in sources.iter().zip(files) {
        for entry in &file.occupations {
            relatives(source.file, entry, &ids)?;
        }
    }
    Ok(())
}

fn family(file: &str, family: &FamilyFile) -> Result<(), VocabularyError> {
    let rule = |problem: String| Err(VocabularyError::rule(file, &family.id, problem));
    if !is_id(&family.id) {
        return rule("is no id; use small letters and hyphens".to_owned());
    }
    if family.name.is_empty() || family.name.chars().count() > NAME_CHARS_MAX {
        return rule(format!(
            "has a name that is empty or longer than {NAME_CHARS_MAX} characters"
        ));
    }
    for (list, entries, least) in [
        ("sectors", &family.sectors, 1),
        ("employers", &family.employers, 2),
        ("degrees", &family.degrees, 1),
    ] {
        distinct(file, &family.id, list, entries, least)?;
    }
    if let Some(degree) = family
        .degrees
        .iter()
        .find(|degree| degree.chars().count() > DEGREE_CHARS_MAX)
    {
        return rule(format!(
            "has the degree `{degree}`, which is longer than {DEGREE_CHARS_MAX} characters"
        ));
    }
    if family.occupations.is_empty() {
        return rule("has no occupations".to_owned());
    }
    Ok(())
}

fn occupation(file: &str, entry: &OccupationEntry) -> Result<(), VocabularyError> {
    let rule = |problem: String| Err(VocabularyError::rule(file, &entry.id, problem));
    if !is_id(&entry.id) {
        return rule("is no id; use small letters and hyphens".to_owned());
    }
    let titles: Vec<String> = entry.titles.iter().flatten().cloned().collect();
    distinct(file, &entry.id, "titles", &titles, LEVELS)?;
    if entry.titles.iter().any(Vec::is_empty) {
        return rule("has a level without a title".to_owned());
    }
    if let Some(title) = titles
        .iter()
        .find(|title| title.chars().count() > TITLE_CHARS_MAX)
    {
        return rule(format!(
            "has the title `{title}`, which is longer than {TITLE_CHARS_MAX} characters"
        ));
    }
    if !entry.pay.is_sorted_by(|low, high| low < high)
        || entry.pay.iter().any(|pay| !(15..=600).contains(pay))
    {
        return rule(
            "has `pay` that does not rise from level to level, in thousands of dollars a year".to_owned(),
        );
    }
    skills(file, entry)?;
    distinct(file, &entry.id, "certifications", &entry.certifications, 0)?;
    distinct(file, &entry.id, "nouns", &entry.nouns, NOUNS_MIN)?;
    let lists = [
        ("resume_duties", &entry.resume_duties, RESUME_DUTIES_MIN),
        ("advert_duties", &entry.advert_duties, ADVERT_DUTIES_MIN),
    ];
    for (list, duties, least) in lists {
        let texts: Vec<String> = duties.iter().map(|duty| duty.text().to_owned()).collect();
        distinct(file, &entry.id, list, &texts, least)?;
        if let Some(duty) = duties.iter().find(|duty| !duty.is_plain()) {
            return rule(format!(
                "has the duty `{}`, in which only figures and {{noun}} may vary",
                duty.text()
            ));
        }
        if let Some(duty) = texts.iter().find(|duty| !is_duty(duty)) {
            return rule(format!(
                "has the duty `{duty}`, which has no capital first or a dot last"
            ));
        }
    }
    Ok(())
}

fn skills(file: &str, entry: &OccupationEntry) -> Result<(), VocabularyError> {
    distinct(file, &entry.id, "required", &entry.required, REQUIRED_MIN)?;
    distinct(file, &entry.id, "nice", &entry.nice, NICE_MIN)?;
    let rule = |problem: String| Err(VocabularyError::rule(file, &entry.id, problem));
    if let Some(both) = entry.nice.iter().find(|skill| entry.required.contains(skill)) {
        return rule(format!(
            "has the skill `{both}` among the required and the nice ones"
        ));
    }
    let mut skills = entry.required.iter().chain(&entry.nice);
    match skills.find(|skill| skill.contains(',') || skill.chars().count() > SKILL_CHARS_MAX) {
        Some(skill) => rule(format!(
            "has the skill `{skill}`, which has a comma or over {SKILL_CHARS_MAX} characters"
        )),
        None => Ok(()),
    }
}

fn relatives(file: &str, entry: &OccupationEntry, ids: &HashSet<&str>) -> Result<(), VocabularyError> {
    let rule = |problem: String| Err(VocabularyError::rule(file, &entry.id, problem));
    distinct(file, &entry.id, "related", &entry.related, RELATED_MIN)?;
    if entry.related.contains(&entry.id) {
        return rule("is related to itself".to_owned());
    }
    match entry.related.iter().find(|id| !ids.contains(id.as_str())) {
        Some(unknown) => rule(format!("is related to `{unknown}`, which no family has")),
        None => Ok(()),
    }
}

/// Enough entries, none blank and none twice.
fn distinct(
    file: &str,
    entry: &str,
    list: &str,
    entries: &[String],
    least: usize,
) -> Result<(), VocabularyError> {
    let rule = |problem: String| Err(VocabularyError::rule(file, entry, problem));
    if entries.len() < least {
        return rule(format!(
            "has {} `{list}`, at least {least} are needed",
            entries.len()
        ));
    }
    let mut seen = HashSet::new();
    for text in entries {
        if text.trim() != text || text.is_empty() {
            return rule(format!(
                "has `{text}` in `{list}`, which is empty or has spaces around it"
            ));
        }
        if !seen.insert(text) {
            return rule(format!("has `{text}` twice in `{list}`"));
        }
    }
    Ok(())
}

fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|letter| letter.is_ascii_lowercase() || letter == '-')
}

fn is_duty(text: &str) -> bool {
    text.starts_with(|first: char| first.is_uppercase() || first == '{') && !text.ends_with('.')
}

/// Checks that every list that is drawn from has entries, and that what becomes a field fits into it.
pub(super) fn phrases(phrases: &Phrases) -> Result<(), VocabularyError> {
    let names = &phrases.names;
    for (list, entries) in [
        ("first", &names.first),
        ("surname_heads", &names.surname_heads),
        ("surname_tails", &names.surname_tails),
        ("surnames", &names.surnames),
        ("mail_domains", &names.mail_domains),
    ] {
        distinct("phrases/names.toml", "names", list, entries, 5)?;
    }
    if let Some(domain) = names.mail_domains.iter().find(|domain| !is_example(domain)) {
        let problem = format!("has the domain `{domain}`, which is not reserved for examples");
        return Err(VocabularyError::rule("phrases/names.toml", "names", problem));
    }
    let agency = &phrases.agency;
    for (list, entries) in [
        ("sources", &agency.sources),
        ("notice_periods", &agency.notice_periods),
        ("shifts", &agency.shifts),
        ("travel", &agency.travel),
        ("reasons_closed", &agency.reasons_closed),
    ] {
        distinct("phrases/agency.toml", "agency", list, entries, 3)?;
    }
    places(phrases)
}

fn places(phrases: &Phrases) -> Result<(), VocabularyError> {
    for country in crate::population::country::CODES {
        if !phrases
            .places
            .places
            .iter()
            .any(|place| place.country == *country)
        {
            let problem = "has no town; write at least one";
            return Err(VocabularyError::rule("phrases/places.toml", country, problem));
        }
    }
    for place in &phrases.places.places {
        let rule = |problem: &str| Err(VocabularyError::rule("phrases/places.toml", &place.city, problem));
        if !crate::population::country::CODES.contains(&place.country.as_str()) {
            return rule("lies in a country in which nobody lives here");
        }
        if place.area_codes.is_empty() {
            return rule("has no area codes");
        }
    }
    Ok(())
}

/// The domains of RFC 2606, where no mail is delivered.
fn is_example(domain: &str) -> bool {
    let labels: Vec<&str> = domain.rsplit('.').collect();
    matches!(
        labels.as_slice(),
        ["com" | "net" | "org", "example", ..] | ["example", ..]
    )
}
