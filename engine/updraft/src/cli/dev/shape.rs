//! What a made-up DAG looks like: its tasks, how they hang together, how long they take, and how often they fail.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use updraft_model::{
    DagId, DagSpec, ExpandInput, IdError, MapSource, Schedule, ScheduleKind, TaskId, TaskSpec,
};

const TEAMS: [&str; 8] = [
    "sales", "finance", "search", "ads", "risk", "mobile", "support", "platform",
];
const THINGS: [&str; 10] = [
    "orders", "invoices", "clicks", "users", "events", "prices", "tickets", "sessions", "payments", "devices",
];
const STEPS: [&str; 10] = [
    "wait_for",
    "extract",
    "load",
    "clean",
    "check",
    "join",
    "aggregate",
    "train",
    "export",
    "report",
];
const OPERATORS: [&str; 5] = [
    "PythonOperator",
    "BashOperator",
    "SQLExecuteQueryOperator",
    "EmptyOperator",
    "ExternalTaskSensor",
];
/// Schedules and their periods in hours.
const SCHEDULES: [(&str, i64); 4] = [
    ("@hourly", 1),
    ("0 */6 * * *", 6),
    ("@daily", 24),
    ("@weekly", 168),
];

/// A made-up DAG.
pub(super) struct Shape {
    /// As its source would describe it.
    pub(super) spec: DagSpec,
    /// Its tasks, in the order of `spec.tasks`: what comes before comes first.
    pub(super) tasks: Vec<TaskShape>,
    /// The time between two runs.
    pub(super) period: SignedDuration,
}

/// How a task of it behaves.
pub(super) struct TaskShape {
    /// How long it takes, typically.
    pub(super) typical: SignedDuration,
    /// Of 1,000 tries so many fail.
    pub(super) failures: u32,
    /// How many copies it has, if it is mapped.
    pub(super) copies: Option<NonZeroU32>,
    /// The places of the tasks that come before it.
    pub(super) upstream: Vec<usize>,
}

/// When all schedules begin: 2020-01-01.
const FIRST: Timestamp = Timestamp::constant(1_577_836_800, 0);

impl Shape {
    /// The DAG of this number.
    pub(super) fn draw(number: usize, random: &mut ChaCha8Rng) -> Result<Self, IdError> {
        let (team, thing) = (pick(&TEAMS, random), pick(&THINGS, random));
        let mut spec = DagSpec::new(DagId::parse(&format!("{team}_{thing}_{number:04}"))?);
        let (expression, hours) = *pick(&SCHEDULES, random);
        spec.schedule = Schedule::from_text(expression, ScheduleKind::DataInterval);
        spec.start_date = Some(FIRST);
        spec.catchup = false;
        spec.description = Some(format!("The {thing} of {team}, made up"));
        spec.tags = BTreeSet::from([(*team).to_owned(), (*thing).to_owned(), "made-up".to_owned()]);
        spec.is_paused_upon_creation = Some(random.random_range(0..10) == 0);
        let count = random.random_range(3..=20);
        let mapped = (random.random_range(0..6) == 0).then(|| random.random_range(1..count));
        let mut tasks = Vec::new();
        for place in 0..count {
            let copies = if mapped == Some(place) {
                NonZeroU32::new(random.random_range(3..=12))
            } else {
                None
            };
            let (task, shape) = draw_task(place, thing, team, copies, &spec, random)?;
            spec.tasks.push(task);
            tasks.push(shape);
        }
        let period = SignedDuration::from_hours(hours);
        Ok(Self { spec, tasks, period })
    }

    /// How many task instances a run has.
    pub(super) fn instances(&self) -> u64 {
        let instances = |task: &TaskShape| u64::from(task.copies.map_or(1, NonZeroU32::get));
        self.tasks.iter().map(instances).sum()
    }
}

#[expect(clippy::too_many_arguments, reason = "all of it decides what the task is")]
fn draw_task(
    place: usize,
    thing: &str,
    team: &str,
    copies: Option<NonZeroU32>,
    spec: &DagSpec,
    random: &mut ChaCha8Rng,
) -> Result<(TaskSpec, TaskShape), IdError> {
    let step = STEPS[place % STEPS.len()];
    let name = match place / STEPS.len() {
        0 => format!("{step}_{thing}"),
        again => format!("{step}_{thing}_{}", again + 1),
    };
    let operator: &&str = pick(&OPERATORS, random);
    let mut task = TaskSpec::new(TaskId::parse(&name)?, operator);
    task.owner = format!("{team}-data");
    task.retries = random.random_range(0..=3);
    task.retry_delay = Duration::from_mins(1);
    // One or two of the three tasks before it.
    let first = place.saturating_sub(3);
    let upstream: BTreeSet<usize> = (0..random.random_range(1..=2))
        .filter(|_| place > 0)
        .map(|_| random.random_range(first..place))
        .collect();
    task.upstream_task_ids = upstream
        .iter()
        .map(|before| spec.tasks[*before].task_id.clone())
        .collect();
    task.expand_input = copies.map(|copies| {
        let items = json!((0..copies.get()).collect::<Vec<u32>>());
        ExpandInput::DictOfLists(vec![("part".to_owned(), MapSource::Literal(items))])
    });
    // Most take seconds, some take many minutes.
    let typical = SignedDuration::from_millis(200 * (1 << random.random_range(0..13)));
    let shape = TaskShape {
        typical,
        failures: [1, 2, 5, 30][random.random_range(0..4)],
        copies,
        upstream: upstream.into_iter().collect(),
    };
    Ok((task, shape))
}

fn pick<'t, T>(of: &'t [T], random: &mut ChaCha8Rng) -> &'t T {
    &of[random.random_range(0..of.len())]
}
