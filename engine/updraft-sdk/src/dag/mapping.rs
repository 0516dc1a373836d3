//! Dynamic task mapping: arguments of tasks, and what tasks and groups are mapped over.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use updraft_model::{ExpandInput, MapSource, TaskId, TaskSpec, XComArg};

use super::order::Node;
use super::{Dag, DagError, TaskRef, TaskSet};
use crate::task::{TaskError, TaskResult};

/// What a task returns, as an argument of other tasks; Airflow's `XComArg`. Made by [`TaskRef::output`].
///
/// ```
/// use updraft_sdk::{Context, Dag, TaskError, TaskResult};
/// # async fn list_files(_: Context) -> TaskResult<Vec<String>> { Ok(Vec::new()) }
/// # async fn load(context: Context) -> TaskResult { context.argument::<String>("file")?; Ok(()) }
///
/// let dag = Dag::new("etl");
/// let files = dag.task("list_files", list_files);
/// let csv = files.output().map(|name: String| {
///     if name.ends_with(".csv") { Ok(format!("/in/{name}")) } else { Err(TaskError::skip("no CSV file")) }
/// });
/// dag.task("load", load).expand("file", csv);
/// # dag.build().unwrap();
/// ```
#[derive(Debug, Clone)]
pub struct Output<'dag> {
    dag: &'dag Dag,
    draft: OutputDraft,
}

/// An output whose tasks are known by their places.
#[derive(Debug, Clone)]
pub(crate) enum OutputDraft {
    Task(usize),
    Map(Box<OutputDraft>, u32),
    Zip(Vec<OutputDraft>),
    ZipLongest(Vec<OutputDraft>, Value),
    Concat(Vec<OutputDraft>),
}

impl<'dag> Output<'dag> {
    pub(crate) const fn of(dag: &'dag Dag, task: usize) -> Self {
        Self {
            dag,
            draft: OutputDraft::Task(task),
        }
    }

    /// The same with each item changed by a function. It runs in the task that gets the item; the copy of an item for
    /// which it gives [`TaskError::skip`] is skipped.
    pub fn map<F, T, U>(self, function: F) -> Self
    where
        F: Fn(T) -> TaskResult<U> + Send + Sync + 'static,
        T: DeserializeOwned,
        U: Serialize,
    {
        let function = MapFunction(Arc::new(move |item| {
            let item = serde_json::from_value(item)
                .map_err(|error| TaskError::from(format!("an item is not of the expected type: {error}")))?;
            Ok(serde_json::to_value(function(item)?)?)
        }));
        let callables = &mut self.dag.draft.borrow_mut().callables;
        callables.push(function);
        Self {
            dag: self.dag,
            draft: OutputDraft::Map(Box::new(self.draft), callables.len() as u32 - 1),
        }
    }

    /// The items of both in pairs, as lists of two; as many as the shorter one has.
    pub fn zip(self, other: Self) -> Self {
        Self {
            dag: self.dag,
            draft: OutputDraft::Zip(vec![self.draft, other.draft]),
        }
    }

    /// The items of both in pairs, as many as the longer one has; `fillvalue` stands for those that are missing.
    pub fn zip_longest(self, other: Self, fillvalue: impl Into<Value>) -> Self {
        Self {
            dag: self.dag,
            draft: OutputDraft::ZipLongest(vec![self.draft, other.draft], fillvalue.into()),
        }
    }

    /// The items of the one, then those of the other.
    pub fn concat(self, other: Self) -> Self {
        Self {
            dag: self.dag,
            draft: OutputDraft::Concat(vec![self.draft, other.draft]),
        }
    }

    /// Puts the tasks that it comes from before others.
    fn before(&self, after: Node) {
        let after = TaskSet::one(self.dag, after);
        for task in self.draft.tasks() {
            TaskSet::from(TaskRef::new(self.dag, task)).before(&after);
        }
    }
}

