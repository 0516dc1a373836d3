//! Putting tasks in order: `a >> b`, [`chain`] and [`cross_downstream`].

use std::ops::Shr;
use std::panic::Location;

use super::{Dag, DagError, TaskGroup, TaskRef};

/// A task or a group, by its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Node {
    Task(usize),
    Group(usize),
}

/// One arrow, and the line of the program that drew it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edge {
    pub(crate) from: Node,
    pub(crate) to: Node,
    pub(crate) place: &'static Location<'static>,
}

/// Tasks and groups that stand at one place in an order, side by side.
#[derive(Debug, Clone)]
pub struct TaskSet<'dag> {
    members: Vec<(&'dag Dag, Node)>,
}

impl<'dag> TaskSet<'dag> {
    pub(crate) fn one(dag: &'dag Dag, node: Node) -> Self {
        Self {
            members: vec![(dag, node)],
        }
    }

    /// Makes setups of the members, which must be tasks.
    pub(crate) fn mark_setups(&self, place: &'static Location<'static>) {
        for (dag, node) in &self.members {
            let mut draft = dag.draft.borrow_mut();
            match node {
                Node::Task(index) => draft.tasks[*index].is_setup = true,
                Node::Group(_) => {
                    let message = "a task group cannot be a setup, name its tasks";
                    draft.errors.push(DagError::at(place, message));
                }
            }
        }
    }

    fn union(sets: impl IntoIterator<Item = Self>) -> Self {
        Self {
            members: sets.into_iter().flat_map(|set| set.members).collect(),
        }
    }

    /// Puts every member of this set before every member of the other.
    #[track_caller]
    pub(crate) fn before(&self, after: &Self) {
        for from in &self.members {
            for to in &after.members {
                arrow(*from, *to, Location::caller());
            }
        }
    }
}

fn arrow((dag, from): (&Dag, Node), (other, to): (&Dag, Node), place: &'static Location<'static>) {
    let draft = &mut dag.draft.borrow_mut();
    if std::ptr::eq(dag, other) {
        draft.edges.push(Edge { from, to, place });
    } else {
        let message = format!(
            "an arrow leads to dag `{}`, tasks of two DAGs cannot be ordered",
            other.settings.dag_id
        );
        draft.errors.push(DagError::at(place, message));
    }
}

/// Puts each item before the next: `chain([a, b, c])` is `a >> b >> c`.
///
/// Items may be tasks, groups, or several of them side by side: `chain((a, [b, c], d))`. Between two items of the same
/// number of members, more than one, members are joined in pairs, as in Airflow: `chain((a, [b, c], [d, e], f))` puts
/// `b` before `d` and `c` before `e`.
#[track_caller]
pub fn chain<'dag>(items: impl ChainItems<'dag>) {
    let place = Location::caller();
    let items = items.into_items();
    for pair in items.windows(2) {
        let [before, after] = pair else { continue };
        match (before.members.len(), after.members.len()) {
            (1, _) | (_, 1) => before.before(after),
            (many, same) if many == same => {
                for (from, to) in before.members.iter().zip(&after.members) {
                    arrow(*from, *to, place);
                }
            }
            (many, others) => {
                let message =
                    format!("`chain` cannot join {many} tasks with {others}, give equal numbers or one");
                if let Some((dag, _)) = before.members.first() {
                    dag.draft.borrow_mut().errors.push(DagError::at(place, message));
                }
            }
        }
    }
}

/// Puts every task of the first set before every task of the second: `cross_downstream([a, b], [c, d])`.
#[track_caller]
pub fn cross_downstream<'dag>(from: impl Into<TaskSet<'dag>>, to: impl Into<TaskSet<'dag>>) {
    from.into().before(&to.into());
}

impl<'dag, T: Into<TaskSet<'dag>>, const N: usize> From<[T; N]> for TaskSet<'dag> {
    fn from(members: [T; N]) -> Self {
        Self::union(members.into_iter().map(Into::into))
    }
}

impl<'dag, T: Into<TaskSet<'dag>>> From<Vec<T>> for TaskSet<'dag> {
    fn from(members: Vec<T>) -> Self {
        Self::union(members.into_iter().map(Into::into))
    }
}

/// `left >> right` for one type of `left` and any `right`.
macro_rules! arrow_from {
    ($($left:ty),*) => {$(
        impl<'dag, R: Into<TaskSet<'dag>>> Shr<R> for $left {
            type Output = TaskSet<'dag>;

            #[track_caller]
            fn shr(self, right: R) -> TaskSet<'dag> {
                let right = right.into();
                TaskSet::from(self).before(&right);
                right
            }
        }
    )*};
}

arrow_from!(TaskRef<'dag>, TaskGroup<'dag>, TaskSet<'dag>);

/// `left >> right` where `left` is a collection, which Rust allows for each type of `right` alone.
macro_rules! arrow_to {
    ($($right:ty),*) => {$(
        impl<'dag, const N: usize> Shr<$right> for [TaskRef<'dag>; N] {
            type Output = TaskSet<'dag>;

            #[track_caller]
            fn shr(self, right: $right) -> TaskSet<'dag> {
                TaskSet::from(self) >> right
            }
        }
        impl<'dag> Shr<$right> for Vec<TaskRef<'dag>> {
            type Output = TaskSet<'dag>;

            #[track_caller]
            fn shr(self, right: $right) -> TaskSet<'dag> {
                TaskSet::from(self) >> right
            }
        }
    )*};
}

arrow_to!(TaskRef<'dag>, TaskGroup<'dag>, TaskSet<'dag>);

/// What [`chain`] takes: an array, a `Vec` or a tuple of tasks, groups and collections of them.
pub trait ChainItems<'dag> {
    /// The items in their order.
    fn into_items(self) -> Vec<TaskSet<'dag>>;
}

impl<'dag, T: Into<TaskSet<'dag>>, const N: usize> ChainItems<'dag> for [T; N] {
    fn into_items(self) -> Vec<TaskSet<'dag>> {
        self.into_iter().map(Into::into).collect()
    }
}

impl<'dag, T: Into<TaskSet<'dag>>> ChainItems<'dag> for Vec<T> {
    fn into_items(self) -> Vec<TaskSet<'dag>> {
        self.into_iter().map(Into::into).collect()
    }
}

/// Tuples: as the items of a chain, and as members of a set side by side, on either side of an arrow.
macro_rules! tuples {
    ($(($($name:ident)*))*) => {$(
        impl<'dag, $($name: Into<TaskSet<'dag>>),*> ChainItems<'dag> for ($($name,)*) {
            fn into_items(self) -> Vec<TaskSet<'dag>> {
                #[expect(non_snake_case, reason = "the type parameters name the elements")]
                let ($($name,)*) = self;
                vec![$($name.into()),*]
            }
        }
        impl<'dag, $($name: Into<TaskSet<'dag>>),*> From<($($name,)*)> for TaskSet<'dag> {
            fn from(members: ($($name,)*)) -> Self {
                Self::union(members.into_items())
            }
        }
        impl<'dag, $($name: Into<TaskSet<'dag>>),*> Shr<TaskRef<'dag>> for ($($name,)*) {
            type Output = TaskSet<'dag>;

            #[track_caller]
            fn shr(self, right: TaskRef<'dag>) -> TaskSet<'dag> {
                TaskSet::from(self) >> right
            }
        }
    )*};
}

tuples!((A B) (A B C) (A B C D) (A B C D E) (A B C D E F) (A B C D E F G) (A B C D E F G H));
