//! `matches.csv`: the suggestions of a position as a file for a spreadsheet. Fetched it is masked; posted it has names.

use std::collections::BTreeMap;

use axum::Extension;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use referral_ml::scoring::Category;
use referral_store::EntityId;
use referral_store::pages::people::Person;
use referral_store::reading::MatchView;
use serde_json::Value;

use super::{Right, position};
use crate::caller::Caller;
use crate::extract::Ids;
use crate::failure::Failure;
use crate::mask::masked_name;
use crate::service::Pages;

/// What stands in the first line.
const HEAD: [&str; 22] = [
    "rank",
    "position_id",
    "candidate_id",
    "candidate",
    "email",
    "phone",
    "occupation",
    "city",
    "state",
    "score",
    "threshold",
    "semantic",
    "required_skills",
    "nice_skills",
    "level",
    "matched_skills",
    "missing_skills",
    "conditions_to_check",
    "model_sha256",
    "formula_version",
    "matched_at",
    "run_id",
];

pub(crate) async fn masked(State(pages): State<Pages>, Ids(id): Ids<i64>) -> Result<Response, Failure> {
    let (_, matches) = position::read(&pages, id).await?;
    Ok(file(id, &matches, None))
}

pub(crate) async fn revealed(
    State(pages): State<Pages>,
    Extension(caller): Extension<Caller>,
    Ids(id): Ids<i64>,
) -> Result<Response, Failure> {
    Right::Reveal.demand(&pages, &caller)?;
    let (_, matches) = position::read(&pages, id).await?;
    let people = position::revealed(&pages, &caller, (id, &matches)).await?;
    let people = people.into_iter().map(|person| (person.id, person)).collect();
    Ok(file(id, &matches, Some(&people)))
}

fn file(id: i64, matches: &[MatchView], people: Option<&BTreeMap<EntityId, Person>>) -> Response {
    let disposition = format!("attachment; filename=\"matches-{id}.csv\"");
    let headers = [
        (CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (CONTENT_DISPOSITION, disposition),
    ];
    (headers, text(matches, people)).into_response()
}

fn text(matches: &[MatchView], people: Option<&BTreeMap<EntityId, Person>>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut write = |record: &[String]| {
        writer
            .write_record(record)
            .expect("all records have the same number of fields, and memory can be written");
    };
    write(&HEAD.map(str::to_owned));
    for (one, rank) in matches.iter().zip(1_u32..) {
        write(&record(one, rank, people).map(|field| harmless(&field)));
    }
    writer.into_inner().expect("memory can be written")
}

fn record(one: &MatchView, rank: u32, people: Option<&BTreeMap<EntityId, Person>>) -> [String; 22] {
    let plain = |text: Option<&String>| text.cloned().unwrap_or_default();
    let person = people.and_then(|people| people.get(&one.candidate_id));
    let name = if people.is_none() {
        masked_name(one.candidate_name.as_deref())
    } else {
        person.and(one.candidate_name.clone()).unwrap_or_default()
    };
    let [semantic, required, nice, level] = Category::ALL.map(|category| part(&one.parts, category));
    let [city, state] = &one.candidate_place;
    [
        rank.to_string(),
        one.position_id.to_string(),
        one.candidate_id.to_string(),
        name,
        plain(person.and_then(|person| person.email.as_ref())),
        plain(person.and_then(|person| person.phone_e164.as_ref())),
        plain(one.candidate_occupation.as_ref()),
        plain(city.as_ref()),
        plain(state.as_ref()),
        points(one.score),
        points(one.threshold),
        semantic,
        required,
        nice,
        level,
        one.matched_skills.join("; "),
        one.missing_skills.join("; "),
        to_check(&one.gates),
        one.model_sha256.clone(),
        one.formula_version.clone(),
        one.matched_at.to_string(),
        one.run_id.clone(),
    ]
}

/// The points of a part; nothing if the position does not state it.
fn part(parts: &Value, category: Category) -> String {
    let parts = parts.as_array().into_iter().flatten();
    let mut of = parts.filter(|part| part["name"] == category.as_str());
    let found = of.next().and_then(|part| part["points"].as_i64());
    found.map(points).unwrap_or_default()
}

/// Gates that are not simply met.
fn to_check(gates: &Value) -> String {
    let gates = gates.as_array().into_iter().flatten();
    let open: Vec<String> = gates
        .filter(|gate| gate["verdict"] != "pass")
        .map(|gate| {
            format!(
                "{}: {}",
                gate["gate"].as_str().unwrap_or_default(),
                gate["reason"].as_str().unwrap_or_default()
            )
        })
        .collect();
    open.join("; ")
}

fn points(hundredths: i64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// What a spreadsheet would take for a formula is made plain text. Telephone numbers begin with a plus and stay as they are.
fn harmless(field: &str) -> String {
    let is_number = field.len() > 1 && field.chars().skip(1).all(|character| character.is_ascii_digit());
    if field.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number {
        format!("'{field}")
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text_and_numbers_stay() {
        assert_eq!(harmless("=HYPERLINK(\"x\")"), "'=HYPERLINK(\"x\")");
        assert_eq!(harmless("@sum"), "'@sum");
        assert_eq!(harmless("+15550101234"), "+15550101234");
        assert_eq!(harmless("Cook"), "Cook");
    }
}
