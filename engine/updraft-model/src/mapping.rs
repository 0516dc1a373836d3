//! Dynamic task mapping: what a task or a task group is mapped over, and how many copies that makes.
//!
//! The names are those of Airflow's serialised DAG: `expand_input` with the types `dict-of-lists` (`expand`) and
//! `list-of-dicts` (`expand_kwargs`), `xcomref`, `map`, `zip` and `concat`. Source: `airflow.models.expandinput` and
//! `airflow.models.xcom_arg` of Airflow 2.11.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::TaskId;

/// The largest number of copies of a task. Airflow knows no limit for combinations of lists but its 32-bit indexes; more
/// than this is a mistake, which is better told at once.
pub const COPIES_MAX: u32 = 10_000_000;

/// What a task or task group is mapped over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", deny_unknown_fields)]
pub enum ExpandInput {
    /// `expand(x=.., y=..)`: a copy for each combination; the last argument varies fastest. The order of the arguments
    /// matters, so they are a list of pairs.
    #[serde(rename = "dict-of-lists")]
    DictOfLists(Vec<(String, MapSource)>),
    /// `expand_kwargs(..)`: a copy for each item, which is a dict of arguments.
    #[serde(rename = "list-of-dicts")]
    ListOfDicts(MapSource),
}

/// Something with items, each of which goes to another copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "__type", content = "__var", deny_unknown_fields)]
pub enum MapSource {
    /// A list, or a dict, whose items are pairs of key and value.
    #[serde(rename = "literal")]
    Literal(Value),
    /// What tasks return.
    #[serde(rename = "xcomref")]
    XCom(XComArg),
}

/// What tasks return, as it is or changed on the way. Nothing of it is worked out before a copy needs its item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum XComArg {
    /// What a task returns: a list or a dict; of a mapped task, what its copies return, in the order of their indexes
    /// and without those that return nothing.
    Plain {
        /// The task.
        task_id: TaskId,
    },
    /// Each item is changed by a function of the DAG's source.
    Map {
        /// The items.
        arg: Box<XComArg>,
        /// Which function of the source; only its runtime knows more.
        callable: u32,
    },
    /// Each item is a list of the items at the same place; as many as the shortest has.
    Zip {
        /// The items.
        args: Vec<XComArg>,
    },
    /// The same, as many as the longest has; Airflow's `zip` with a `fillvalue`.
    ZipLongest {
        /// The items.
        args: Vec<XComArg>,
        /// What stands for items that are missing.
        fillvalue: Value,
    },
    /// The items of one after those of the other.
    Concat {
        /// The items.
        args: Vec<XComArg>,
    },
}

