//! Between the store's rows and the planner's picture.

use std::collections::BTreeMap;

use jiff::Timestamp;
use updraft_model::{
    AttemptOutcome, CallbackEvent, CallbackId, DagRunState, DagSpec, DeadlineName, RunKey, TaskId,
    TaskInstanceState, Wait,
};
use updraft_planner::{
    AttemptEffect, AttemptEnd, BackfillSnapshot, DagSnapshot, DeadlineSnapshot, Decision, Limits, PastRun,
    Plan, RunSnapshot, Snapshot, TaskSnapshot,
};
use updraft_protocol::message::{DagRun, TiRunContext};
use updraft_store::{
    AbandonedTask, AdvancedDag, CallbackAttempt, CallbackDeadline, CompletedBackfill, ConsumedAssets,
    DeadlineEnd, DeadlineRow, DeadlineState, Expansion, NewCallback, NewDeadline, NewRun, NewTask,
    OpenBackfill, Picture, PlanCommit, QueuedTask, ResumedTask, RetryTime, RunChange, StoredDag, StoredRun,
    StoredTask, TaskChange,
};
use updraft_worker::{KillReason, Outcome};

use crate::SchedulerOptions;
use crate::assets::asset_event_reference;
use crate::runs::Runs;

/// The planner's picture of everything.
pub(crate) fn snapshot(picture: &Picture, limits: Limits) -> Snapshot {
    Snapshot {
        dags: picture.dags.iter().map(dag).collect(),
        runs: picture.runs.iter().map(run).collect(),
        late: picture
            .late
            .iter()
            .map(|late| (late.run.clone(), deadline(late)))
            .collect(),
        pools: picture.pools.clone(),
        limits,
    }
}

/// The planner's picture of a DAG.
pub(crate) fn dag(stored: &StoredDag) -> DagSnapshot {
    DagSnapshot {
        dag_id: stored.dag_id.clone(),
        version: stored.version,
        spec: stored.spec.clone(),
        is_paused: stored.is_paused,
        is_active: stored.is_active,
        last_scheduled: stored.last_scheduled,
        backfills: stored.backfills.iter().map(backfill).collect(),
        asset_queue: stored.asset_queue.clone(),
        last_asset_date: stored.last_asset_date,
        runtimes: stored.runtimes.clone(),
        timetable_answer: stored.timetable_answer.clone(),
    }
}

fn deadline(stored: &DeadlineRow) -> DeadlineSnapshot {
    DeadlineSnapshot {
        name: stored.name.clone(),
        at: stored.at,
        is_open: stored.state == DeadlineState::Open,
        is_called: stored.is_called,
    }
}

const fn backfill(stored: &OpenBackfill) -> BackfillSnapshot {
    BackfillSnapshot {
        id: stored.id,
        is_paused: stored.is_paused,
        max_active_runs: stored.max_active_runs,
    }
}

fn past_run(stored: &updraft_store::PastRun) -> PastRun {
    PastRun {
        run_id: stored.run_id.clone(),
        order_date: stored.order_date,
        successful: stored.successful.clone(),
        unsuccessful: stored.unsuccessful.clone(),
    }
}

/// The planner's picture of a run.
pub(crate) fn run(stored: &StoredRun) -> RunSnapshot {
    RunSnapshot {
        key: stored.key.clone(),
        version: stored.version,
        spec: stored.spec.clone(),
        state: stored.state,
        run_type: stored.run_type,
        logical_date: stored.logical_date,
        data_interval: stored.data_interval,
        run_after: stored.run_after,
        backfill: stored.backfill,
        queued_at: stored.queued_at,
        start_date: stored.start_date,
        previous: stored.previous.as_ref().map(past_run),
        deadlines: stored.deadlines.iter().map(deadline).collect(),
        tasks: stored.tasks.iter().map(task).collect(),
    }
}

