//! The metadata database of the simulation: tables in memory, with the same answers as the real one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use updraft_model::{
    AttemptId, CallbackId, DagId, DagRunState, IdSource, MapIndex, Pool, Resumption, RunEvent, RunKey,
    RunType, SKIP_DECISION_KEY, SkipDecision, TaskEvent, TaskId, TaskInstanceState, TaskKey, order_date,
    transition, transition_run,
};
use updraft_store::{
    AttemptVerdict, AttemptWrite, AttemptWriteKind, CallbackRow, Change, CommitError, Holder, Lease,
    LeaseHeld, NewRun, PastRun, Picture, PlanCommit, Recorded, SilentAttempt, SourceRecord, StoredDag,
    StoredRun, StoredTask, WriteError,
};

use super::assets::Assets;
use super::crew::Crew;
use super::deadlines;
use super::outbox::{self, Calls};
use super::promises;
use super::waits::put_off;

/// Everything that a crash leaves.
#[derive(Clone)]
pub(crate) struct Database {
    pub(crate) dags: BTreeMap<DagId, StoredDag>,
    /// All runs, finished ones too.
    pub(crate) runs: BTreeMap<RunKey, StoredRun>,
    /// Which attempts have asked for runs.
    pub(crate) asked_by: BTreeMap<RunKey, AttemptId>,
    pub(crate) pools: BTreeMap<String, Pool>,
    pub(crate) assets: Assets,
    /// What the scheduler has not heard of yet.
    pub(crate) feed: BTreeSet<Change>,
    /// Live attempts: who claimed them, and their last sign of life.
    signs: BTreeMap<AttemptId, Sign>,
    /// Attempts that have ended, and how.
    ended: BTreeMap<AttemptId, (TaskKey, TaskInstanceState)>,
    /// Tasks whose attempt has succeeded since they were last cleared.
    succeeded: BTreeSet<TaskKey>,
    /// Every wait that has ended with its task going on.
    pub(crate) fired: BTreeSet<AttemptId>,
    /// What tasks go on with.
    pub(crate) resumptions: BTreeMap<TaskKey, Resumption>,
    /// The outbox.
    pub(crate) callbacks: BTreeMap<CallbackId, CallbackRow>,
    /// Every event that has callbacks, worked out from what was reported.
    pub(crate) events: BTreeSet<CallbackId>,
    pub(crate) calls: Calls,
    pub(crate) crew: Crew,
    /// Whether machines that do not plan run what the other one plans.
    pub(crate) has_crew: bool,
    epoch: i64,
    holder: Option<LeaseHeld>,
    /// How many backfills there ever were.
    pub(crate) backfills: i64,
    /// How often something was written.
    pub(crate) writes: u64,
    /// The most attempts that a scheduler runs at once.
    pub(crate) parallelism: usize,
}

#[derive(Clone)]
struct Sign {
    at: Timestamp,
    claimed_by: Option<(String, u32)>,
}

impl Database {
    pub(crate) fn new() -> Self {
        Self {
            dags: BTreeMap::new(),
            runs: BTreeMap::new(),
            asked_by: BTreeMap::new(),
            pools: BTreeMap::new(),
            assets: Assets::default(),
            feed: BTreeSet::new(),
            signs: BTreeMap::new(),
            ended: BTreeMap::new(),
            succeeded: BTreeSet::new(),
            fired: BTreeSet::new(),
            resumptions: BTreeMap::new(),
            callbacks: BTreeMap::new(),
            events: BTreeSet::new(),
            calls: Calls::new(),
            crew: Crew::default(),
            has_crew: false,
            epoch: 0,
            holder: None,
            backfills: 0,
            writes: 0,
            parallelism: 4,
        }
    }

