//! One pair, or one position with everybody, assessed by the formula that is in force.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use referral_store::embedding::EmbeddingProfile;
use referral_store::features::MatchInput;
use referral_store::{EntityId, ReferralStore, StoreError};

use crate::features::{CandidateInput, PositionInput};
use crate::scoring::{
    Assessment, CompiledCandidate, CompiledPosition, DEFAULT_VERSION, Formula, IdfDocumentError, IdfTable,
    Points, SkillIndex,
};
use crate::vectors::cosine;

/// Candidates that are read at once.
const PAGE: u32 = 2_000;

/// A pair that was assessed now.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The assessment.
    pub assessment: Assessment,
    /// What the position looked like.
    pub position: MatchInput,
    /// What the candidate looked like.
    pub candidate: MatchInput,
}

/// Everybody compared with one position.
#[derive(Debug, Clone, PartialEq)]
pub struct Near {
    /// How many candidates were compared.
    pub compared: u64,
    /// How many of them are suggested.
    pub suggested: u64,
    /// The best of the others, by score, then id.
    pub others: Vec<Assessment>,
}

/// Why nothing can be explained.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The database failed; [`StoreError::is_retryable`] says whether a retry may help.
    #[error("the application database failed")]
    Store(#[from] StoreError),
    /// The frozen formula cannot be read. Final.
    #[error(transparent)]
    Formula(#[from] IdfDocumentError),
}

/// The formula that matching froze; `None` before the first matching.
///
/// # Errors
/// [`ExplainError`].
pub async fn frozen_formula(store: &ReferralStore) -> Result<Option<Formula>, ExplainError> {
    let frozen = store.frozen_formula(DEFAULT_VERSION).await?;
    let idf = frozen.map(|document| IdfTable::from_document(DEFAULT_VERSION, &document));
    Ok(idf.transpose()?.map(Formula::new))
}

/// Assesses a pair; `None` when one of the two cannot be matched: it must be open, not withheld, and have a current vector of the
/// profile.
///
/// # Errors
/// The database fails.
pub async fn explain(
    store: &ReferralStore,
    profile: &EmbeddingProfile,
    formula: &Formula,
    (position, candidate): (EntityId, EntityId),
) -> Result<Option<Explanation>, StoreError> {
    let positions = store.position_features_of(profile, &[position]).await?;
    let candidates = store.candidate_features_of(profile, &[candidate]).await?;
    let (Some(position), Some(candidate)) = (positions.into_iter().next(), candidates.into_iter().next())
    else {
        return Ok(None);
    };
    let (position, candidate) = (PositionInput::from(position), CandidateInput::from(candidate));
    let cosine = cosine(&position.vector, &candidate.vector);
    Ok(Some(Explanation {
        assessment: formula.assess(&position.facts, &candidate.facts, cosine),
        position: position.input,
        candidate: candidate.input,
    }))
}

/// Compares everybody with one position, and tells the `limit` best who are not suggested; `None` when the position cannot be
/// matched. Reads all vectors, so it costs a second where there are 100,000.
///
/// # Errors
/// The database fails.
pub async fn near(
    store: &ReferralStore,
    profile: &EmbeddingProfile,
    rules: (&Formula, Points),
    (position, limit): (EntityId, usize),
) -> Result<Option<Near>, StoreError> {
    let found = store.position_features_of(profile, &[position]).await?;
    let Some(position) = found.into_iter().next().map(PositionInput::from) else {
        return Ok(None);
    };
    let (formula, threshold) = rules;
    let index = SkillIndex::new([&position.facts]);
    let compiled = CompiledPosition::new(&position.facts, &index, formula);
    let (mut compared, mut suggested) = (0, 0);
    // The worst of the best is on top, to make room for a better one.
    let mut best: BinaryHeap<Reverse<(Points, Reverse<EntityId>)>> = BinaryHeap::new();
    let mut after = EntityId::ZERO;
    loop {
        let page = store.candidate_features(profile, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.id;
        compared += page.len() as u64;
        for candidate in page.into_iter().map(CandidateInput::from) {
            let cosine = cosine(&position.vector, &candidate.vector);
            let score = formula.score(
                &compiled,
                &CompiledCandidate::new(&candidate.facts, &index),
                cosine,
            );
            let is_match = score >= threshold
                && formula
                    .assess(&position.facts, &candidate.facts, cosine)
                    .is_match(threshold);
            if is_match {
                suggested += 1;
                continue;
            }
            best.push(Reverse((score, Reverse(candidate.facts.id))));
            if best.len() > limit {
                best.pop();
            }
        }
    }
    let ids: Vec<EntityId> = best.into_iter().map(|Reverse((_, Reverse(id)))| id).collect();
    let chosen = store.candidate_features_of(profile, &ids).await?;
    let mut others: Vec<Assessment> = chosen
        .into_iter()
        .map(CandidateInput::from)
        .map(|candidate| {
            let cosine = cosine(&position.vector, &candidate.vector);
            formula.assess(&position.facts, &candidate.facts, cosine)
        })
        .collect();
    others.sort_by_key(|other| (Reverse(other.score), other.candidate_id));
    Ok(Some(Near {
        compared,
        suggested,
        others,
    }))
}
