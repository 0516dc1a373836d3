//! Planning: what follows from the picture at a given time.

use std::collections::BTreeSet;

use jiff::Timestamp;
use updraft_model::{
    DagId, DagRunState, IdSource, NoMatchingDate, RunEvent, RunInfo, RunKey, RunType, TaskEvent, TaskIndex,
    TaskInstanceState, TimeRestriction, asset_run_id, transition_run,
};

use crate::copies::Unwritten;
use crate::dag::{Dag, Definition, Past};
use crate::lines::Lines;
use crate::ranges::Ranges;
use crate::room::Head;
use crate::run::{Run, has_attempt};
use crate::settle::{Look, Settled};
use crate::span::{Instance, Span};
use crate::timers::Timer;
use crate::{
    AbandonReason, Decision, FinishReason, Plan, PlanReport, Planner, Problem, RunSnapshot, TaskSnapshot,
};

/// How many runs one plan makes at most; the rest follows in the next one, at once.
const NEW_RUNS_MAX: usize = 100;

/// A plan that is being made.
pub(crate) struct Draft {
    pub(crate) now: Timestamp,
    pub(crate) decisions: Vec<Decision>,
    /// Tasks that became ready: written as scheduled unless they are queued by the same plan.
    became_ready: Vec<(RunKey, TaskIndex)>,
    /// Mapped tasks of whose copies something is to be written, all at once.
    mapped: BTreeSet<(RunKey, TaskIndex)>,
    new_runs: usize,
    /// Timers of waits that are over.
    cancelled: Vec<(Timestamp, Timer)>,
}

impl Planner {
    /// Everything that is to be done at `now`: make and start runs that are due, settle the tasks that events touched,
    /// end runs, and queue ready tasks as limits and `free_slots` of the executor allow.
    ///
    /// Costs as much as happened since the last plan. The same picture, time and ids give the same plan.
    pub fn plan(&mut self, now: Timestamp, ids: &dyn IdSource, free_slots: usize) -> Plan {
        let mut draft = Draft {
            now,
            decisions: Vec::new(),
            became_ready: Vec::new(),
            mapped: BTreeSet::new(),
            new_runs: 0,
            cancelled: Vec::new(),
        };
        for (key, attempt) in std::mem::take(&mut self.kills) {
            draft.decisions.push(Decision::Kill { key, attempt });
        }
        self.write_deadlines(&mut draft);
        while let Some(timer) = self.timers.pop_due(now) {
            self.fire(timer, &mut draft);
        }
        loop {
            while let Some(key) = self.dirty_runs.pop_first() {
                self.settle_run(&key, &mut draft);
            }
            let Some(dag_id) = self.dirty_dags.pop_first() else {
                break;
            };
            self.advance(&dag_id, &mut draft);
        }
        for (at, timer) in std::mem::take(&mut draft.cancelled) {
            self.timers.cancel(at, timer);
        }
        let settled = draft.decisions.len();
        self.queue_ready(ids, free_slots, &mut draft);
        self.write_scheduled(settled, &mut draft);
        let report = PlanReport {
            problems: std::mem::take(&mut self.problems),
        };
        Plan {
            decisions: draft.decisions,
            report,
        }
    }

    fn fire(&mut self, timer: Timer, draft: &mut Draft) {
        match timer {
            Timer::Dag(dag_id) => {
                self.dirty_dags.insert(dag_id);
            }
            Timer::Task(key, task) => {
                // The run may have gone over to a version with fewer tasks.
                if let Some(run) = self.run_mut(&key).filter(|run| run.has(task.task)) {
                    run.mark_span(&task.into());
                    self.dirty_runs.insert(key);
                }
            }
            Timer::RunTimeout(key) => {
                let is_over = |run: &Run| run.times_out_at().is_some_and(|at| at <= draft.now);
                if self
                    .run(&key)
                    .is_some_and(|run| run.state == DagRunState::Running && is_over(run))
                {
                    self.time_out(&key, draft);
                }
            }
            Timer::Deadline(key, name) => self.fire_deadline(&key, name, draft),
        }
    }

