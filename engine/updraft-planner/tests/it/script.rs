//! Scenario scripts: commands and what they print.
//!
//! A line that starts with `> ` is a command; the indented lines below it are its output. All else is comment. Runs are
//! called `r1`, `r2`, ... in the order in which they come, a task of one `r1.task`.

use std::collections::BTreeMap;
use std::fmt::Write;

use jiff::Timestamp;
use updraft_model::{
    AttemptId, AttemptOutcome, BackfillDates, DagId, DataInterval, MapIndex, Pool, ReprocessBehavior,
    Returned, RunKey, Skips, TaskId, TaskIndex, TaskInstanceState, TaskKey, TimetableQuestion, ToldRun,
    ValidDag, WaitEnd, WaitTimes,
};
use updraft_planner::{Decision, Plan, RunSnapshot, TaskSnapshot, why_ended};

use crate::coverage::Coverage;
use crate::dags;
use crate::naive;
use crate::world::{World, pool};

/// A script that is being run.
pub(crate) struct Script {
    world: World,
    /// The runs by their short names.
    runs: Vec<RunKey>,
    /// Programs that are being asked.
    asked: BTreeMap<DagId, TimetableQuestion>,
}

/// The script's text with the output that its commands have now, and what happened to tasks and runs.
pub(crate) fn run(text: &str) -> (String, Coverage) {
    let mut script = Script {
        world: World::new(dags::time("2024-01-01")),
        runs: Vec::new(),
        asked: BTreeMap::new(),
    };
    let mut result = String::new();
    let mut after_command = false;
    for line in text.lines() {
        if after_command && line.starts_with("  ") {
            continue;
        }
        writeln!(result, "{line}").expect("a string takes all");
        after_command = line.starts_with("> ");
        if let Some(command) = line.strip_prefix("> ") {
            for output in script.execute(command) {
                writeln!(result, "  {output}").expect("a string takes all");
            }
        }
    }
    (result, script.world.store.coverage)
}

impl Script {
    fn execute(&mut self, command: &str) -> Vec<String> {
        let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
        let mut words = rest.split_whitespace();
        match verb {
            "dag" => {
                let (spec, is_paused) = dags::parse(rest);
                self.world.add_dag(spec, is_paused);
            }
            "at" => self.world.now = dags::time(rest),
            "wait" => self.world.now += dags::duration(rest),
            "parallelism" => {
                self.world.store.limits.parallelism = rest.parse().expect("a number");
                self.world.restart();
            }
            "tick" => {
                let free_slots = if rest.is_empty() {
                    usize::MAX
                } else {
                    rest.parse().expect("a number")
                };
                let plan = self.world.tick(free_slots);
                return self.show_plan(&plan);
            }
            "trigger" => {
                let dag_id = dag_id(words.next().expect("a dag"));
                return vec![self.trigger(&dag_id, words.next().map(dags::time))];
            }
            "pause" | "unpause" => {
                self.world
                    .change_dag(&dag_id(rest), |dag| dag.is_paused = verb == "pause");
            }
            "unreadable" | "readable" => self.world.set_readable(dag_id(rest), verb == "readable"),
            "backfill" => return self.backfill(&mut words),
            "pause-backfill" | "unpause-backfill" => {
                self.world.change_dag(&dag_id(rest), |dag| {
                    for backfill in &mut dag.backfills {
                        backfill.is_paused = verb == "pause-backfill";
                    }
                });
            }
            "cancel-backfill" => self.world.cancel_backfill(&dag_id(rest)),
            "event" | "missing" => return self.assets(verb, rest),
            "pool" | "delete-pool" => self.change_pool(verb, &mut words),
            "asks" | "ask" | "ask-again" | "tells" => return self.timetable(verb, rest),
            "remove" => {
                self.world
                    .store
                    .dags
                    .remove(&dag_id(rest))
                    .expect("the dag exists");
                self.world.planner.remove_dag(&dag_id(rest));
            }
            "restart" => self.world.restart(),
            "show" => return self.show(),
            "next" => {
                return vec![self.world.planner.next_wake().map_or("never".to_owned(), short)];
            }
            "why" => return self.why(rest),
            "return" => self.succeed_with(&mut words),
            "reschedule" | "defer" | "fire" | "break" => self.put_off(verb, &mut words),
            "follow" | "stop" | "stop-directly" => return self.decide(verb, &mut words),
            "clear" | "force" | "mark" | "mark-run" | "update" => return self.interfere(verb, &mut words),
            _ => {
                let keys: Vec<TaskKey> = words.map(|word| self.task(word)).collect();
                for key in &keys {
                    self.attempt(verb, key);
                }
            }
        }
        Vec::new()
    }