impl OutputDraft {
    fn tasks(&self) -> Vec<usize> {
        match self {
            Self::Task(task) => vec![*task],
            Self::Map(of, _) => of.tasks(),
            Self::Zip(all) | Self::ZipLongest(all, _) | Self::Concat(all) => {
                all.iter().flat_map(Self::tasks).collect()
            }
        }
    }

    /// The same with the tasks' ids.
    pub(crate) fn arg(&self, tasks: &[TaskSpec]) -> Option<XComArg> {
        let all = |drafts: &[Self]| -> Option<Vec<XComArg>> {
            drafts.iter().map(|draft| draft.arg(tasks)).collect()
        };
        Some(match self {
            Self::Task(task) => XComArg::Plain {
                task_id: tasks.get(*task)?.task_id.clone(),
            },
            Self::Map(of, callable) => XComArg::Map {
                arg: Box::new(of.arg(tasks)?),
                callable: *callable,
            },
            Self::Zip(of) => XComArg::Zip { args: all(of)? },
            Self::ZipLongest(of, fillvalue) => XComArg::ZipLongest {
                args: all(of)?,
                fillvalue: fillvalue.clone(),
            },
            Self::Concat(of) => XComArg::Concat { args: all(of)? },
        })
    }
}

/// A function that [`Output::map`] was given.
#[derive(Clone)]
pub(crate) struct MapFunction(Arc<dyn Fn(Value) -> TaskResult<Value> + Send + Sync>);

impl MapFunction {
    pub(crate) fn call(&self, item: Value) -> TaskResult<Value> {
        (self.0)(item)
    }
}

impl fmt::Debug for MapFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MapFunction")
    }
}

/// What arguments can be made of: any value that can be written as JSON, or what tasks return.
pub trait IntoArgument<'dag> {
    /// The argument.
    fn into_argument(self) -> Argument<'dag>;
}

/// An argument of a task.
#[derive(Debug, Clone)]
pub struct Argument<'dag>(Kind<'dag>);

#[derive(Debug, Clone)]
enum Kind<'dag> {
    /// A value, or why it cannot be written as JSON.
    Value(Result<Value, String>),
    Output(Output<'dag>),
}

impl<'dag, T: Serialize> IntoArgument<'dag> for T {
    fn into_argument(self) -> Argument<'dag> {
        Argument(Kind::Value(
            serde_json::to_value(self).map_err(|error| error.to_string()),
        ))
    }
}

impl<'dag> IntoArgument<'dag> for Output<'dag> {
    fn into_argument(self) -> Argument<'dag> {
        Argument(Kind::Output(self))
    }
}

/// An argument in the description of a task.
#[derive(Debug, Clone)]
pub(crate) enum ArgumentDraft {
    Value(Value),
    Output(OutputDraft),
}

/// What a task or group is mapped over, as far as it was said.
#[derive(Debug, Clone)]
pub(crate) enum ExpandDraft {
    Arguments(Vec<(String, ArgumentDraft)>),
    Kwargs(ArgumentDraft),
}

impl ArgumentDraft {
    fn source(&self, tasks: &[TaskSpec]) -> Option<MapSource> {
        Some(match self {
            Self::Value(value) => MapSource::Literal(value.clone()),
            Self::Output(output) => MapSource::XCom(output.arg(tasks)?),
        })
    }
}

impl ExpandDraft {
    pub(crate) fn input(&self, tasks: &[TaskSpec]) -> Option<ExpandInput> {
        Some(match self {
            Self::Arguments(arguments) => {
                let sources = arguments
                    .iter()
                    .map(|(name, source)| Some((name.clone(), in_order(source.source(tasks)?))));
                ExpandInput::DictOfLists(sources.collect::<Option<_>>()?)
            }
            Self::Kwargs(source) => ExpandInput::ListOfDicts(source.source(tasks)?),
        })
    }
}

