//! The ML service over HTTP.
//!
//! | request | answer |
//! |---|---|
//! | `GET /health` | whether the database can be reached, and which model answers |
//! | `POST /v1/embeddings` | vectors of texts, as OpenAI's protocol has them |
//! | `POST /embeddings/candidates`, `POST /embeddings/positions` | `{"run_id"}`; NDJSON: progress lines, then `summary` or `error` |
//! | `POST /matches` | the same for matching |
//! | `POST /matches/explain` | `{"position_id", "candidate_id"}`; why one pair has its score |

mod embed;
mod match_run;
mod openai;
mod router;

use std::sync::Arc;

use jiff::Timestamp;
use referral_service::Runs;
use referral_store::ReferralStore;
use referral_store::embedding::EmbeddingProfile;
use tokio_util::sync::CancellationToken;

use crate::document::CHUNK_RULE;
use crate::embedder::Embedder;
use crate::scoring::Points;
use crate::workers::Workers;

pub use router::router;

/// What the service works with. Cheap to clone; all clones are the same service.
#[derive(Clone)]
pub struct MlService {
    pub(crate) store: ReferralStore,
    pub(crate) embedder: Arc<dyn Embedder>,
    pub(crate) workers: Workers,
    pub(crate) threshold: Points,
    pub(crate) clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    pub(crate) runs: Runs,
}

/// What an [`MlService`] is made of.
pub struct MlServiceParts {
    /// The application database.
    pub store: ReferralStore,
    /// Makes vectors.
    pub embedder: Arc<dyn Embedder>,
    /// The threads that match.
    pub workers: Workers,
    /// Pairs with at least this score are matches.
    pub threshold: Points,
    /// The time.
    pub clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl MlService {
    /// A service. When `stop` is cancelled, runs end at their next batch.
    pub fn new(parts: MlServiceParts, stop: CancellationToken) -> Self {
        let MlServiceParts {
            store,
            embedder,
            workers,
            threshold,
            clock,
        } = parts;
        Self {
            store,
            embedder,
            workers,
            threshold,
            clock,
            runs: Runs::new(stop),
        }
    }

    /// Waits until the runs at work have ended; cancel the token given to [`MlService::new`] first.
    pub async fn finish(&self) {
        self.runs.finish().await;
    }

    /// How vectors are made; what is stored under another profile is made again.
    pub(crate) fn profile(&self) -> EmbeddingProfile {
        let identity = self.embedder.identity();
        EmbeddingProfile {
            model_sha256: identity.sha256.clone(),
            precision: identity.precision.to_string(),
            chunk_rule: CHUNK_RULE.to_owned(),
            dims: u32::try_from(identity.dimensions).unwrap_or(u32::MAX),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }
}
