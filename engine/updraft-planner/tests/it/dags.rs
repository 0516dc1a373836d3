//! DAGs in one line, for scripts: `NAME OPTION... : TASK < UPSTREAM... OPTION... ; TASK ...`.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp, civil};
use updraft_model::{
    Asset, AssetExpression, CallbackEvent, CompatLevel, DagId, DagSpec, DeadlineReference, DeadlineSpec,
    ExpandInput, MapSource, Schedule, ScheduleKind, TaskGroupId, TaskGroupSpec, TaskId, TaskSpec,
    TriggerRule, WeightRule, XComArg,
};

/// Reads such a line. The flag says whether the DAG is paused.
pub(crate) fn parse(line: &str) -> (DagSpec, bool) {
    let (head, tasks) = line.split_once(" : ").unwrap_or((line, ""));
    let mut words = head.split_whitespace();
    let mut dag = DagSpec::new(DagId::parse(words.next().expect("a dag has a name")).expect("a dag id"));
    let mut paused = false;
    let mut mapped = Vec::new();
    let mut assets = None;
    for word in words {
        match word.split_once('=').unwrap_or((word, "")) {
            ("schedule", text) => {
                dag.schedule = Schedule::from_text(&text.replace('_', " "), ScheduleKind::DataInterval);
            }
            ("trigger", text) => {
                dag.schedule = Schedule::from_text(&text.replace('_', " "), ScheduleKind::Trigger);
            }
            ("triggers", texts) => dag.schedule = crons(texts),
            ("events", dates) => {
                dag.schedule = Schedule::Events {
                    dates: dates.split('|').map(time).collect(),
                    restrict_to_events: false,
                    description: None,
                };
            }
            ("custom", _) => dag.schedule = crate::timetables::schedule(),
            ("tz", zone) => zone.clone_into(&mut dag.timezone),
            ("start", at) => dag.start_date = Some(time(at)),
            ("end", at) => dag.end_date = Some(time(at)),
            ("catchup", _) => dag.catchup = true,
            ("max_active_runs", number) => dag.max_active_runs = number.parse().expect("a number"),
            ("max_active_tasks", number) => dag.max_active_tasks = number.parse().expect("a number"),
            ("timeout", text) => dag.dagrun_timeout = Some(duration(text)),
            ("deadline", text) => dag.deadlines.push(deadline(text)),
            ("sla_miss_callback", _) => dag.callbacks = [CallbackEvent::SlaMiss].into(),
            ("fail_fast", _) => dag.fail_fast = true,
            ("compat", "3") => dag.compat = CompatLevel::Three,
            ("assets", text) => assets = Some(expression(text)),
            ("paused", _) => paused = true,
            ("map", text) => {
                let (group, sources) = text.split_once(':').expect("a group and what it is mapped over");
                mapped.push((TaskGroupId::parse(group).expect("a group id"), expand(sources)));
            }
            (other, _) => panic!("`{other}` is no option of a dag"),
        }
    }
    dag.schedule = match (assets, dag.schedule) {
        (None, time) => time,
        (Some(assets), Schedule::None) => Schedule::Assets { assets },
        (Some(assets), time) => Schedule::AssetsOrTime {
            assets,
            time: Box::new(time),
        },
    };
    dag.tasks = tasks
        .split(';')
        .map(str::trim)
        .filter(|task| !task.is_empty())
        .map(task)
        .collect();
    let groups: BTreeSet<TaskGroupId> = dag
        .tasks
        .iter()
        .filter_map(|task| task.task_group.clone())
        .collect();
    dag.task_groups = groups.into_iter().map(TaskGroupSpec::new).collect();
    for (group_id, input) in mapped {
        let mut groups = dag.task_groups.iter_mut();
        let group = groups.find(|group| group.group_id == group_id);
        group.expect("the group has tasks").expand_input = Some(input);
    }
    (dag, paused)
}

fn crons(texts: &str) -> Schedule {
    let expressions = texts.split('|').map(|text| text.replace('_', " "));
    Schedule::Crons {
        expressions: expressions.collect(),
    }
}