    /// Looks at the tasks of a run that events touched, and ends the run if none is left.
    fn settle_run(&mut self, key: &RunKey, draft: &mut Draft) {
        let Some(dag) = self.dags.get_mut(&key.dag_id) else {
            return;
        };
        let Some(mut run) = dag.runs.remove(&key.run_id) else {
            return;
        };
        draft.announce_retries(&mut run);
        if run.state == DagRunState::Running {
            if std::mem::take(&mut run.must_stop) {
                stop(dag, &mut run, draft);
            }
            settle_tasks(dag, &mut run, draft);
        }
        let ended = run.take_ended();
        if !ended.is_empty() {
            let told = dag.tell_later_runs(&run, &ended).into_iter();
            let key = |run_id| RunKey {
                dag_id: run.key.dag_id.clone(),
                run_id,
            };
            self.dirty_runs.extend(told.map(key));
        }
        dag.settle_seats(&mut run, &mut self.room);
        let is_over = run.state == DagRunState::Running && run.unfinished == 0;
        if is_over {
            draft.write_mapped_of(&mut run);
        }
        dag.runs.insert(key.run_id.clone(), run);
        if is_over {
            self.finish(key, None, draft);
        }
        self.refresh_heads(&key.dag_id);
    }

    /// Ends a run: as its leaves say, or failed because it took too long.
    fn finish(&mut self, key: &RunKey, forced: Option<FinishReason>, draft: &mut Draft) {
        let Some(run) = self.take_run(key) else { return };
        let (event, reason) = match (forced, run.final_state()) {
            (Some(reason), _) => (RunEvent::Fail, reason),
            (None, DagRunState::Failed) => (RunEvent::Fail, FinishReason::TaskFailure),
            (None, _) => (RunEvent::Succeed, FinishReason::Success),
        };
        let state = transition_run(run.state, event).expect("a running run can end either way");
        self.end_deadlines(&run, state, draft);
        draft.decisions.push(Decision::FinishRun {
            key: key.clone(),
            state,
            reason,
            at: draft.now,
        });
        if let Some(dag) = self.dags.get_mut(&key.dag_id) {
            if let Some((definition, start)) = dag.definition.as_mut().zip(run.start_date) {
                let runtime = draft.now.duration_since(start);
                definition.note_runtime(runtime.try_into().unwrap_or_default());
            }
            let told = dag.remember(&run).into_iter();
            self.dirty_runs.extend(told.map(|run_id| RunKey {
                dag_id: key.dag_id.clone(),
                run_id,
            }));
        }
        let version = run.version;
        drop(run);
        self.release(Some(version));
        self.dirty_dags.insert(key.dag_id.clone());
        self.drop_if_empty(&key.dag_id);
    }

    /// A run took longer than its `dagrun_timeout`: it fails, what is unfinished is skipped.
    fn time_out(&mut self, key: &RunKey, draft: &mut Draft) {
        let Some(dag) = self.dags.get_mut(&key.dag_id) else {
            return;
        };
        let Some(mut run) = dag.runs.remove(&key.run_id) else {
            return;
        };
        let unfinished: Vec<Span> = run.unfinished_spans().collect();
        for span in unfinished {
            dag.remove_ready(&run, &span);
            let event = TaskEvent::Mark(TaskInstanceState::Skipped);
            abandon(&mut run, &span, event, AbandonReason::RunTimedOut, draft);
        }
        draft.write_mapped_of(&mut run);
        dag.settle_seats(&mut run, &mut self.room);
        dag.runs.insert(key.run_id.clone(), run);
        self.finish(key, Some(FinishReason::TimedOut), draft);
        self.refresh_heads(&key.dag_id);
    }

    /// Makes the DAG's due runs and starts its queued ones, as far as `max_active_runs` allows.
    fn advance(&mut self, dag_id: &DagId, draft: &mut Draft) {
        let lines = self.dags.get_mut(dag_id).map(|dag| &mut dag.lines);
        for backfill in lines.map(Lines::take_complete).unwrap_or_default() {
            draft.decisions.push(Decision::CompleteBackfill {
                dag_id: dag_id.clone(),
                backfill,
                at: draft.now,
            });
        }
        self.unanswered.remove(dag_id);
        if !self.dags.get(dag_id).is_some_and(Dag::goes_on) {
            return;
        }
        while let Some(info) = self.due_run(dag_id, draft) {
            self.create_run(dag_id, info, draft);
        }
        self.create_asset_run(dag_id, draft);
        while let Some(run_id) = self.dags.get(dag_id).and_then(|dag| dag.startable(draft.now)) {
            self.start_run(
                &RunKey {
                    dag_id: dag_id.clone(),
                    run_id,
                },
                draft,
            );
        }
        if let Some(at) = self
            .dags
            .get(dag_id)
            .and_then(|dag| dag.lines.next_due(draft.now))
        {
            self.timers.set(at, Timer::Dag(dag_id.clone()));
        }
    }

