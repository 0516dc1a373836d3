//! Makes up operations that may follow on what there is.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::SignedDuration;
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use updraft_model::{
    Asset, AssetEventId, AttemptId, CallbackEvent, CallbackId, DagRunState, DataInterval, ExpandInput,
    IdSource, MapIndex, MapSource, OutletEvent, Pool, Returned, RunId, RunKey, RunType, SKIP_DECISION_KEY,
    Schedule, TaskEvent, TaskInstanceState, TaskKey, WaitEnd, transition,
};
use updraft_store::{
    AbandonedTask, AdvancedDag, AfterDelivery, AttemptWrite, AttemptWriteKind, CallbackAttempt,
    CallbackWrite, CallbackWriteKind, ConsumedAssets, Expansion, NewCallback, NewRun, NewTask, Picture,
    PlanCommit, QueuedTask, ResumedTask, RetryTime, RunChange, StoredRun, StoredTask, TaskChange,
};

use super::{ASSETS, DAGS, Operation, TASKS, asset};
use crate::support::{chain, dag_id, minute, new_wait, task_id};

/// What the generator knows beside the picture.
pub(super) struct Generator {
    pub(super) random: ChaCha8Rng,
    /// Every attempt that was ever queued.
    pub(super) attempts: Vec<AttemptId>,
    /// Every event that callbacks may have been written for.
    pub(super) events: Vec<CallbackId>,
    pub(super) now: i64,
}

impl Generator {
    fn chance(&mut self, percent: u32) -> bool {
        self.random.random_range(0..100) < percent
    }

    fn below(&mut self, end: usize) -> usize {
        self.random.random_range(0..end.max(1))
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        (!from.is_empty()).then(|| from[self.below(from.len())].clone())
    }

    pub(super) fn operation(&mut self, picture: &Picture) -> Operation {
        self.now += 1;
        match self.below(100) {
            0..8 => self.record(),
            8..10 => Operation::ImportError {
                source: self.source(),
            },
            10 => Operation::RemoveSource {
                source: self.source(),
            },
            11..14 => Operation::Pause {
                dag: self.below(4),
                is_paused: self.chance(30),
            },
            14..24 => Operation::Trigger {
                dag: self.below(4),
                number: self.below(12) as i64,
            },
            24..54 => Operation::Commit(Box::new(self.plan(picture))),
            54..76 => Operation::Write(self.writes(picture)),
            76..80 => Operation::Clear(self.tasks(picture)),
            80..83 => Operation::Mark(self.tasks(picture), self.any_state()),
            83 => Operation::Kill(self.task(picture)),
            84 => Operation::TakeOver(vec![self.delivery()]),
            85 => Operation::Report(self.reports()),
            86 => Operation::DeleteRun(self.task(picture).run_key()),
            87..90 => Operation::TakeChanges(self.below(5)),
            90..93 => Operation::Variable {
                key: self.name(),
                value: self.text(),
            },
            93 => Operation::Pool {
                name: [Pool::DEFAULT, "P", "_p", "\u{e4}"][self.below(4)].to_owned(),
                slots: self.chance(70).then(|| self.below(5) as i32 - 1),
            },
            94 => Operation::AssetEvent {
                uri: ["test://one", "test://Two", "test://none"][self.below(3)].to_owned(),
            },
            95 => {
                let uri = self
                    .text()
                    .map(|_| format!("http://u:p@h{}:80/s?a=1", self.below(3)));
                Operation::Connection {
                    conn_id: self.name(),
                    uri,
                }
            }
            _ => Operation::Read {
                dag: self.below(4),
                task: self.task(picture),
                before: self.below(9000) as i64,
            },
        }
    }

    fn source(&mut self) -> String {
        ["one", "Two"][self.below(2)].to_owned()
    }

    fn name(&mut self) -> String {
        ["k1", "K1", "_k"][self.below(3)].to_owned()
    }

