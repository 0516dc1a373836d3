//! `GET /positions/{id}`: one position with its suggestions; `near` and `reveal` about it.

use axum::extract::State;
use axum::{Extension, Json};
use referral_ml::explain;
use referral_store::pages::people::Person;
use referral_store::pages::positions::PositionView;
use referral_store::reading::MatchView;
use referral_store::{EntityId, EntityKind};
use serde_json::{Value, json};

use super::{Answer, Right, no_position, shapes};
use crate::caller::Caller;
use crate::extract::Ids;
use crate::failure::Failure;
use crate::mask::{self, Sight};
use crate::service::Pages;

/// Suggestions of a position that are shown.
pub(super) const MATCHES_MAX: u32 = 200;

/// Of those that are none any more.
const WITHDRAWN_MAX: u32 = 20;

/// People who come next.
const NEAR_MAX: usize = 12;

pub(crate) async fn get(
    State(pages): State<Pages>,
    Extension(caller): Extension<Caller>,
    Ids(id): Ids<i64>,
) -> Answer {
    let (view, matches) = read(&pages, id).await?;
    let before = pages.store().scores_before(EntityId(id)).await?;
    let said = pages.store().feedback_of(EntityId(id)).await?;
    let mut feedback = shapes::feedback(&said, &caller.user);
    let rows = matches.iter().zip(1..).map(|(one, rank)| {
        let mut row = shapes::stored(one);
        row["rank"] = Value::from(rank);
        row["before"] = json!(before.get(&one.candidate_id));
        row["feedback"] = feedback.remove(&one.candidate_id).unwrap_or(Value::Null);
        row
    });
    let rows: Vec<Value> = rows.collect();
    let withdrawn = pages
        .store()
        .withdrawn_matches_of(EntityId(id), WITHDRAWN_MAX)
        .await?;
    let withdrawn: Vec<Value> = withdrawn.iter().map(shapes::stored).collect();
    let formula = explain::frozen_formula(pages.store()).await?;
    Ok(Json(json!({
        "position": shapes::position(&view), "matches": rows, "matches_max": MATCHES_MAX, "withdrawn": withdrawn,
        "formula": formula.as_ref().map(shapes::formula),
    })))
}

/// A position and its suggestions, best first.
///
/// # Errors
/// There is no such position.
pub(super) async fn read(pages: &Pages, id: i64) -> Result<(PositionView, Vec<MatchView>), Failure> {
    let position = EntityId(id);
    let view = pages.store().position_view(position).await?;
    let view = view.ok_or_else(|| no_position(id))?;
    let matches = pages.store().best_matches_of(position, MATCHES_MAX).await?;
    Ok((view, matches))
}

/// Who comes next: computed now, with how many were compared.
pub(crate) async fn near(State(pages): State<Pages>, Ids(id): Ids<i64>) -> Answer {
    let position = EntityId(id);
    let store = pages.store();
    if store.position_view(position).await?.is_none() {
        return Err(no_position(id));
    }
    let nothing = |why: &str| {
        Ok(Json(
            json!({ "why": why, "compared": null, "suggested": null, "others": [] }),
        ))
    };
    let Some(formula) = explain::frozen_formula(store).await? else {
        return nothing("Nothing was matched yet: the first run of the pipeline freezes the formula.");
    };
    let Some(origin) = store.embedding_origin(EntityKind::Position, position).await? else {
        return nothing(
            "The position has no vector yet; the next run of the pipeline makes it, if the position has a text.",
        );
    };
    let threshold = pages.parts().threshold;
    let found = explain::near(
        store,
        &origin.profile,
        (&formula, threshold),
        (position, NEAR_MAX),
    )
    .await?;
    let Some(found) = found else {
        return nothing(
            "The position cannot be matched now: it is closed, withheld by a check, or has changed since its vector was made.",
        );
    };
    let ids: Vec<EntityId> = found.others.iter().map(|other| other.candidate_id).collect();
    let people = store.people(&ids).await?;
    let rows = found.others.iter().map(|other| {
        let mut row = shapes::assessed(other, threshold);
        row["candidate"] = person_of(&people, other.candidate_id, Sight::Masked);
        row
    });
    let rows: Vec<Value> = rows.collect();
    Ok(Json(json!({
        "why": null, "compared": found.compared, "suggested": found.suggested, "others": rows,
    })))
}

/// The personal data of all who are suggested for a position, written down.
pub(crate) async fn reveal(
    State(pages): State<Pages>,
    Extension(caller): Extension<Caller>,
    Ids(id): Ids<i64>,
) -> Answer {
    Right::Reveal.demand(&pages, &caller)?;
    let (_, matches) = read(&pages, id).await?;
    let people = revealed(&pages, &caller, (id, &matches)).await?;
    let rows: Vec<Value> = people
        .iter()
        .map(|person| mask::person(person, Sight::Revealed))
        .collect();
    Ok(Json(json!({ "people": rows })))
}

/// The people of matches, whom the caller is shown.
pub(super) async fn revealed(
    pages: &Pages,
    caller: &Caller,
    (id, matches): (i64, &[MatchView]),
) -> Result<Vec<Person>, Failure> {
    let ids: Vec<EntityId> = matches.iter().map(|one| one.candidate_id).collect();
    let place = format!("position {id}");
    let people = pages
        .store()
        .reveal(&ids, &caller.user, &place, pages.now())
        .await?;
    tracing::info!(
        user.name = caller.user,
        people = people.len(),
        "personal data was shown on the page of position {id}"
    );
    Ok(people)
}

fn person_of(people: &[Person], id: EntityId, sight: Sight) -> Value {
    let found = people.iter().find(|person| person.id == id);
    found.map_or_else(|| json!({ "id": id }), |found| mask::person(found, sight))
}
