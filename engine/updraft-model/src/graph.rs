//! A DAG's graph, compiled for speed: tasks are numbers, neighbours are slices.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, HashMap};

use crate::scope::Scopes;
use crate::{DagError, DagSpec, TaskId, UpstreamCounts, WeightRule};

/// A task's place in [`DagSpec::tasks`]; indexes are dense, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskIndex(pub u32);

impl TaskIndex {
    /// The index into anything that has one entry per task.
    pub const fn at(self) -> usize {
        self.0 as usize
    }
}

/// The tasks of a DAG and how they follow each other. It has no cycle.
#[derive(Debug, Clone)]
pub struct DagGraph {
    index_of: HashMap<TaskId, TaskIndex>,
    upstreams: Neighbours,
    downstreams: Neighbours,
    order: Vec<TaskIndex>,
    rank: Vec<u32>,
    leaves: Vec<TaskIndex>,
    weights: Vec<i64>,
    expected: Vec<UpstreamCounts>,
    scopes: Scopes,
}

impl DagGraph {
    /// Compiles the graph of a DAG.
    ///
    /// # Errors
    /// A task id occurs twice, an upstream is no task of the DAG, or there is a cycle.
    pub fn compile(spec: &DagSpec) -> Result<Self, DagError> {
        let index_of = index(spec)?;
        let upstreams = Neighbours::upstreams(spec, &index_of)?;
        let downstreams = upstreams.reversed();
        let order = topological_order(&upstreams, &downstreams);
        if order.len() < spec.tasks.len() {
            return Err(DagError::Cycle {
                dag_id: spec.dag_id.clone(),
                cycle: find_cycle(&upstreams, &order)
                    .into_iter()
                    .map(|at| task_id(spec, at))
                    .collect(),
            });
        }
        let mut rank = vec![0; order.len()];
        for (place, task) in order.iter().enumerate() {
            rank[task.at()] = place as u32;
        }
        let mut graph = Self {
            leaves: leaves(spec, &downstreams),
            weights: weights(spec, &order, &upstreams, &downstreams),
            expected: expected(spec, &upstreams),
            index_of,
            upstreams,
            downstreams,
            order,
            rank,
            scopes: Scopes::default(),
        };
        graph.scopes = Scopes::find(spec, &graph);
        Ok(graph)
    }

    /// How many tasks there are.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there are no tasks.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The index of a task; `None` if the DAG does not have it.
    pub fn index(&self, task_id: &TaskId) -> Option<TaskIndex> {
        self.index_of.get(task_id).copied()
    }

    /// Every task, in the order of [`DagSpec::tasks`].
    pub fn tasks(&self) -> impl Iterator<Item = TaskIndex> + use<> {
        (0..self.order.len() as u32).map(TaskIndex)
    }

    /// The tasks directly before one, in index order.
    pub fn upstreams(&self, task: TaskIndex) -> &[TaskIndex] {
        self.upstreams.of(task)
    }

    /// The tasks directly after one, in index order.
    pub fn downstreams(&self, task: TaskIndex) -> &[TaskIndex] {
        self.downstreams.of(task)
    }

    /// Everything that comes before one of these tasks, directly or not.
    pub fn all_upstreams(&self, of: impl IntoIterator<Item = TaskIndex>) -> BTreeSet<TaskIndex> {
        self.upstreams.reached(of)
    }

    /// Everything that comes after one of these tasks, directly or not.
    pub fn all_downstreams(&self, of: impl IntoIterator<Item = TaskIndex>) -> BTreeSet<TaskIndex> {
        self.downstreams.reached(of)
    }

    /// Every task, upstreams before downstreams; ties in index order.
    pub fn topological_order(&self) -> &[TaskIndex] {
        &self.order
    }

    /// A task's place in the topological order.
    pub fn rank(&self, task: TaskIndex) -> u32 {
        self.rank[task.at()]
    }

    /// The tasks that decide the state of a run: those without downstreams. Teardowns do not count, unless they are
    /// to fail the run, or there is nothing else.
    pub fn leaves(&self) -> &[TaskIndex] {
        &self.leaves
    }

    /// A task's priority: its own weight and, by its weight rule, those of all tasks before or after it; within the
    /// range of an `i32`, as Airflow's database has it.
    pub fn priority_weight(&self, task: TaskIndex) -> i64 {
        self.weights[task.at()]
    }

    /// A task's upstreams at the beginning of a run, when none has ended.
    pub fn expected_upstreams(&self, task: TaskIndex) -> UpstreamCounts {
        self.expected[task.at()]
    }