    /// The next scheduled run, if it is to be made now; otherwise it is noted when to look again.
    fn due_run(&mut self, dag_id: &DagId, draft: &Draft) -> Option<RunInfo> {
        let dag = self.dags.get(dag_id)?;
        let has_room = dag.lines.own_len() < dag.max_active_runs();
        let next = if dag.definition.as_ref().is_some_and(Definition::asks) {
            self.told_run(dag_id, draft.now)
        } else {
            self.found_run(dag_id, draft.now)
        };
        self.dags.get_mut(dag_id)?.definition.as_mut()?.next = next;
        let next = next?;
        if next.run_after > draft.now || (has_room && draft.new_runs >= NEW_RUNS_MAX) {
            self.timers.set(next.run_after, Timer::Dag(dag_id.clone()));
            return None;
        }
        // Without room the end of a run makes the DAG be looked at again.
        has_room.then_some(next)
    }

    /// The next scheduled run as the timetable says it.
    fn found_run(&mut self, dag_id: &DagId, now: Timestamp) -> Option<RunInfo> {
        let definition = self.dags.get_mut(dag_id)?.definition.as_mut();
        let definition = definition.filter(|definition| !definition.is_broken)?;
        let due = announced(definition, now);
        match next_run(definition, now) {
            Ok(next) => due.or(next),
            Err(error) => {
                definition.is_broken = true;
                let message = format!("schedule: {error}; no more scheduled runs until it is changed");
                self.problems.push(Problem {
                    dag_id: dag_id.clone(),
                    message,
                });
                None
            }
        }
    }

    fn create_run(&mut self, dag_id: &DagId, info: RunInfo, draft: &mut Draft) {
        let Some(dag) = self.dags.get_mut(dag_id) else {
            return;
        };
        let Some(definition) = &mut dag.definition else {
            return;
        };
        let asks = definition.asks();
        let mut run = new_run(dag_id, definition, RunType::Scheduled, info, draft.now);
        if let Some(run_id) = definition.told_run_id().filter(|_| asks) {
            run.key.run_id = run_id;
        }
        definition.last_scheduled = Some(info.data_interval);
        let is_taken = dag.runs.contains_key(&run.key.run_id);
        if is_taken && !asks {
            // Somebody made a run with that id by hand; the schedule goes on after it.
            return;
        }
        let next = next_run(definition, draft.now).ok().flatten();
        if !is_taken {
            self.take_new_run(run, draft);
        }
        // Programs are asked for the run after the one that the store has.
        draft.decisions.push(Decision::AdvanceDag {
            dag_id: dag_id.clone(),
            last: info.data_interval,
            next,
        });
    }

    /// Makes the run that assets cause, if they were updated as the DAG's schedule wants it and there is room.
    fn create_asset_run(&mut self, dag_id: &DagId, draft: &mut Draft) {
        let Some(dag) = self.dags.get_mut(dag_id) else {
            return;
        };
        // Without room the end of a run makes the DAG be looked at again; what comes until then is consumed as well.
        if !dag.assets_are_updated() || dag.runs.len() >= dag.max_active_runs() {
            return;
        }
        if draft.new_runs >= NEW_RUNS_MAX {
            return self.timers.set(draft.now, Timer::Dag(dag_id.clone()));
        }
        let Some((logical_date, interval, events)) = dag.take_asset_events() else {
            return;
        };
        let Some(definition) = &dag.definition else {
            return;
        };
        let info = RunInfo {
            logical_date,
            data_interval: interval,
            run_after: logical_date.min(draft.now),
        };
        let run = new_run(dag_id, definition, RunType::AssetTriggered, info, draft.now);
        let key = run.key.clone();
        self.take_new_run(run, draft);
        draft.decisions.push(Decision::ConsumeAssets {
            key,
            logical_date,
            events,
        });
    }

    fn take_new_run(&mut self, run: RunSnapshot, draft: &mut Draft) {
        draft.new_runs += 1;
        self.insert_run(&run);
        if let Some(made) = self.run_mut(&run.key) {
            made.awaits_previous = made.has_past_tasks();
        }
        self.mark_later_runs(&run);
        draft.decisions.push(Decision::CreateRun(Box::new(run)));
        self.write_deadlines(draft);
    }

