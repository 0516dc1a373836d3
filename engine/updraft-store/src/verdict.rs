//! Which writes of attempts count: decided in memory, on rows that the transaction holds.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};
use updraft_model::{AttemptId, TaskEvent, TaskInstanceState, TaskKey, WaitTimes, transition};

use crate::asset_queue::NewEvents;
use crate::attempts::{AttemptVerdict, AttemptWrite, AttemptWriteKind};
use crate::callbacks::NewCallback;
use crate::table::storable;

/// The key under which a task leaves what it returns.
const RETURN_VALUE: &str = "return_value";

/// In the place of a number of items: what was returned has none.
pub(crate) const NO_ITEMS: i64 = -1;

/// What the database knows of an attempt.
#[derive(Debug, Clone)]
pub(crate) enum Known {
    /// It is the newest one of its task and has not ended.
    Live(Live),
    /// It has ended, or was replaced.
    Ended {
        /// How it ended.
        attempt_state: TaskInstanceState,
        /// The state its task has now.
        task_state: Option<TaskInstanceState>,
    },
}

/// An attempt that has not ended.
#[derive(Debug, Clone)]
pub(crate) struct Live {
    pub(crate) key: TaskKey,
    /// Queued, running or restarting.
    pub(crate) state: TaskInstanceState,
    pub(crate) try_number: u32,
    pub(crate) hostname: Option<String>,
    pub(crate) pid: Option<u32>,
    /// Whether it is the first attempt of its try; otherwise it goes on where the one before was put off.
    pub(crate) is_new_try: bool,
}

/// The writes that count, by kind: each becomes one statement.
#[derive(Debug, Default)]
pub(crate) struct Accepted {
    pub(crate) starts: Vec<Start>,
    /// Tasks whose `XComs` of an earlier try go.
    pub(crate) begun_again: Vec<TaskKey>,
    /// The newest sign of life of each attempt.
    pub(crate) heartbeats: BTreeMap<AttemptId, (Timestamp, Option<Value>)>,
    /// What becomes of each `XCom`: its JSON text, or `None` if it goes.
    pub(crate) xcoms: BTreeMap<(TaskKey, String), Option<String>>,
    /// How many items attempts have returned: -1 for something without items, `None` if that was taken back.
    pub(crate) returned: BTreeMap<AttemptId, Option<i64>>,
    /// What copies are called.
    pub(crate) map_indexes: BTreeMap<AttemptId, String>,
    /// Rendered fields as JSON text.
    pub(crate) rendered: BTreeMap<TaskKey, String>,
    pub(crate) ends: Vec<End>,
    /// Tasks whose attempts have succeeded.
    pub(crate) succeeded: Vec<TaskKey>,
    /// Tasks that become skipped, and when.
    pub(crate) skipped: BTreeMap<TaskKey, Timestamp>,
    /// Assets that were updated.
    pub(crate) events: Vec<NewEvents>,
}

#[derive(Debug)]
pub(crate) struct Start {
    pub(crate) attempt: AttemptId,
    pub(crate) hostname: String,
    pub(crate) unixname: String,
    pub(crate) pid: u32,
    pub(crate) at: Timestamp,
}

#[derive(Debug)]
pub(crate) struct End {
    pub(crate) attempt: AttemptId,
    pub(crate) at: Timestamp,
    pub(crate) attempt_state: TaskInstanceState,
    pub(crate) outcome: String,
    pub(crate) task_state: Option<TaskInstanceState>,
    pub(crate) max_tries: u32,
    pub(crate) lost_in_row: u32,
    pub(crate) next_try_at: Option<Timestamp>,
    pub(crate) reschedules: u32,
    /// What its task waits for, JSON.
    pub(crate) deferral: Option<String>,
    pub(crate) wait_times: WaitTimes,
    pub(crate) callbacks: Vec<NewCallback>,
}

/// Decides write after write; what one write does to its attempt holds for the next.
pub(crate) fn judge(
    known: &mut BTreeMap<AttemptId, Known>,
    writes: &[AttemptWrite],
    xcom_bytes_max: usize,
) -> (Vec<AttemptVerdict>, Accepted) {
    let mut accepted = Accepted::default();
    let verdicts = writes
        .iter()
        .map(|write| match known.get_mut(&write.attempt) {
            Some(known) => judge_one(known, write, xcom_bytes_max, &mut accepted),
            None => AttemptVerdict::NotFound,
        })
        .collect();
    (verdicts, accepted)
}

fn judge_one(
    known: &mut Known,
    write: &AttemptWrite,
    xcom_bytes_max: usize,
    accepted: &mut Accepted,
) -> AttemptVerdict {
    match known {
        Known::Ended {
            attempt_state,
            task_state,
        } => judge_late(*attempt_state, *task_state, &write.kind),
        Known::Live(live) => match &write.kind {
            AttemptWriteKind::Start { .. } => judge_start(live, write, accepted),
            AttemptWriteKind::End {
                task_state,
                attempt_state,
                skipped,
                events,
                ref_events,
                at,
                ..
            } => {
                if !can_end(live.state, *task_state) {
                    return live.refusal();
                }
                accepted.ends.extend(end(write));
                if *attempt_state == TaskInstanceState::Success {
                    accepted.succeeded.push(live.key.clone());
                }
                accepted
                    .skipped
                    .extend(skipped.iter().map(|key| (key.clone(), *at)));
                if !events.is_empty() || !ref_events.is_empty() {
                    accepted.events.push(NewEvents {
                        attempt: write.attempt,
                        at: *at,
                        events: events.clone(),
                        ref_events: ref_events.clone(),
                    });
                }
                *known = Known::Ended {
                    attempt_state: *attempt_state,
                    task_state: *task_state,
                };
                AttemptVerdict::Accepted
            }
            _ if live.state != TaskInstanceState::Running => live.refusal(),
            _ => judge_result(live, write, xcom_bytes_max, accepted),
        },
    }
}

