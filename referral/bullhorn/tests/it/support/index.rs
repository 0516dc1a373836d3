//! A search index of candidates, with manners good and bad.

use std::sync::{Arc, Mutex};

use bullhorn::paging::{
    Batch, Changes, ChangesCursor, FullCursor, FullLoad, PagingError, Window, changes, full_load,
};
use bullhorn::{Client, Entity, Record as _, Stub};
use futures::{Stream, TryStreamExt as _};
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use serde_json::{Value, json};
use wiremock::Request;

use crate::support::fake::{Fake, ok, parameter};

/// A record of the scripted index.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) id: i64,
    /// Seconds since the beginning of 2030, as the index knows them.
    pub(crate) indexed: i64,
    /// The same as the database, and so the reply, has it.
    pub(crate) shown: i64,
    /// Whether the reply marks the row as gone from the database.
    pub(crate) gone: bool,
}

impl Entry {
    pub(crate) fn new(id: i64, at: i64) -> Self {
        Self {
            id,
            indexed: at,
            shown: at,
            gone: false,
        }
    }

    fn row(&self) -> Value {
        if self.gone {
            return json!({"id": self.id, "_error": "not found"});
        }
        let modified_ms = (EPOCH_2030 + self.shown) * 1_000 + self.id % 1_000;
        json!({"id": self.id, "isDeleted": false, "dateLastModified": modified_ms})
    }
}

/// How the index answers.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Manners {
    /// The largest page it gives.
    pub(crate) page_max: usize,
    pub(crate) ignores_dates: bool,
    pub(crate) ignores_sort: bool,
}

const EPOCH_2030: i64 = 1_893_456_000;

/// So many seconds into 2030.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(EPOCH_2030 + second).unwrap()
}

/// `[a TO b]` of a field, with `*` as infinity.
fn range(query: &str, field: &str) -> Option<(String, String)> {
    let rest = query.split(&format!("{field}:[")).nth(1)?;
    let (from, to) = rest.split(']').next()?.split_once(" TO ")?;
    Some((from.to_owned(), to.to_owned()))
}

fn second_of(text: &str, open: i64) -> i64 {
    if text == "*" {
        return open;
    }
    let moment = DateTime::strptime("%Y%m%d%H%M%S", text)
        .unwrap()
        .to_zoned(TimeZone::UTC)
        .unwrap();
    moment.timestamp().as_second() - EPOCH_2030
}

fn id_of(text: &str) -> i64 {
    if text == "*" {
        i64::MAX
    } else {
        text.parse().unwrap()
    }
}

fn answer(entries: &[Entry], manners: Manners, request: &Request) -> Value {
    let query = parameter(request, "query").unwrap();
    let ids = range(&query, "id").map_or((1, i64::MAX), |(from, to)| (id_of(&from), id_of(&to)));
    let dates = range(&query, "dateLastModified").filter(|_| !manners.ignores_dates);
    let dates = dates.map_or((i64::MIN, i64::MAX), |(from, to)| {
        (second_of(&from, i64::MIN), second_of(&to, i64::MAX))
    });
    let mut found: Vec<Entry> = entries
        .iter()
        .copied()
        .filter(|entry| (ids.0..=ids.1).contains(&entry.id) && (dates.0..=dates.1).contains(&entry.indexed))
        .collect();
    if !manners.ignores_sort {
        match parameter(request, "sort").as_deref() {
            Some("id") => found.sort_by_key(|entry| entry.id),
            Some("dateLastModified,id") => found.sort_by_key(|entry| (entry.indexed, entry.id)),
            _ => {}
        }
    }
    let total = found.len();
    let count: usize = parameter(request, "count").unwrap().parse().unwrap();
    assert_eq!(parameter(request, "start").unwrap(), "0", "no offset is used");
    found.truncate(count.min(manners.page_max));
    let data: Vec<Value> = found.iter().map(Entry::row).collect();
    json!({"total": total, "start": 0, "count": data.len(), "data": data})
}

/// The index behind a scripted Bullhorn, and a client of it.
pub(crate) struct Index {
    pub(crate) fake: Fake,
    pub(crate) client: Client,
    pub(crate) entries: Arc<Mutex<Vec<Entry>>>,
    pub(crate) manners: Arc<Mutex<Manners>>,
}

impl Index {
    pub(crate) async fn start(entries: Vec<Entry>, manners: Manners) -> Self {
        let fake = Fake::start().await;
        let (entries, manners) = (Arc::new(Mutex::new(entries)), Arc::new(Mutex::new(manners)));
        let served = (Arc::clone(&entries), Arc::clone(&manners));
        fake.data("GET", "search/Candidate", move |request| {
            ok(&answer(
                &served.0.lock().unwrap(),
                *served.1.lock().unwrap(),
                request,
            ))
        })
        .await;
        let client = fake.client();
        Self {
            fake,
            client,
            entries,
            manners,
        }
    }

    pub(crate) fn full(
        &self,
        from: FullCursor,
    ) -> impl Stream<Item = Result<Batch<Stub, FullCursor>, PagingError>> {
        full_load::<Stub>(
            &self.client,
            FullLoad::new(Entity::Candidate, Stub::fields()),
            from,
        )
    }

    pub(crate) fn changes(
        &self,
        from: ChangesCursor,
    ) -> impl Stream<Item = Result<Batch<Stub, ChangesCursor>, PagingError>> {
        changes::<Stub>(
            &self.client,
            Changes::new(Entity::Candidate, Stub::fields()),
            from,
        )
    }

    /// Reads a window to its end, as if the process restarted after every page, and returns the ids in order.
    pub(crate) async fn changed_ids(&self, window: Window) -> Result<Vec<i64>, PagingError> {
        let mut cursor = ChangesCursor::start(window);
        let mut ids = Vec::new();
        loop {
            let stored = serde_json::to_string(&cursor).unwrap();
            let stream = self.changes(serde_json::from_str(&stored).unwrap());
            let Some(batch) = std::pin::pin!(stream).try_next().await? else {
                return Ok(ids);
            };
            ids.extend(batch.records.iter().map(|stub| stub.id));
            ids.extend(batch.faulty.iter().filter_map(|row| row.id));
            cursor = batch.cursor;
        }
    }
}