    /// Gives the lease, or says who has it.
    pub(crate) fn acquire(
        &mut self,
        holder: &Holder,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<Lease, LeaseHeld> {
        if let Some(held) = &self.holder
            && held.expires_at > now
            && held.holder.hostname != holder.hostname
        {
            return Err(held.clone());
        }
        self.epoch += 1;
        self.holder = Some(LeaseHeld {
            holder: holder.clone(),
            acquired_at: now,
            renewed_at: now,
            expires_at: later(now, ttl),
        });
        Ok(Lease::of(self.epoch))
    }

    pub(crate) fn renew(&mut self, lease: &Lease, now: Timestamp, ttl: Duration) -> bool {
        let is_valid = self.is_valid(lease);
        if let Some(held) = self.holder.as_mut().filter(|_| is_valid) {
            (held.renewed_at, held.expires_at) = (now, later(now, ttl));
        }
        is_valid
    }

    pub(crate) fn release(&mut self, lease: &Lease) {
        if self.is_valid(lease) {
            self.holder = None;
        }
    }

    pub(crate) fn is_valid(&self, lease: &Lease) -> bool {
        lease.epoch() == self.epoch
    }

    pub(crate) fn picture(&self) -> Picture {
        let unfinished = self.runs.values().filter(|run| !run.state.is_finished());
        let is_used =
            |dag: &&StoredDag| dag.is_active || unfinished.clone().any(|run| run.key.dag_id == dag.dag_id);
        Picture {
            dags: self.dags.values().filter(is_used).cloned().collect(),
            runs: unfinished.clone().filter_map(|run| self.run(&run.key)).collect(),
            late: deadlines::late(self),
            pools: self.pools.values().cloned().collect(),
        }
    }

    /// A run with what is only known from other runs.
    pub(crate) fn run(&self, key: &RunKey) -> Option<StoredRun> {
        let mut run = self.runs.get(key)?.clone();
        run.tasks.sort_by(|one, other| one.task_id.cmp(&other.task_id));
        for task in &mut run.tasks {
            let is_scheduled = task.state == Some(TaskInstanceState::Scheduled);
            task.scheduled_at = task.scheduled_at.filter(|_| is_scheduled);
            let is_running = task.state == Some(TaskInstanceState::Running);
            task.began_at = task.began_at.filter(|_| is_running || task.reschedules > 0);
            let is_deferred = task.state == Some(TaskInstanceState::Deferred);
            task.wait = task.wait.take().filter(|_| is_deferred);
            task.resumes &= task.reschedules > 0;
        }
        if run.spec.looks_back() {
            let counts = |other: &&StoredRun| {
                let is_before = other.key.dag_id == key.dag_id && order(other) < order(&run);
                let is_manual = other.run_type == RunType::Manual;
                is_before && other.state.is_finished() && !(run.spec.catchup && is_manual)
            };
            let before = self.runs.values().filter(counts);
            run.previous = before.max_by_key(|other| order(other)).map(past);
        }
        Some(run)
    }

    /// Takes lines out of the change feed.
    pub(crate) fn take_changes(
        &mut self,
        lease: &Lease,
        lines_max: usize,
    ) -> Result<Vec<Change>, WriteError> {
        if self.feed.is_empty() {
            return Ok(Vec::new());
        }
        if !self.is_valid(lease) {
            return Err(WriteError::LeaseLost);
        }
        let taken: Vec<Change> = self.feed.iter().take(lines_max).cloned().collect();
        self.feed.retain(|change| !taken.contains(change));
        Ok(taken)
    }

    pub(crate) fn silent(&self, before: Timestamp) -> Vec<SilentAttempt> {
        let live = self.live().filter(|(_, attempt)| self.signs[attempt].at < before);
        live.map(|(key, attempt)| SilentAttempt { key, attempt })
            .collect()
    }

    /// Every attempt that may still write, with its task.
    pub(crate) fn live(&self) -> impl Iterator<Item = (TaskKey, AttemptId)> {
        self.runs.values().flat_map(|run| {
            let with_attempt = run.tasks.iter().filter_map(|task| Some((task, task.attempt?)));
            with_attempt.map(|(task, attempt)| (run.key.task(task.task_id.clone(), task.map_index), attempt))
        })
    }

    /// Whether a queued run may be running beside the others of its DAG, or of its backfill.
    pub(crate) fn has_room_for_run(&self, run: &StoredRun) -> bool {
        let (dag, line) = (&self.dags[&run.key.dag_id], run.backfill.map(|place| place.id));
        let is_of_line = |other: &&StoredRun| {
            other.key.dag_id == run.key.dag_id && other.backfill.map(|place| place.id) == line
        };
        let of_line = self.runs.values().filter(is_of_line);
        let running = of_line
            .filter(|other| other.state == DagRunState::Running)
            .count();
        let backfill = dag.backfills.iter().find(|open| Some(open.id) == line);
        let max = backfill.map_or(dag.spec.max_active_runs, |open| open.max_active_runs);
        running < max as usize
    }

    pub(crate) fn task(&self, key: &TaskKey) -> Option<&StoredTask> {
        let mut tasks = self.runs.get(&key.run_key())?.tasks.iter();
        tasks.find(|task| task.task_id == key.task_id && task.map_index == key.map_index)
    }

    pub(crate) fn task_mut(&mut self, key: &TaskKey) -> Option<&mut StoredTask> {
        let mut tasks = self.runs.get_mut(&key.run_key())?.tasks.iter_mut();
        tasks.find(|task| task.task_id == key.task_id && task.map_index == key.map_index)
    }

    /// Writes a plan if every row is as the plan takes for granted, and demands that it keeps the promises.
    pub(crate) fn commit(&mut self, lease: &Lease, plan: &PlanCommit) -> Result<(), CommitError> {
        if !self.is_valid(lease) {
            return Err(CommitError::LeaseLost);
        }
        let mut after = self.clone();
        match after.write(plan) {
            Ok(()) => {
                promises::check(&after, plan);
                outbox::check(&after);
                *self = after;
                self.writes += 1;
                Ok(())
            }
            Err(what) => {
                if what == "runs" {
                    self.pass_over(plan);
                }
                Err(CommitError::Conflict { what })
            }
        }
    }

    fn write(&mut self, plan: &PlanCommit) -> Result<(), &'static str> {
        for run in &plan.new_runs {
            self.insert_run(run)?;
        }
        for dag in &plan.advanced {
            if let Some(known) = self.dags.get_mut(&dag.dag_id) {
                known.last_scheduled = Some(dag.last);
            }
        }
        for consumed in &plan.consumed {
            self.consume(consumed)?;
        }
        for change in &plan.run_states {
            let run = self
                .runs
                .get_mut(&change.key)
                .filter(|run| (run.state, run.clear_number) == (change.from, change.clear_number));
            let run = run.ok_or("run states")?;
            run.state = change.to;
            if change.to == DagRunState::Running {
                run.start_date = Some(change.at);
            }
        }
        for done in &plan.completed_backfills {
            self.complete_backfill(done.id)?;
        }
        self.write_resumed(plan)?;
        for change in &plan.task_states {
            let task = self
                .task_mut(&change.key)
                .filter(|task| task.state == change.from);
            let task = task.ok_or("tasks")?;
            (task.state, task.next_try_at) = (change.to, None);
            if change.to == Some(TaskInstanceState::Scheduled) {
                task.scheduled_at = Some(change.at);
            }
            if change.to.is_some_and(TaskInstanceState::is_finished) {
                task.end_date = Some(change.at);
            }
        }
        self.write_abandoned(plan)?;
        for queued in &plan.queued {
            let is_new =
                !self.signs.contains_key(&queued.attempt) && !self.ended.contains_key(&queued.attempt);
            assert!(is_new, "attempt {} is handed out twice", queued.attempt);
            let task = self
                .task_mut(&queued.key)
                .filter(|task| task.state == queued.from);
            let task = task.ok_or("tasks")?;
            let is_new = u32::from(task.reschedules == 0);
            assert_eq!(
                task.try_number + is_new,
                queued.try_number,
                "{} is queued",
                queued.key
            );
            (task.state, task.attempt) = (Some(TaskInstanceState::Queued), Some(queued.attempt));
            (task.try_number, task.next_try_at, task.end_date) = (queued.try_number, None, None);
            let sign = Sign {
                at: queued.at,
                claimed_by: None,
            };
            self.signs.insert(queued.attempt, sign);
        }
        self.write_retries(plan);
        deadlines::write(self, plan)?;
        self.write_events(plan);
        Ok(())
    }

