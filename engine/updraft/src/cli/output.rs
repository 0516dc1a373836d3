//! Prints rows as Airflow's console does: table, JSON, YAML or plain columns. On a terminal a table is dressed up for people.
//!
//! Source: Airflow 2.11 `airflow/cli/simple_table.py`: every value is text except null, lists and maps; booleans are
//! `True` and `False`; no rows print `No data found`.

use std::io::{self, Write};

use serde_json::{Map, Value};
use updraft_model::Clock;

use super::args::Format;
use super::dress::{self, Dress};
use crate::clock::SystemClock;

/// Rows to print: each maps column names to values, all in the same order.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    rows: Vec<Map<String, Value>>,
}

/// One row from pairs of column and value.
#[macro_export]
macro_rules! row {
    ($($column:literal : $value:expr),+ $(,)?) => {{
        let mut row = serde_json::Map::new();
        $(row.insert($column.to_owned(), serde_json::json!($value));)+
        row
    }};
}

impl Rows {
    /// Adds a row.
    pub(crate) fn push(&mut self, row: Map<String, Value>) {
        self.rows.push(row);
    }

    /// Keeps only the named columns, in the order named.
    ///
    /// # Errors
    /// The first name that is no column, with the columns there are.
    pub(crate) fn select(&mut self, columns: &[String]) -> anyhow::Result<()> {
        for row in &mut self.rows {
            let mut kept = Map::new();
            for column in columns {
                let Some(value) = row.get(column) else {
                    let known: Vec<&str> = row.keys().map(String::as_str).collect();
                    anyhow::bail!("`{column}` is no column here; there are: {}", known.join(", "));
                };
                kept.insert(column.clone(), value.clone());
            }
            *row = kept;
        }
        Ok(())
    }

    /// Writes the rows to standard output.
    ///
    /// # Errors
    /// Standard output cannot be written.
    pub(crate) fn print(self, format: Format) -> anyhow::Result<()> {
        print(&self.render(format, Dress::of_terminal(SystemClock.now()))?)
    }

    /// The text that [`Rows::print`] writes; `dress` is for tables alone.
    pub(super) fn render(self, format: Format, dress: Option<Dress>) -> anyhow::Result<String> {
        if self.rows.is_empty() && matches!(format, Format::Table | Format::Plain) {
            return Ok("No data found".to_owned());
        }
        let rows: Vec<Value> = self
            .rows
            .into_iter()
            .map(|row| as_text(Value::Object(row)))
            .collect();
        Ok(match format {
            Format::Json => serde_json::to_string(&rows)?,
            Format::Yaml => serde_yaml_ng::to_string(&rows)?.trim_end().to_owned(),
            Format::Table => columns(&rows, " | ", dress, true),
            Format::Plain => columns(&rows, "  ", None, false),
        })
    }
}

/// Writes one line to standard output. A reader that has gone away is no error.
pub(crate) fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Airflow's normalisation: everything becomes text, except null, lists and maps.
fn as_text(value: Value) -> Value {
    match value {
        Value::Null | Value::String(_) => value,
        Value::Bool(true) => Value::from("True"),
        Value::Bool(false) => Value::from("False"),
        Value::Number(number) => Value::from(number.to_string()),
        Value::Array(items) => Value::Array(items.into_iter().map(as_text).collect()),
        Value::Object(map) => Value::Object(
            map.into_iter()
                .map(|(key, value)| (key, as_text(value)))
                .collect(),
        ),
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// Aligns cells under their headings.
fn columns(rows: &[Value], separator: &str, dress: Option<Dress>, ruled: bool) -> String {
    let Some(first) = rows.first().and_then(Value::as_object) else {
        return String::new();
    };
    let headings: Vec<String> = first.keys().cloned().collect();
    let cell = |value| match dress {
        Some(dress) => dress.cell(cell(value)),
        None => cell(value),
    };
    let mut lines: Vec<Vec<String>> = vec![headings];
    lines.extend(
        rows.iter()
            .filter_map(Value::as_object)
            .map(|row| row.values().map(cell).collect()),
    );
    let width = |column: usize| {
        lines
            .iter()
            .map(|line| line[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..lines[0].len()).map(width).collect();
    let mut out = String::new();
    for (number, line) in lines.iter().enumerate() {
        let padded = line
            .iter()
            .zip(&widths)
            .map(|(text, width)| format!("{text:<width$}"));
        let padded: Vec<String> = match dress {
            Some(_) if number > 0 => padded.map(dress::paint).collect(),
            _ => padded.collect(),
        };
        out.push_str(padded.join(separator).trim_end());
        out.push('\n');
        if number == 0 && ruled {
            let rules: Vec<String> = widths.iter().map(|width| "=".repeat(*width)).collect();
            out.push_str(&rules.join("=+="));
            out.push('\n');
        }
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Rows {
        let mut rows = Rows::default();
        rows.push(row! { "dag_id": "a", "is_paused": true, "end_date": Value::Null });
        rows.push(row! { "dag_id": "longer", "is_paused": false, "end_date": "2024-01-01" });
        rows
    }

    #[test]
    fn each_format_prints_as_airflow_does() {
        insta::assert_snapshot!(rows().render(Format::Table, None).unwrap(), @r"
        dag_id | is_paused | end_date
        =======+===========+===========
        a      | True      | None
        longer | False     | 2024-01-01
        ");
        insta::assert_snapshot!(rows().render(Format::Plain, None).unwrap(), @r"
        dag_id  is_paused  end_date
        a       True       None
        longer  False      2024-01-01
        ");
        insta::assert_snapshot!(
            rows().render(Format::Json, None).unwrap(),
            @r#"[{"dag_id":"a","is_paused":"True","end_date":null},{"dag_id":"longer","is_paused":"False","end_date":"2024-01-01"}]"#
        );
        assert_eq!(
            Rows::default().render(Format::Table, None).unwrap(),
            "No data found"
        );
        assert_eq!(Rows::default().render(Format::Json, None).unwrap(), "[]");
    }

    #[test]
    fn an_unknown_column_is_refused_with_the_known_ones() {
        let error = rows().select(&["nope".to_owned()]).unwrap_err().to_string();
        assert_eq!(
            error,
            "`nope` is no column here; there are: dag_id, is_paused, end_date"
        );
    }
}