    fn start_run(&mut self, key: &RunKey, draft: &mut Draft) {
        let Some(dag) = self.dags.get_mut(&key.dag_id) else {
            return;
        };
        let Some(run) = dag.runs.get_mut(&key.run_id) else {
            return;
        };
        dag.lines.start(run);
        run.state = transition_run(run.state, RunEvent::Start).expect("only queued runs are started");
        run.start_date = Some(draft.now);
        run.mark_all_unfinished();
        if let Some(at) = run.times_out_at() {
            self.timers.set(at, Timer::RunTimeout(key.clone()));
        }
        draft.decisions.push(Decision::StartRun {
            key: key.clone(),
            at: draft.now,
        });
        self.dirty_runs.insert(key.clone());
    }

    /// Gives attempts to ready tasks, best first, as long as there is room.
    fn queue_ready(&mut self, ids: &dyn IdSource, free_slots: usize, draft: &mut Draft) {
        let room = free_slots.min(self.limits.parallelism.saturating_sub(self.room.live));
        if room == 0 {
            return;
        }
        let mut fronts = self.room.pools.fronts(draft.now);
        for _ in 0..room {
            let Some((head, lane)) = fronts.pop() else { return };
            let mut touched = self.queue(&head, ids, draft);
            touched.insert(lane.pool);
            for pool in &touched {
                fronts.refresh(pool, &self.room.pools, draft.now);
            }
        }
    }

    /// Gives a ready task an attempt. Gives the pools in which something may have changed with that.
    fn queue(&mut self, head: &Head, ids: &dyn IdSource, draft: &mut Draft) -> BTreeSet<String> {
        let Head { ready, dag_id, .. } = head;
        let Some(dag) = self.dags.get_mut(dag_id) else {
            return BTreeSet::new();
        };
        if let Some(mut run) = dag.runs.remove(&ready.run_id) {
            let next = dag.ready.next(ready);
            dag.remove_ready(&run, &next.into());
            let attempt = ids.attempt_id();
            let from = run.task(next).stored;
            run.queue(next, attempt);
            run.is_written(next);
            dag.settle_seats(&mut run, &mut self.room);
            let task = run.task(next);
            draft.decisions.push(Decision::Queue {
                from,
                attempt,
                try_number: task.try_number,
                max_tries: task.max_tries,
                reschedules: task.reschedules,
                began_at: task.began_at,
                resumes: task.resumes,
                priority_weight: ready.priority_weight(),
                key: run.key_of(next),
                at: draft.now,
            });
            dag.runs.insert(ready.run_id.clone(), run);
        }
        dag.refresh_heads(dag_id, &mut self.room.pools)
    }

    /// Ready tasks that found no room are written as scheduled. What became of copies goes before the attempts that some
    /// of them got, to the place `settled`.
    fn write_scheduled(&mut self, settled: usize, draft: &mut Draft) {
        for (key, task) in std::mem::take(&mut draft.became_ready) {
            if let Some(run) = self.run_mut(&key) {
                draft.write(run, task);
            }
        }
        let mut queued = draft.decisions.split_off(settled);
        for (key, task) in std::mem::take(&mut draft.mapped) {
            if let Some(run) = self.run_mut(&key) {
                draft.write_copies(run, task);
            }
        }
        draft.decisions.append(&mut queued);
    }
}

impl Draft {
    /// Writes a task's state if the store holds another one.
    fn write(&mut self, run: &mut Run, task: TaskIndex) {
        let whole = Instance::whole(task);
        let of = run.task(whole);
        if of.state != of.stored && run.length(task).is_none() {
            self.decisions.push(Decision::SetTask {
                key: run.key_of(whole),
                from: of.stored,
                to: of.state,
                at: self.now,
            });
            run.is_written(whole);
        }
    }

    /// Notes that something is to be written: of a task at once, of copies when all is known of them.
    fn note(&mut self, run: &mut Run, span: &Span) {
        if span.copies.is_some() {
            self.mapped.insert((run.key.clone(), span.task));
        } else {
            self.write(run, span.task);
        }
    }

    /// The wait of a deferred task ends now, however.
    fn cancel_wait(&mut self, run: &Run, span: &Span) {
        if let Some(at) = run.open_wait(span.first()).and_then(|wait| wait.times.next()) {
            self.cancelled
                .push((at, Timer::Task(run.key.clone(), span.first())));
        }
    }

