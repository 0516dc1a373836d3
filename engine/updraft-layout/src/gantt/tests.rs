use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;

/// So many seconds after six o'clock.
fn at(seconds: i64) -> Timestamp {
    let six: Timestamp = "2024-01-12T06:00:00Z".parse().unwrap();
    six + SignedDuration::from_secs(seconds)
}

/// A try that was queued, began and ended then.
fn one(number: u32, queued: i64, start: i64, end: i64) -> Try {
    Try {
        number,
        scheduled_at: None,
        queued_at: Some(at(queued)),
        start: Some(at(start)),
        end: Some(at(end)),
    }
}

fn task(upstreams: &[usize], tries: &[Try]) -> Task {
    Task {
        upstreams: upstreams.to_vec(),
        tries: tries.to_vec(),
        ended: None,
    }
}

fn chart(tasks: &[Task], end: i64) -> Gantt {
    Gantt::of(tasks, (Some(at(0)), Some(at(end))), at(1000))
}

#[test]
fn waiting_and_running_are_summed_over_tries() {
    let chart = chart(&[task(&[], &[one(1, 0, 2, 10), one(2, 20, 25, 40)])], 40);
    let row = &chart.rows[0];
    assert_eq!((row.wait, row.run, row.share), (7.0, 23.0, 23.0 / 40.0));
}

#[test]
fn a_task_is_scheduled_when_the_last_task_before_it_has_ended() {
    let tasks = [
        task(&[], &[one(1, 0, 0, 10)]),
        task(&[], &[one(1, 0, 0, 15)]),
        task(&[0, 1], &[one(1, 30, 31, 40)]),
    ];
    let chart = chart(&tasks, 40);
    assert_eq!(chart.rows[2].tries[0].scheduled_at, Some(at(15)));
    assert_eq!(chart.rows[2].wait, 16.0);
}

#[test]
fn the_critical_path_is_the_chain_that_waited_and_not_the_longest_tasks() {
    let tasks = [
        task(&[], &[one(1, 0, 0, 10)]),
        // It runs long, and nothing waits for it at the end.
        task(&[], &[one(1, 0, 0, 60)]),
        task(&[0], &[one(1, 10, 11, 50)]),
        task(&[2], &[one(1, 50, 51, 70)]),
    ];
    assert_eq!(chart(&tasks, 70).critical, [0, 2, 3]);
}

#[test]
fn an_upstream_that_ended_later_did_not_decide() {
    // With the trigger rule `one_success`, a task begins before all tasks before it have ended.
    let tasks = [
        task(&[], &[one(1, 0, 0, 10)]),
        task(&[], &[one(1, 0, 0, 30)]),
        task(&[0, 1], &[one(1, 10, 11, 50)]),
    ];
    assert_eq!(chart(&tasks, 50).critical, [0, 2]);
}

#[test]
fn a_task_that_was_skipped_hands_on() {
    let skipped = Task {
        upstreams: vec![0],
        tries: Vec::new(),
        ended: Some(at(10)),
    };
    let tasks = [
        task(&[], &[one(1, 0, 0, 10)]),
        skipped,
        task(&[1], &[one(1, 10, 11, 20)]),
    ];
    assert_eq!(chart(&tasks, 20).critical, [0, 1, 2]);
}

#[test]
fn the_time_between_two_tries_is_a_gap_and_a_short_pause_is_none() {
    let tasks = [
        task(&[], &[one(1, 0, 1, 10), one(2, 310, 311, 320)]),
        task(&[0], &[one(1, 322, 323, 330)]),
    ];
    assert_eq!(
        chart(&tasks, 330).gaps,
        [Gap {
            from: at(10),
            to: at(310)
        }]
    );
}

#[test]
fn what_runs_lasts_until_now() {
    let running = Try {
        end: None,
        ..one(1, 0, 10, 0)
    };
    let chart = Gantt::of(&[task(&[], &[running])], (Some(at(0)), None), at(100));
    assert_eq!(
        (chart.end, chart.rows[0].run, &chart.critical[..]),
        (at(100), 90.0, &[0][..])
    );
    assert_eq!(chart.gaps, []);
}

#[test]
fn a_run_without_tasks_has_an_empty_chart() {
    let chart = Gantt::of(&[], (None, None), at(5));
    assert_eq!((chart.start, chart.end, chart.rows.len()), (at(5), at(5), 0));
}

fn any_try() -> impl Strategy<Value = Try> {
    let time = || prop::option::of((0_i64..500).prop_map(at));
    (1_u32..4, time(), time(), time(), time()).prop_map(|(number, scheduled_at, queued_at, start, end)| Try {
        number,
        scheduled_at,
        queued_at,
        start,
        end,
    })
}

fn any_tasks() -> impl Strategy<Value = Vec<Task>> {
    let task = (
        prop::collection::vec(0_usize..12, 0..4),
        prop::collection::vec(any_try(), 0..3),
        prop::option::of((0_i64..500).prop_map(at)),
    );
    prop::collection::vec(task, 0..10).prop_map(|tasks| {
        let task = |(upstreams, tries, ended)| Task {
            upstreams,
            tries,
            ended,
        };
        tasks.into_iter().map(task).collect()
    })
}

proptest! {
    #[test]
    fn whatever_the_clocks_say_times_do_not_fall_and_gaps_are_idle(
        tasks in any_tasks(),
        end in prop::option::of(0_i64..500),
    ) {
        let chart = Gantt::of(&tasks, (Some(at(0)), end.map(at)), at(600));
        prop_assert!(chart.start <= chart.end);
        for one in chart.rows.iter().flat_map(|row| &row.tries) {
            let times: Vec<Timestamp> =
                [one.scheduled_at, one.queued_at, one.start, one.end].into_iter().flatten().collect();
            prop_assert!(times.is_sorted());
            for gap in &chart.gaps {
                let is_apart = one.begin().is_none_or(|begin| begin >= gap.to || one.end.is_some_and(|end| end <= gap.from));
                prop_assert!(is_apart, "{:?} in {:?}", one, gap);
            }
        }
        for pair in chart.critical.windows(2) {
            prop_assert!(tasks[pair[1]].upstreams.contains(&pair[0]));
        }
        for row in &chart.rows {
            prop_assert!(row.wait >= 0.0 && row.run >= 0.0 && row.share >= 0.0);
        }
    }
}