    fn text(&mut self) -> Option<String> {
        [Some(""), Some("v\u{e4}l\"ue\\"), Some("{\"a\": 1}"), None][self.below(4)].map(str::to_owned)
    }

    fn any_state(&mut self) -> TaskInstanceState {
        TaskInstanceState::ALL[self.below(12)]
    }

    fn record(&mut self) -> Operation {
        let mut dags = Vec::new();
        for name in DAGS {
            if self.chance(60) {
                let mut spec = chain(name, &TASKS[..=self.below(4)]);
                spec.tasks[0].depends_on_past = self.chance(50);
                if self.chance(60) {
                    let list = MapSource::Literal(json!([1, 2, 3]));
                    let arguments = vec![("x".to_owned(), list)];
                    spec.tasks[0].expand_input = Some(ExpandInput::DictOfLists(arguments));
                }
                if self.chance(60) {
                    let [one, two] = ASSETS.map(asset);
                    spec.schedule = Schedule::Assets {
                        assets: if self.chance(50) { one | two } else { one & two },
                    };
                }
                if self.chance(10) {
                    spec.tasks[0].inlets = vec![Asset::new("other", "test://one")];
                }
                spec.catchup = self.chance(50);
                spec.tags = TASKS[..self.below(3)]
                    .iter()
                    .map(|tag| (*tag).to_owned())
                    .collect();
                dags.push(spec);
            }
        }
        Operation::Record {
            source: self.source(),
            dags,
        }
    }

    /// A task of an unfinished run, or one that may not exist.
    fn task(&mut self, picture: &Picture) -> TaskKey {
        if self.chance(90)
            && let Some(run) = self.pick(&picture.runs)
            && let Some(task) = self.pick(&run.tasks)
        {
            let copies = task.mapped_length.unwrap_or(0) as usize;
            // Of copies one that may have no row, or all that have none.
            let map_index = match self.below(copies + 1) {
                0 => task.map_index,
                copy => MapIndex(copy as i32 - 1),
            };
            return run.key.task(task.task_id, map_index);
        }
        let run_id = RunId::parse(&format!("r{}", self.below(12))).unwrap();
        let key = RunKey {
            dag_id: dag_id(DAGS[self.below(4)]),
            run_id,
        };
        key.task(task_id(TASKS[self.below(4)]), MapIndex::UNMAPPED)
    }

    fn tasks(&mut self, picture: &Picture) -> Vec<TaskKey> {
        (0..=self.below(4)).map(|_| self.task(picture)).collect()
    }

    /// A plan of what may happen next, now and then with something that may not.
    fn plan(&mut self, picture: &Picture) -> PlanCommit {
        let mut plan = PlanCommit::default();
        let at = minute(self.now);
        for run in &picture.runs {
            if run.state == DagRunState::Queued && self.chance(40) {
                let (from, to) = (DagRunState::Queued, DagRunState::Running);
                plan.run_states.push(RunChange {
                    key: run.key.clone(),
                    from,
                    clear_number: run.clear_number,
                    to,
                    at,
                });
            } else if run.state == DagRunState::Running && self.chance(4) {
                self.end_run(run, &mut plan);
            }
            for task in &run.tasks {
                let key = run.key.task(task.task_id.clone(), task.map_index);
                self.plan_copies(&key, task, &mut plan);
                let from = if self.chance(1) {
                    Some(self.any_state())
                } else {
                    task.state
                };
                if self.chance(25) && transition(task.state, TaskEvent::Schedule).is_ok() {
                    let to = Some(TaskInstanceState::Scheduled);
                    plan.task_states.push(TaskChange { key, from, to, at });
                } else if self.chance(8)
                    && let Some((attempt, from)) = task.attempt.zip(from)
                {
                    let outcome = "given up".to_owned();
                    let to = TaskInstanceState::Failed;
                    plan.abandoned.push(AbandonedTask {
                        key,
                        attempt,
                        from,
                        to,
                        outcome,
                        at,
                    });
                } else if self.chance(60) && task.state == Some(TaskInstanceState::Scheduled) {
                    plan.queued.push(self.queued(key, from, task.try_number + 1));
                } else if self.chance(5) && transition(task.state, TaskEvent::UpstreamFail).is_ok() {
                    let to = Some(TaskInstanceState::UpstreamFailed);
                    plan.task_states.push(TaskChange { key, from, to, at });
                } else if let Some(wait) = task.wait.as_ref().filter(|_| self.chance(50)) {
                    plan.resumed.push(ResumedTask {
                        key,
                        wait: wait.open.id,
                        end: WaitEnd::Event(self.now.into()),
                        at,
                    });
                } else if self.chance(20) {
                    plan.retries.push(RetryTime {
                        key,
                        next_try_at: at + Duration::from_mins(3),
                    });
                }
            }
        }
        if self.chance(20) {
            self.new_run(picture, &mut plan);
        }
        self.consume(picture, &mut plan);
        plan
    }