    /// Writes the states of the copies of which the store holds another one.
    fn write_copies(&mut self, run: &mut Run, task: TaskIndex) {
        for Unwritten { copy, from, to } in run.take_unwritten(task) {
            self.decisions.push(Decision::SetTask {
                key: run.key_of(Instance { task, copy }),
                from,
                to,
                at: self.now,
            });
        }
    }

    /// The same for all tasks of a run, which is about to end.
    fn write_mapped_of(&mut self, run: &mut Run) {
        let of_run: Vec<(RunKey, TaskIndex)> =
            self.mapped.extract_if(.., |(key, _)| *key == run.key).collect();
        for (_, task) in of_run {
            self.write_copies(run, task);
        }
    }

    fn announce_retries(&mut self, run: &mut Run) {
        for task in std::mem::take(&mut run.unannounced_retries) {
            let of = run.task(task);
            let is_waiting = of.state == Some(TaskInstanceState::UpForRetry);
            if let Some(next_try_at) = of.next_try_at.filter(|_| is_waiting) {
                self.decisions.push(Decision::Retry {
                    key: run.key_of(task),
                    next_try_at,
                });
            }
        }
    }
}

fn settle_tasks(dag: &mut Dag, run: &mut Run, draft: &mut Draft) {
    let goes_on = dag.goes_on();
    while let Some((task, mut copies)) = run.pop_dirty() {
        let look = Look {
            now: draft.now,
            may_schedule: goes_on,
            past_allows: dag.past(run, task) == Past::Allows,
        };
        if let Some(length) = run.new_length(task, look) {
            resize(dag, run, task, length, draft);
            copies = Ranges::default();
            copies.set(0..length, ());
        }
        for span in run.spans_to_settle(task, &copies) {
            resume(dag, run, &span, draft);
            settle_span(dag, run, &span, look, draft);
        }
    }
}

fn settle_span(dag: &mut Dag, run: &mut Run, span: &Span, look: Look, draft: &mut Draft) {
    let is_scheduled = run.task(span.first()).state == Some(TaskInstanceState::Scheduled);
    let before = is_scheduled.then(|| run.ready_task(span.first()));
    match run.settle(span, look) {
        Settled::Ready => {
            dag.add_ready(run, span);
            if span.copies.is_some() {
                draft.mapped.insert((run.key.clone(), span.task));
            } else {
                draft.became_ready.push((run.key.clone(), span.task));
            }
        }
        Settled::NotReady => {
            if let Some(ready) = before {
                dag.ready.remove(run.spec(span.task), &ready, span);
            }
            draft.note(run, span);
        }
    }
}

/// A deferred task whose wait has ended is ready again.
fn resume(dag: &mut Dag, run: &mut Run, span: &Span, draft: &mut Draft) {
    let Some((wait, end)) = run.take_wait_end(span.first(), draft.now) else {
        return;
    };
    draft.cancel_wait(run, span);
    run.resume(span, draft.now);
    draft.decisions.push(Decision::Resume {
        key: run.key_of(span.first()),
        wait,
        end,
        at: draft.now,
    });
    dag.add_ready(run, span);
}

/// A mapped task has another number of copies from now on.
fn resize(dag: &mut Dag, run: &mut Run, task: TaskIndex, length: u32, draft: &mut Draft) {
    for span in run.beyond(task, length) {
        dag.remove_ready(run, &span);
        if has_attempt(run.task(span.first()).state) {
            let reason = AbandonReason::NotMappedAnyMore;
            abandon(run, &span, TaskEvent::Remove, reason, draft);
        }
    }
    run.resize(task, length);
    draft.mapped.insert((run.key.clone(), task));
    draft.decisions.push(Decision::Expand {
        key: run.key_of(Instance::whole(task)),
        length: run.length(task),
    });
}

/// A task failed in a `fail_fast` DAG: what runs fails, what waits is skipped; teardowns go on. Source:
/// `TaskInstance._stop_remaining_tasks` of Airflow 2.11.
fn stop(dag: &mut Dag, run: &mut Run, draft: &mut Draft) {
    let others: Vec<Span> = run
        .unfinished_spans()
        .filter(|span| !run.spec(span.task).is_teardown)
        .collect();
    for span in others {
        let is_live = has_attempt(run.task(span.first()).state);
        let state = if is_live {
            TaskInstanceState::Failed
        } else {
            TaskInstanceState::Skipped
        };
        dag.remove_ready(run, &span);
        abandon(run, &span, TaskEvent::Mark(state), AbandonReason::FailFast, draft);
    }
    run.must_stop = false;
}

