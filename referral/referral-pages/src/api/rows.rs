//! `/quality/rows`: the records behind a check that failed. Fetched they are masked; posted they have personal data, which is written down.

use std::collections::{BTreeMap, BTreeSet};

use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::{Extension, Json};
use referral_store::pages::people::Person;
use referral_store::pages::positions::PositionName;
use referral_store::{EntityId, RunId};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Right};
use crate::caller::Caller;
use crate::extract::Words;
use crate::failure::Failure;
use crate::mask::{self, Sight};
use crate::service::Pages;

/// Withheld records that are told beside the samples of a run.
const WITHHELD_MAX: u32 = 50;

/// Which check, and in which run.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    check: String,
    run: String,
}

/// A row that failed: a record, a vector of one, or a pair.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    position: Option<EntityId>,
    candidate: Option<EntityId>,
}

pub(crate) async fn masked(State(pages): State<Pages>, Words(asked): Words<Asked>) -> Answer {
    let places = places(&pages, &asked).await?;
    let people = pages.store().people(&candidates(&places)).await?;
    answer(&pages, &places, (people, Sight::Masked)).await
}

pub(crate) async fn revealed(
    State(pages): State<Pages>,
    Extension(caller): Extension<Caller>,
    asked: Result<Json<Asked>, JsonRejection>,
) -> Answer {
    Right::Reveal.demand(&pages, &caller)?;
    let Json(asked) = asked.map_err(|rejection| Failure::BadRequest(rejection.body_text()))?;
    let places = places(&pages, &asked).await?;
    let place = format!("check {}", asked.check);
    let ids = candidates(&places);
    let people = pages
        .store()
        .reveal(&ids, &caller.user, &place, pages.now())
        .await?;
    tracing::info!(
        user.name = caller.user,
        people = people.len(),
        "personal data was shown of rows that fail the check `{}`",
        asked.check
    );
    answer(&pages, &places, (people, Sight::Revealed)).await
}

/// The rows that are known to fail, and whether they are withheld.
async fn places(pages: &Pages, asked: &Asked) -> Result<BTreeMap<Place, bool>, Failure> {
    let run_id = RunId::parse(&asked.run).map_err(|error| Failure::BadRequest(error.to_string()))?;
    let results = pages.store().quality_results(&run_id).await?;
    let result = results.iter().find(|result| result.name == asked.check);
    let result = result.ok_or_else(|| {
        Failure::NotFound(format!("the run `{}` has no check `{}`", asked.run, asked.check))
    })?;
    let found = result
        .samples
        .iter()
        .filter_map(|sample| place(&result.table, sample));
    let mut places: BTreeMap<Place, bool> = found.map(|place| (place, false)).collect();
    for id in pages.store().withheld_by(&asked.check, WITHHELD_MAX).await? {
        if let Some(place) = place(&result.table, &id.to_string()) {
            places.insert(place, true);
        }
    }
    Ok(places)
}

/// What a sample names: `12` of candidates or positions, `candidate 12` of vectors, `3/12` of matches.
fn place(table: &str, sample: &str) -> Option<Place> {
    let id = |text: &str| text.parse().ok().map(EntityId);
    let (kind, number) = sample.split_once(' ').unwrap_or((table, sample));
    match kind {
        "candidate" => Some(Place {
            candidate: Some(id(number)?),
            position: None,
        }),
        "position" => Some(Place {
            position: Some(id(number)?),
            candidate: None,
        }),
        _ => {
            let (position, candidate) = sample.split_once('/')?;
            Some(Place {
                position: Some(id(position)?),
                candidate: Some(id(candidate)?),
            })
        }
    }
}

fn candidates(places: &BTreeMap<Place, bool>) -> Vec<EntityId> {
    let all: BTreeSet<EntityId> = places.keys().filter_map(|place| place.candidate).collect();
    all.into_iter().collect()
}

async fn answer(
    pages: &Pages,
    places: &BTreeMap<Place, bool>,
    (people, sight): (Vec<Person>, Sight),
) -> Answer {
    let positions: BTreeSet<EntityId> = places.keys().filter_map(|place| place.position).collect();
    let positions = pages
        .store()
        .position_names(&positions.into_iter().collect::<Vec<_>>())
        .await?;
    let position_json = |id: EntityId| {
        let found = positions.iter().find(|position| position.id == id);
        let PositionName {
            title, client_name, ..
        } = found.cloned().unwrap_or(PositionName {
            id,
            title: None,
            client_name: None,
        });
        json!({ "id": id, "title": title, "client_name": client_name, "is_here": found.is_some() })
    };
    let person_json = |id: EntityId| {
        let found = people.iter().find(|person| person.id == id);
        let mut value = found.map_or_else(|| json!({ "id": id }), |found| mask::person(found, sight));
        value["is_here"] = Value::from(found.is_some());
        value
    };
    let rows = places.iter().map(|(place, is_withheld)| {
        json!({
            "position": place.position.map(position_json), "candidate": place.candidate.map(person_json),
            "is_withheld": is_withheld,
        })
    });
    Ok(Json(
        json!({ "rows": rows.collect::<Vec<_>>(), "is_masked": sight == Sight::Masked }),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_of_every_table_are_understood() {
        let shown = |table, sample| place(table, sample).map(|place| (place.position, place.candidate));
        assert_eq!(shown("candidate", "12"), Some((None, Some(EntityId(12)))));
        assert_eq!(shown("position", "3"), Some((Some(EntityId(3)), None)));
        assert_eq!(
            shown("embedding", "candidate 12"),
            Some((None, Some(EntityId(12))))
        );
        assert_eq!(
            shown("match", "3/12"),
            Some((Some(EntityId(3)), Some(EntityId(12))))
        );
        assert_eq!(shown("match", "nonsense"), None);
    }
}