/// A literal dict as the pairs that its copies get: their order matters, and that of a dict's keys would not be kept.
fn in_order(source: MapSource) -> MapSource {
    match source {
        MapSource::Literal(Value::Object(entries)) => {
            let pair = |(key, value)| Value::Array(vec![Value::String(key), value]);
            MapSource::Literal(entries.into_iter().map(pair).collect())
        }
        other => other,
    }
}

/// Adds an argument to what a task or group is mapped over.
pub(crate) fn expand(
    known: Option<ExpandDraft>,
    name: String,
    source: ArgumentDraft,
) -> Result<ExpandDraft, &'static str> {
    match known {
        None => Ok(ExpandDraft::Arguments(vec![(name, source)])),
        Some(ExpandDraft::Arguments(mut arguments)) => {
            arguments.push((name, source));
            Ok(ExpandDraft::Arguments(arguments))
        }
        Some(ExpandDraft::Kwargs(_)) => Err("`expand` and `expand_kwargs` cannot be used together"),
    }
}

/// The same for what holds all arguments.
pub(crate) fn expand_kwargs(
    known: Option<&ExpandDraft>,
    source: ArgumentDraft,
) -> Result<ExpandDraft, &'static str> {
    match known {
        None => Ok(ExpandDraft::Kwargs(source)),
        Some(ExpandDraft::Arguments(_)) => Err("`expand` and `expand_kwargs` cannot be used together"),
        Some(ExpandDraft::Kwargs(_)) => Err("`expand_kwargs` is used twice"),
    }
}

/// Puts the tasks that an argument comes from before the one that gets it, and gives what goes into the description;
/// `None` if it is a mistake, which is noted.
pub(crate) fn draft(
    dag: &Dag,
    to: Node,
    argument: Argument<'_>,
    place: &'static Location<'static>,
) -> Option<ArgumentDraft> {
    match argument.0 {
        Kind::Value(Ok(value)) => Some(ArgumentDraft::Value(value)),
        Kind::Value(Err(problem)) => {
            let message = format!("an argument cannot be written as JSON: {problem}");
            dag.draft.borrow_mut().errors.push(DagError::at(place, message));
            None
        }
        Kind::Output(output) if std::ptr::eq(output.dag, dag) => {
            output.before(to);
            Some(ArgumentDraft::Output(output.draft))
        }
        Kind::Output(_) => {
            let message = "an argument comes from a task of another DAG, pull its XCom instead";
            dag.draft.borrow_mut().errors.push(DagError::at(place, message));
            None
        }
    }
}

/// The arguments of a task that are the same for all its copies.
#[derive(Debug, Clone)]
pub(crate) enum Fixed {
    Value(Value),
    Output(XComArg),
}

/// Those of each task that has some.
pub(crate) fn fixed(arguments: &[(String, ArgumentDraft)], tasks: &[TaskSpec]) -> Vec<(String, Fixed)> {
    let fixed = |(name, argument): &(String, ArgumentDraft)| {
        let fixed = match argument {
            ArgumentDraft::Value(value) => Fixed::Value(value.clone()),
            ArgumentDraft::Output(output) => Fixed::Output(output.arg(tasks)?),
        };
        Some((name.clone(), fixed))
    };
    arguments.iter().filter_map(fixed).collect()
}

/// What a task is told of twice.
pub(crate) fn repeated(
    task_id: &TaskId,
    partial: &[(String, ArgumentDraft)],
    expand: Option<&ExpandDraft>,
) -> Option<String> {
    let mapped = match expand {
        Some(ExpandDraft::Arguments(arguments)) => arguments.as_slice(),
        Some(ExpandDraft::Kwargs(_)) | None => &[],
    };
    let names: Vec<&String> = partial.iter().chain(mapped).map(|(name, _)| name).collect();
    let repeated = names
        .iter()
        .enumerate()
        .find(|(at, name)| names.iter().take(*at).any(|other| other == *name));
    repeated.map(|(_, name)| format!("task `{task_id}` gets argument `{name}` twice"))
}
