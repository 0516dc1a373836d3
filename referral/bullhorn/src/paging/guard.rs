//! Recognises a date filter that the server ignores, which looks like success and is the opposite.

use jiff::{SignedDuration, Timestamp};

use crate::client::Client;
use crate::dialect::lucene::Lucene;
use crate::dialect::path::Path;
use crate::dialect::span::Span;
use crate::entity::Entity;
use crate::paging::error::PagingError;
use crate::paging::window::Window;

/// Records whose date of change lies in a range.
pub(crate) fn changed(from: Timestamp, to: Timestamp) -> Lucene {
    Lucene::dates(&Path::DATE_LAST_MODIFIED, Span::between(from, to))
}

/// Compares how many records are in the window with how many there are. If these are the same, either everything
/// changed or the filter is ignored; the time before the window tells which, as nothing can be left for it.
///
/// # Errors
/// [`PagingError::FilterIgnored`], or a failed call.
pub(crate) async fn check_filter(
    client: &Client,
    entity: Entity,
    window: &Window,
) -> Result<(), PagingError> {
    let lower = window.lower();
    let inside = client.total(entity, changed(lower, window.upper())).await?;
    if inside == 0 {
        return Ok(());
    }
    let total = client.total(entity, Lucene::all()).await?;
    if inside < total {
        return Ok(());
    }
    let before_lower = lower - SignedDuration::from_secs(1);
    let before = client
        .total(entity, changed(Timestamp::UNIX_EPOCH, before_lower))
        .await?;
    if before == 0 {
        return Ok(());
    }
    Err(PagingError::FilterIgnored { entity, total, lower })
}
