//! Parts that several statements share.

/// What a row of a run is read from: of `dag_run r` and `dag_version v`.
macro_rules! run_columns {
    () => {
        "r.dag_id, r.run_id, r.version_id, v.version_number, r.state, r.run_type, r.logical_date, r.data_interval_start, \
         r.data_interval_end, r.run_after, r.conf, r.queued_at, r.start_date, r.end_date, r.clear_number, r.triggered_by, \
         r.backfill_id, r.note"
    };
}

/// By what runs are in order: the date they are about, or else when they may start.
macro_rules! date {
    ($run:literal) => {
        concat!("coalesce(", $run, ".logical_date, ", $run, ".run_after)")
    };
}

/// Words of several kinds, as a table.
macro_rules! wanted {
    () => {
        "WITH wanted AS (SELECT kind, word FROM {batch}) "
    };
}

/// That a column is one of the words of a kind, if there are any.
macro_rules! among {
    ($kind:literal, $column:literal) => {
        concat!(
            "(NOT EXISTS (SELECT 1 FROM wanted WHERE kind = '",
            $kind,
            "') OR ",
            $column,
            " IN (SELECT word FROM wanted WHERE kind = '",
            $kind,
            "'))"
        )
    };
}

pub(crate) use {among, date, run_columns, wanted};

use std::collections::BTreeSet;

use jiff::Timestamp;
use updraft_model::DagId;
use updraft_sql::{ColumnType, Query, Value, row};

use crate::run_list::TimeSpan;

/// The columns of [`wanted`].
pub(crate) const WANTED: &[(&str, ColumnType)] = &[("kind", ColumnType::Text), ("word", ColumnType::Text)];

/// The rows of [`wanted`].
#[derive(Default)]
pub(crate) struct Wanted(Vec<(&'static str, String)>);

impl Wanted {
    /// Words of a kind.
    pub(crate) fn add<T: AsRef<str>>(&mut self, kind: &'static str, words: impl IntoIterator<Item = T>) {
        self.0
            .extend(words.into_iter().map(|word| (kind, word.as_ref().to_owned())));
    }

    /// DAGs, of kind `dag`. No DAG has an empty id: so an empty set means none and not all.
    pub(crate) fn dags(&mut self, dags: Option<&BTreeSet<DagId>>) {
        if let Some(dags) = dags {
            self.add("dag", [""]);
            self.add("dag", dags.iter().map(DagId::as_str));
        }
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = [Value<'_>; 2]> {
        self.0.iter().map(|(kind, word)| row![*kind, word.as_str()])
    }
}

/// Binds the two ends of a span of time, without which there is none, and nothing later than `latest`. Bounds that are always there are
/// what an index is entered by.
pub(crate) fn bind_span(query: Query<'_>, span: TimeSpan, latest: Option<Timestamp>) -> Query<'_> {
    let until = span.until.into_iter().chain(latest).min();
    let micros = |bound: Option<Timestamp>, none: i64| bound.map_or(none, Timestamp::as_microsecond);
    query
        .bind(micros(span.from, i64::MIN))
        .bind(micros(until, i64::MAX))
}

/// Binds the one DAG that is meant, in a statement that wants it.
pub(crate) fn of_dag<'q>(query: Query<'q>, dag: Option<&'q str>) -> Query<'q> {
    match dag {
        Some(dag) => query.bind(dag),
        None => query,
    }
}

/// A pattern that finds a text anywhere, in letters of either case.
pub(crate) fn anywhere(text: &str) -> String {
    let mut pattern = "%".to_owned();
    for character in text.to_lowercase().chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}
