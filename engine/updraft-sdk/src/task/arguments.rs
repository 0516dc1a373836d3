//! The arguments of a task, worked out when it starts: those that are fixed, and the items that its copy gets.

use futures::FutureExt;
use futures::future::BoxFuture;
use serde_json::{Map, Value};
use updraft_model::{
    ExpandInput, MapIndex, MapSource, TaskId, TaskIndex, ValidDag, XComArg, mappable_item, type_name,
};

use super::{Context, TaskError, TaskResult};
use crate::dag::{BuiltDag, Fixed};

/// Works the arguments out.
pub(crate) async fn arguments(context: &Context, dag: &BuiltDag) -> TaskResult<Map<String, Value>> {
    let valid = dag.valid();
    let mut arguments = Map::new();
    let Some(task) = valid.graph().index(context.task_id()) else {
        return Ok(arguments);
    };
    let resolver = Resolver { context, dag, task };
    for (name, fixed) in dag.fixed_arguments(context.task_id()) {
        let value = match fixed {
            Fixed::Value(value) => value.clone(),
            Fixed::Output(output) => resolver.whole(output).await?,
        };
        arguments.insert(name.clone(), value);
    }
    if let Some(input) = valid.mapping().input(valid.spec(), task) {
        resolver.add_mapped(input, &mut arguments).await?;
    }
    Ok(arguments)
}

/// A running copy, in its DAG.
struct Resolver<'a> {
    context: &'a Context,
    dag: &'a BuiltDag,
    task: TaskIndex,
}