    /// A run ends, which is an event.
    fn end_run(&mut self, run: &StoredRun, plan: &mut PlanCommit) {
        let at = minute(self.now);
        let (to, event) = if self.chance(50) {
            (DagRunState::Success, CallbackEvent::Success)
        } else {
            (DagRunState::Failed, CallbackEvent::Failure)
        };
        let id = CallbackId::of_run(event, &run.key, run.clear_number);
        self.events.push(id.clone());
        plan.callbacks.push(NewCallback {
            id,
            run: run.key.clone(),
            attempt: None,
            deadline: None,
            event,
            reason: "task_failure".to_owned(),
            at,
        });
        plan.run_states.push(RunChange {
            key: run.key.clone(),
            from: DagRunState::Running,
            clear_number: run.clear_number,
            to,
            at,
        });
    }

    /// A run takes what waits for its DAG, or something else.
    fn consume(&mut self, picture: &Picture, plan: &mut PlanCommit) {
        let runs = picture.runs.iter().map(|run| run.key.clone());
        for key in runs.chain(plan.new_runs.iter().map(|run| run.key.clone())) {
            let dag = picture.dags.iter().find(|dag| dag.dag_id == key.dag_id);
            let waiting = dag.map_or(&[][..], |dag| &dag.asset_queue);
            if waiting.is_empty() || self.chance(60) {
                continue;
            }
            let mut events: Vec<AssetEventId> = waiting.iter().map(|event| event.event).collect();
            if self.chance(10) {
                events.push(AssetEventId(self.below(20) as i64));
            }
            events.dedup();
            plan.consumed.push(ConsumedAssets {
                key,
                logical_date: minute(self.now),
                events,
            });
            return;
        }
    }

    fn queued(&mut self, key: TaskKey, from: Option<TaskInstanceState>, try_number: u32) -> QueuedTask {
        let attempt = AttemptId(uuid::Uuid::from_u128(u128::from(self.random.next_u64())));
        self.attempts.push(attempt);
        QueuedTask {
            key,
            from,
            attempt,
            try_number,
            priority_weight: i64::from(try_number),
            at: minute(self.now),
        }
    }

    fn new_run(&mut self, picture: &Picture, plan: &mut PlanCommit) {
        let Some(dag) = self.pick(&picture.dags) else {
            return;
        };
        let logical_date = minute(1000 * self.below(12) as i64);
        let has_date = !self.chance(20);
        let tasks = dag.spec.tasks.iter().map(|task| NewTask {
            task_id: task.task_id.clone(),
            map_index: MapIndex::UNMAPPED,
            operator: task.operator.clone(),
            max_tries: task.retries,
            mapped_length: task.max_active_tis_per_dagrun,
        });
        plan.new_runs.push(NewRun {
            key: RunKey {
                dag_id: dag.dag_id.clone(),
                run_id: RunType::Scheduled.run_id(logical_date),
            },
            version: dag.version,
            run_type: RunType::Scheduled,
            logical_date: has_date.then_some(logical_date),
            data_interval: has_date.then_some(DataInterval {
                start: logical_date,
                end: logical_date + SignedDuration::from_hours(1),
            }),
            run_after: logical_date,
            queued_at: minute(self.now),
            conf: serde_json::Map::new(),
            triggered_by: None,
            backfill: None,
            tasks: tasks.collect(),
        });
        plan.advanced.push(AdvancedDag {
            dag_id: dag.dag_id,
            last: DataInterval::exact(logical_date),
            next: None,
        });
    }