fn task(stored: &StoredTask) -> TaskSnapshot {
    TaskSnapshot {
        task_id: stored.task_id.clone(),
        map_index: stored.map_index,
        state: stored.state,
        try_number: stored.try_number,
        max_tries: stored.max_tries,
        attempt: stored.attempt,
        scheduled_at: stored.scheduled_at,
        next_try_at: stored.next_try_at,
        end_date: stored.end_date,
        reschedules: stored.reschedules,
        began_at: stored.began_at,
        wait: stored.wait.as_ref().map(|wait| wait.open),
        resumes: stored.resumes,
        lost_in_row: stored.lost_in_row,
        skip_decision: stored.skip_decision.clone(),
        returned: stored.returned,
        mapped_length: stored.mapped_length,
    }
}

/// The rows that a plan writes. `runs` are as far as the planner has heard.
#[expect(clippy::too_many_lines, reason = "one arm per kind of decision")]
pub(crate) fn commit(plan: &Plan, runs: &Runs) -> PlanCommit {
    let clear_number = |key: &RunKey| runs.clear_number(key);
    let mut commit = PlanCommit::default();
    for decision in &plan.decisions {
        match decision {
            Decision::CreateRun(run) => commit.new_runs.push(new_run(run)),
            Decision::AdvanceDag { dag_id, last, next } => commit.advanced.push(AdvancedDag {
                dag_id: dag_id.clone(),
                last: *last,
                next: *next,
            }),
            Decision::ConsumeAssets {
                key,
                logical_date,
                events,
            } => commit.consumed.push(ConsumedAssets {
                key: key.clone(),
                logical_date: *logical_date,
                events: events.clone(),
            }),
            Decision::StartRun { key, at } => {
                let (from, to) = (DagRunState::Queued, DagRunState::Running);
                let callback = callback_of_run(plan, runs, (key, to), *at);
                commit.callbacks.extend(callback);
                commit.run_states.push(RunChange {
                    key: key.clone(),
                    from,
                    clear_number: clear_number(key),
                    to,
                    at: *at,
                });
            }
            Decision::FinishRun {
                key,
                state,
                at,
                reason,
            } => {
                let from = DagRunState::Running;
                let callback = callback_of_run(plan, runs, (key, *state), *at);
                commit.callbacks.extend(callback.map(|callback| NewCallback {
                    reason: reason.as_str().to_owned(),
                    ..callback
                }));
                commit.run_states.push(RunChange {
                    key: key.clone(),
                    from,
                    clear_number: clear_number(key),
                    to: *state,
                    at: *at,
                });
            }
            Decision::SetDeadline {
                key,
                name,
                at,
                is_called,
            } => commit.new_deadlines.push(NewDeadline {
                run: key.clone(),
                name: name.clone(),
                at: *at,
                is_called: *is_called,
            }),
            Decision::MeetDeadline { key, name, at, .. } => {
                commit
                    .ended_deadlines
                    .push(deadline_end(key, name, DeadlineState::Met, *at));
            }
            Decision::MissDeadline {
                key,
                name,
                due,
                is_called,
                reason,
                at,
            } => {
                commit
                    .ended_deadlines
                    .push(deadline_end(key, name, DeadlineState::Missed, *at));
                commit.callbacks.extend(is_called.then(|| NewCallback {
                    id: CallbackId::of_deadline(key, name, *due),
                    run: key.clone(),
                    attempt: None,
                    deadline: Some(CallbackDeadline {
                        name: name.clone(),
                        due: *due,
                    }),
                    event: name.event(),
                    reason: reason.clone(),
                    at: *at,
                }));
            }
            Decision::CompleteBackfill { backfill, at, .. } => {
                let (id, at) = (*backfill, *at);
                commit.completed_backfills.push(CompletedBackfill { id, at });
            }
            Decision::Expand { key, length } => commit.expansions.push(Expansion {
                key: key.clone(),
                length: *length,
            }),
            Decision::SetTask { key, from, to, at } => {
                commit.task_states.push(TaskChange {
                    key: key.clone(),
                    from: *from,
                    to: *to,
                    at: *at,
                });
            }
            Decision::Queue {
                key,
                from,
                attempt,
                try_number,
                priority_weight,
                at,
                max_tries: _,
                reschedules: _,
                began_at: _,
                resumes: _,
            } => {
                commit.queued.push(QueuedTask {
                    key: key.clone(),
                    from: *from,
                    attempt: *attempt,
                    try_number: *try_number,
                    priority_weight: *priority_weight,
                    at: *at,
                });
            }
            Decision::Resume { key, wait, end, at } => commit.resumed.push(ResumedTask {
                key: key.clone(),
                wait: *wait,
                end: end.clone(),
                at: *at,
            }),
            Decision::Retry { key, next_try_at } => {
                commit.retries.push(RetryTime {
                    key: key.clone(),
                    next_try_at: *next_try_at,
                });
            }
            Decision::Abandon {
                key,
                from,
                to,
                attempt,
                reason,
                at,
            } => commit.abandoned.push(AbandonedTask {
                key: key.clone(),
                attempt: *attempt,
                from: *from,
                to: *to,
                outcome: reason.to_string(),
                at: *at,
            }),
            // Nothing to write: the executor is told after the commit.
            Decision::Kill { .. } => {}
        }
    }
    commit
}

