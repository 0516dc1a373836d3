//! Fetching and cleaning ahead of the commits: three stages, each of which waits for the one behind it.
//!
//! One task reads pages from Bullhorn and completes their lists, one cleans them, and the caller commits them one by one with
//! their cursors. So network, processors and database are busy at the same time, in the order of the source.

use std::sync::Arc;

use bullhorn::paging::{Batch, PagingError};
use futures::stream::TryChunksError;
use futures::{Stream, StreamExt, TryStreamExt};
use referral_store::sync_page::SyncPage;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::cursor::Cursor;
use super::error::SyncError;
use super::kind::Synced;
use super::page::{Cleaner, cut_lists};
use crate::normalise::Members;

/// Pages whose lists are completed by the same calls. Few lists come cut off, so a call has room for those of many pages; but
/// pages are held raw until the call is answered, two groups at most: at 20 KB a record and 500 a page that is 80 MB.
const PAGES_COMPLETED_TOGETHER: usize = 4;

/// A page that waits to be committed, and how many records were left to read when it was asked for.
pub(super) struct Ready<T> {
    pub(super) page: SyncPage<T>,
    pub(super) left: u64,
}

/// Pages in order. Dropping it stops the fetching.
pub(super) struct Pages<T> {
    ready: mpsc::Receiver<Result<Ready<T>, SyncError>>,
    tasks: JoinSet<()>,
}

/// Raw pages in order, and the members of the lists that came cut off in any of them.
struct Group<R, C> {
    batches: Vec<Batch<R, C>>,
    members: Arc<Members>,
}

/// What the first stage hands to the second.
type Fetched<R, C> = Result<Group<R, C>, SyncError>;

impl<T: Send + 'static> Pages<T> {
    /// Starts to read a stream of the client; `cursor` says how its cursors are stored.
    pub(super) fn start<K, C>(
        cleaner: Arc<Cleaner>,
        batches: impl Stream<Item = Result<Batch<K::Raw, C>, PagingError>> + Send + 'static,
        cursor: impl Fn(C) -> Cursor + Send + Sync + Copy + 'static,
    ) -> Self
    where
        K: Synced<Clean = T>,
        C: Send + Sync + 'static,
    {
        let (groups, mut fetched) = mpsc::channel(1);
        let (pages, ready) = mpsc::channel(1);
        let mut tasks = JoinSet::new();
        let completer = Arc::clone(&cleaner);
        tasks.spawn(async move {
            if let Err(error) = fetch::<K, C>(&completer, batches, &groups).await {
                // Nobody listens any more when the run has ended.
                let _ = groups.send(Err(error)).await;
            }
        });
        tasks.spawn(async move {
            if let Err(error) = clean::<K, C>(&cleaner, &mut fetched, &pages, cursor).await {
                let _ = pages.send(Err(error)).await;
            }
        });
        Self { ready, tasks }
    }

    /// The next page; `None` at the end of the stream, and only there.
    pub(super) async fn next(&mut self) -> Option<Result<Ready<T>, SyncError>> {
        if let Some(page) = self.ready.recv().await {
            return Some(page);
        }
        // A panic closes the channels too, and must not be taken for the end.
        while let Some(ended) = self.tasks.join_next().await {
            if let Err(error) = ended {
                return Some(Err(SyncError::Cleaning(error)));
            }
        }
        None
    }
}

/// Reads pages and completes their lists. A group is begun only when there is room for it.
async fn fetch<K: Synced, C: Send + Sync>(
    cleaner: &Cleaner,
    batches: impl Stream<Item = Result<Batch<K::Raw, C>, PagingError>> + Send,
    groups: &mpsc::Sender<Fetched<K::Raw, C>>,
) -> Result<(), SyncError> {
    let mut chunks = std::pin::pin!(batches.try_chunks(PAGES_COMPLETED_TOGETHER));
    while let Ok(room) = groups.reserve().await {
        let (batches, failure) = match chunks.next().await {
            Some(Ok(batches)) => (batches, None),
            Some(Err(TryChunksError(batches, error))) => (batches, Some(error)),
            None => break,
        };
        let records = || batches.iter().flat_map(|batch| &batch.records);
        let members = cleaner.complete::<K>(cut_lists::<K, _>(records)).await?;
        room.send(Ok(Group { batches, members }));
        // What came before a failure is worth keeping.
        if let Some(error) = failure {
            return Err(error.into());
        }
    }
    Ok(())
}

/// Cleans pages while the next ones are fetched.
async fn clean<K: Synced, C>(
    cleaner: &Cleaner,
    fetched: &mut mpsc::Receiver<Fetched<K::Raw, C>>,
    pages: &mpsc::Sender<Result<Ready<K::Clean>, SyncError>>,
    cursor: impl Fn(C) -> Cursor,
) -> Result<(), SyncError> {
    while let Some(group) = fetched.recv().await {
        let Group { batches, members } = group?;
        for batch in batches {
            let members = Arc::clone(&members);
            let mut page = cleaner
                .clean_with::<K>(batch.records, batch.faulty, members)
                .await?;
            page.cursor = Some(cursor(batch.cursor).to_json());
            let left = batch.left;
            if pages.send(Ok(Ready { page, left })).await.is_err() {
                return Ok(());
            }
        }
    }
    Ok(())
}