fn task(text: &str) -> TaskSpec {
    let mut words = text.split_whitespace();
    let mut task = TaskSpec::new(task_id(words.next().expect("a task has a name")), "RustOperator");
    for word in words {
        match word.split_once('=').unwrap_or((word, "")) {
            ("<", _) => {}
            ("rule", rule) => task.trigger_rule = rule.parse().expect("a trigger rule"),
            ("sla", text) => task.sla = Some(duration(text)),
            ("retries", number) => task.retries = number.parse().expect("a number"),
            ("delay", text) => task.retry_delay = duration(text),
            ("execution_timeout", text) => task.execution_timeout = Some(duration(text)),
            ("exponential", _) => task.retry_exponential_backoff = true,
            ("max_delay", text) => task.max_retry_delay = Some(duration(text)),
            ("weight", number) => task.priority_weight = number.parse().expect("a number"),
            ("pool", pool) => pool.clone_into(&mut task.pool),
            ("slots", number) => task.pool_slots = number.parse().expect("a number"),
            ("max_tis", number) => task.max_active_tis_per_dag = Some(number.parse().expect("a number")),
            ("max_tis_run", number) => {
                task.max_active_tis_per_dagrun = Some(number.parse().expect("a number"));
            }
            ("expand", sources) => task.expand_input = Some(expand(sources)),
            ("weight_rule", "upstream") => task.weight_rule = WeightRule::Upstream,
            ("weight_rule", "absolute") => task.weight_rule = WeightRule::Absolute,
            ("empty", _) => task.is_empty = true,
            ("outlet", name) => task.outlets.push(asset(name)),
            ("past", _) => task.depends_on_past = true,
            ("not_first", _) => task.ignore_first_depends_on_past = false,
            ("past_before_skip", _) => {
                task.depends_on_past = true;
                task.wait_for_past_depends_before_skipping = true;
            }
            ("past_and_downstream", _) => task.wait_for_downstream = true,
            ("group", group) => task.task_group = Some(TaskGroupId::parse(group).expect("a group id")),
            ("fail_run", _) => task.on_failure_fail_dagrun = true,
            ("setup", _) => task.is_setup = true,
            ("teardown", _) => {
                task.is_teardown = true;
                task.trigger_rule = TriggerRule::AllDoneSetupSuccess;
            }
            (upstream, _) => {
                task.upstream_task_ids.insert(task_id(upstream));
            }
        }
    }
    task
}

/// `queued+15m`, `logical-1h`, `average+5m` (of at least two and at most three runs), or `2024-01-02T06:00:00`.
fn deadline(text: &str) -> DeadlineSpec {
    let (reference, interval) = match text.find(['+', '-']).filter(|_| !text.starts_with('2')) {
        Some(at) => text.split_at(at),
        None => (text, "+0s"),
    };
    let reference = match reference {
        "queued" => DeadlineReference::DagrunQueuedAt,
        "logical" => DeadlineReference::DagrunLogicalDate,
        "average" => DeadlineReference::AverageRuntime {
            max_runs: 3,
            min_runs: 2,
        },
        fixed => DeadlineReference::FixedDatetime(time(fixed)),
    };
    let interval = interval.trim_start_matches('+').parse().expect("a duration");
    DeadlineSpec { reference, interval }
}

/// The asset of that name.
pub(crate) fn asset(name: &str) -> Asset {
    Asset::new(name, format!("test://{name}"))
}

/// `a`, `a&b`, `a|b`; what is inside stands in parentheses: `a&(b|c)`.
fn expression(text: &str) -> AssetExpression {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0, 0);
    let mut operator = None;
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            '&' | '|' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
                operator = Some(character);
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    match (
        operator,
        text.strip_prefix('(').and_then(|text| text.strip_suffix(')')),
    ) {
        (Some('&'), _) => AssetExpression::all(parts.into_iter().map(expression)),
        (Some(_), _) => AssetExpression::any(parts.into_iter().map(expression)),
        (None, Some(inside)) => expression(inside),
        (None, None) => asset(text).into(),
    }
}

/// What is mapped over: `3` is a list of three, `a` what task `a` returns, `a|b` both zipped, `a+b` one after the other,
/// and `3*a` all combinations.
fn expand(text: &str) -> ExpandInput {
    let arguments = text.split('*').enumerate();
    let arguments = arguments.map(|(at, source)| (format!("x{at}"), map_source(source)));
    ExpandInput::DictOfLists(arguments.collect())
}

fn map_source(text: &str) -> MapSource {
    if let Ok(length) = text.parse::<u32>() {
        return MapSource::Literal((0..length).collect());
    }
    let plain = |text: &str| XComArg::Plain {
        task_id: task_id(text),
    };
    MapSource::XCom(if text.contains('|') {
        let args = text.split('|').map(plain).collect();
        XComArg::Zip { args }
    } else if text.contains('+') {
        let args = text.split('+').map(plain).collect();
        XComArg::Concat { args }
    } else {
        plain(text)
    })
}

fn task_id(text: &str) -> TaskId {
    TaskId::parse(text).expect("a task id")
}

/// `2024-01-12` or `2024-01-12T06:00`, in UTC.
pub(crate) fn time(text: &str) -> Timestamp {
    let at: civil::DateTime = text.parse().unwrap_or_else(|error| panic!("`{text}`: {error}"));
    at.to_zoned(jiff::tz::TimeZone::UTC)
        .expect("a time in UTC")
        .timestamp()
}

/// `5m`, `1h30m`, `10s`.
pub(crate) fn duration(text: &str) -> Duration {
    let duration: SignedDuration = text.parse().unwrap_or_else(|error| panic!("`{text}`: {error}"));
    duration.unsigned_abs()
}
