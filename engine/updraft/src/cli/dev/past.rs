//! How runs of a made-up DAG went: which tasks ran when, how often, and how they ended.

use std::cmp::Ordering;
use std::num::NonZeroU32;

use jiff::{SignedDuration, Timestamp};
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, json};
use updraft_model::{
    AttemptId, DagRunState, DataInterval, MapIndex, RunKey, RunType, TaskInstanceState, TaskSpec,
};
use updraft_store::{HistoricRun, HistoricTask, HistoricTry};
use uuid::Builder;

use super::shape::{Shape, TaskShape};

/// What is between a task that may run and its process.
const PAUSE: SignedDuration = SignedDuration::from_millis(40);

/// A task of a run, as those that follow see it.
#[derive(Clone, Copy)]
struct Ended {
    state: Option<TaskInstanceState>,
    at: Timestamp,
}

/// The runs of a DAG: the last one is due at `until` or within a period before it.
pub(super) fn runs(shape: &Shape, count: u64, until: Timestamp, random: &mut ChaCha8Rng) -> Vec<HistoricRun> {
    let period = shape.period.as_secs();
    let last_due = until.as_second() - until.as_second().rem_euclid(period);
    // Every twentieth DAG is at work.
    let is_at_work = random.random_range(0..20) == 0;
    let due = |run: u64| last_due - period * (count - 1 - run) as i64;
    (0..count)
        .filter_map(|run| Some((run, Timestamp::from_second(due(run)).ok()?)))
        .map(|(run, due)| Past { shape, due }.draw(is_at_work && run + 1 == count, random))
        .collect()
}

/// One run in the making.
struct Past<'s> {
    shape: &'s Shape,
    due: Timestamp,
}

impl Past<'_> {
    fn draw(&self, is_at_work: bool, random: &mut ChaCha8Rng) -> HistoricRun {
        let spec = &self.shape.spec;
        let logical_date = self.due - self.shape.period;
        let run_type = if random.random_range(0..25) == 0 {
            RunType::Manual
        } else {
            RunType::Scheduled
        };
        let begins = self.due + SignedDuration::from_millis(random.random_range(50..3_000));
        let runs_at = if is_at_work {
            random.random_range(0..spec.tasks.len())
        } else {
            spec.tasks.len()
        };
        let (mut ended, mut tasks) = (Vec::<Ended>::new(), Vec::new());
        for (place, (task, how)) in spec.tasks.iter().zip(&self.shape.tasks).enumerate() {
            let before: Vec<Ended> = how.upstream.iter().map(|place| ended[*place]).collect();
            let at = before.iter().map(|one| one.at).max().unwrap_or(begins) + PAUSE;
            let state = match place.cmp(&runs_at) {
                Ordering::Greater => Fate::Waits,
                Ordering::Equal => Fate::Runs,
                Ordering::Less => fate(&before),
            };
            ended.push(draw_task(task, how, (state, at), &mut tasks, random));
        }
        let has_failed = ended.iter().any(|one| {
            matches!(
                one.state,
                Some(TaskInstanceState::Failed | TaskInstanceState::UpstreamFailed)
            )
        });
        let (state, end) = if is_at_work {
            (DagRunState::Running, None)
        } else {
            let state = if has_failed {
                DagRunState::Failed
            } else {
                DagRunState::Success
            };
            (state, ended.iter().map(|one| one.at).max())
        };
        let by_hand = run_type == RunType::Manual;
        HistoricRun {
            key: RunKey {
                dag_id: spec.dag_id.clone(),
                run_id: run_type.run_id(logical_date),
            },
            state,
            run_type,
            logical_date: Some(logical_date),
            data_interval: Some(DataInterval {
                start: logical_date,
                end: self.due,
            }),
            run_after: self.due,
            conf: if by_hand {
                Map::from_iter([("full".to_owned(), json!(true))])
            } else {
                Map::new()
            },
            queued_at: Some(self.due),
            start_date: Some(begins),
            end_date: end,
            triggered_by: by_hand.then(|| "admin".to_owned()),
            note: None,
            tasks,
        }
    }
}

/// What becomes of a task before it has run.
#[derive(Clone, Copy)]
enum Fate {
    MayRun,
    Runs,
    Waits,
    Passed(TaskInstanceState),
}

fn fate(before: &[Ended]) -> Fate {
    use TaskInstanceState::{Failed, Skipped, UpstreamFailed};
    let has = |states: &[TaskInstanceState]| {
        before
            .iter()
            .any(|one| one.state.is_some_and(|state| states.contains(&state)))
    };
    if has(&[Failed, UpstreamFailed]) {
        Fate::Passed(UpstreamFailed)
    } else if has(&[Skipped]) {
        Fate::Passed(Skipped)
    } else {
        Fate::MayRun
    }
}