    /// Commands about timetables of the sources' own: what is open, asking a program, and what it tells.
    fn timetable(&mut self, verb: &str, rest: &str) -> Vec<String> {
        match verb {
            "asks" => return self.world.questions(),
            "tells" => return vec![self.tell(&mut rest.split_whitespace())],
            "ask-again" => self.world.planner.ask_again(&dag_id(rest)),
            _ => {
                let question = self.world.question(&dag_id(rest)).expect("a question is open");
                self.asked.insert(dag_id(rest), question);
            }
        }
        Vec::new()
    }

    /// `tells DAG START END DUE NAME`, where the last three may be left out, `tells DAG nothing` or `tells DAG fails`: a
    /// program that was asked answers.
    fn tell<'a>(&mut self, words: &mut impl Iterator<Item = &'a str>) -> String {
        let dag_id = dag_id(words.next().expect("a dag"));
        let asked = self.asked.remove(&dag_id);
        let question = asked.or_else(|| self.world.question(&dag_id));
        let told = match words.next().expect("what it tells") {
            "nothing" => Ok(None),
            "fails" => Err("the program fails".to_owned()),
            start => {
                let start = dags::time(start);
                let end = words.next().map_or(start, dags::time);
                Ok(Some(ToldRun {
                    data_interval: DataInterval { start, end },
                    run_after: words.next().map_or(end, dags::time),
                    run_id: words.next().map(str::to_owned),
                }))
            }
        };
        self.world.tell(&dag_id, &question.expect("it was asked"), told)
    }

    /// What people do to tasks and runs.
    fn interfere<'a>(&mut self, verb: &str, words: &mut impl Iterator<Item = &'a str>) -> Vec<String> {
        match verb {
            "clear" => self.clear(words),
            "mark-run" => {
                let run = self.run(words.next().expect("a run"));
                let state = words.next().and_then(|word| word.parse().ok()).expect("a state");
                self.telling_kills(|world| world.mark_run(&run, state))
            }
            "update" => {
                let run = self.run(words.next().expect("a run"));
                self.telling_kills(|world| world.move_to_latest(&run))
            }
            "force" => {
                let task = self.task(words.next().expect("a task"));
                let state = words.next().and_then(|word| word.parse().ok()).expect("a state");
                self.world.force(&task, state);
                Vec::new()
            }
            "mark" => {
                let task = self.task(words.next().expect("a task"));
                let state: TaskInstanceState =
                    words.next().and_then(|word| word.parse().ok()).expect("a state");
                self.telling_kills(|world| world.mark(&task, state))
            }
            other => panic!("`{other}` is no command"),
        }
    }

    /// `backfill DAG FROM UNTIL OPTION...`, where the options are `max=N`, `backwards`, `failed` and `completed`.
    fn backfill<'a>(&mut self, words: &mut impl Iterator<Item = &'a str>) -> Vec<String> {
        let dag_id = dag_id(words.next().expect("a dag"));
        let mut date = || dags::time(words.next().expect("a date"));
        let mut dates = BackfillDates {
            from: date(),
            until: date(),
            backwards: false,
        };
        let (mut reprocess, mut max) = (ReprocessBehavior::None, 10);
        for word in words {
            match word.split_once('=') {
                Some(("max", number)) => max = number.parse().expect("a number"),
                _ if word == "backwards" => dates.backwards = true,
                _ => reprocess = word.parse().expect("a behavior"),
            }
        }
        let keys = self.world.backfill(&dag_id, &dates, reprocess, max);
        let show = |key: RunKey| {
            if self.runs.contains(&key) {
                return format!("{} runs again", self.run_name(&key));
            }
            self.runs.push(key.clone());
            format!("r{} is {key}", self.runs.len())
        };
        keys.into_iter().map(show).collect()
    }

    /// Commands about pools.
    fn change_pool<'a>(&mut self, verb: &str, words: &mut impl Iterator<Item = &'a str>) {
        let name = words.next().expect("a pool");
        if verb == "delete-pool" {
            self.world.store.pools.remove(name).expect("the pool exists");
            return self.world.reload_pools();
        }
        let slots = words.next().expect("its slots").parse().expect("a number");
        let include_deferred = words.next() == Some("deferred");
        self.world.set_pool(Pool {
            include_deferred,
            ..pool(name, slots)
        });
    }

    /// Commands about attempts.
    fn attempt(&mut self, verb: &str, key: &TaskKey) {
        match verb {
            "start" => drop(self.world.start(key)),
            "succeed" => self.world.end(key, AttemptOutcome::Success),
            "skip" => self.world.end(key, AttemptOutcome::Skipped),
            "fail" => self.world.end(key, AttemptOutcome::Failed { retryable: true }),
            "fail-for-good" => self.world.end(key, AttemptOutcome::Failed { retryable: false }),
            "lose" => self.world.end(key, AttemptOutcome::Lost),
            other => panic!("`{other}` is no command"),
        }
    }

    /// An attempt ends well and returns so many items, or something else.
    fn succeed_with<'a>(&mut self, words: &mut impl Iterator<Item = &'a str>) {
        let key = self.task(words.next().expect("a task"));
        let items = words.next().and_then(|word| word.parse().ok());
        let returned = items.map_or(Returned::Other, Returned::Items);
        self.world.returns(&key, returned);
        self.world.end(&key, AttemptOutcome::Success);
    }

    /// `reschedule TASK WHILE`; `defer TASK OPTION...`, where the options are `until=WHILE` and `timeout=WHILE`; and what becomes
    /// of the wait.
    fn put_off<'a>(&mut self, verb: &str, words: &mut impl Iterator<Item = &'a str>) {
        let key = self.task(words.next().expect("a task"));
        match verb {
            "reschedule" => {
                let at = self.world.now + dags::duration(words.next().expect("a while"));
                return self.world.end(&key, AttemptOutcome::Rescheduled { at });
            }
            "fire" => return self.world.end_wait(&key, WaitEnd::Event(true.into())),
            "break" => return self.world.end_wait(&key, WaitEnd::Failed("broken".to_owned())),
            _ => {}
        }
        let mut times = WaitTimes::default();
        for word in words {
            let (name, duration) = word.split_once('=').expect("an option with a while");
            let at = Some(self.world.now + dags::duration(duration));
            match name {
                "until" => times.fires_at = at,
                "timeout" => times.times_out_at = at,
                other => panic!("`{other}` is no option"),
            }
        }
        self.world.end(&key, AttemptOutcome::Deferred(times));
    }

    /// Commands about branches and short circuits.
    fn decide<'a>(&mut self, verb: &str, words: &mut impl Iterator<Item = &'a str>) -> Vec<String> {
        let key = self.task(words.next().expect("a task"));
        let chosen: Vec<&str> = words.collect();
        let skips = self.skips(&key, |dag, task| match verb {
            "follow" => dag.branch(task, &chosen).expect("ids of the dag"),
            _ => dag.short_circuit(task, verb == "stop"),
        });
        let skipped = self.world.end_deciding(&key, skips);
        let show = |key: &TaskKey| format!("{}: skipped", self.task_name(key));
        skipped.iter().map(show).collect()
    }

    /// What a branch or short circuit skips.
    fn skips(&self, key: &TaskKey, decide: impl FnOnce(&ValidDag, TaskIndex) -> Option<Skips>) -> Skips {
        let dag = self.world.valid_dag(&key.run_key());
        let task = dag.graph().index(&key.task_id).expect("a task of the dag");
        decide(&dag, task).expect("tasks after it")
    }

    fn trigger(&mut self, dag_id: &DagId, date: Option<Timestamp>) -> String {
        let key = self.world.trigger(dag_id, None, date);
        self.runs.push(key.clone());
        format!("r{} is {key}", self.runs.len())
    }

    fn clear<'a>(&mut self, words: &mut impl Iterator<Item = &'a str>) -> Vec<String> {
        let keys: Vec<TaskKey> = words.map(|word| self.task(word)).collect();
        let run = keys.first().expect("a task to clear").run_key();
        if let [copy] = keys.as_slice()
            && copy.map_index != MapIndex::UNMAPPED
        {
            return self.telling_kills(|world| world.clear_copy(copy));
        }
        let tasks: Vec<TaskId> = keys.into_iter().map(|key| key.task_id).collect();
        self.telling_kills(|world| world.clear(&run, &tasks))
    }

    fn telling_kills(&mut self, change: impl FnOnce(&mut World)) -> Vec<String> {
        let before = self.world.killed.clone();
        change(&mut self.world);
        self.world
            .killed
            .difference(&before)
            .map(|attempt| format!("kill {}", number(*attempt)))
            .collect()
    }

    fn why(&self, task: &str) -> Vec<String> {
        let key = self.task(task);
        let of_finished_run = || why_ended(&self.world.store.runs[&key.run_key()], &key);
        let reasons = self.world.planner.why(&key, self.world.now);
        let reasons = reasons.unwrap_or_else(|| of_finished_run().into_iter().collect());
        if reasons.is_empty() {
            return vec!["it runs".to_owned()];
        }
        let show = |reason: &updraft_planner::WaitReason| {
            let until = reason
                .until
                .map_or(String::new(), |at| format!(" (until {})", short(at)));
            format!("{}: {}{until}", reason.code, reason.sentence)
        };
        reasons.iter().map(show).collect()
    }

    /// Updates assets from outside, or says which a DAG still waits for.
    fn assets(&mut self, verb: &str, rest: &str) -> Vec<String> {
        if verb == "event" {
            for name in rest.split_whitespace() {
                self.world.update_asset(&dags::asset(name).uri, None);
            }
            return Vec::new();
        }
        let dag = &self.world.store.dags[&dag_id(rest)];
        let updated = dag.asset_queue.iter().collect();
        let assets = dag.spec.schedule.assets().expect("the dag waits for assets");
        let missing = assets.missing(&updated);
        vec![missing.map_or("nothing".to_owned(), |missing| missing.to_string())]
    }

    /// Every run with the states of its tasks.
    fn show(&self) -> Vec<String> {
        let show_run = |(at, key): (usize, &RunKey)| {
            let run = &self.world.store.runs[key];
            format!("r{} {}: {}", at + 1, run.state, states(run).join(" "))
        };
        self.runs.iter().enumerate().map(show_run).collect()
    }

    fn show_plan(&mut self, plan: &Plan) -> Vec<String> {
        let mut lines: Vec<String> = plan
            .decisions
            .iter()
            .map(|decision| self.show_decision(decision))
            .collect();
        let problems = plan.report.problems.iter();
        lines.extend(problems.map(|problem| format!("problem with {}: {}", problem.dag_id, problem.message)));
        if lines.is_empty() {
            vec!["nothing".to_owned()]
        } else {
            lines
        }
    }

    fn show_deadline(&self, decision: &Decision) -> String {
        match decision {
            Decision::SetDeadline { key, name, at, .. } => {
                format!("{} {name}: {}", self.run_name(key), short(at.due))
            }
            Decision::MeetDeadline { key, name, .. } => format!("{} {name} is met", self.run_name(key)),
            Decision::MissDeadline {
                key,
                name,
                is_called,
                reason,
                ..
            } => {
                let called = if *is_called { ", callback" } else { "" };
                format!("{} {name} is missed: {reason}{called}", self.run_name(key))
            }
            other => panic!("{other:?} is about no deadline"),
        }
    }

    fn show_decision(&mut self, decision: &Decision) -> String {
        match decision {
            Decision::CreateRun(run) => {
                self.runs.push(run.key.clone());
                let data = run.data_interval.map_or("about no date".to_owned(), |interval| {
                    format!("data {} to {}", short(interval.start), short(interval.end))
                });
                format!("create r{}: {}, {data}", self.runs.len(), run.key)
            }
            Decision::AdvanceDag { dag_id, next, .. } => {
                let next = next.map_or("never".to_owned(), |next| short(next.run_after));
                format!("next run of {dag_id}: {next}")
            }
            Decision::SetDeadline { .. } | Decision::MeetDeadline { .. } | Decision::MissDeadline { .. } => {
                self.show_deadline(decision)
            }
            Decision::CompleteBackfill { backfill, .. } => format!("backfill {backfill} is complete"),
            Decision::ConsumeAssets { key, events, .. } => {
                let events: Vec<String> = events.iter().map(ToString::to_string).collect();
                format!("{} consumes events {}", self.run_name(key), events.join(", "))
            }
            Decision::StartRun { key, .. } => format!("{} starts", self.run_name(key)),
            Decision::FinishRun {
                key, state, reason, ..
            } => {
                format!("{} ends: {state} ({})", self.run_name(key), reason.as_str())
            }
            Decision::Expand { key, length } => {
                let copies = length.map_or("no".to_owned(), |length| length.to_string());
                let any_more = if length.is_none() { " any more" } else { "" };
                format!("{} has {copies} copies{any_more}", self.task_name(key))
            }
            Decision::SetTask { key, from, to, .. } if from == to => {
                format!("{} gets a row", self.task_name(key))
            }
            Decision::SetTask { key, from, to, .. } => {
                let [from, to] = [from, to].map(|state| TaskInstanceState::text(*state));
                format!("{}: {from} -> {to}", self.task_name(key))
            }
            Decision::Queue {
                key,
                from,
                attempt,
                try_number,
                ..
            } => {
                let (from, attempt) = (TaskInstanceState::text(*from), number(*attempt));
                let task = self.task_name(key);
                format!("{task}: {from} -> queued, try {try_number} is {attempt}")
            }
            Decision::Resume { key, wait, end, .. } => {
                format!("{}: {}", self.task_name(key), show_end(*wait, end))
            }
            Decision::Retry { key, next_try_at } => {
                format!("{}: next try at {}", self.task_name(key), short(*next_try_at))
            }
            Decision::Abandon {
                key,
                from,
                to,
                attempt,
                reason,
                ..
            } => format!(
                "{}: {from} -> {to}, {} is {reason}",
                self.task_name(key),
                number(*attempt)
            ),
            Decision::Kill { key, attempt } => format!("{}: kill {}", self.task_name(key), number(*attempt)),
        }
    }

    fn task(&self, name: &str) -> TaskKey {
        let (run, task) = name.split_once('.').unwrap_or(("r1", name));
        let key = self.run(run);
        let (task, copy) = task.trim_end_matches(']').split_once('[').unwrap_or((task, "-1"));
        let map_index = MapIndex(copy.parse().expect("an index"));
        key.task(TaskId::parse(task).expect("a task id"), map_index)
    }

    fn run(&self, name: &str) -> RunKey {
        let at: usize = name
            .strip_prefix('r')
            .and_then(|number| number.parse().ok())
            .expect("a run such as r1");
        let key = self.runs.get(at - 1);
        key.unwrap_or_else(|| panic!("there is no {name}")).clone()
    }

    fn run_name(&self, key: &RunKey) -> String {
        let at = self
            .runs
            .iter()
            .position(|known| known == key)
            .expect("a run that was shown");
        format!("r{}", at + 1)
    }

    fn task_name(&self, key: &TaskKey) -> String {
        let name = format!("{}.{}", self.run_name(&key.run_key()), key.task_id);
        let run = &self.world.store.runs[&key.run_key()];
        let has_copies = |task: &TaskSnapshot| task.task_id == key.task_id && task.mapped_length.is_some();
        match key.map_index {
            MapIndex::UNMAPPED if run.tasks.iter().any(has_copies) => format!("{name}[rest]"),
            MapIndex::UNMAPPED => name,
            MapIndex(copy) => format!("{name}[{copy}]"),
        }
    }
}