    /// The setups that a task waits for although they are not directly before it, when none has ended. A task runs only
    /// if they all succeeded; that is [`TriggerRule::AllSuccess`](crate::TriggerRule::AllSuccess) on these counts.
    pub fn expected_setups(&self, task: TaskIndex) -> UpstreamCounts {
        self.scopes.expected(task)
    }

    /// The setups that a task waits for although they are not directly before it, in index order.
    pub fn indirect_setups(&self, task: TaskIndex) -> &[TaskIndex] {
        self.scopes.setups(task)
    }

    /// The tasks that wait for a setup although they are not directly after it, in index order.
    pub fn setup_dependants(&self, setup: TaskIndex) -> &[TaskIndex] {
        self.scopes.dependants(setup)
    }
}

/// For each task a slice of others.
#[derive(Debug, Clone)]
struct Neighbours {
    starts: Vec<u32>,
    tasks: Vec<TaskIndex>,
}

impl Neighbours {
    fn upstreams(spec: &DagSpec, index_of: &HashMap<TaskId, TaskIndex>) -> Result<Self, DagError> {
        let mut neighbours = Self {
            starts: vec![0],
            tasks: Vec::new(),
        };
        for task in &spec.tasks {
            let start = neighbours.tasks.len();
            for upstream in &task.upstream_task_ids {
                let index = index_of.get(upstream).ok_or_else(|| DagError::UnknownUpstream {
                    dag_id: spec.dag_id.clone(),
                    task_id: task.task_id.clone(),
                    upstream: upstream.clone(),
                })?;
                neighbours.tasks.push(*index);
            }
            neighbours.tasks[start..].sort_unstable();
            neighbours.starts.push(neighbours.tasks.len() as u32);
        }
        Ok(neighbours)
    }

    fn of(&self, task: TaskIndex) -> &[TaskIndex] {
        &self.tasks[self.starts[task.at()] as usize..self.starts[task.at() + 1] as usize]
    }

    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Everything that can be reached from these tasks in one step or more.
    fn reached(&self, from: impl IntoIterator<Item = TaskIndex>) -> BTreeSet<TaskIndex> {
        let mut reached = BTreeSet::new();
        let mut ahead: Vec<TaskIndex> = from.into_iter().collect();
        while let Some(task) = ahead.pop() {
            let next = self.of(task).iter().copied();
            ahead.extend(next.filter(|task| reached.insert(*task)));
        }
        reached
    }

