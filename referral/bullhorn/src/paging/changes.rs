//! What changed in a window of time, by date and, within a second, by id.
//!
//! A page begins with the last second of the page before it, because that second may hold more; what was already read
//! of it is left out. Where one second holds more than a page, after a mass update, it is read by id instead. The
//! last minutes of the window are read by id too: there the index lags behind the dates that the replies show, so
//! that the order by date cannot be trusted.

use std::collections::BTreeSet;

use futures::stream::{self, Stream};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::calls::search::{PAGE_MAX, Page, Search};
use crate::client::Client;
use crate::dialect::lucene::Lucene;
use crate::dialect::path::Path;
use crate::dialect::sort::Sort;
use crate::dialect::span::Span;
use crate::entity::Entity;
use crate::fields::Fields;
use crate::paging::batch::Batch;
use crate::paging::error::PagingError;
use crate::paging::full_load::last_id;
use crate::paging::guard::{changed, check_filter};
use crate::paging::window::{Window, second};
use crate::record::Record;
use crate::record::rows::{RowKey, Rows};

const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// What to read.
#[derive(Debug, Clone)]
pub struct Changes {
    entity: Entity,
    fields: Fields,
    page: u16,
}

/// Where a run over a window stands. It serialises, with its window: a resumed run reads on in the same window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangesCursor {
    window: Window,
    position: Position,
}

/// What is still to be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
enum Position {
    /// From a second to the end of the window, by date. `seen` are the records from then on which were read.
    Date { from: Timestamp, seen: BTreeSet<i64> },
    /// A stretch of the window by id, above `after_id`; then whatever follows the stretch. `seen` are records of the
    /// stretch which were read by date.
    Id {
        from: Timestamp,
        to: Timestamp,
        after_id: i64,
        seen: BTreeSet<i64>,
    },
    /// Nothing.
    End,
}

impl Changes {
    /// Every record that changed, soft-deleted ones included (that is how deletes become known), in pages of
    /// [`PAGE_MAX`]. The fields must have `dateLastModified`.
    pub fn new(entity: Entity, fields: Fields) -> Self {
        Self {
            entity,
            fields,
            page: PAGE_MAX,
        }
    }

    /// In pages of at most this many records. The server may return fewer; the next page begins behind what it returned.
    pub fn page(mut self, count: u16) -> Self {
        self.page = count;
        self
    }

    fn search(&self, query: Lucene, sort: Sort) -> Search {
        Search::new(self.entity, query, self.fields.clone())
            .sorted(sort)
            .count(self.page)
    }
}

impl ChangesCursor {
    /// The beginning of a window.
    pub fn start(window: Window) -> Self {
        Self {
            window,
            position: Position::Date {
                from: window.lower(),
                seen: BTreeSet::new(),
            },
        }
    }

    /// The window that is being read.
    pub fn window(&self) -> Window {
        self.window
    }

    /// Whether everything was read, so that [`Window::upper`] may become the watermark.
    pub fn is_at_end(&self) -> bool {
        self.position == Position::End
    }
}

/// Streams the pages of what changed, from [`ChangesCursor::start`] or where an earlier run stopped. It first makes
/// sure that the server heeds the date filter, which costs two or three small calls.
///
/// The pages' errors are [`PagingError`]; the stream ends after one.
pub fn changes<R: Record>(
    client: &Client,
    changes: Changes,
    from: ChangesCursor,
) -> impl Stream<Item = Result<Batch<R, ChangesCursor>, PagingError>> + Send + use<R> {
    let reader = Reader {
        client: client.clone(),
        changes,
        window: from.window,
    };
    stream::try_unfold(
        (reader, from.position, Checked::No),
        |(reader, position, checked)| async move {
            if position == Position::End {
                return Ok(None);
            }
            if matches!(checked, Checked::No) {
                check_filter(&reader.client, reader.changes.entity, &reader.window).await?;
            }
            let Some((batch, next)) = reader.next_page::<R>(position).await? else {
                return Ok(None);
            };
            Ok(Some((batch, (reader, next, Checked::Yes))))
        },
    )
}

/// Whether this stream has made sure that the filter works.
enum Checked {
    No,
    Yes,
}

struct Reader {
    client: Client,
    changes: Changes,
    window: Window,
}