fn deadline_end(key: &RunKey, name: &DeadlineName, state: DeadlineState, at: Timestamp) -> DeadlineEnd {
    DeadlineEnd {
        run: key.clone(),
        name: name.clone(),
        state,
        at,
    }
}

/// The event of a run that gets a state, if its DAG has callbacks for it; without a reason. A run may be made, begin and end in one plan.
fn callback_of_run(
    plan: &Plan,
    runs: &Runs,
    (key, state): (&RunKey, DagRunState),
    at: Timestamp,
) -> Option<NewCallback> {
    let made = || {
        plan.decisions.iter().find_map(|decision| match decision {
            Decision::CreateRun(run) if run.key == *key => Some(&run.spec),
            _ => None,
        })
    };
    let spec = runs.get(key).map(|run| &run.spec).or_else(made)?;
    let event = CallbackEvent::of_run(state).filter(|event| spec.callbacks.contains(event))?;
    Some(NewCallback {
        id: CallbackId::of_run(event, key, runs.clear_number(key)),
        run: key.clone(),
        attempt: None,
        deadline: None,
        event,
        reason: String::new(),
        at,
    })
}

fn new_run(run: &RunSnapshot) -> NewRun {
    let operator = |task: &TaskSnapshot| run.spec.task(&task.task_id).map(|spec| spec.operator.clone());
    NewRun {
        key: run.key.clone(),
        version: run.version,
        run_type: run.run_type,
        logical_date: run.logical_date,
        data_interval: run.data_interval,
        run_after: run.run_after,
        queued_at: run.queued_at.unwrap_or(run.run_after),
        conf: serde_json::Map::new(),
        triggered_by: None,
        backfill: run.backfill,
        tasks: run
            .tasks
            .iter()
            .map(|task| NewTask {
                task_id: task.task_id.clone(),
                map_index: task.map_index,
                max_tries: task.max_tries,
                mapped_length: task.mapped_length,
                operator: operator(task).unwrap_or_default(),
            })
            .collect(),
    }
}

/// What the worker's outcome means to the planner, if it came at this time.
pub(crate) fn outcome(outcome: &Outcome, at: Timestamp) -> AttemptOutcome {
    match outcome {
        Outcome::Success => AttemptOutcome::Success,
        Outcome::Skipped { .. } => AttemptOutcome::Skipped,
        Outcome::Rescheduled { at } => AttemptOutcome::Rescheduled { at: *at },
        Outcome::Deferred(deferral) => match Wait::of(&deferral.trigger) {
            Ok(wait) => AttemptOutcome::Deferred(wait.times(at, deferral.timeout)),
            // The worker, perhaps of another version, took it for one that can be served.
            Err(problem) => AttemptOutcome::Failed {
                retryable: problem.may_pass(),
            },
        },
        Outcome::Failed { retryable, .. } => AttemptOutcome::Failed {
            retryable: *retryable,
        },
        // The engine went away, not the task: it runs again as soon as the engine is back.
        Outcome::Killed {
            reason: KillReason::Shutdown | KillReason::EngineUnreachable,
        } => AttemptOutcome::Lost,
        Outcome::Killed {
            reason: KillReason::Requested,
        }
        | Outcome::TimedOut { .. }
        | Outcome::Crashed { .. }
        | Outcome::CouldNotRun { .. } => AttemptOutcome::Failed { retryable: true },
    }
}

