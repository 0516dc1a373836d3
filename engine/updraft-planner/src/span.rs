//! Which task of a run is meant, and which of its copies.

use std::ops::Range;

use updraft_model::{MapIndex, TaskIndex};

/// One task of a run, or one copy of a mapped task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instance {
    pub(crate) task: TaskIndex,
    /// Which copy; none of a task that is not mapped, or has no copies yet.
    pub(crate) copy: Option<u32>,
}

impl Instance {
    pub(crate) const fn whole(task: TaskIndex) -> Self {
        Self { task, copy: None }
    }

    pub(crate) fn map_index(self) -> MapIndex {
        let index = self.copy.and_then(|copy| i32::try_from(copy).ok());
        index.map_or(MapIndex::UNMAPPED, MapIndex)
    }
}

/// One task of a run, or neighbouring copies of a mapped task that do not differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) task: TaskIndex,
    pub(crate) copies: Option<Range<u32>>,
}

impl Span {
    pub(crate) const fn whole(task: TaskIndex) -> Self {
        Self { task, copies: None }
    }

    pub(crate) const fn copies(task: TaskIndex, copies: Range<u32>) -> Self {
        Self {
            task,
            copies: Some(copies),
        }
    }

    /// How many instances it is.
    pub(crate) fn len(&self) -> u32 {
        self.copies.as_ref().map_or(1, |copies| copies.end - copies.start)
    }

    pub(crate) fn instances(&self) -> impl Iterator<Item = Instance> + use<> {
        let (task, first) = (self.task, self.copies.as_ref().map(|copies| copies.start));
        (0..self.len()).map(move |offset| Instance {
            task,
            copy: first.map(|first| first + offset),
        })
    }

    pub(crate) fn first(&self) -> Instance {
        Instance {
            task: self.task,
            copy: self.copies.as_ref().map(|copies| copies.start),
        }
    }
}

impl From<Instance> for Span {
    fn from(instance: Instance) -> Self {
        Self {
            task: instance.task,
            copies: instance.copy.map(|copy| copy..copy + 1),
        }
    }
}