    fn write_abandoned(&mut self, plan: &PlanCommit) -> Result<(), &'static str> {
        for given_up in &plan.abandoned {
            let task = self.task_mut(&given_up.key).ok_or("tasks")?;
            if (task.state, task.attempt) != (Some(given_up.from), Some(given_up.attempt)) {
                return Err("tasks");
            }
            (task.state, task.attempt, task.lost_in_row) = (Some(given_up.to), None, 0);
            (task.next_try_at, task.end_date) = (None, Some(given_up.at));
            self.end(given_up.attempt, &given_up.key, given_up.to);
        }
        Ok(())
    }

    fn write_retries(&mut self, plan: &PlanCommit) {
        for retry in &plan.retries {
            use TaskInstanceState::{UpForReschedule, UpForRetry};
            let waits = |task: &&mut StoredTask| matches!(task.state, Some(UpForRetry | UpForReschedule));
            if let Some(task) = self.task_mut(&retry.key).filter(waits) {
                task.next_try_at = Some(retry.next_try_at);
            }
        }
    }

    fn write_events(&mut self, plan: &PlanCommit) {
        for new in &plan.callbacks {
            self.add_callback(new);
        }
        for change in &plan.run_states {
            self.expect_run_event(&change.key, change.to);
        }
    }

    fn end(&mut self, attempt: AttemptId, key: &TaskKey, state: TaskInstanceState) {
        self.signs.remove(&attempt);
        let before = self.ended.insert(attempt, (key.clone(), state));
        assert_eq!(before, None, "attempt {attempt} ends twice");
        if state == TaskInstanceState::Success {
            let is_first = self.succeeded.insert(key.clone());
            assert!(is_first, "{key} succeeds twice");
        }
    }

    pub(crate) fn insert_run(&mut self, new: &NewRun) -> Result<(), &'static str> {
        if self.is_in_the_way(new) {
            return Err("runs");
        }
        let dag = &self.dags[&new.key.dag_id];
        assert_eq!(dag.version, new.version, "{} has the newest version", new.key);
        let task = |task: &updraft_store::NewTask| new_task(task.task_id.clone(), task.max_tries);
        let run = StoredRun {
            key: new.key.clone(),
            version: new.version,
            spec: Arc::clone(&dag.spec),
            state: DagRunState::Queued,
            run_type: new.run_type,
            logical_date: new.logical_date,
            data_interval: new.data_interval,
            run_after: new.run_after,
            backfill: new.backfill,
            conf: new.conf.clone(),
            queued_at: Some(new.queued_at),
            start_date: None,
            clear_number: 0,
            triggered_by: new.triggered_by.clone(),
            consumed: Vec::new(),
            previous: None,
            deadlines: Vec::new(),
            tasks: new.tasks.iter().map(task).collect(),
        };
        self.runs.insert(new.key.clone(), run);
        Ok(())
    }

    /// Whether the DAG has a run of that id, or with that date.
    fn is_in_the_way(&self, new: &NewRun) -> bool {
        let mut runs = self.runs.values().filter(|run| run.key.dag_id == new.key.dag_id);
        let has_date = |run: &StoredRun| new.logical_date.is_some() && run.logical_date == new.logical_date;
        runs.any(|run| run.key == new.key || has_date(run))
    }

    /// Moves the timetables on whose runs somebody else has made; other runs that they want are made.
    fn pass_over(&mut self, plan: &PlanCommit) {
        let taken: BTreeSet<DagId> = plan
            .new_runs
            .iter()
            .filter(|new| self.is_in_the_way(new))
            .map(|new| new.key.dag_id.clone())
            .collect();
        let consumes = |new: &NewRun| plan.consumed.iter().any(|consumed| consumed.key == new.key);
        let others = plan
            .new_runs
            .iter()
            .filter(|new| taken.contains(&new.key.dag_id) && !consumes(new));
        for new in others {
            // One whose date is taken cannot be.
            let _ = self.insert_run(new);
        }
        for consumed in plan.consumed.iter().filter(|run| taken.contains(&run.key.dag_id)) {
            if let Some(known) = self.dags.get_mut(&consumed.key.dag_id) {
                known.last_asset_date = Some(consumed.logical_date);
            }
        }
        for dag in plan.advanced.iter().filter(|dag| taken.contains(&dag.dag_id)) {
            if let Some(known) = self.dags.get_mut(&dag.dag_id) {
                known.last_scheduled = Some(dag.last);
            }
        }
    }

    /// Writes what attempts report, each as far as its attempt is live.
    pub(crate) fn apply(
        &mut self,
        lease: &Lease,
        writes: &[AttemptWrite],
    ) -> Result<Vec<AttemptVerdict>, WriteError> {
        if !self.is_valid(lease) {
            return Err(WriteError::LeaseLost);
        }
        self.writes += 1;
        let verdicts = writes.iter().map(|write| self.apply_one(write)).collect();
        outbox::check(self);
        Ok(verdicts)
    }

    fn apply_one(&mut self, write: &AttemptWrite) -> AttemptVerdict {
        let attempt = write.attempt;
        if let Some((key, how)) = self.ended.get(&attempt) {
            let is_same =
                matches!(&write.kind, AttemptWriteKind::End { attempt_state, .. } if attempt_state == how);
            let task_state = self.task(key).and_then(|task| task.state);
            return if is_same {
                AttemptVerdict::Repeated
            } else {
                AttemptVerdict::NotLive { task_state }
            };
        }
        let Some((key, _)) = self.live().find(|(_, live)| *live == attempt) else {
            return AttemptVerdict::NotFound;
        };
        let state = self.task(&key).and_then(|task| task.state);
        let refusal = AttemptVerdict::NotLive { task_state: state };
        let is_running = state == Some(TaskInstanceState::Running);
        match &write.kind {
            AttemptWriteKind::Start {
                hostname, pid, at, ..
            } => self
                .claim(&key, attempt, ((hostname.clone(), *pid), *at))
                .unwrap_or(refusal),
            AttemptWriteKind::End { .. } => self.end_by_report(&key, write).unwrap_or(refusal),
            _ if !is_running => refusal,
            AttemptWriteKind::Heartbeat { at, .. } => {
                let sign = self.signs.get_mut(&attempt).expect("a live attempt has a sign");
                sign.at = sign.at.max(*at);
                AttemptVerdict::Accepted
            }
            AttemptWriteKind::SetXCom { key: name, value, .. } if name == SKIP_DECISION_KEY => {
                self.decide(&key, SkipDecision::from_xcom(value))
            }
            AttemptWriteKind::DeleteXCom { key: name } if name == SKIP_DECISION_KEY => {
                self.decide(&key, None)
            }
            AttemptWriteKind::SetXCom { .. }
            | AttemptWriteKind::DeleteXCom { .. }
            | AttemptWriteKind::RenderedMapIndex { .. }
            | AttemptWriteKind::RenderedFields { .. } => AttemptVerdict::Accepted,
        }
    }

    fn claim(
        &mut self,
        key: &TaskKey,
        attempt: AttemptId,
        (by, at): ((String, u32), Timestamp),
    ) -> Option<AttemptVerdict> {
        let sign = self.signs.get_mut(&attempt).expect("a live attempt has a sign");
        let is_same = sign.claimed_by.as_ref() == Some(&by);
        let state = self.task(key)?.state;
        if state == Some(TaskInstanceState::Running) && is_same {
            return Some(AttemptVerdict::Repeated);
        }
        let running = transition(state, TaskEvent::Start).ok()?;
        let sign = self.signs.get_mut(&attempt).expect("a live attempt has a sign");
        *sign = Sign {
            at,
            claimed_by: Some(by),
        };
        let task = self.task_mut(key)?;
        task.state = running;
        if task.reschedules == 0 {
            task.began_at = Some(at);
        }
        if task.try_number > 1 && task.reschedules == 0 {
            task.skip_decision = None;
        }
        Some(AttemptVerdict::Accepted)
    }

    fn decide(&mut self, key: &TaskKey, decision: Option<SkipDecision>) -> AttemptVerdict {
        if let Some(task) = self.task_mut(key) {
            task.skip_decision = decision;
        }
        AttemptVerdict::Accepted
    }

    fn end_by_report(&mut self, key: &TaskKey, write: &AttemptWrite) -> Option<AttemptVerdict> {
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
        let AttemptWriteKind::End {
            at,
            attempt_state,
            task_state,
            max_tries,
            lost_in_row,
            next_try_at,
            reschedules,
            wait,
            skipped,
            callbacks,
            events,
            ..
        } = &write.kind
        else {
            return None;
        };
        let from = self.task(key)?.state;
        if !ENDS
            .iter()
            .any(|event| transition(from, *event) == Ok(*task_state))
        {
            return None;
        }
        self.expect_event(key, write.attempt, (*attempt_state, *task_state));
        for new in callbacks {
            self.add_callback(new);
        }
        let task = self.task_mut(key)?;
        (task.state, task.attempt) = (*task_state, None);
        (task.max_tries, task.lost_in_row, task.next_try_at) = (*max_tries, *lost_in_row, *next_try_at);
        (task.end_date, task.reschedules) = (Some(*at), *reschedules);
        put_off(task, write.attempt, wait.as_deref());
        if *task_state == Some(TaskInstanceState::Scheduled) {
            task.scheduled_at = Some(*at);
        }
        // A cleared task may succeed again: its last attempt counts for nothing.
        let counts =
            *task_state != Some(TaskInstanceState::Success) || from != Some(TaskInstanceState::Restarting);
        assert!(counts, "{key} succeeds although it was cleared");
        if task_state.is_none() {
            self.signs.remove(&write.attempt);
            self.ended.insert(write.attempt, (key.clone(), *attempt_state));
        } else {
            self.end(write.attempt, key, *attempt_state);
        }
        if *task_state == Some(TaskInstanceState::Success) {
            self.update_outlets((key, write.attempt), events, *at);
        }
        for skipped in skipped {
            if let Some(task) = self.task_mut(skipped).filter(|task| task.attempt.is_none())
                && let Ok(state) = transition(task.state, TaskEvent::Skip)
            {
                (task.state, task.next_try_at, task.end_date) = (state, None, Some(*at));
            }
        }
        Some(AttemptVerdict::Accepted)
    }

    /// A source was read.
    pub(crate) fn record_source(
        &mut self,
        lease: &Lease,
        record: &SourceRecord<'_>,
        now: Timestamp,
        ids: &dyn IdSource,
    ) -> Result<Recorded, WriteError> {
        if !self.is_valid(lease) {
            return Err(WriteError::LeaseLost);
        }
        let mut recorded = Recorded::default();
        for spec in record.dags {
            let known = self.dags.get(&spec.dag_id);
            if known.is_some_and(|known| known.is_active && *known.spec == *spec) {
                continue;
            }
            let mut dag = StoredDag {
                dag_id: spec.dag_id.clone(),
                source: record.source.to_owned(),
                version: ids.version_id(),
                spec: Arc::new(spec.clone()),
                is_paused: known.is_some_and(|known| known.is_paused),
                is_active: true,
                last_scheduled: known.and_then(|known| known.last_scheduled),
                backfills: known.map_or_else(Vec::new, |known| known.backfills.clone()),
                asset_queue: known.map_or_else(Vec::new, |known| known.asset_queue.clone()),
                last_asset_date: known.and_then(|known| known.last_asset_date),
                runtimes: Vec::new(),
                timetable_answer: known.and_then(|known| known.timetable_answer.clone()),
            };
            self.note_assets(&mut dag);
            self.dags.insert(spec.dag_id.clone(), dag.clone());
            self.move_runs_that_lack_tasks(&dag, now);
            recorded.changed.push(dag);
        }
        Ok(recorded)
    }

    /// Somebody clears tasks of a run. Gives whether there were any.
    pub(crate) fn clear(&mut self, key: &RunKey, wanted: &[TaskKey], now: Timestamp) -> bool {
        let Some(run) = self.runs.get_mut(key) else {
            return false;
        };
        let mut has_cleared = false;
        let is_wanted = |task: &&mut StoredTask| wanted.iter().any(|key| key.task_id == task.task_id);
        for task in run.tasks.iter_mut().filter(is_wanted) {
            let Ok(to) = transition(task.state, TaskEvent::Clear) else {
                continue;
            };
            if to.is_none() {
                task.max_tries = run
                    .spec
                    .task(&task.task_id)
                    .map_or(task.max_tries, |spec| task.try_number + spec.retries);
            }
            (task.state, task.lost_in_row, task.next_try_at, task.end_date) = (to, 0, None, None);
            (task.reschedules, task.resumes, task.wait) = (0, false, None);
            self.succeeded
                .remove(&key.task(task.task_id.clone(), task.map_index));
            has_cleared = true;
        }
        if has_cleared {
            self.run_again(key, now);
        }
        has_cleared
    }

    /// Something was cleared in a run.
    pub(crate) fn run_again(&mut self, key: &RunKey, now: Timestamp) {
        let Some(run) = self.runs.get_mut(key) else { return };
        run.clear_number += 1;
        if run.state.is_finished() {
            run.state = transition_run(run.state, RunEvent::Clear).expect("a finished run can be cleared");
            (run.queued_at, run.start_date) = (Some(now), None);
        }
        self.feed.insert(Change::Run(key.clone()));
    }

    /// Somebody sets the state of a task.
    pub(crate) fn mark(&mut self, key: &TaskKey, state: TaskInstanceState, now: Timestamp) {
        let Some(task) = self.task_mut(key) else { return };
        let Ok(to) = transition(task.state, TaskEvent::Mark(state)) else {
            return;
        };
        let attempt = task.attempt.take();
        (task.state, task.lost_in_row, task.next_try_at, task.end_date) = (to, 0, None, Some(now));
        if let Some(attempt) = attempt {
            self.give_up(attempt, key.clone(), state);
        }
        self.feed.insert(Change::Run(key.run_key()));
    }

    /// An attempt counts no more.
    pub(crate) fn give_up(&mut self, attempt: AttemptId, key: TaskKey, state: TaskInstanceState) {
        self.signs.remove(&attempt);
        self.ended.insert(attempt, (key, state));
    }
}

