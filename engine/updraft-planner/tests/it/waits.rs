//! Many waits at once.

use std::collections::BTreeSet;

use jiff::ToSpan;
use updraft_model::{
    AttemptId, DagId, DagRunState, DagVersionId, DataInterval, ExpandInput, MapIndex, MapSource, OpenWait,
    Pool, RunKey, RunType, TaskInstanceState, WaitTimes,
};
use updraft_planner::{DagSnapshot, Decision, Limits, Planner, RunSnapshot, Snapshot, TaskSnapshot};
use uuid::Uuid;

use crate::dags;
use crate::world::{CountingIds, pool};

const WAITS: u32 = 100_000;

/// A run with a task of so many copies, all of which wait, copy `n` for the `n`-th second.
fn snapshot() -> Snapshot {
    let (mut dag, _) = dags::parse("d : a");
    let items = (0..WAITS).collect();
    dag.tasks[0].expand_input = Some(ExpandInput::DictOfLists(vec![(
        "x".to_owned(),
        MapSource::Literal(items),
    )]));
    let now = dags::time("2024-01-01");
    let task_id = dag.tasks[0].task_id.clone();
    let whole = TaskSnapshot {
        mapped_length: Some(WAITS),
        ..TaskSnapshot::new(task_id.clone(), 0)
    };
    let copy = |copy: u32| TaskSnapshot {
        map_index: MapIndex(i32::try_from(copy).expect("an index")),
        state: Some(TaskInstanceState::Deferred),
        try_number: 1,
        reschedules: 1,
        wait: Some(OpenWait {
            id: AttemptId(Uuid::from_u128(u128::from(copy) + 1)),
            times: WaitTimes {
                fires_at: Some(now + i64::from(copy).seconds()),
                times_out_at: None,
            },
        }),
        ..TaskSnapshot::new(task_id.clone(), 0)
    };
    let (version, spec) = (DagVersionId(Uuid::nil()), std::sync::Arc::new(dag));
    let dag_id = DagId::parse("d").expect("a dag id");
    let run = RunSnapshot {
        key: RunKey {
            dag_id: dag_id.clone(),
            run_id: RunType::Manual.run_id(now),
        },
        version,
        spec: spec.clone(),
        state: DagRunState::Running,
        run_type: RunType::Manual,
        logical_date: Some(now),
        data_interval: Some(DataInterval::exact(now)),
        run_after: now,
        backfill: None,
        queued_at: Some(now),
        start_date: Some(now),
        previous: None,
        deadlines: Vec::new(),
        tasks: std::iter::once(whole).chain((0..WAITS).map(copy)).collect(),
    };
    Snapshot {
        dags: vec![DagSnapshot {
            dag_id,
            version,
            spec,
            is_paused: false,
            is_active: true,
            last_scheduled: None,
            backfills: Vec::new(),
            asset_queue: Vec::new(),
            last_asset_date: None,
            timetable_answer: None,
            runtimes: Vec::new(),
        }],
        runs: vec![run],
        pools: vec![pool(Pool::DEFAULT, 128)],
        limits: Limits::default(),
        late: Vec::new(),
    }
}

#[test]
fn a_hundred_thousand_waits_end_each_at_its_time_and_cost_nothing_before() {
    let (mut planner, ids) = (Planner::new(&snapshot()), CountingIds::default());
    let start = dags::time("2024-01-01");
    let mut resumed = BTreeSet::new();
    // Every copy is looked at once after a start; from then on only those whose time has come.
    for second in [0, 1, 2, 10, 10, 1000] {
        let plan = planner.plan(start + i64::from(second).seconds(), &ids, 0);
        let now = plan.decisions.iter().filter_map(|decision| match decision {
            Decision::Resume { key, .. } => Some(key.map_index.0),
            _ => None,
        });
        let now: Vec<i32> = now.collect();
        assert!(now.iter().all(|copy| resumed.insert(*copy)), "none twice");
        assert_eq!(resumed.len(), usize::try_from(second).expect("a second") + 1);
        let next = start + i64::from(second + 1).seconds();
        assert_eq!(planner.next_wake(), Some(next));
    }
}
