//! The list of DAGs: filtered, sorted and paged by the database.

use std::collections::BTreeSet;

use updraft_model::DagId;
use updraft_sql::{Query, Sql, statements};

use super::columns::{WANTED, Wanted, among, anywhere, date, wanted};
use crate::dags::{DagRow, dag_row};
use crate::error::StoreError;
use crate::store::Store;
use crate::table::TableRow;

/// The DAGs that are meant: `$1` a text, `$2` how many tags there must be, `$3` an owner, `$4` whether they are paused, `$5` a state.
macro_rules! meant {
    () => {
        concat!(
            "FROM dag d JOIN dag_version v ON v.version_id = d.version_id WHERE d.is_active AND ",
            among!("dag", "d.dag_id"),
            " AND (lower(d.dag_id) LIKE $1 ESCAPE '\\' OR lower(coalesce(d.description, '')) LIKE $1 ESCAPE '\\' OR $1 IS NULL) \
              AND (SELECT count(*) FROM dag_tag t JOIN wanted w ON w.kind = 'tag' AND w.word = t.tag \
                   WHERE t.dag_id = d.dag_id) >= $2 \
              AND (replace(', ' || d.owners || ', ', ', ' || $3 || ', ', '') <> ', ' || d.owners || ', ' OR $3 IS NULL) \
              AND (d.is_paused = $4 OR $4 IS NULL) \
              AND CASE $5 \
                      WHEN 'running' THEN EXISTS (SELECT 1 FROM dag_run r WHERE r.dag_id = d.dag_id AND r.state = 'running') \
                      WHEN 'failed' THEN EXISTS (SELECT 1 FROM dag_run r WHERE r.dag_id = d.dag_id AND r.state = 'failed') \
                      WHEN 'failed_latest' THEN EXISTS (\
                          SELECT 1 FROM dag_run r WHERE r.dag_id = d.dag_id AND r.state = 'failed' AND NOT EXISTS (\
                              SELECT 1 FROM dag_run x WHERE x.dag_id = r.dag_id AND ", date!("x"), " > ", date!("r"), ")) \
                      ELSE TRUE END "
        )
    };
}

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    PAGE = Sql::new(concat!(
        wanted!(),
        "SELECT d.dag_id, d.source, d.fileloc, d.is_active, d.is_paused, d.description, d.schedule, d.owners, \
                d.last_interval_start, d.last_interval_end, d.next_logical_date, d.next_run_after, d.parsed_at, \
                v.version_id, v.version_number ",
        meant!(),
        "ORDER BY $6 * CASE $7 WHEN 'next_run' THEN d.next_run_after \
                               WHEN 'last_run' THEN (SELECT max(", date!("r"), ") FROM dag_run r WHERE r.dag_id = d.dag_id) \
                               END NULLS LAST, \
                  CASE WHEN $6 < 0 AND $7 = 'dag_id' THEN d.dag_id END DESC, d.dag_id \
         LIMIT $8 OFFSET $9",
    ))
    .batch(WANTED);
    TOTAL = Sql::new(concat!(wanted!(), "SELECT count(*) AS number ", meant!())).batch(WANTED);
    COUNTS = Sql::new(concat!(
        wanted!(),
        "SELECT count(*) AS every, count(CASE WHEN d.is_paused THEN 1 END) AS paused, \
                count(CASE WHEN EXISTS (SELECT 1 FROM dag_run r WHERE r.dag_id = d.dag_id AND r.state = 'running') THEN 1 END) \
                    AS running, \
                count(CASE WHEN EXISTS (SELECT 1 FROM dag_run r WHERE r.dag_id = d.dag_id AND r.state = 'failed') THEN 1 END) \
                    AS failed \
         FROM dag d WHERE d.is_active AND ",
        among!("dag", "d.dag_id"),
    ))
    .batch(WANTED);
    TAGS = Sql::new(concat!(
        wanted!(),
        "SELECT t.dag_id, t.tag FROM dag_tag t JOIN dag d ON d.dag_id = t.dag_id \
         WHERE d.is_active AND ",
        among!("dag", "t.dag_id"),
        " ORDER BY t.tag, t.dag_id",
    ))
    .batch(WANTED);
    OWNERS = Sql::new(concat!(
        wanted!(),
        "SELECT DISTINCT d.owners FROM dag d WHERE d.is_active AND ",
        among!("dag", "d.dag_id"),
    ))
    .batch(WANTED);
}

/// What the runs of a DAG are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DagListState {
    /// One is running.
    Running,
    /// One has failed.
    Failed,
    /// The one with the latest date has failed.
    FailedLatest,
}

/// What the list is sorted by; what has no such value comes last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DagListOrder {
    /// By id.
    #[default]
    DagId,
    /// By when the next run will start.
    NextRun,
    /// By the date of the newest run.
    LastRun,
}

