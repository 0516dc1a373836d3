//! What programs tell of their timetables: an answer counts for the version and the last run it is about, and for those alone.

use jiff::Timestamp;
use updraft_model::{
    AnsweredRun, BackfillDates, CustomTimetable, DagSpec, DataInterval, NextRun, ReprocessBehavior, RunId,
    Schedule, TimetableAnswer,
};
use updraft_store::{
    AdvancedDag, BackfillFate, CreateBackfillError, DagFilter, Effect, Lease, NewBackfill, PlanCommit,
    RunVersion, StoredDag, ToldBackfill, WriteError,
};

use crate::support::{World, chain, dag_id, minute, on_both};

const DAY: i64 = 24 * 60;

fn spec(tasks: &[&str]) -> DagSpec {
    let mut spec = chain("d", tasks);
    spec.schedule = Schedule::Custom(Box::new(CustomTimetable::new("bundle::Moons")));
    spec.start_date = Some(minute(0));
    spec
}

fn interval(number: i64) -> DataInterval {
    DataInterval {
        start: minute(number * DAY),
        end: minute((number + 1) * DAY),
    }
}

fn run(number: i64) -> AnsweredRun {
    AnsweredRun {
        data_interval: interval(number),
        run_after: minute((number + 2) * DAY),
        run_id: Some(RunId::parse(&format!("moon__{number}")).unwrap()),
    }
}

fn answer(dag: &StoredDag, next: NextRun) -> TimetableAnswer {
    TimetableAnswer {
        version: dag.version,
        last: dag.last_scheduled,
        last_run_after: Some(minute(-1)),
        at: minute(1),
        next,
    }
}

impl World {
    async fn moons(&self) -> StoredDag {
        self.store.dag(&dag_id("d")).await.unwrap().unwrap()
    }

    async fn tell(&self, answer: &TimetableAnswer) -> bool {
        let dag_id = dag_id("d");
        let recorded = self.store.record_timetable_answer(&self.lease, &dag_id, answer);
        recorded.await.unwrap()
    }

    async fn next_run_after(&self) -> Option<Timestamp> {
        self.store.dags(DagFilter::default()).await.unwrap()[0].next_run_after
    }

    async fn advance(&self, number: i64) {
        let plan = PlanCommit {
            advanced: vec![AdvancedDag {
                dag_id: dag_id("d"),
                last: interval(number),
                next: None,
            }],
            ..PlanCommit::default()
        };
        self.store.commit_plan(&self.lease, &plan).await.unwrap();
    }
}

#[tokio::test]
async fn an_answer_counts_until_its_run_is_made() {
    on_both(async |world| {
        world.record("d.bundle.toml", &[spec(&["a"])]).await;
        let dag = world.moons().await;
        assert_eq!((dag.told_next(), &dag.timetable_answer), (None, &None));
        let told = answer(&dag, NextRun::Run(run(0)));
        assert!(world.tell(&told).await);
        assert_eq!(world.next_run_after().await, Some(minute(2 * DAY)));
        let dag = world.moons().await;
        assert_eq!(dag.timetable_answer, Some(told.clone()));
        assert_eq!(dag.told_next(), Some(&told.next));
        assert_eq!(world.store.picture().await.unwrap().dags, [dag]);

        world.advance(0).await;
        let dag = world.moons().await;
        assert_eq!(dag.told_next(), None);
        assert_eq!(world.next_run_after().await, None);
        // The run is made: the answer comes too late.
        assert!(!world.tell(&told).await);
        assert!(world.tell(&answer(&dag, NextRun::Run(run(1)))).await);
        assert_eq!(world.next_run_after().await, Some(minute(3 * DAY)));
    })
    .await;
}

#[tokio::test]
async fn an_answer_for_another_version_or_of_another_scheduler_is_refused() {
    on_both(async |world| {
        world.record("d.bundle.toml", &[spec(&["a"])]).await;
        let old = answer(&world.moons().await, NextRun::Run(run(0)));
        assert!(world.tell(&old).await);
        world.record("d.bundle.toml", &[spec(&["a", "b"])]).await;
        let dag = world.moons().await;
        assert_eq!(dag.told_next(), None, "the new version was not asked");
        assert!(!world.tell(&old).await);
        let new = answer(
            &dag,
            NextRun::None {
                ask_again_at: minute(9),
            },
        );
        let replaced = Lease::of(world.lease.epoch() - 1);
        let refused = world.store.record_timetable_answer(&replaced, &dag.dag_id, &new);
        assert!(matches!(refused.await, Err(WriteError::LeaseLost)));
        assert!(world.tell(&new).await);
        // No source has it any more.
        world.record("d.bundle.toml", &[]).await;
        assert!(!world.tell(&new).await);
        let other = dag_id("e");
        let unknown = world.store.record_timetable_answer(&world.lease, &other, &new);
        assert!(!unknown.await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn failing_timetables_are_listed_while_they_fail() {
    on_both(async |world| {
        world.record("d.bundle.toml", &[spec(&["a"])]).await;
        let dag = world.moons().await;
        let failed = NextRun::failed("no calendar: `\0`", 2, minute(5));
        assert!(world.tell(&answer(&dag, failed.clone())).await);
        let listed = world.store.failing_timetables().await.unwrap();
        assert_eq!(listed, [(dag_id("d"), failed)]);
        world.record("d.bundle.toml", &[spec(&["a", "b"])]).await;
        assert_eq!(world.store.failing_timetables().await.unwrap(), []);
    })
    .await;
}

#[tokio::test]
async fn a_backfill_has_the_runs_that_were_told_for_the_version_that_counts() {
    on_both(async |world| {
        world.record("d.bundle.toml", &[spec(&["a"])]).await;
        let dag = world.moons().await;
        let mut new = NewBackfill {
            dag_id: dag_id("d"),
            dates: BackfillDates {
                from: minute(0),
                until: minute(9 * DAY),
                backwards: false,
            },
            max_active_runs: 1,
            reprocess: ReprocessBehavior::None,
            version: RunVersion::Same,
            conf: None,
            triggered_by: None,
            told: Some(ToldBackfill {
                version: dag.version,
                runs: vec![
                    run(0),
                    AnsweredRun {
                        run_id: None,
                        ..run(3)
                    },
                ],
            }),
        };
        world.record("d.bundle.toml", &[spec(&["a", "b"])]).await;
        let now = minute(20 * DAY);
        let refused = world.store.create_backfill(&new, Effect::Lasting, now).await;
        assert!(
            matches!(refused, Err(CreateBackfillError::Changed { .. })),
            "{refused:?}"
        );
        new.told.as_mut().unwrap().version = world.moons().await.version;
        let made = world
            .store
            .create_backfill(&new, Effect::Lasting, now)
            .await
            .unwrap();
        let names: Vec<&str> = made.dates.iter().map(|date| date.key.run_id.as_str()).collect();
        assert_eq!(names, ["moon__0", "backfill__2024-01-15T06:00:00.123456+00:00"]);
        assert!(made.dates.iter().all(|date| date.fate == BackfillFate::Created));
        let stored = world.store.stored_run(&made.dates[0].key).await.unwrap().unwrap();
        assert_eq!(stored.data_interval, Some(interval(0)));
        assert_eq!(stored.run_after, minute(2 * DAY));
    })
    .await;
}