/// Adds the task with all its copies; what those that follow see of it.
fn draw_task(
    task: &TaskSpec,
    how: &TaskShape,
    (fate, at): (Fate, Timestamp),
    tasks: &mut Vec<HistoricTask>,
    random: &mut ChaCha8Rng,
) -> Ended {
    let mut all = Vec::new();
    let copies = how.copies.map_or(1, NonZeroU32::get);
    for copy in 0..copies {
        let tries = draw_tries(task, how, (fate, at), random);
        let state = match fate {
            Fate::Passed(state) => Some(state),
            Fate::Waits => None,
            Fate::MayRun | Fate::Runs => tries.last().map(|newest| newest.state),
        };
        let map_index = if how.copies.is_some() {
            MapIndex(copy as i32)
        } else {
            MapIndex::UNMAPPED
        };
        let ended = tries.last().and_then(|newest| newest.end_date).unwrap_or(at);
        let xcoms = if state == Some(TaskInstanceState::Success) && random.random_range(0..5) == 0 {
            let rows = random.random_range(0..1_000_000);
            vec![("return_value".to_owned(), json!({ "rows": rows }))]
        } else {
            Vec::new()
        };
        all.push(Ended { state, at: ended });
        tasks.push(HistoricTask {
            task_id: task.task_id.clone(),
            map_index,
            operator: task.operator.clone(),
            state,
            max_tries: task.retries,
            priority_weight: 1,
            mapped_length: None,
            tries,
            passed_over_at: matches!(fate, Fate::Passed(_)).then_some(at),
            xcoms,
            note: None,
        });
    }
    let worst = all
        .iter()
        .copied()
        .max_by_key(|one| (one.state != Some(TaskInstanceState::Success), one.at));
    let latest = all.iter().map(|one| one.at).max().unwrap_or(at);
    let state = worst.and_then(|worst| worst.state);
    if how.copies.is_some() {
        tasks.push(HistoricTask {
            task_id: task.task_id.clone(),
            map_index: MapIndex::UNMAPPED,
            operator: task.operator.clone(),
            state,
            max_tries: task.retries,
            priority_weight: 1,
            mapped_length: Some(copies),
            tries: Vec::new(),
            passed_over_at: Some(latest),
            xcoms: Vec::new(),
            note: None,
        });
    }
    Ended { state, at: latest }
}

fn draw_tries(
    task: &TaskSpec,
    how: &TaskShape,
    (fate, at): (Fate, Timestamp),
    random: &mut ChaCha8Rng,
) -> Vec<HistoricTry> {
    let mut tries = Vec::new();
    if matches!(fate, Fate::Passed(_) | Fate::Waits) {
        return tries;
    }
    let mut queued_at = at;
    for try_number in 1..=task.retries + 1 {
        let start = queued_at + SignedDuration::from_millis(random.random_range(5..400));
        let took = how.typical * random.random_range(50..200) / 100;
        let end = start + took;
        let is_live = matches!(fate, Fate::Runs);
        let state = if is_live {
            TaskInstanceState::Running
        } else if random.random_range(0..1_000) < how.failures {
            TaskInstanceState::Failed
        } else if random.random_range(0..100) == 0 {
            TaskInstanceState::Skipped
        } else {
            TaskInstanceState::Success
        };
        let outcome = match state {
            TaskInstanceState::Failed => "the task failed: connection refused by upstream service",
            TaskInstanceState::Skipped => "the task skipped itself",
            _ => "the task succeeded",
        };
        tries.push(HistoricTry {
            attempt: attempt_id(queued_at, random),
            try_number,
            state,
            queued_at: Some(queued_at),
            start_date: Some(start),
            end_date: (!is_live).then_some(end),
            hostname: Some(format!("worker-{}", random.random_range(1..=8))),
            unixname: Some("airflow".to_owned()),
            pid: Some(random.random_range(300..32_000)),
            outcome: (!is_live).then(|| outcome.to_owned()),
        });
        if state != TaskInstanceState::Failed {
            break;
        }
        queued_at = end + SignedDuration::try_from(task.retry_delay).unwrap_or(PAUSE);
    }
    tries
}

/// A UUID of version 7, as real attempts have: those of one time stand together in the indexes.
fn attempt_id(at: Timestamp, random: &mut ChaCha8Rng) -> AttemptId {
    let mut bytes = [0; 10];
    random.fill_bytes(&mut bytes);
    let millis = u64::try_from(at.as_millisecond()).unwrap_or(0);
    AttemptId(Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid())
}
