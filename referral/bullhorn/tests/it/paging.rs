//! Streams over whole tables and over windows of time, against an index that behaves and one that does not.

use std::collections::BTreeSet;
use std::time::Duration;

use bullhorn::paging::{Batch, ChangesCursor, FullCursor, FullLoad, PagingError, Window, full_load};
use bullhorn::{Entity, Lucene, Path, Record as _, ServerTime, Stub};
use futures::{StreamExt as _, TryStreamExt as _};
use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::json;

use crate::support::fake::{Fake, ok, parameter, text};
use crate::support::index::{Entry, Index, Manners, at};

/// From `lower` to `upper`, with an overlap of 100 seconds, which is also how far the index is trusted.
fn window(lower: i64, upper: i64) -> Window {
    let server = ServerTime {
        at: at(upper),
        skew: SignedDuration::ZERO,
    };
    Window::since(at(lower + 100), Duration::from_secs(100), server).unwrap()
}

fn pages_of(page_max: usize) -> Manners {
    Manners {
        page_max,
        ..Manners::default()
    }
}

#[tokio::test]
async fn a_full_load_reads_every_record_once_and_resumes_at_any_page() {
    let entries: Vec<Entry> = (1..=95)
        .map(|n| Entry {
            gone: n % 40 == 0,
            ..Entry::new(n * 3, 1_000 - n)
        })
        .collect();
    // The server gives fewer than asked for.
    let index = Index::start(entries, pages_of(20)).await;
    let batches: Vec<_> = index.full(FullCursor::default()).try_collect().await.unwrap();
    assert_eq!(batches.len(), 5);
    assert_eq!(
        batches.iter().map(|batch| batch.left).collect::<Vec<u64>>(),
        [95, 75, 55, 35, 15]
    );
    let records: Vec<i64> = batches
        .iter()
        .flat_map(|batch| batch.records.iter().map(|stub| stub.id))
        .collect();
    let faulty: Vec<i64> = batches
        .iter()
        .flat_map(|batch| batch.faulty.iter().filter_map(|row| row.id))
        .collect();
    assert_eq!((records.len(), faulty), (93, vec![120, 240]));
    assert!(records.windows(2).all(|pair| pair[0] < pair[1]));

    let stored = serde_json::to_string(&batches[2].cursor).unwrap();
    let rest: Vec<_> = index
        .full(serde_json::from_str(&stored).unwrap())
        .try_collect()
        .await
        .unwrap();
    let rest: Vec<i64> = rest
        .iter()
        .flat_map(|batch| batch.records.iter().map(|stub| stub.id))
        .collect();
    assert_eq!(
        rest,
        records.into_iter().filter(|&id| id > 180).collect::<Vec<i64>>()
    );
}

#[tokio::test]
async fn a_full_load_can_be_filtered_and_cut_into_parts() {
    let index = Index::start((1..=50).map(|id| Entry::new(id, id)).collect(), pages_of(500)).await;
    let load = FullLoad::new(Entity::Candidate, Stub::fields())
        .page(10)
        .up_to(30)
        .filter(Lucene::flag(&Path::IS_DELETED, false));
    let stream = full_load::<Stub>(&index.client, load, FullCursor { after_id: 5 });
    let batches: Vec<_> = stream.try_collect().await.unwrap();
    let ids: Vec<i64> = batches
        .iter()
        .flat_map(|batch| batch.records.iter().map(|stub| stub.id))
        .collect();
    assert_eq!(ids, (6..=30).collect::<Vec<i64>>());
    let requests = index.fake.requests("search/Candidate").await;
    assert_eq!(requests.len(), 3, "the last part ends at its last id");
    assert_eq!(
        parameter(&requests[0], "query").unwrap(),
        "id:[6 TO 30] AND isDeleted:0"
    );
}