impl Reader {
    /// The next page that has rows, and what follows it.
    async fn next_page<R: Record>(
        &self,
        mut position: Position,
    ) -> Result<Option<(Batch<R, ChangesCursor>, Position)>, PagingError> {
        loop {
            let (page, next) = match &position {
                Position::End => return Ok(None),
                Position::Date { from, seen } => {
                    let query = changed(*from, self.window.upper());
                    let sort = Sort::by(&Path::DATE_LAST_MODIFIED).then(&Path::ID);
                    let page = self.client.search::<R>(&self.changes.search(query, sort)).await?;
                    let next = self.after_date_page(*from, seen, &page)?;
                    (page, next)
                }
                Position::Id {
                    from, to, after_id, ..
                } => {
                    let ids = Lucene::numbers(&Path::ID, Span::at_least(after_id + 1));
                    let query = changed(*from, *to).and(ids);
                    let page = self
                        .client
                        .search::<R>(&self.changes.search(query, Sort::by(&Path::ID)))
                        .await?;
                    let next = self.after_id_page(&position, &page)?;
                    (page, next)
                }
            };
            if page.rows.returned() > 0 {
                let seen = match &position {
                    Position::Date { seen, .. } | Position::Id { seen, .. } => seen,
                    Position::End => return Ok(None),
                };
                let cursor = ChangesCursor {
                    window: self.window,
                    position: next.clone(),
                };
                return Ok(Some((batch(page, seen, cursor), next)));
            }
            position = next;
        }
    }

    /// Where to read on after a page by date.
    fn after_date_page<R>(
        &self,
        from: Timestamp,
        seen: &BTreeSet<i64>,
        page: &Page<R>,
    ) -> Result<Position, PagingError> {
        let keys = &page.rows.keys;
        self.check_dates(from, keys)?;
        if is_all(page) {
            return Ok(Position::End);
        }
        let seconds = || keys.iter().filter_map(|key| key.modified).map(second);
        let latest = seconds().filter(|&at| self.window.is_settled(at)).max();
        if let Some(latest) = latest.filter(|&latest| latest > from) {
            // The next page begins with the latest second, and may repeat what came after it in this page: later
            // records, and rows without a date.
            let again = keys
                .iter()
                .filter(|key| key.modified.is_none_or(|modified| modified >= latest));
            return Ok(Position::Date {
                from: latest,
                seen: again.filter_map(|key| key.id).collect(),
            });
        }
        // The dates of this page lead nowhere: all of it is one second, or too recent to go by.
        let mass_update =
            latest == Some(from) && seconds().count() == keys.len() && seconds().all(|at| at == from);
        let to = if mass_update { from } else { self.window.upper() };
        let seen = seen
            .iter()
            .copied()
            .chain(keys.iter().filter_map(|key| key.id))
            .collect();
        Ok(Position::Id {
            from,
            to,
            after_id: 0,
            seen,
        })
    }

    /// Where to read on after a page by id.
    fn after_id_page<R>(&self, position: &Position, page: &Page<R>) -> Result<Position, PagingError> {
        let Position::Id {
            from,
            to,
            after_id,
            seen,
        } = position
        else {
            return Ok(Position::End);
        };
        self.check_lower(*from, &page.rows.keys)?;
        if page.rows.returned() == 0 || is_all(page) {
            if *to >= self.window.upper() {
                return Ok(Position::End);
            }
            return Ok(Position::Date {
                from: *to + SECOND,
                seen: BTreeSet::new(),
            });
        }
        let after_id = last_id(self.changes.entity, *after_id, &page.rows)?;
        Ok(Position::Id {
            from: *from,
            to: *to,
            after_id,
            seen: seen.clone(),
        })
    }

    /// Dates must not go back, as far as the index can have known them.
    fn check_dates(&self, from: Timestamp, keys: &[RowKey]) -> Result<(), PagingError> {
        self.check_lower(from, keys)?;
        let mut previous = Timestamp::MIN;
        for (id, modified) in dated(keys).filter(|(_, modified)| self.window.is_settled(*modified)) {
            let at = second(modified);
            if at < previous {
                return Err(PagingError::DatesOutOfOrder {
                    entity: self.changes.entity,
                    id,
                    modified,
                });
            }
            previous = at;
        }
        Ok(())
    }

    /// Nothing may come from before what was asked for; one second is allowed for rounding.
    fn check_lower(&self, from: Timestamp, keys: &[RowKey]) -> Result<(), PagingError> {
        let lower = from - SECOND;
        match dated(keys).find(|(_, modified)| *modified < lower) {
            Some((id, modified)) => Err(PagingError::BeforeWindow {
                entity: self.changes.entity,
                id,
                modified,
                lower: from,
            }),
            None => Ok(()),
        }
    }
}

/// Whether a page holds everything that matches.
fn is_all<R>(page: &Page<R>) -> bool {
    page.rows.returned() as u64 >= page.total.unwrap_or(u64::MAX)
}

fn dated(keys: &[RowKey]) -> impl Iterator<Item = (i64, Timestamp)> {
    keys.iter().filter_map(|key| Some((key.id?, key.modified?)))
}

/// The page without what was read before.
fn batch<R: Record>(page: Page<R>, seen: &BTreeSet<i64>, cursor: ChangesCursor) -> Batch<R, ChangesCursor> {
    let left = page.total.unwrap_or_default();
    let Rows {
        mut records,
        mut faulty,
        ..
    } = page.rows;
    records.retain(|record| !seen.contains(&record.id()));
    faulty.retain(|row| row.id.is_none_or(|id| !seen.contains(&id)));
    Batch {
        records,
        faulty,
        cursor,
        left,
    }
}