    /// The same edges seen from the other end.
    fn reversed(&self) -> Self {
        let mut starts = vec![0; self.starts.len()];
        for task in &self.tasks {
            starts[task.at() + 1] += 1;
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next: Vec<u32> = starts.clone();
        let mut tasks = vec![TaskIndex(0); self.tasks.len()];
        for from in (0..self.len() as u32).map(TaskIndex) {
            for to in self.of(from) {
                tasks[next[to.at()] as usize] = from;
                next[to.at()] += 1;
            }
        }
        Self { starts, tasks }
    }
}

fn task_id(spec: &DagSpec, task: TaskIndex) -> TaskId {
    spec.tasks[task.at()].task_id.clone()
}

fn index(spec: &DagSpec) -> Result<HashMap<TaskId, TaskIndex>, DagError> {
    let mut index_of = HashMap::with_capacity(spec.tasks.len());
    for (at, task) in spec.tasks.iter().enumerate() {
        if index_of
            .insert(task.task_id.clone(), TaskIndex(at as u32))
            .is_some()
        {
            return Err(DagError::DuplicateTask {
                dag_id: spec.dag_id.clone(),
                task_id: task.task_id.clone(),
            });
        }
    }
    Ok(index_of)
}

/// Every task that is in no cycle and behind none, upstreams first.
fn topological_order(upstreams: &Neighbours, downstreams: &Neighbours) -> Vec<TaskIndex> {
    let all = || (0..upstreams.len() as u32).map(TaskIndex);
    let mut unmet: Vec<usize> = all().map(|task| upstreams.of(task).len()).collect();
    let mut ready: BinaryHeap<Reverse<TaskIndex>> =
        all().filter(|task| unmet[task.at()] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(upstreams.len());
    while let Some(Reverse(task)) = ready.pop() {
        order.push(task);
        for downstream in downstreams.of(task) {
            unmet[downstream.at()] -= 1;
            if unmet[downstream.at()] == 0 {
                ready.push(Reverse(*downstream));
            }
        }
    }
    order
}

/// One cycle, in the order of its edges, its first task again at the end. `ordered` are the tasks outside of cycles.
fn find_cycle(upstreams: &Neighbours, ordered: &[TaskIndex]) -> Vec<TaskIndex> {
    let mut is_ordered = vec![false; upstreams.len()];
    for task in ordered {
        is_ordered[task.at()] = true;
    }
    // Every task left over has an upstream left over, so going up comes round sooner or later.
    let mut path: Vec<TaskIndex> = Vec::new();
    let mut place = vec![None; upstreams.len()];
    let mut task = (0..upstreams.len() as u32)
        .map(TaskIndex)
        .find(|task| !is_ordered[task.at()]);
    while let Some(current) = task {
        if let Some(start) = place[current.at()] {
            let mut cycle = path.split_off(start);
            cycle.push(current);
            cycle.reverse();
            return cycle;
        }
        place[current.at()] = Some(path.len());
        path.push(current);
        task = upstreams
            .of(current)
            .iter()
            .copied()
            .find(|upstream| !is_ordered[upstream.at()]);
    }
    path
}

/// Source: `DagRun._tis_for_dagrun_state` of Airflow 2.11.
fn leaves(spec: &DagSpec, downstreams: &Neighbours) -> Vec<TaskIndex> {
    let all = || (0..spec.tasks.len() as u32).map(TaskIndex);
    let counts = |task: TaskIndex| {
        let task = &spec.tasks[task.at()];
        !task.is_teardown || task.on_failure_fail_dagrun
    };
    let leaves: Vec<TaskIndex> = all()
        .filter(|task| counts(*task) && !downstreams.of(*task).iter().any(|down| counts(*down)))
        .collect();
    if leaves.is_empty() {
        all().filter(|task| downstreams.of(*task).is_empty()).collect()
    } else {
        leaves
    }
}

fn expected(spec: &DagSpec, upstreams: &Neighbours) -> Vec<UpstreamCounts> {
    let count = |task: u32| {
        let mut counts = UpstreamCounts::NONE;
        for upstream in upstreams.of(TaskIndex(task)) {
            counts.expect(spec.tasks[upstream.at()].is_setup);
        }
        counts
    };
    (0..spec.tasks.len() as u32).map(count).collect()
}

fn weights(
    spec: &DagSpec,
    order: &[TaskIndex],
    upstreams: &Neighbours,
    downstreams: &Neighbours,
) -> Vec<i64> {
    let own: Vec<i64> = spec.tasks.iter().map(|task| task.priority_weight).collect();
    let uses = |rule: WeightRule| spec.tasks.iter().any(|task| task.weight_rule == rule);
    let before = uses(WeightRule::Upstream).then(|| sums(&own, order.iter(), upstreams));
    let after = uses(WeightRule::Downstream).then(|| sums(&own, order.iter().rev(), downstreams));
    let total = |(at, task): (usize, &crate::TaskSpec)| {
        let others = match task.weight_rule {
            WeightRule::Downstream => after.as_ref().map_or(0, |sums| sums[at]),
            WeightRule::Upstream => before.as_ref().map_or(0, |sums| sums[at]),
            WeightRule::Absolute => 0,
        };
        own[at]
            .saturating_add(others)
            .clamp(i64::from(i32::MIN), i64::from(i32::MAX))
    };
    spec.tasks.iter().enumerate().map(total).collect()
}

/// For each task the weights of all tasks that can be reached from it, each counted once. `order` has a task's
/// neighbours before it. 64 goals are followed at a time, one bit each.
fn sums<'a>(
    own: &[i64],
    order: impl Iterator<Item = &'a TaskIndex> + Clone,
    neighbours: &Neighbours,
) -> Vec<i64> {
    let mut sums = vec![0_i64; own.len()];
    let mut reached = vec![0_u64; own.len()];
    for (block, weights) in own.chunks(64).enumerate() {
        let first = block * 64;
        let uniform = weights.iter().all(|weight| *weight == weights[0]);
        for task in order.clone() {
            let goals = neighbours.of(*task).iter().fold(0, |goals, neighbour| {
                let itself = neighbour.at().checked_sub(first).filter(|bit| *bit < 64);
                goals | reached[neighbour.at()] | itself.map_or(0, |bit| 1 << bit)
            });
            reached[task.at()] = goals;
            let sum = if uniform {
                i64::from(goals.count_ones()).saturating_mul(weights[0])
            } else {
                sum(goals, weights)
            };
            sums[task.at()] = sums[task.at()].saturating_add(sum);
        }
    }
    sums
}

fn sum(goals: u64, weights: &[i64]) -> i64 {
    let chosen = weights
        .iter()
        .enumerate()
        .filter(|(bit, _)| goals & (1 << bit) != 0);
    chosen.fold(0, |sum, (_, weight)| sum.saturating_add(*weight))
}