    /// Now and then a task has another number of copies, or one of them gets an attempt.
    fn plan_copies(&mut self, key: &TaskKey, task: &StoredTask, plan: &mut PlanCommit) {
        if task.map_index == MapIndex::UNMAPPED && self.chance(6) {
            let length = [None, Some(1), Some(2), Some(5)][self.below(4)];
            plan.expansions.push(Expansion {
                key: key.clone(),
                length,
            });
        }
        if let Some(copies) = task.mapped_length.filter(|_| self.chance(30)) {
            // A copy without a row is like all others.
            let copy = MapIndex(self.below(copies as usize + 1) as i32);
            let key = key.run_key().task(task.task_id.clone(), copy);
            plan.queued.push(self.queued(key, task.state, 1));
        }
    }

    fn writes(&mut self, picture: &Picture) -> Vec<AttemptWrite> {
        let mut writes = Vec::new();
        for _ in 0..=self.below(6) {
            let recent = self.attempts.len().saturating_sub(8);
            let live = self.attempts[recent..].to_vec();
            let unknown = updraft_testing::CountingIds::default().attempt_id();
            let attempt = self.pick(&live).unwrap_or(unknown);
            if self.chance(50) {
                writes.push(AttemptWrite {
                    attempt,
                    kind: self.start(),
                });
            }
            let mut kind = self.write(picture);
            if let AttemptWriteKind::End { callbacks, .. } = &mut kind {
                callbacks.extend(self.event(picture, attempt));
            }
            writes.push(AttemptWrite { attempt, kind });
        }
        writes
    }

    fn start(&mut self) -> AttemptWriteKind {
        AttemptWriteKind::Start {
            hostname: "h".to_owned(),
            unixname: "u".to_owned(),
            pid: self.below(2) as u32,
            at: minute(self.now),
        }
    }

    fn write(&mut self, picture: &Picture) -> AttemptWriteKind {
        let at = minute(self.now);
        match self.below(11) {
            8 => AttemptWriteKind::SetXCom {
                key: SKIP_DECISION_KEY.to_owned(),
                value: [
                    json!({"followed": ["B"]}),
                    json!({"skipped": ["B", "_c"]}),
                    json!(3),
                ][self.below(3)]
                .clone(),
                returned: None,
            },
            9 => AttemptWriteKind::RenderedMapIndex {
                text: "\u{e4}\u{0}".to_owned(),
            },
            10 => AttemptWriteKind::DeleteXCom {
                key: "return_value".to_owned(),
            },
            0 => AttemptWriteKind::Heartbeat { at, progress: None },
            1 => AttemptWriteKind::Heartbeat {
                at,
                progress: Some(json!({"done": self.now})),
            },
            2 => AttemptWriteKind::DeleteXCom { key: self.name() },
            3 | 4 => {
                let value = [
                    json!(null),
                    json!({"n": 1.5, "t": "\u{e4}\u{0}"}),
                    json!("x".repeat(60)),
                    json!([1]),
                ];
                AttemptWriteKind::SetXCom {
                    key: self.name(),
                    value: value[self.below(4)].clone(),
                    returned: [None, Some(Returned::Other), Some(Returned::Items(3))][self.below(3)],
                }
            }
            5 => {
                let fields = json!({"command": self.text()}).as_object().unwrap().clone();
                AttemptWriteKind::RenderedFields { fields }
            }
            _ => self.end(picture),
        }
    }