/// Which DAGs that a source defines, and which page of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DagListFilter {
    /// Of these; `None`: of all.
    pub dags: Option<BTreeSet<DagId>>,
    /// With this in their id or description.
    pub text: Option<String>,
    /// With all of these tags.
    pub tags: BTreeSet<String>,
    /// With this owner.
    pub owner: Option<String>,
    /// Only those that are, or are not, paused.
    pub is_paused: Option<bool>,
    /// With such runs.
    pub state: Option<DagListState>,
    /// What they are sorted by.
    pub order: DagListOrder,
    /// Whether the last come first.
    pub is_descending: bool,
    /// At most so many.
    pub limit: u32,
    /// Without the first so many.
    pub offset: u32,
}

/// How many DAGs there are of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DagListCounts {
    /// All.
    pub all: u64,
    /// Those that are paused.
    pub paused: u64,
    /// Those with a run that is running.
    pub running: u64,
    /// Those with a run that has failed.
    pub failed: u64,
}

/// The words that DAGs are found by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DagWords {
    /// Tags.
    pub tags: BTreeSet<String>,
    /// Owners.
    pub owners: BTreeSet<String>,
}

impl DagListFilter {
    fn wanted(&self) -> Wanted {
        let mut wanted = Wanted::default();
        wanted.dags(self.dags.as_ref());
        wanted.add("tag", &self.tags);
        wanted
    }

    /// Binds `$1` to `$5`.
    fn bind<'q>(&'q self, query: Query<'q>) -> Query<'q> {
        let state = self.state.map(|state| match state {
            DagListState::Running => "running",
            DagListState::Failed => "failed",
            DagListState::FailedLatest => "failed_latest",
        });
        let tags = i64::try_from(self.tags.len()).unwrap_or(i64::MAX);
        let query = query.bind(self.text.as_deref().map(anywhere)).bind(tags);
        query.bind(self.owner.as_deref()).bind(self.is_paused).bind(state)
    }
}

impl Store {
    /// A page of DAGs, and how many there are on all pages.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn dag_list(&self, filter: &DagListFilter) -> Result<(Vec<DagRow>, u64), StoreError> {
        let wanted = filter.wanted();
        let order = match filter.order {
            DagListOrder::DagId => "dag_id",
            DagListOrder::NextRun => "next_run",
            DagListOrder::LastRun => "last_run",
        };
        let sign = if filter.is_descending { -1 } else { 1 };
        let query = filter.bind(PAGE.query()).bind(sign).bind(order);
        let query = query.bind(i64::from(filter.limit)).bind(i64::from(filter.offset));
        let mut tx = self.db.begin_read().await?;
        let rows = tx.fetch_all(query.rows(wanted.rows())).await?;
        let total = tx
            .fetch_one(filter.bind(TOTAL.query()).rows(wanted.rows()))
            .await?;
        let mut dags = Vec::with_capacity(rows.len());
        for row in &rows {
            dags.push(dag_row(&TableRow { table: "dag", row })?);
        }
        let mut page = Wanted::default();
        page.dags(Some(
            &dags.iter().map(|dag: &DagRow| dag.dag_id.clone()).collect(),
        ));
        let tags = tx.fetch_all(TAGS.rows(page.rows())).await?;
        tx.rollback().await?;
        for row in &tags {
            let dag_id: String = row.get("dag_id")?;
            if let Some(dag) = dags.iter_mut().find(|dag| dag.dag_id.as_str() == dag_id) {
                dag.tags.push(row.get("tag")?);
            }
        }
        let total = TableRow {
            table: "dag",
            row: &total,
        }
        .number("number")?;
        Ok((dags, total))
    }

    /// How many DAGs that a source defines there are of each kind, and the words they are found by; of `dags`, or of all.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn dag_list_counts(
        &self,
        dags: Option<&BTreeSet<DagId>>,
    ) -> Result<(DagListCounts, DagWords), StoreError> {
        let mut wanted = Wanted::default();
        wanted.dags(dags);
        let mut tx = self.db.begin_read().await?;
        let counts = tx.fetch_one(COUNTS.rows(wanted.rows())).await?;
        let tags = tx.fetch_all(TAGS.rows(wanted.rows())).await?;
        let owners = tx.fetch_all(OWNERS.rows(wanted.rows())).await?;
        tx.rollback().await?;
        let row = TableRow {
            table: "dag",
            row: &counts,
        };
        let counts = DagListCounts {
            all: row.number("every")?,
            paused: row.number("paused")?,
            running: row.number("running")?,
            failed: row.number("failed")?,
        };
        let mut words = DagWords::default();
        for row in &tags {
            words.tags.insert(row.get("tag")?);
        }
        for row in &owners {
            let owners: String = row.get("owners")?;
            let owners = owners.split(',').map(str::trim).filter(|owner| !owner.is_empty());
            words.owners.extend(owners.map(str::to_owned));
        }
        Ok((counts, words))
    }
}