impl Resolver<'_> {
    /// Adds the items that this copy gets.
    async fn add_mapped(&self, input: &ExpandInput, arguments: &mut Map<String, Value>) -> TaskResult {
        let MapIndex(index) = self.context.map_index();
        let index = u64::try_from(index).map_err(|_| {
            TaskError::fail_without_retry("the task is mapped, but no copy of it was asked for")
        })?;
        let length_of = |task_id: &TaskId| self.length_of(task_id);
        let places = input.places(index, &length_of).ok_or_else(|| {
            TaskError::fail_without_retry(format!("there is no item for map index {index} any more"))
        })?;
        let items: Vec<(Option<&String>, &MapSource)> = match input {
            ExpandInput::DictOfLists(sources) => sources
                .iter()
                .map(|(name, source)| (Some(name), source))
                .collect(),
            ExpandInput::ListOfDicts(source) => vec![(None, source)],
        };
        for ((name, source), place) in items.into_iter().zip(places) {
            let item = match source {
                MapSource::Literal(value) => at(value, place).unwrap_or_default(),
                MapSource::XCom(output) => self.item(output, place).await?,
            };
            match (name, item) {
                (Some(name), item) => drop(arguments.insert(name.clone(), item)),
                (None, Value::Object(all)) => {
                    if let Some(name) = all.keys().find(|name| arguments.contains_key(*name)) {
                        return Err(format!(
                            "expand_kwargs() gives argument `{name}`, which partial() gives too"
                        )
                        .into());
                    }
                    arguments.extend(all);
                }
                (None, item) => {
                    let found = type_name(&item);
                    return Err(format!("expand_kwargs() expects a list[dict], not list[{found}]").into());
                }
            }
        }
        Ok(())
    }

    fn length_of(&self, task_id: &TaskId) -> Option<u32> {
        self.context.map_lengths().get(task_id).copied()
    }

    /// One item of what tasks return.
    fn item<'a>(&'a self, output: &'a XComArg, place: u64) -> BoxFuture<'a, TaskResult<Value>> {
        async move {
            let length = |arg: &XComArg| arg.length(&|task_id| self.length_of(task_id)).unwrap_or(0);
            match output {
                XComArg::Plain { task_id } => Ok(self.context.xcom_item(task_id, place).await?),
                XComArg::Map { arg, callable } => {
                    let item = self.item(arg, place).await?;
                    self.call(*callable, item)
                }
                XComArg::Zip { args } => {
                    let mut items = Vec::with_capacity(args.len());
                    for arg in args {
                        items.push(self.item(arg, place).await?);
                    }
                    Ok(Value::Array(items))
                }
                XComArg::ZipLongest { args, fillvalue } => {
                    let mut items = Vec::with_capacity(args.len());
                    for arg in args {
                        let is_there = place < length(arg);
                        items.push(if is_there {
                            self.item(arg, place).await?
                        } else {
                            fillvalue.clone()
                        });
                    }
                    Ok(Value::Array(items))
                }
                XComArg::Concat { args } => {
                    let mut rest = place;
                    for arg in args {
                        let length = length(arg);
                        if rest < length {
                            return self.item(arg, rest).await;
                        }
                        rest -= length;
                    }
                    Ok(Value::Null)
                }
            }
        }
        .boxed()
    }

    /// Everything that tasks return. Of a task that is mapped together with this one it is what its copy of the same index
    /// returns, of another mapped one the list of what all copies do.
    fn whole<'a>(&'a self, output: &'a XComArg) -> BoxFuture<'a, TaskResult<Value>> {
        async move {
            match output {
                XComArg::Plain { task_id } => {
                    let is_together = |valid: &ValidDag| {
                        let source = valid.graph().index(task_id);
                        source.is_some_and(|source| valid.mapping().are_together(source, self.task))
                    };
                    let copy = is_together(self.dag.valid()).then(|| self.context.map_index());
                    Ok(self.context.returned_by(task_id, copy).await?)
                }
                XComArg::Map { arg, callable } => {
                    let items = items(self.whole(arg).await?)?;
                    let items = items.into_iter().map(|item| self.call(*callable, item));
                    items.collect::<TaskResult<Vec<Value>>>().map(Value::Array)
                }
                XComArg::Zip { args } | XComArg::ZipLongest { args, .. } => {
                    let mut columns = Vec::with_capacity(args.len());
                    for arg in args {
                        columns.push(items(self.whole(arg).await?)?);
                    }
                    let fill = match output {
                        XComArg::ZipLongest { fillvalue, .. } => Some(fillvalue),
                        _ => None,
                    };
                    Ok(Value::Array(zipped(&columns, fill)))
                }
                XComArg::Concat { args } => {
                    let mut all = Vec::new();
                    for arg in args {
                        all.extend(items(self.whole(arg).await?)?);
                    }
                    Ok(Value::Array(all))
                }
            }
        }
        .boxed()
    }

    fn call(&self, callable: u32, item: Value) -> TaskResult<Value> {
        match self.dag.callable(callable) {
            Some(function) => function.call(item),
            None => Err(TaskError::fail_without_retry(
                "a function given to `map` is not in this program any more",
            )),
        }
    }
}

fn at(value: &Value, place: u64) -> Option<Value> {
    mappable_item(value, usize::try_from(place).ok()?)
}

/// The items of a list, or the entries of a dict.
fn items(value: Value) -> TaskResult<Vec<Value>> {
    match value {
        Value::Array(items) => Ok(items),
        Value::Object(entries) => {
            let pair = |(key, value)| Value::Array(vec![Value::String(key), value]);
            Ok(entries.into_iter().map(pair).collect())
        }
        other => Err(format!(
            "a list or dict is needed, the task returned `{}`",
            type_name(&other)
        )
        .into()),
    }
}

fn zipped(columns: &[Vec<Value>], fill: Option<&Value>) -> Vec<Value> {
    let lengths = columns.iter().map(Vec::len);
    let length = if fill.is_some() {
        lengths.max()
    } else {
        lengths.min()
    };
    let row = |place: usize| {
        let items = columns
            .iter()
            .map(|column| column.get(place).or(fill).cloned().unwrap_or_default());
        Value::Array(items.collect())
    };
    (0..length.unwrap_or(0)).map(row).collect()
}