    fn end(&mut self, picture: &Picture) -> AttemptWriteKind {
        use TaskInstanceState::{Deferred, Failed, Scheduled, Skipped, Success, UpForReschedule, UpForRetry};
        let ends = [
            (Success, Some(Success)),
            (Success, Some(Success)),
            (Skipped, Some(Skipped)),
            (Failed, Some(Failed)),
            (Failed, Some(UpForRetry)),
            (Failed, Some(Scheduled)),
            (UpForReschedule, Some(UpForReschedule)),
            (Deferred, Some(Deferred)),
            (Failed, None),
        ];
        let (attempt_state, task_state) = ends[self.below(ends.len())];
        AttemptWriteKind::End {
            at: minute(self.now),
            attempt_state,
            outcome: "over".to_owned(),
            task_state,
            max_tries: self.below(4) as u32,
            lost_in_row: self.below(2) as u32,
            next_try_at: (task_state == Some(UpForRetry)).then(|| minute(self.now + 5)),
            reschedules: self.below(2) as u32,
            wait: (task_state == Some(Deferred)).then(|| Box::new(new_wait())),
            skipped: if task_state == Some(Success) {
                self.tasks(picture)
            } else {
                Vec::new()
            },
            callbacks: Vec::new(),
            events: if task_state == Some(Success) {
                self.events()
            } else {
                Vec::new()
            },
            ref_events: Vec::new(),
        }
    }

    /// The event of an attempt, if it is a live one.
    fn event(&mut self, picture: &Picture, attempt: AttemptId) -> Option<NewCallback> {
        let event = CallbackEvent::OF_TASKS[self.below(5)];
        let id = CallbackId::of_attempt(event, attempt);
        let mut runs = picture.runs.iter();
        let (run, task) = runs.find_map(|run| {
            let task = run.tasks.iter().find(|task| task.attempt == Some(attempt))?;
            Some((run, task))
        })?;
        self.events.push(id.clone());
        Some(NewCallback {
            id,
            run: run.key.clone(),
            attempt: Some(CallbackAttempt {
                task_id: task.task_id.clone(),
                map_index: task.map_index,
                attempt,
                try_number: task.try_number,
            }),
            deadline: None,
            event,
            reason: "\u{e4}\u{0}".to_owned(),
            at: minute(self.now),
        })
    }

    /// What deliveries report, rightly or not.
    fn reports(&mut self) -> Vec<CallbackWrite> {
        let at = minute(self.now);
        let events = self.events.clone();
        let writes = (0..=self.below(4)).filter_map(|_| {
            let kind = match self.below(4) {
                0 | 1 => CallbackWriteKind::Start { at },
                2 => CallbackWriteKind::Done {
                    place: self.below(3) as u32,
                },
                _ => CallbackWriteKind::End {
                    at,
                    outcome: "\u{e4}\u{0}".to_owned(),
                    then: [
                        AfterDelivery::Success,
                        AfterDelivery::Retry(at),
                        AfterDelivery::Again,
                        AfterDelivery::GiveUp,
                    ][self.below(4)],
                },
            };
            Some(CallbackWrite {
                id: self.pick(&events)?,
                delivery: self.delivery(),
                kind,
            })
        });
        writes.collect()
    }

    fn delivery(&mut self) -> AttemptId {
        AttemptId(uuid::Uuid::from_u128(1 + self.below(2) as u128))
    }

    fn events(&mut self) -> Vec<OutletEvent> {
        let updated = ASSETS[self.below(3).min(1)..].iter();
        let event = |name: &&str| OutletEvent {
            asset: asset(name),
            extra: json!({"text": "\u{0}\u{e4}"}).as_object().unwrap().clone(),
            aliases: BTreeSet::new(),
        };
        updated.map(event).collect()
    }
}