/// The state of each task; of copies the ranges of equal ones.
fn states(run: &RunSnapshot) -> Vec<String> {
    let mut shown: Vec<(TaskSnapshot, i32)> = Vec::new();
    for task in naive::instances(run) {
        let end = task.map_index.0;
        match shown.last_mut() {
            Some((first, last))
                if first.task_id == task.task_id && first.state == task.state && *last + 1 == end =>
            {
                *last = end;
            }
            _ => shown.push((task, end)),
        }
    }
    let show = |(task, last): &(TaskSnapshot, i32)| {
        let state = TaskInstanceState::text(task.state);
        match task.map_index {
            MapIndex::UNMAPPED => format!("{}={state}", task.task_id),
            MapIndex(first) if first == *last => format!("{}[{first}]={state}", task.task_id),
            MapIndex(first) => format!("{}[{first}..{last}]={state}", task.task_id),
        }
    };
    shown.iter().map(show).collect()
}

fn show_end(wait: AttemptId, end: &WaitEnd) -> String {
    let end = match end {
        WaitEnd::Event(event) => format!("event {event}"),
        WaitEnd::Task(end) => format!("the end of the task: {:?}", end.state),
        WaitEnd::TimedOut => "timeout".to_owned(),
        WaitEnd::Failed(reason) => format!("failure: {reason}"),
    };
    format!("deferred -> scheduled, wait {} ends with {end}", number(wait))
}

fn dag_id(text: &str) -> DagId {
    DagId::parse(text).expect("a dag id")
}

fn number(attempt: AttemptId) -> String {
    format!("#{}", attempt.0.as_u128())
}

fn short(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}