impl Live {
    fn refusal(&self) -> AttemptVerdict {
        AttemptVerdict::NotLive {
            task_state: Some(self.state),
        }
    }
}

/// A write of an attempt that has ended: only the same end again is not refused.
fn judge_late(
    ended: TaskInstanceState,
    task_state: Option<TaskInstanceState>,
    kind: &AttemptWriteKind,
) -> AttemptVerdict {
    match kind {
        AttemptWriteKind::End { attempt_state, .. } if *attempt_state == ended => AttemptVerdict::Repeated,
        _ => AttemptVerdict::NotLive { task_state },
    }
}

fn judge_start(live: &mut Live, write: &AttemptWrite, accepted: &mut Accepted) -> AttemptVerdict {
    let AttemptWriteKind::Start {
        hostname,
        unixname,
        pid,
        at,
    } = &write.kind
    else {
        return live.refusal();
    };
    let hostname = storable(hostname);
    let is_same_process = live.hostname.as_ref() == Some(&hostname) && live.pid == Some(*pid);
    if live.state == TaskInstanceState::Running && is_same_process {
        return AttemptVerdict::Repeated;
    }
    if live.state != TaskInstanceState::Queued {
        return live.refusal();
    }
    live.state = TaskInstanceState::Running;
    live.hostname = Some(hostname.clone());
    live.pid = Some(*pid);
    if live.try_number > 1 && live.is_new_try {
        accepted.begun_again.push(live.key.clone());
    }
    accepted.starts.push(Start {
        attempt: write.attempt,
        hostname,
        unixname: storable(unixname),
        pid: *pid,
        at: *at,
    });
    AttemptVerdict::Accepted
}

/// A write of an attempt that runs.
fn judge_result(
    live: &Live,
    write: &AttemptWrite,
    xcom_bytes_max: usize,
    accepted: &mut Accepted,
) -> AttemptVerdict {
    match &write.kind {
        AttemptWriteKind::Start { .. } | AttemptWriteKind::End { .. } => return live.refusal(),
        AttemptWriteKind::Heartbeat { at, progress } => {
            let beat = accepted.heartbeats.entry(write.attempt).or_insert((*at, None));
            beat.0 = beat.0.max(*at);
            if progress.is_some() {
                beat.1.clone_from(progress);
            }
        }
        AttemptWriteKind::SetXCom { key, value, returned } => {
            let text = value.to_string();
            if text.len() > xcom_bytes_max {
                return AttemptVerdict::TooLarge {
                    bytes: text.len(),
                    bytes_max: xcom_bytes_max,
                };
            }
            accepted
                .xcoms
                .insert((live.key.clone(), storable(key)), Some(text));
            if let Some(returned) = returned {
                let length = returned.items().map_or(NO_ITEMS, i64::from);
                accepted.returned.insert(write.attempt, Some(length));
            }
        }
        AttemptWriteKind::DeleteXCom { key } => {
            accepted.xcoms.insert((live.key.clone(), storable(key)), None);
            if key == RETURN_VALUE {
                accepted.returned.insert(write.attempt, None);
            }
        }
        AttemptWriteKind::RenderedMapIndex { text } => {
            accepted.map_indexes.insert(write.attempt, storable(text));
        }
        AttemptWriteKind::RenderedFields { fields } => {
            let text = storable(&json_text(fields));
            if text.len() > xcom_bytes_max {
                return AttemptVerdict::TooLarge {
                    bytes: text.len(),
                    bytes_max: xcom_bytes_max,
                };
            }
            accepted.rendered.insert(live.key.clone(), text);
        }
    }
    AttemptVerdict::Accepted
}

/// Whether the end of an attempt can lead its task from one state to the other. A task that was cleared meanwhile starts
/// again whatever happened, and no other does.
fn can_end(from: TaskInstanceState, to: Option<TaskInstanceState>) -> bool {
    const ENDS: [TaskEvent; 8] = [
        TaskEvent::Succeed,
        TaskEvent::Skip,
        TaskEvent::Fail,
        TaskEvent::Retry,
        TaskEvent::Lose,
        TaskEvent::Reschedule,
        TaskEvent::Defer,
        TaskEvent::Restarted,
    ];
    ENDS.iter().any(|event| transition(Some(from), *event) == Ok(to))
}

fn end(write: &AttemptWrite) -> Option<End> {
    let AttemptWriteKind::End {
        at,
        attempt_state,
        outcome,
        task_state,
        max_tries,
        lost_in_row,
        next_try_at,
        reschedules,
        wait,
        callbacks,
        skipped: _,
        events: _,
        ref_events: _,
    } = &write.kind
    else {
        return None;
    };
    Some(End {
        attempt: write.attempt,
        at: *at,
        attempt_state: *attempt_state,
        outcome: storable(outcome),
        task_state: *task_state,
        max_tries: *max_tries,
        lost_in_row: *lost_in_row,
        next_try_at: *next_try_at,
        reschedules: *reschedules,
        deferral: wait.as_ref().map(|wait| storable(&wait.deferral_text())),
        wait_times: wait.as_ref().map(|wait| wait.times).unwrap_or_default(),
        callbacks: callbacks.clone(),
    })
}

fn json_text(fields: &Map<String, Value>) -> String {
    serde_json::to_string(fields).expect("a JSON object has a text")
}
