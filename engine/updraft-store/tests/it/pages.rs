//! Lists, page after page.

use std::collections::BTreeSet;

use updraft_model::TaskKey;
use updraft_store::{
    EventLogFilter, NewEventLog, Paging, RunBrowse, RunCursor, RunPage, RunPlace, SortKeys, Store,
    TaskBrowse, TaskCursor, TaskPage, XComPage,
};

use crate::history::{self, on_both_with_history};
use crate::support::{World, dag_id, minute, on_both};

#[tokio::test]
async fn pages_of_runs_join_to_the_whole_list_in_both_directions() {
    on_both_with_history(async |world| {
        for (dags, is_descending) in [
            (None, false),
            (None, true),
            (Some(BTreeSet::from([dag_id("d")])), true),
        ] {
            let page = RunPage {
                dags,
                is_descending,
                limit: 100,
                ..RunPage::default()
            };
            let (all, total) = world.store.run_page(&page).await.unwrap();
            assert_eq!(all.len() as u64, total);
            let (mut walked, mut place) = (Vec::new(), None);
            let page = RunPage { limit: 3, ..page };
            loop {
                let found = world.store.runs_after(&page, place.as_ref()).await.unwrap();
                let Some(last) = found.last() else { break };
                place = Some(RunPlace::of(last));
                walked.extend(found);
            }
            assert_eq!(walked, all);
        }
    })
    .await;
}

/// All keys of a list, page after page.
async fn walk(store: &Store, page: &TaskPage) -> Vec<TaskKey> {
    let (mut walked, mut last) = (Vec::new(), None);
    loop {
        let found = store.tasks_after(page, last.as_ref()).await.unwrap();
        let keys: Vec<TaskKey> = found.tasks.into_iter().map(|task| task.key).collect();
        let Some(key) = keys.last() else {
            return walked;
        };
        last = Some(key.clone());
        walked.extend(keys);
    }
}

#[tokio::test]
async fn pages_of_tasks_join_to_the_whole_list_with_each_copy() {
    on_both_with_history(async |world| {
        let all = TaskPage {
            limit: 1000,
            ..TaskPage::default()
        };
        let listed = world.store.task_page(&all).await.unwrap();
        let keys: Vec<TaskKey> = listed.tasks.iter().map(|task| task.key.clone()).collect();
        assert_eq!(listed.total, keys.len() as u64);
        assert!(
            keys.iter().any(|key| key.map_index.0 == 4),
            "shared rows are copies here"
        );
        let by_run = history::keys_by_run(world).await;
        assert_eq!(keys, by_run);
        for limit in [1, 2, 3, 7] {
            let page = TaskPage { limit, ..all.clone() };
            assert_eq!(walk(&world.store, &page).await, keys, "{limit} at a time");
            let page = TaskPage {
                is_descending: true,
                ..page
            };
            let backwards: Vec<TaskKey> = keys.iter().rev().cloned().collect();
            assert_eq!(
                walk(&world.store, &page).await,
                backwards,
                "{limit} at a time, backwards"
            );
        }
        for offset in [0, 1, 5, 11] {
            let page = TaskPage {
                limit: 4,
                offset,
                ..all.clone()
            };
            let found = world.store.task_page(&page).await.unwrap();
            let found: Vec<TaskKey> = found.tasks.into_iter().map(|task| task.key).collect();
            assert_eq!(
                found,
                keys.iter()
                    .skip(offset as usize)
                    .take(4)
                    .cloned()
                    .collect::<Vec<_>>()
            );
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_browsed_joins_to_the_whole_list() {
    on_both_with_history(async |world| {
        for dag in [None, Some("d".to_owned())] {
            let runs = RunBrowse {
                dag: dag.clone(),
                limit: 1000,
                ..RunBrowse::default()
            };
            let (all, total) = world.store.browse_runs(&runs).await.unwrap();
            assert_eq!(total, Some(all.len() as u64));
            let after = Some(RunCursor::of(&all[2]));
            let (rest, none) = world
                .store
                .browse_runs(&RunBrowse { after, ..runs })
                .await
                .unwrap();
            assert_eq!((rest.as_slice(), none), (&all[3..], None));
            let tasks = TaskBrowse {
                dag,
                limit: 1000,
                ..TaskBrowse::default()
            };
            let (all, total) = world.store.browse_tasks(&tasks).await.unwrap();
            assert_eq!(total, Some(all.len() as u64));
            let (row, date, _) = &all[4];
            let after = Some(TaskCursor {
                date: date.unwrap(),
                dag_id: row.key.dag_id.to_string(),
                run_id: row.key.run_id.to_string(),
                task_id: row.key.task_id.to_string(),
                map_index: row.key.map_index,
            });
            let (rest, _) = world
                .store
                .browse_tasks(&TaskBrowse { after, ..tasks })
                .await
                .unwrap();
            assert_eq!(rest.as_slice(), &all[5..]);
        }
    })
    .await;
}

#[tokio::test]
async fn values_and_events_of_a_dag_are_listed_as_those_of_all() {
    on_both_with_history(async |world| {
        let all = XComPage {
            limit: 100,
            ..XComPage::default()
        };
        let (values, total) = world.store.xcom_page(&all).await.unwrap();
        assert_eq!(values.len() as u64, total);
        let of_dag = XComPage {
            dags: Some(BTreeSet::from([dag_id("d")])),
            ..all
        };
        let (of_dag, _) = world.store.xcom_page(&of_dag).await.unwrap();
        let wanted: Vec<_> = values
            .into_iter()
            .filter(|value| value.task.dag_id.as_str() == "d")
            .collect();
        assert_eq!(of_dag, wanted);
        let newest = EventLogFilter {
            dag_id: Some("d".to_owned()),
            paging: Paging {
                sort: SortKeys {
                    first: Some("-id".to_owned()),
                    second: None,
                },
                limit: 10,
                offset: 1,
            },
            ..EventLogFilter::default()
        };
        let (events, total) = world.store.event_logs(&newest).await.unwrap();
        assert_eq!((events.len(), total), (2, 3));
        assert!(events.iter().all(|event| event.dag_id.as_deref() == Some("d")));
    })
    .await;
}

#[tokio::test]
async fn short_totals_are_always_counted_anew() {
    on_both(async |world: &World| {
        let list = EventLogFilter {
            paging: Paging {
                limit: 1,
                ..Paging::default()
            },
            ..EventLogFilter::default()
        };
        let add = async |count: u64| {
            for _ in 0..count {
                let event = NewEventLog {
                    event: "e",
                    ..NewEventLog::default()
                };
                world.store.record_event(&event, minute(0)).await.unwrap();
            }
            world.store.event_logs(&list).await.unwrap().1
        };
        assert_eq!(add(2).await, 2);
        assert_eq!(add(1).await, 3);
    })
    .await;
}
