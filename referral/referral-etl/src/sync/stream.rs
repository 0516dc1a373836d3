//! Fetching and cleaning ahead of the commits.

use std::sync::Arc;

use bullhorn::paging::{Batch, PagingError};
use futures::{Stream, StreamExt};
use referral_store::sync_page::SyncPage;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::cursor::Cursor;
use super::error::SyncError;
use super::kind::Synced;
use super::page::Cleaner;

/// Pages that are being cleaned at the same time; the next one is fetched meanwhile.
const CLEANED_AT_ONCE: usize = 2;

/// A page that waits to be committed, and how many records were left to read when it was asked for.
pub(super) struct Ready<T> {
    pub(super) page: SyncPage<T>,
    pub(super) left: u64,
}

/// Pages in order. Dropping it stops the fetching.
pub(super) struct Pages<T> {
    ready: mpsc::Receiver<Result<Ready<T>, SyncError>>,
    task: JoinSet<()>,
}

impl<T: Send + 'static> Pages<T> {
    /// Starts to read a stream of the client; `cursor` says how its cursors are stored.
    pub(super) fn start<K, C>(
        cleaner: Arc<Cleaner>,
        batches: impl Stream<Item = Result<Batch<K::Raw, C>, PagingError>> + Send + 'static,
        cursor: impl Fn(C) -> Cursor + Send + Sync + Copy + 'static,
    ) -> Self
    where
        K: Synced<Clean = T>,
        C: Send + 'static,
    {
        let (sender, ready) = mpsc::channel(1);
        let mut task = JoinSet::new();
        task.spawn(async move {
            let cleaned = batches.map(|batch| {
                let cleaner = Arc::clone(&cleaner);
                async move { clean::<K, C>(&cleaner, batch?, cursor).await }
            });
            let mut cleaned = std::pin::pin!(cleaned.buffered(CLEANED_AT_ONCE));
            while let Some(page) = cleaned.next().await {
                let failed = page.is_err();
                if sender.send(page).await.is_err() || failed {
                    break;
                }
            }
        });
        Self { ready, task }
    }

    /// The next page; `None` at the end of the stream, and only there.
    pub(super) async fn next(&mut self) -> Option<Result<Ready<T>, SyncError>> {
        if let Some(page) = self.ready.recv().await {
            return Some(page);
        }
        // A panic closes the channel too, and must not be taken for the end.
        match self.task.join_next().await {
            Some(Err(error)) => Some(Err(SyncError::Cleaning(error))),
            Some(Ok(())) | None => None,
        }
    }
}

async fn clean<K: Synced, C>(
    cleaner: &Cleaner,
    batch: Batch<K::Raw, C>,
    cursor: impl Fn(C) -> Cursor,
) -> Result<Ready<K::Clean>, SyncError> {
    let mut page = cleaner.clean::<K>(batch.records, batch.faulty).await?;
    page.cursor = Some(cursor(batch.cursor).to_json());
    Ok(Ready {
        page,
        left: batch.left,
    })
}
