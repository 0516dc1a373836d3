//! Reading columns as types of the model, with errors that name table, row and column.

use std::fmt::Display;
use std::str::FromStr;

use jiff::Timestamp;
use serde_json::{Map, Value};
use updraft_model::{
    AttemptId, DagId, DagVersionId, DataInterval, MapIndex, RunId, RunKey, TaskId, TaskInstanceState, TaskKey,
};
use updraft_sql::{Column, Row, SqlError};
use uuid::Uuid;

use crate::error::{InvalidRow, StoreError};

/// The columns that name a row, in the tables that have them.
const KEY_COLUMNS: [&str; 8] = [
    "dag_id", "run_id", "task_id", "key", "conn_id", "pool", "source", "name",
];

/// A row that is known to come from a table.
pub(crate) struct TableRow<'r> {
    pub(crate) table: &'static str,
    pub(crate) row: &'r Row,
}

impl TableRow<'_> {
    pub(crate) fn get<T: Column>(&self, column: &str) -> Result<T, SqlError> {
        self.row.get(column)
    }

    /// A text column that reads as a type of the model.
    pub(crate) fn parsed<T>(&self, column: &str) -> Result<T, StoreError>
    where
        T: FromStr,
        T::Err: Display,
    {
        self.parse(column, &self.get::<String>(column)?)
    }

    pub(crate) fn optional_parsed<T>(&self, column: &str) -> Result<Option<T>, StoreError>
    where
        T: FromStr,
        T::Err: Display,
    {
        self.get::<Option<String>>(column)?
            .map(|text| self.parse(column, &text))
            .transpose()
    }

    /// A number that fits; a count is never negative.
    pub(crate) fn number<T: TryFrom<i64>>(&self, column: &str) -> Result<T, StoreError> {
        self.narrow(column, self.get(column)?)
    }

    pub(crate) fn optional_number<T: TryFrom<i64>>(&self, column: &str) -> Result<Option<T>, StoreError> {
        self.get::<Option<i64>>(column)?
            .map(|number| self.narrow(column, number))
            .transpose()
    }

    pub(crate) fn time(&self, column: &str) -> Result<Timestamp, SqlError> {
        self.row.timestamp(column)
    }

    pub(crate) fn optional_time(&self, column: &str) -> Result<Option<Timestamp>, SqlError> {
        self.row.optional_timestamp(column)
    }

    pub(crate) fn interval(&self, start: &str, end: &str) -> Result<Option<DataInterval>, SqlError> {
        let bounds = self.optional_time(start)?.zip(self.optional_time(end)?);
        Ok(bounds.map(|(start, end)| DataInterval { start, end }))
    }

    pub(crate) fn json(&self, column: &str) -> Result<Value, StoreError> {
        self.parsed(column)
    }

    pub(crate) fn optional_json(&self, column: &str) -> Result<Option<Value>, StoreError> {
        self.optional_parsed(column)
    }

    pub(crate) fn json_object(&self, column: &str) -> Result<Map<String, Value>, StoreError> {
        match self.json(column)? {
            Value::Object(fields) => Ok(fields),
            _ => Err(self.damaged(column, "holds JSON that is no object").into()),
        }
    }

    pub(crate) fn dag_id(&self) -> Result<DagId, StoreError> {
        self.parsed("dag_id")
    }

    pub(crate) fn run_id(&self) -> Result<RunId, StoreError> {
        self.parsed("run_id")
    }

    pub(crate) fn run_key(&self) -> Result<RunKey, StoreError> {
        Ok(RunKey {
            dag_id: self.dag_id()?,
            run_id: self.run_id()?,
        })
    }

    pub(crate) fn task_id(&self) -> Result<TaskId, StoreError> {
        self.parsed("task_id")
    }

    pub(crate) fn map_index(&self) -> Result<MapIndex, StoreError> {
        Ok(MapIndex(self.number("map_index")?))
    }

    pub(crate) fn task_key(&self) -> Result<TaskKey, StoreError> {
        Ok(self.run_key()?.task(self.task_id()?, self.map_index()?))
    }

    pub(crate) fn task_state(&self, column: &str) -> Result<Option<TaskInstanceState>, StoreError> {
        self.optional_parsed(column)
    }

    pub(crate) fn attempt(&self) -> Result<AttemptId, SqlError> {
        Ok(AttemptId(self.get("attempt_id")?))
    }

    pub(crate) fn optional_attempt(&self) -> Result<Option<AttemptId>, SqlError> {
        Ok(self.get::<Option<Uuid>>("attempt_id")?.map(AttemptId))
    }

    pub(crate) fn version(&self) -> Result<DagVersionId, SqlError> {
        Ok(DagVersionId(self.get("version_id")?))
    }

    /// The error of a value that no version of this program writes.
    pub(crate) fn damaged(&self, column: &str, problem: impl Display) -> InvalidRow {
        let key: Vec<String> = KEY_COLUMNS
            .iter()
            .filter_map(|column| self.row.get(column).ok())
            .collect();
        InvalidRow {
            table: self.table,
            key: key.join(" "),
            column: column.to_owned(),
            problem: problem.to_string(),
        }
    }

    fn parse<T>(&self, column: &str, text: &str) -> Result<T, StoreError>
    where
        T: FromStr,
        T::Err: Display,
    {
        text.parse()
            .map_err(|error| self.damaged(column, format!("cannot be read: {error}")).into())
    }

    fn narrow<T: TryFrom<i64>>(&self, column: &str, number: i64) -> Result<T, StoreError> {
        T::try_from(number).map_err(|_| {
            self.damaged(column, format!("holds `{number}`, out of range"))
                .into()
        })
    }
}

/// Text for a column: without NUL characters, which PostgreSQL cannot hold. For words from tasks and programs, whose
/// writes must not fail for such a thing.
pub(crate) fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

/// The text of a state in its column.
pub(crate) fn state_text(state: Option<TaskInstanceState>) -> Option<&'static str> {
    state.map(TaskInstanceState::as_str)
}

/// A batch row that begins with the four columns that name a task: `task_row!(key, value, ..)`.
macro_rules! task_row {
    ($key:expr $(, $value:expr)* $(,)?) => {
        updraft_sql::row![
            $key.dag_id.as_str(), $key.run_id.as_str(), $key.task_id.as_str(), $key.map_index.0 $(, $value)*
        ]
    };
}
pub(crate) use task_row;