/// The state that an attempt with this outcome has in the history.
pub(crate) fn attempt_state(outcome: AttemptOutcome) -> TaskInstanceState {
    match outcome {
        AttemptOutcome::Success => TaskInstanceState::Success,
        AttemptOutcome::Skipped => TaskInstanceState::Skipped,
        AttemptOutcome::Rescheduled { .. } => TaskInstanceState::UpForReschedule,
        AttemptOutcome::Deferred(_) => TaskInstanceState::Deferred,
        AttemptOutcome::Failed { .. } | AttemptOutcome::Lost => TaskInstanceState::Failed,
    }
}

/// Which try an attempt is, and how far tries may go: a clear gives a task its retries anew.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tries {
    pub(crate) try_number: u32,
    pub(crate) max_tries: u32,
    /// How often the try was put off.
    pub(crate) reschedules: u32,
    /// When it began, if it was.
    pub(crate) began_at: Option<Timestamp>,
    /// Whether the attempt goes on with what a wait has ended with.
    pub(crate) resumes: bool,
}

/// What an attempt at a task of this run is told when it starts.
pub(crate) fn context(
    run: &StoredRun,
    tries: Tries,
    map_lengths: BTreeMap<TaskId, u32>,
    options: &SchedulerOptions,
) -> TiRunContext {
    TiRunContext {
        dag_run: DagRun {
            dag_id: run.key.dag_id.clone(),
            run_id: run.key.run_id.clone(),
            logical_date: run.logical_date,
            data_interval_start: run.data_interval.map(|interval| interval.start),
            data_interval_end: run.data_interval.map(|interval| interval.end),
            run_after: run.run_after,
            start_date: run.start_date,
            end_date: None,
            clear_number: run.clear_number,
            run_type: run.run_type,
            state: run.state,
            conf: Some(run.conf.clone()),
            triggering_user_name: run.triggered_by.clone(),
            consumed_asset_events: run.consumed.iter().map(asset_event_reference).collect(),
            partition_key: None,
        },
        task_reschedule_count: tries.reschedules,
        max_tries: tries.max_tries,
        xcom_keys_to_clear: Vec::new(),
        should_retry: tries.try_number <= tries.max_tries,
        dag_run_conf_overrides_params: options.conf_overrides_params,
        map_lengths,
        next_method: None,
        next_kwargs: None,
        start_date: tries.began_at,
    }
}

/// The events that the end of an attempt is, of those that its task has callbacks for.
pub(crate) fn callbacks_of_end(
    spec: &DagSpec,
    end: &AttemptEnd,
    effect: &AttemptEffect,
    words: &str,
) -> Vec<NewCallback> {
    let task = spec.task(&end.key.task_id);
    let events = CallbackEvent::of_attempt(end.outcome, effect.state, spec.compat);
    let wanted = events
        .iter()
        .filter(|event| task.is_some_and(|task| task.callbacks.contains(event)));
    let callback = |event: &CallbackEvent| NewCallback {
        id: CallbackId::of_attempt(*event, end.attempt),
        run: end.key.run_key(),
        attempt: Some(CallbackAttempt {
            task_id: end.key.task_id.clone(),
            map_index: end.key.map_index,
            attempt: end.attempt,
            try_number: effect.try_number,
        }),
        deadline: None,
        event: *event,
        reason: words.to_owned(),
        at: end.at,
    };
    wanted.map(callback).collect()
}
