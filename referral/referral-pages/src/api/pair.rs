//! `GET /positions/{id}/candidates/{id}`: why one pair has its score, or why it is not suggested.

use axum::Json;
use axum::extract::State;
use referral_ml::explain::{self, Passage};
use referral_ml::scoring::skill_key;
use referral_store::pages::explain::{ComparedText, EmbeddingOrigin};
use referral_store::{EntityId, EntityKind};
use serde_json::{Value, json};

use super::{Answer, no_position, shapes};
use crate::extract::Ids;
use crate::failure::Failure;
use crate::mask::{self, Sight};
use crate::service::Pages;

pub(crate) async fn get(State(pages): State<Pages>, Ids((position, candidate)): Ids<(i64, i64)>) -> Answer {
    let (store, ids) = (pages.store(), (EntityId(position), EntityId(candidate)));
    let view = store
        .position_view(ids.0)
        .await?
        .ok_or_else(|| no_position(position))?;
    let people = store.people(&[ids.1]).await?;
    let person = people.first().ok_or_else(|| {
        Failure::NotFound(format!(
            "there is no candidate {candidate}; it may have been deleted or erased at the source"
        ))
    })?;
    let stored = store.match_of(ids.0, ids.1).await?;
    let origins = (
        store.embedding_origin(EntityKind::Position, ids.0).await?,
        store.embedding_origin(EntityKind::Candidate, ids.1).await?,
    );
    let (now, why) = now(&pages, ids, origins.0.as_ref()).await?;
    let texts = (
        store.compared_text(EntityKind::Position, ids.0).await?,
        store.compared_text(EntityKind::Candidate, ids.1).await?,
    );
    let evidence = match &texts {
        (Some(position), Some(candidate)) => evidence(position, candidate, &view.required_skills),
        _ => Vec::new(),
    };
    Ok(Json(json!({
        "position": shapes::position(&view),
        "candidate": mask::person(person, Sight::Masked),
        "stored": stored.as_ref().map(shapes::stored),
        "now": now, "why": why, "evidence": evidence,
        "vectors": { "position": origins.0.as_ref().map(origin), "candidate": origins.1.as_ref().map(origin) },
        "records": { "position": texts.0.as_ref().map(record), "candidate": texts.1.as_ref().map(record) },
    })))
}

/// The pair assessed now, or a sentence why that cannot be.
async fn now(
    pages: &Pages,
    pair: (EntityId, EntityId),
    origin: Option<&EmbeddingOrigin>,
) -> Result<(Value, Option<&'static str>), Failure> {
    let Some(origin) = origin else {
        return Ok((
            Value::Null,
            Some("The position has no vector yet; the next run of the pipeline makes it."),
        ));
    };
    let Some(formula) = explain::frozen_formula(pages.store()).await? else {
        return Ok((
            Value::Null,
            Some("Nothing was matched yet: the first run of the pipeline freezes the formula."),
        ));
    };
    let found = explain::explain(pages.store(), &origin.profile, &formula, pair).await?;
    Ok(match found {
        Some(found) => (shapes::assessed(&found.assessment, pages.parts().threshold), None),
        None => (
            Value::Null,
            Some(
                "The pair cannot be compared now: the position must be open, neither may be withheld by a check, and both need a \
                 vector of their present text. The next run of the pipeline makes what is missing.",
            ),
        ),
    })
}

/// Where each skill that the position asks for stands in both texts.
fn evidence(position: &ComparedText, candidate: &ComparedText, required: &[String]) -> Vec<Value> {
    let asked = explain::evidence(&position.text, &position.skills);
    let had = explain::evidence(&candidate.text, &position.skills);
    let listed: Vec<String> = candidate.skills.iter().map(|skill| skill_key(skill)).collect();
    let rows = asked.into_iter().zip(had).map(|(asked, had)| {
        json!({
            "is_required": required.contains(&asked.skill),
            "is_listed": listed.contains(&skill_key(&asked.skill)),
            "position": passages(&asked.passages), "candidate": passages(&had.passages),
            "skill": asked.skill,
        })
    });
    rows.collect()
}

fn passages(all: &[Passage]) -> Vec<Value> {
    let shown = |one: &Passage| json!({ "before": one.before, "found": one.found, "after": one.after });
    all.iter().map(shown).collect()
}

fn origin(origin: &EmbeddingOrigin) -> Value {
    json!({
        "run_id": origin.run_id, "embedded_at": origin.embedded_at, "model_sha256": origin.profile.model_sha256,
        "precision": origin.profile.precision, "chunk_rule": origin.profile.chunk_rule,
    })
}

fn record(text: &ComparedText) -> Value {
    json!({ "run_id": text.run_id, "synced_at": text.synced_at })
}