/// How many items a value has that tasks can be mapped over; `None` if they cannot: it is no list and no dict.
pub fn mappable_length(value: &Value) -> Option<usize> {
    match value {
        Value::Array(items) => Some(items.len()),
        Value::Object(entries) => Some(entries.len()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// The item of a list, or the entry of a dict as `[key, value]`, at a place from 0; `None` if there is none.
pub fn mappable_item(value: &Value, at: usize) -> Option<Value> {
    match value {
        Value::Array(items) => items.get(at).cloned(),
        Value::Object(entries) => {
            let (key, value) = entries.iter().nth(at)?;
            Some(Value::Array(vec![Value::String(key.clone()), value.clone()]))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// What kind of value it is, in Python's words, as Airflow's messages have it.
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// What a task has returned, as far as tasks that are mapped over it want to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Returned {
    /// A list or dict with so many items.
    Items(u32),
    /// Something else.
    Other,
}

impl Returned {
    /// What a value is.
    pub fn of(value: &Value) -> Self {
        let length = mappable_length(value).and_then(|length| u32::try_from(length).ok());
        length.map_or(Self::Other, Self::Items)
    }

    /// Demands that tasks can be mapped over a value that a task returns: a list or dict with at most so many items.
    ///
    /// # Errors
    /// They cannot. The task failed with that, and its retries may help.
    pub fn mappable(value: &Value, length_max: u32) -> Result<Self, Unmappable> {
        let length = mappable_length(value).ok_or_else(|| Unmappable::Type(type_name(value)))?;
        match u32::try_from(length) {
            Ok(length) if length <= length_max => Ok(Self::Items(length)),
            _ => Err(Unmappable::Length { length, length_max }),
        }
    }

    /// How many items there are, if they can be mapped over.
    pub const fn items(self) -> Option<u32> {
        match self {
            Self::Items(items) => Some(items),
            Self::Other => None,
        }
    }
}

/// Why nothing can be mapped over what a task returns. The texts are those of Airflow 2.11.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unmappable {
    /// It returned nothing; Airflow's `XComForMappingNotPushed`.
    #[error(
        "did not push XCom for task mapping: other tasks are mapped over what this task returns, which was nothing"
    )]
    Nothing,
    /// It is no list and no dict; Airflow's `UnmappableXComTypePushed`.
    #[error("unmappable return type `{0}`: other tasks are mapped over it, so it must be a list or dict")]
    Type(&'static str),
    /// It is too long; Airflow's `UnmappableXComLengthPushed`.
    #[error("unmappable return value length: {length} > {length_max}, see `[core] max_map_length`")]
    Length {
        /// How many items it has.
        length: usize,
        /// How many it may have.
        length_max: u32,
    },
}

impl ExpandInput {
    /// The tasks whose results it is made of.
    pub fn tasks(&self) -> BTreeSet<&TaskId> {
        let mut tasks = BTreeSet::new();
        for source in self.sources() {
            if let MapSource::XCom(arg) = source {
                arg.add_tasks(&mut tasks);
            }
        }
        tasks
    }

    /// Everything that has items, in the order of the arguments.
    pub fn sources(&self) -> impl Iterator<Item = &MapSource> {
        let (pairs, single) = match self {
            Self::DictOfLists(arguments) => (Some(arguments), None),
            Self::ListOfDicts(source) => (None, Some(source)),
        };
        let pairs = pairs.into_iter().flatten().map(|(_, source)| source);
        pairs.chain(single)
    }

    /// How many copies there are, given how many items each task returns; `None` if that is not known of one of them.
    pub fn copies(&self, length_of: &dyn Fn(&TaskId) -> Option<u32>) -> Option<u64> {
        self.sources()
            .map(|source| source.length(length_of))
            .try_fold(1_u64, |product, length| Some(product.saturating_mul(length?)))
    }

    /// The places of the items that the copy of an index gets, one for each source.
    ///
    /// `None` if a length is not known, or there is no such copy.
    pub fn places(&self, index: u64, length_of: &dyn Fn(&TaskId) -> Option<u32>) -> Option<Vec<u64>> {
        let lengths: Option<Vec<u64>> = self.sources().map(|source| source.length(length_of)).collect();
        let (lengths, mut rest) = (lengths?, index);
        let mut places = vec![0; lengths.len()];
        for (place, length) in places.iter_mut().zip(&lengths).rev() {
            *place = rest.checked_rem(*length)?;
            rest /= length;
        }
        (rest == 0).then_some(places)
    }
}

impl MapSource {
    /// How many items it has; `None` if that is not known of one of its tasks.
    pub fn length(&self, length_of: &dyn Fn(&TaskId) -> Option<u32>) -> Option<u64> {
        match self {
            Self::Literal(value) => mappable_length(value).map(|length| length as u64),
            Self::XCom(arg) => arg.length(length_of),
        }
    }
}

impl XComArg {
    /// How many items it has; `None` if that is not known of one of its tasks.
    pub fn length(&self, length_of: &dyn Fn(&TaskId) -> Option<u32>) -> Option<u64> {
        let lengths =
            |args: &[Self]| -> Option<Vec<u64>> { args.iter().map(|arg| arg.length(length_of)).collect() };
        match self {
            Self::Plain { task_id } => length_of(task_id).map(u64::from),
            Self::Map { arg, .. } => arg.length(length_of),
            Self::Zip { args } => Some(lengths(args)?.into_iter().min().unwrap_or(0)),
            Self::ZipLongest { args, .. } => Some(lengths(args)?.into_iter().max().unwrap_or(0)),
            Self::Concat { args } => Some(lengths(args)?.into_iter().sum()),
        }
    }

    /// The tasks whose results it is made of.
    pub fn tasks(&self) -> BTreeSet<&TaskId> {
        let mut tasks = BTreeSet::new();
        self.add_tasks(&mut tasks);
        tasks
    }

    fn add_tasks<'a>(&'a self, tasks: &mut BTreeSet<&'a TaskId>) {
        match self {
            Self::Plain { task_id } => {
                tasks.insert(task_id);
            }
            Self::Map { arg, .. } => arg.add_tasks(tasks),
            Self::Zip { args } | Self::ZipLongest { args, .. } | Self::Concat { args } => {
                for arg in args {
                    arg.add_tasks(tasks);
                }
            }
        }
    }
}
