//! Embeds what is new or has changed, batch by batch; what is stored is never embedded again.

use referral_service::{Progress, WorkError};
use referral_store::embedding::NewEmbedding;
use referral_store::sync_run::RunState;
use referral_store::work_run::WorkKind;
use referral_store::{EntityId, EntityKind, RunId, Stamp, StoreError};
use serde_json::{Map, Value};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::MlService;
use crate::document::embed_documents;
use crate::embedder::EmbedError;

/// Texts that are embedded and stored together: so much is lost when the service is killed.
const BATCH: u32 = 16;

/// Counts of a run, kept in the database so that a resumed run reports the whole.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    embedded: u64,
    removed: u64,
}

impl Counts {
    fn read(saved: &Map<String, Value>) -> Self {
        let number = |name: &str| saved.get(name).and_then(Value::as_u64).unwrap_or_default();
        Self {
            embedded: number("embedded"),
            removed: number("removed"),
        }
    }

    fn summary(self, total: u64) -> Map<String, Value> {
        let mut summary = Map::new();
        summary.insert("embedded".to_owned(), self.embedded.into());
        summary.insert("unchanged".to_owned(), total.saturating_sub(self.embedded).into());
        summary.insert("removed".to_owned(), self.removed.into());
        summary.insert("total".to_owned(), total.into());
        summary
    }
}

/// Runs to the end, or from where an earlier request of the same run stopped.
pub(super) async fn run(
    service: &MlService,
    kind: EntityKind,
    run_id: RunId,
    progress: watch::Sender<Progress>,
    stop: CancellationToken,
) -> Result<Map<String, Value>, WorkError> {
    let work = match kind {
        EntityKind::Candidate => WorkKind::CandidateEmbeddings,
        EntityKind::Position => WorkKind::PositionEmbeddings,
    };
    let begun = service
        .store
        .begin_work(work, &run_id, service.now())
        .await
        .map_err(store_error)?;
    if begun.state == RunState::Succeeded {
        return Ok(begun.counts);
    }
    let counts = Counts::read(&begun.counts);
    let done = embed_all(service, kind, work, &run_id, counts, &progress, &stop).await;
    match done {
        Ok(summary) => {
            service
                .store
                .finish_work(work, &run_id, &summary, service.now())
                .await
                .map_err(store_error)?;
            Ok(summary)
        }
        Err(error) => {
            // The run's own error is told; that it could not be noted down is only logged.
            if let Err(unnoted) = service
                .store
                .fail_work(work, &run_id, &error.message, service.now())
                .await
            {
                tracing::warn!("cannot note that run `{run_id}` failed: {unnoted}");
            }
            Err(error)
        }
    }
}

#[expect(
    clippy::too_many_arguments,
    clippy::too_many_lines,
    reason = "one private loop, split from what surrounds it"
)]
async fn embed_all(
    service: &MlService,
    kind: EntityKind,
    work: WorkKind,
    run_id: &RunId,
    mut counts: Counts,
    progress: &watch::Sender<Progress>,
    stop: &CancellationToken,
) -> Result<Map<String, Value>, WorkError> {
    let profile = service.profile();
    counts.removed += service
        .store
        .remove_dead_embeddings(kind)
        .await
        .map_err(store_error)?;
    let backlog = service
        .store
        .embedding_backlog(kind, &profile)
        .await
        .map_err(store_error)?;
    let mut after = EntityId::ZERO;
    let mut done = 0;
    loop {
        let tell = Progress {
            done,
            total: Some(backlog.pending),
            message: format!("{kind}s embedded"),
        };
        progress.send_replace(tell);
        if stop.is_cancelled() {
            let message = "the service is stopping; the run goes on when it is back".to_owned();
            return Err(WorkError {
                retryable: true,
                message,
            });
        }
        let texts = service
            .store
            .pending_embeddings(kind, &profile, after, BATCH)
            .await
            .map_err(store_error)?;
        let Some(last) = texts.last() else { break };
        after = last.id;
        let documents: Vec<&str> = texts.iter().map(|text| text.text.as_str()).collect();
        let embedded = embed_documents(service.embedder.as_ref(), &documents)
            .await
            .map_err(embed_error)?;
        let new: Vec<NewEmbedding> = texts
            .iter()
            .zip(embedded.vectors.rows())
            .map(|(text, row)| NewEmbedding {
                id: text.id,
                text_hash: text.text_hash.clone(),
                vector: row.to_vec(),
            })
            .collect();
        let stamp = Stamp {
            run_id,
            now: service.now(),
        };
        counts.embedded += service
            .store
            .save_embeddings(kind, &profile, &new, stamp)
            .await
            .map_err(store_error)?;
        let so_far = counts.summary(backlog.total);
        service
            .store
            .save_work(work, run_id, &so_far)
            .await
            .map_err(store_error)?;
        done += texts.len() as u64;
    }
    let total = service
        .store
        .embedding_backlog(kind, &profile)
        .await
        .map_err(store_error)?
        .total;
    Ok(counts.summary(total))
}

/// The database failed: a lock passes by itself, a full disk does not.
pub(super) fn store_error(error: StoreError) -> WorkError {
    WorkError {
        retryable: error.is_retryable(),
        message: format!("the application database failed: {}", chain(&error)),
    }
}

fn embed_error(error: EmbedError) -> WorkError {
    WorkError {
        retryable: error.is_retryable(),
        message: chain(&error),
    }
}

/// An error with its causes, in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