/// A task about which nothing was decided yet.
pub(crate) fn new_task(task_id: TaskId, max_tries: u32) -> StoredTask {
    StoredTask {
        task_id,
        map_index: MapIndex::UNMAPPED,
        state: None,
        try_number: 0,
        max_tries,
        attempt: None,
        scheduled_at: None,
        next_try_at: None,
        end_date: None,
        reschedules: 0,
        began_at: None,
        wait: None,
        resumes: false,
        lost_in_row: 0,
        skip_decision: None,
        mapped_length: None,
        returned: None,
    }
}

fn past(run: &StoredRun) -> PastRun {
    let ended_well = |task: &&StoredTask| {
        matches!(
            task.state,
            Some(TaskInstanceState::Success | TaskInstanceState::Skipped)
        )
    };
    let is_there = |task: &&StoredTask| task.state != Some(TaskInstanceState::Removed);
    let (successful, unsuccessful): (Vec<&StoredTask>, Vec<&StoredTask>) =
        run.tasks.iter().filter(is_there).partition(ended_well);
    let ids = |tasks: Vec<&StoredTask>| tasks.into_iter().map(|task| task.task_id.clone()).collect();
    PastRun {
        run_id: run.key.run_id.clone(),
        order_date: order(run),
        successful: ids(successful),
        unsuccessful: ids(unsuccessful),
    }
}

/// Where a run stands in the order of its DAG's runs.
fn order(run: &StoredRun) -> Timestamp {
    order_date(run.logical_date, run.run_after)
}

fn later(now: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).expect("a lease is short");
    now.checked_add(by).expect("a simulation is short")
}

/// The key of a task that is not mapped.
pub(crate) fn task_key(run: &RunKey, task: &StoredTask) -> TaskKey {
    let map_index: MapIndex = task.map_index;
    run.task(task.task_id.clone(), map_index)
}