#[tokio::test]
async fn a_full_load_stops_when_ids_do_not_ascend() {
    let entries = vec![Entry::new(2, 0), Entry::new(1, 0)];
    let index = Index::start(
        entries,
        Manners {
            ignores_sort: true,
            ..pages_of(500)
        },
    )
    .await;
    let results: Vec<_> = index.full(FullCursor::default()).collect().await;
    let [Err(error)] = results.as_slice() else {
        panic!("{results:?}")
    };
    assert!(
        matches!(
            error,
            PagingError::IdsOutOfOrder {
                previous: 2,
                next: 1,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn rows_without_any_id_stop_a_full_load() {
    let fake = Fake::start().await;
    fake.data("GET", "search/Candidate", |_| {
        ok(&json!({"total": 1, "data": [{"isDeleted": false}]}))
    })
    .await;
    let load = FullLoad::new(Entity::Candidate, Stub::fields());
    let results: Vec<_> = full_load::<Stub>(&fake.client(), load, FullCursor::default())
        .collect()
        .await;
    assert!(
        matches!(results.as_slice(), [Err(PagingError::NoIds { .. })]),
        "{results:?}"
    );
}

#[tokio::test]
async fn records_that_change_while_a_full_load_runs_are_still_read_once() {
    let index = Index::start((1..=60).map(|id| Entry::new(id, id)).collect(), pages_of(20)).await;
    let mut stream = std::pin::pin!(index.full(FullCursor::default()));
    let mut ids = Vec::new();
    while let Some(batch) = stream.try_next().await.unwrap() {
        ids.extend(batch.records.iter().map(|stub| stub.id));
        // Everything changes, one record appears and one goes.
        let mut entries = index.entries.lock().unwrap();
        entries.iter_mut().for_each(|entry| entry.shown += 1_000);
        let next = entries.iter().map(|entry| entry.id).max().unwrap() + 1;
        if next <= 63 {
            entries.push(Entry::new(next, 0));
        }
        entries.retain(|entry| entry.id != 50);
    }
    assert_eq!(ids, (1..=63).filter(|&id| id != 50).collect::<Vec<i64>>());
}

#[tokio::test]
async fn changes_are_read_by_date_without_repeating_a_shared_second() {
    // Three records per second, pages of ten: every page ends within a second.
    let mut entries: Vec<Entry> = (0..100).map(|n| Entry::new(n + 1, 1_000 + n / 3)).collect();
    entries.extend([Entry::new(500, 10), Entry::new(501, 5_000)]);
    let index = Index::start(entries, pages_of(10)).await;
    let window = window(900, 2_000);
    let ids = index.changed_ids(window).await.unwrap();
    assert_eq!(ids, (1..=100).collect::<Vec<i64>>());
    let batches: Vec<_> = index
        .changes(ChangesCursor::start(window))
        .try_collect()
        .await
        .unwrap();
    assert!(batches.last().unwrap().cursor.is_at_end());
    assert_eq!(batches.last().unwrap().cursor.window(), window);
    let queries = index.fake.requests("search/Candidate").await;
    let by_date = queries
        .iter()
        .filter_map(|request| parameter(request, "query"))
        .filter(|query| !query.contains("id:"));
    assert!(
        by_date
            .clone()
            .any(|query| query == "dateLastModified:[20300101001643 TO 20300101003320]"),
        "{:?}",
        by_date.collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn a_mass_update_of_more_than_a_page_in_one_second_is_read_by_id() {
    let mut entries: Vec<Entry> = (1..=7).map(|id| Entry::new(id * 2, 990 + id)).collect();
    entries.extend((100..=170).map(|id| Entry::new(id, 1_000)));
    entries.extend((200..=230).map(|id| Entry::new(id, 1_001 + (id - 200) / 4)));
    let index = Index::start(entries.clone(), pages_of(10)).await;
    let ids = index.changed_ids(window(900, 2_000)).await.unwrap();
    let unique: BTreeSet<i64> = ids.iter().copied().collect();
    assert_eq!(unique, entries.iter().map(|entry| entry.id).collect());
    assert_eq!(ids.len(), unique.len(), "none is repeated");
    let queries = index.fake.requests("search/Candidate").await;
    let queries: Vec<String> = queries
        .iter()
        .filter_map(|request| parameter(request, "query"))
        .collect();
    let second = "dateLastModified:[20300101001640 TO 20300101001640] AND id:[1 TO *]";
    assert!(queries.iter().any(|query| query == second), "{queries:#?}");
}

#[tokio::test]
async fn records_that_the_index_knows_too_little_of_are_not_skipped() {
    // Half of the records changed again in the last minute; the index does not know yet, but the replies show it. A
    // cursor that believed them would jump to the end.
    let mut entries: Vec<Entry> = (1..=60).map(|id| Entry::new(id, 1_000 + id)).collect();
    for entry in entries
        .iter_mut()
        .filter(|entry| entry.id % 2 == 0 || entry.id % 10 == 9)
    {
        entry.shown = 1_950 + entry.id % 40;
    }
    entries.push(Entry::new(99, 1_999));
    let index = Index::start(entries, pages_of(10)).await;
    let ids: BTreeSet<i64> = index
        .changed_ids(window(900, 2_000))
        .await
        .unwrap()
        .into_iter()
        .collect();
    assert_eq!(ids, (1..=60).chain([99]).collect());
}

#[tokio::test]
async fn an_ignored_date_filter_is_recognised_before_anything_is_read() {
    let entries = (1..=30).map(|id| Entry::new(id, id * 100)).collect();
    let index = Index::start(
        entries,
        Manners {
            ignores_dates: true,
            ..pages_of(500)
        },
    )
    .await;
    let results: Vec<_> = index
        .changes(ChangesCursor::start(window(2_000, 4_000)))
        .collect()
        .await;
    let [Err(error)] = results.as_slice() else {
        panic!("{results:?}")
    };
    assert!(
        matches!(error, PagingError::FilterIgnored { total: 30, .. }),
        "{error:?}"
    );
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn an_account_in_which_everything_changed_is_no_false_alarm() {
    let index = Index::start((1..=30).map(|id| Entry::new(id, 2_500)).collect(), pages_of(500)).await;
    assert_eq!(index.changed_ids(window(2_000, 4_000)).await.unwrap().len(), 30);
    let index = Index::start(Vec::new(), pages_of(500)).await;
    assert!(index.changed_ids(window(2_000, 4_000)).await.unwrap().is_empty());
}

#[tokio::test]
async fn records_from_before_the_window_stop_the_stream() {
    let mut entries: Vec<Entry> = (1..=30).map(|id| Entry::new(id, id * 100)).collect();
    // The index puts it inside the window, the database before.
    entries[25].shown = 10;
    let index = Index::start(entries, pages_of(500)).await;
    let error = index.changed_ids(window(2_000, 4_000)).await.unwrap_err();
    assert!(
        matches!(error, PagingError::BeforeWindow { id: 26, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn dates_that_go_back_stop_the_stream() {
    let entries = vec![Entry::new(1, 2_100), Entry::new(2, 2_050), Entry::new(3, 100)];
    let index = Index::start(
        entries,
        Manners {
            ignores_sort: true,
            ..pages_of(500)
        },
    )
    .await;
    let error = index.changed_ids(window(2_000, 4_000)).await.unwrap_err();
    assert!(
        matches!(error, PagingError::DatesOutOfOrder { id: 2, .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_failed_page_can_be_resumed() {
    let index = Index::start(
        (1..=30).map(|id| Entry::new(id, 2_000 + id)).collect(),
        pages_of(10),
    )
    .await;
    let mut stream = std::pin::pin!(index.changes(ChangesCursor::start(window(2_000, 4_000))));
    let first = stream.try_next().await.unwrap().unwrap();
    index.fake.first(5, "search/Candidate", text(503, "")).await;
    let error = stream.try_next().await.unwrap_err();
    assert!(error.is_retryable(), "{error:?}");
    assert!(stream.next().await.is_none(), "a stream ends after an error");
    let rest: Vec<_> = index.changes(first.cursor.clone()).try_collect().await.unwrap();
    let ids = |batches: &[Batch<Stub, ChangesCursor>]| -> Vec<i64> {
        batches
            .iter()
            .flat_map(|batch| batch.records.iter().map(|stub| stub.id))
            .collect()
    };
    assert_eq!(
        [ids(&[first]), ids(&rest)].concat(),
        (1..=30).collect::<Vec<i64>>()
    );
}

fn entry() -> impl Strategy<Value = Entry> {
    // Few seconds and many ids: shared seconds are the rule.
    (
        1_i64..400,
        prop_oneof![3 => 900_i64..1_010, 1 => 1_890_i64..2_010],
        0_u8..8,
        0_i64..90,
    )
        .prop_map(|(id, indexed, kind, lag)| match kind {
            0 => Entry {
                gone: true,
                ..Entry::new(id, indexed)
            },
            // Changed again within the time that the index may lag.
            1 => Entry {
                shown: indexed.max(1_901 + lag),
                ..Entry::new(id, indexed)
            },
            _ => Entry::new(id, indexed),
        })
}

#[test]
fn whatever_the_index_holds_a_window_is_read_completely_and_once() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let index = runtime.block_on(Index::start(Vec::new(), Manners::default()));
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 48,
        ..ProptestConfig::default()
    });
    let strategy = (proptest::collection::vec(entry(), 0..160), 1_usize..40);
    let result = runner.run(&strategy, |(entries, page_max)| {
        let mut seen = BTreeSet::new();
        let entries: Vec<Entry> = entries
            .into_iter()
            .filter(|entry| seen.insert(entry.id))
            .collect();
        let inside = entries
            .iter()
            .filter(|entry| (950..=2_000).contains(&entry.indexed));
        let expected: BTreeSet<i64> = inside.map(|entry| entry.id).collect();
        *index.entries.lock().unwrap() = entries;
        *index.manners.lock().unwrap() = pages_of(page_max);
        let mut ids = runtime.block_on(index.changed_ids(window(950, 2_000))).unwrap();
        ids.sort_unstable();
        prop_assert_eq!(ids, expected.into_iter().collect::<Vec<i64>>());
        Ok(())
    });
    result.unwrap();
}