/// Gives a task up, or copies that do not differ: the state is set, and the attempt ended if there is one.
fn abandon(run: &mut Run, span: &Span, event: TaskEvent, reason: AbandonReason, draft: &mut Draft) {
    draft.cancel_wait(run, span);
    let of = run.task(span.first());
    let live = of.attempt.zip(of.stored);
    run.happens(span, event);
    run.change(span, |task| task.attempt = None);
    let (Some((attempt, from)), Some(to)) = (live, run.task(span.first()).state) else {
        return draft.note(run, span);
    };
    run.is_written(span.first());
    draft.decisions.push(Decision::Abandon {
        key: run.key_of(span.first()),
        from,
        to,
        attempt,
        reason,
        at: draft.now,
    });
}

/// The run that was said to be next and has come due meanwhile, of a timetable that has forgotten it by now.
fn announced(definition: &Definition, now: Timestamp) -> Option<RunInfo> {
    let is_due = |run: &RunInfo| {
        let is_new = definition
            .last_scheduled
            .is_none_or(|last| run.run_after > last.end);
        is_new && run.run_after <= now
    };
    let forgets = definition.dag.timetable().forgets_what_is_due();
    definition.next.filter(|run| forgets && is_due(run))
}

/// The DAG's next scheduled run, later than the last one.
///
/// The timetable is Airflow's with its quirks, two of which are made good here. Where it comes back to an interval it had
/// before, the next in line is taken. Without catchup it looks for the newest complete interval, and just after some
/// changes of the clock it looks one too far: the interval before that is not lost if it is complete and no run had it.
fn next_run(definition: &Definition, now: Timestamp) -> Result<Option<RunInfo>, NoMatchingDate> {
    let (dag, last) = (&definition.dag, definition.last_scheduled);
    let (timetable, restriction) = (dag.timetable(), dag.time_restriction());
    let next = timetable.next(last, &restriction, now)?;
    if let (Some(last), Some(next)) = (last, next)
        && next.run_after <= last.end
    {
        return timetable.next_in_line(last, &restriction);
    }
    if restriction.catchup || next.is_none_or(|next| next.run_after <= now) {
        return Ok(next);
    }
    let after_last = timetable.next(
        last,
        &TimeRestriction {
            catchup: true,
            ..restriction
        },
        now,
    )?;
    let is_left_out = |run: &RunInfo| {
        let is_new = last.is_none_or(|last| run.run_after > last.end);
        let is_before_next = next.is_some_and(|next| next.data_interval.start == run.data_interval.end);
        is_new && is_before_next && run.run_after <= now
    };
    Ok(after_last.filter(is_left_out).or(next))
}

fn new_run(
    dag_id: &DagId,
    definition: &Definition,
    run_type: RunType,
    info: RunInfo,
    now: Timestamp,
) -> RunSnapshot {
    let spec = definition.dag.spec();
    let run_id = match run_type {
        RunType::AssetTriggered => asset_run_id(spec.compat, info.logical_date),
        RunType::Scheduled | RunType::Manual | RunType::Backfill | RunType::OperatorTriggered => {
            run_type.run_id(info.logical_date)
        }
    };
    // At compat level 3 a run that assets cause is about no date.
    let has_date = run_type != RunType::AssetTriggered || spec.compat.dates_every_run();
    let (graph, mapping) = (definition.dag.graph(), definition.dag.mapping());
    RunSnapshot {
        key: RunKey {
            dag_id: dag_id.clone(),
            run_id,
        },
        version: definition.version,
        spec: spec.clone(),
        state: DagRunState::Queued,
        run_type,
        logical_date: has_date.then_some(info.logical_date),
        data_interval: has_date.then_some(info.data_interval),
        run_after: info.run_after,
        backfill: None,
        queued_at: Some(now),
        start_date: None,
        previous: None,
        deadlines: Vec::new(),
        tasks: spec
            .tasks
            .iter()
            .zip(graph.tasks())
            .map(|(task, index)| TaskSnapshot {
                mapped_length: mapping.literal_copies(index),
                ..TaskSnapshot::new(task.task_id.clone(), task.retries)
            })
            .collect(),
    }
}
