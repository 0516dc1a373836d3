//! SIGKILL of any one process at any point of the run: it ends in success, with the rows of an undisturbed one.

use std::fs;
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::rows;
use crate::system::{Home, Summary, Up};

/// Whom to kill.
#[derive(Debug, Clone, Copy)]
enum Victim {
    /// One that `up` itself has started.
    Process(&'static str),
    /// One that runs a task: the warm process of the bundle.
    Task,
    /// The one between the orchestrator and the task.
    Shepherd,
}

#[tokio::test]
async fn a_run_survives_the_kill_of_the_orchestrator_at_any_point() {
    kill_at_random_points(Victim::Process("updraft"), 4, 11).await;
}

#[tokio::test]
async fn a_run_survives_the_kill_of_a_task_process_at_any_point() {
    kill_at_random_points(Victim::Task, 4, 12).await;
}

#[tokio::test]
async fn a_run_survives_the_kill_of_a_shepherd_at_any_point() {
    kill_at_random_points(Victim::Shepherd, 2, 13).await;
}

#[tokio::test]
async fn a_run_survives_the_kill_of_the_etl_at_any_point() {
    kill_at_random_points(Victim::Process("etl"), 4, 14).await;
}

#[tokio::test]
async fn a_run_survives_the_kill_of_the_ml_service_at_any_point() {
    kill_at_random_points(Victim::Process("ml"), 3, 15).await;
}

#[tokio::test]
async fn a_run_survives_the_kill_of_the_sandbox_at_any_point() {
    kill_at_random_points(Victim::Process("sandbox"), 3, 16).await;
}

/// The tasks that a kill may meet.
const TASKS: [&str; 5] = [
    "sync_candidates",
    "generate_candidate_embeddings",
    "sync_positions",
    "generate_position_embeddings",
    "find_matches",
];

/// A moment in a run: so long after the first try of a task began.
#[derive(Debug, Clone, Copy)]
struct Point {
    task: &'static str,
    after: Duration,
}

impl Point {
    /// A moment that the random numbers decide, in a run that takes about as long as this one did.
    fn draw(random: &mut ChaCha8Rng, undisturbed: &Summary) -> Self {
        let task = TASKS[random.random_range(0..TASKS.len())];
        let after = Duration::from_secs_f64(undisturbed.seconds(task) * random.random::<f64>());
        Self { task, after }
    }
}

/// Runs the pipeline undisturbed, then once per point with a kill there.
async fn kill_at_random_points(victim: Victim, points: u32, seed: u64) {
    let home = Home::new();
    let undisturbed = home.up();
    let expected = rows::of(&home.database()).await;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    for _ in 0..points {
        let mut point = Point::draw(&mut random, &undisturbed);
        let (home, summary) = loop {
            let home = Home::new();
            if let Some(summary) = run_with_a_kill(&home, victim, point) {
                break (home, summary);
            }
            // This run was quicker than the first one and had ended before its kill: it shows nothing.
            point.after /= 4;
        };
        let context = format!("{victim:?} killed at {point:?} (seed {seed})");
        assert_eq!(summary.0["counts"], undisturbed.0["counts"], "{context}");
        rows::assert_same(&rows::of(&home.database()).await, &expected, &context);
        println!("{context}");
    }
}

/// Runs the pipeline and kills once; `None` when the run had ended before.
fn run_with_a_kill(home: &Home, victim: Victim, point: Point) -> Option<Summary> {
    let mut up = Up::start(home);
    up.wait_for_run();
    while !home.has_begun(point.task) {
        assert!(
            !up.has_ended(),
            "`{}` was never begun:\n{}",
            point.task,
            up.told()
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    let begun = Instant::now();
    while begun.elapsed() < point.after || !kill(&up, victim) {
        if up.has_ended() {
            up.finish();
            return None;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Some(up.finish())
}

/// Kills the victim; false when there is none at this moment.
fn kill(up: &Up, victim: Victim) -> bool {
    let pid = match victim {
        Victim::Process(name) => Some(up.pid(name)),
        Victim::Task => below(up.pid("updraft"), "bundle"),
        Victim::Shepherd => below(up.pid("updraft"), "shepherd"),
    };
    pid.is_some_and(|pid| {
        let pid = rustix::process::Pid::from_raw(pid.cast_signed()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).is_ok()
    })
}

/// A process among the descendants of another that has this word among its arguments; the oldest one.
fn below(ancestor: u32, word: &str) -> Option<u32> {
    let mut found: Vec<u32> = fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|pid| has_argument(*pid, word) && descends(*pid, ancestor))
        .collect();
    found.sort_unstable();
    found.first().copied()
}

fn has_argument(pid: u32, word: &str) -> bool {
    fs::read_to_string(format!("/proc/{pid}/cmdline"))
        .is_ok_and(|line| line.split('\0').any(|argument| argument == word))
}

fn descends(pid: u32, ancestor: u32) -> bool {
    let mut pid = pid;
    while pid > 1 {
        if pid == ancestor {
            return true;
        }
        // The name, in parentheses, may hold anything; the parent is the second word after it.
        let Some(parent) = fs::read_to_string(format!("/proc/{pid}/stat"))
            .ok()
            .and_then(|stat| stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok())
        else {
            return false;
        };
        pid = parent;
    }
    false
}
