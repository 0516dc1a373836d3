//! DAGs, as programs page through them, and how many runs they have in each state.

use std::collections::BTreeSet;

use updraft_model::{DagId, DagRunState};
use updraft_sql::{Sql, statements};

use crate::dags::{DagRow, dag_row};
use crate::error::StoreError;
use crate::run_list::TimeSpan;
use crate::store::Store;
use crate::table::TableRow;
use crate::wanted::{self, Conditions, TextSearch, among, like, sorted, wanted, within};

/// The DAGs that are meant. The newest run is the one with the latest date.
macro_rules! meant {
    () => {
        concat!(
            "FROM dag d JOIN dag_version v ON v.version_id = d.version_id WHERE ",
            among!("dag", "d.dag_id"),
            " AND (d.is_active OR NOT EXISTS (SELECT 1 FROM wanted WHERE kind = 'active'))",
            " AND (NOT EXISTS (SELECT 1 FROM wanted WHERE kind = 'paused') \
                   OR CASE WHEN d.is_paused THEN 1 ELSE 0 END = (SELECT max(number) FROM wanted WHERE kind = 'paused'))",
            " AND ", like!("dag_id", "d.dag_id"),
            " AND (NOT EXISTS (SELECT 1 FROM wanted WHERE kind = 'tag') OR (\
                SELECT count(*) FROM dag_tag t \
                WHERE t.dag_id = d.dag_id AND t.tag IN (SELECT word FROM wanted WHERE kind = 'tag')) \
                >= (SELECT max(number) FROM wanted WHERE kind = 'tags'))",
            " AND (NOT EXISTS (SELECT 1 FROM wanted WHERE kind = 'owner') OR EXISTS (\
                SELECT 1 FROM wanted WHERE kind = 'owner' \
                AND replace(', ' || d.owners || ', ', ', ' || word || ', ', '') <> ', ' || d.owners || ', '))",
            " AND (NOT EXISTS (SELECT 1 FROM wanted WHERE kind = 'broken') OR \
                CASE WHEN EXISTS (SELECT 1 FROM import_error i WHERE i.source = d.source) THEN 1 ELSE 0 END \
                = (SELECT max(number) FROM wanted WHERE kind = 'broken'))",
            " AND (NOT EXISTS (SELECT 1 FROM wanted WHERE kind = 'by_assets') OR \
                CASE WHEN EXISTS (SELECT 1 FROM dag_asset a WHERE a.dag_id = d.dag_id AND a.role = 'schedule') THEN 1 ELSE 0 END \
                = (SELECT max(number) FROM wanted WHERE kind = 'by_assets'))",
            " AND (NOT EXISTS (SELECT 1 FROM wanted WHERE kind = 'asset') OR EXISTS (\
                SELECT 1 FROM dag_asset u JOIN asset a ON a.asset_id = u.asset_id \
                WHERE u.dag_id = d.dag_id AND u.role = 'schedule' AND ", like!("asset", "(a.name || ' ' || a.uri)"), "))",
            " AND (NOT EXISTS (SELECT 1 FROM wanted WHERE kind = 'last_state') OR (\
                SELECT r.state FROM dag_run r WHERE r.dag_id = d.dag_id \
                ORDER BY coalesce(r.logical_date, r.run_after) DESC, r.run_id DESC LIMIT 1) \
                IN (SELECT word FROM wanted WHERE kind = 'last_state'))",
            " AND (NOT EXISTS (SELECT 1 FROM wanted WHERE kind = 'has_run') OR EXISTS (\
                SELECT 1 FROM dag_run r WHERE r.dag_id = d.dag_id AND ", among!("run_state", "r.state"),
            " AND ", within!("run_start", "r.start_date"), " AND ", within!("run_end", "r.end_date"), "))"
        )
    };
}

statements! {
    /// Statements of this file.
    pub(crate) STATEMENTS;

    PAGE = Sql::new(concat!(
        wanted!(),
        "SELECT * FROM (SELECT d.dag_id, d.source, d.fileloc, d.is_active, d.is_paused, d.description, d.schedule, d.owners, \
                d.last_interval_start, d.last_interval_end, d.next_logical_date, d.next_run_after, d.parsed_at, \
                v.version_id, v.version_number, \
                CASE $2 WHEN 'dag_id' THEN d.dag_id WHEN 'fileloc' THEN d.fileloc WHEN 'last_state' THEN \
                    (SELECT r.state FROM dag_run r WHERE r.dag_id = d.dag_id \
                     ORDER BY coalesce(r.logical_date, r.run_after) DESC, r.run_id DESC LIMIT 1) END AS sort_word, \
                CASE $2 WHEN 'paused' THEN CASE WHEN d.is_paused THEN 1 ELSE 0 END WHEN 'next' THEN d.next_logical_date \
                        WHEN 'parsed' THEN d.parsed_at WHEN 'last_start' THEN \
                    (SELECT r.start_date FROM dag_run r WHERE r.dag_id = d.dag_id \
                     ORDER BY coalesce(r.logical_date, r.run_after) DESC, r.run_id DESC LIMIT 1) END AS sort_number ",
        meant!(),
        ") AS list ",
        sorted!(),
        ", dag_id LIMIT $3 OFFSET $4",
    ))
    .batch(wanted::COLUMNS);
    COUNT = Sql::new(concat!(wanted!(), "SELECT count(*) AS number ", meant!())).batch(wanted::COLUMNS);
    TAGS = Sql::new(concat!(
        wanted!(),
        "SELECT dag_id, tag FROM dag_tag WHERE dag_id IN (SELECT word FROM wanted) ORDER BY dag_id, tag",
    ))
    .batch(wanted::COLUMNS);
    RUN_STATES = Sql::new(concat!(
        wanted!(),
        "SELECT d.dag_id, r.state, count(r.run_id) AS number FROM dag d LEFT JOIN dag_run r ON r.dag_id = d.dag_id WHERE ",
        among!("dag", "d.dag_id"), " AND ", among!("only", "d.dag_id"),
        " AND (d.is_active OR EXISTS (SELECT 1 FROM wanted WHERE kind = 'only')) \
         GROUP BY d.dag_id, r.state ORDER BY d.dag_id, r.state",
    ))
    .batch(wanted::COLUMNS);
}

/// Which DAGs a page is of, and which page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DagPage {
    /// These DAGs; `None`: all.
    pub dags: Option<BTreeSet<DagId>>,
    /// Only those that a source still defines.
    pub only_active: bool,
    /// Only those that are, or are not, paused.
    pub is_paused: Option<bool>,
    /// By their id.
    pub dag_id: TextSearch,
    /// With these tags, if any is named.
    pub tags: BTreeSet<String>,
    /// Whether one of the tags is enough.
    pub any_tag: bool,
    /// With one of these owners, if any is named.
    pub owners: Vec<String>,
    /// Only those whose source can, or cannot, be read at the moment.
    pub has_import_errors: Option<bool>,
    /// Only those that wait for assets, or for none.
    pub has_asset_schedule: Option<bool>,
    /// By the names and uris of the assets that they wait for.
    pub asset: TextSearch,
    /// The run with the latest date is in this state.
    pub last_run_state: Option<DagRunState>,
    /// There is a run in one of these states, if any is named, that started and ended in these spans.
    pub run_states: Vec<DagRunState>,
    /// See [`DagPage::run_states`].
    pub run_started: TimeSpan,
    /// See [`DagPage::run_states`].
    pub run_ended: TimeSpan,
    /// What they are sorted by.
    pub order: DagOrder,
    /// Whether the last come first.
    pub is_descending: bool,
    /// At most so many.
    pub limit: u32,
    /// Without the first so many.
    pub offset: u32,
}

/// What DAGs are sorted by. Those without such a value come last; those that are equal are sorted by id.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DagOrder {
    /// By id.
    #[default]
    DagId,
    /// By the file they were found in.
    Fileloc,
    /// Those that are not paused first.
    Paused,
    /// By the logical date of the next scheduled run.
    NextRun,
    /// By when their source was read last.
    Parsed,
    /// By the state of the run with the latest date.
    LastRunState,
    /// By when that run started.
    LastRunStart,
}

impl DagOrder {
    /// Its name in the statement.
    const fn as_str(self) -> &'static str {
        match self {
            Self::DagId => "dag_id",
            Self::Fileloc => "fileloc",
            Self::Paused => "paused",
            Self::NextRun => "next",
            Self::Parsed => "parsed",
            Self::LastRunState => "last_state",
            Self::LastRunStart => "last_start",
        }
    }
}

impl DagPage {
    fn conditions(&self) -> Conditions {
        let mut wanted = Conditions::default();
        wanted.among(
            "dag",
            self.dags.as_ref().map(|dags| dags.iter().map(DagId::as_str)),
        );
        wanted.flag("active", self.only_active.then_some(true));
        wanted.flag("paused", self.is_paused);
        wanted.search("dag_id", &self.dag_id);
        let tags = (!self.tags.is_empty()).then(|| self.tags.iter().map(String::as_str));
        wanted.among("tag", tags);
        let needed = if self.any_tag { 1 } else { self.tags.len() as i64 };
        wanted.numbers("tags", &[needed]);
        wanted.some_of("owner", &self.owners);
        wanted.flag("broken", self.has_import_errors);
        wanted.flag("by_assets", self.has_asset_schedule);
        wanted.search("asset", &self.asset);
        wanted.among("last_state", self.last_run_state.map(|state| [state.as_str()]));
        let any_run = self.run_states.is_empty()
            && self.run_started == TimeSpan::default()
            && self.run_ended == TimeSpan::default();
        wanted.flag("has_run", (!any_run).then_some(true));
        let states =
            (!self.run_states.is_empty()).then(|| self.run_states.iter().map(|state| state.as_str()));
        wanted.among("run_state", states);
        wanted.within("run_start", self.run_started);
        wanted.within("run_end", self.run_ended);
        wanted
    }
}

/// How many runs of a DAG are in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunCount {
    /// The DAG.
    pub dag_id: DagId,
    /// The state; `None` for a DAG that has no runs.
    pub state: Option<DagRunState>,
    /// How many.
    pub number: u64,
}

impl Store {
    /// A page of DAGs, and how many there are on all pages.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn dag_page(&self, page: &DagPage) -> Result<(Vec<DagRow>, u64), StoreError> {
        let wanted = page.conditions();
        let sign = if page.is_descending { -1 } else { 1 };
        let query = PAGE.bind(sign).bind(page.order.as_str());
        let query = query.bind(i64::from(page.limit)).bind(i64::from(page.offset));
        let mut tx = self.db.begin_read().await?;
        let rows = tx.fetch_all(query.rows(wanted.rows())).await?;
        let total = tx.fetch_one(COUNT.rows(wanted.rows())).await?;
        let total = TableRow {
            table: "dag",
            row: &total,
        }
        .number("number")?;
        let mut dags = Vec::with_capacity(rows.len());
        for row in &rows {
            dags.push(dag_row(&TableRow { table: "dag", row })?);
        }
        let mut of_page = Conditions::default();
        of_page.among("dag", Some(dags.iter().map(|dag: &DagRow| dag.dag_id.as_str())));
        let tags = tx.fetch_all(TAGS.rows(of_page.rows())).await?;
        tx.rollback().await?;
        for row in &tags {
            let row = TableRow {
                table: "dag_tag",
                row,
            };
            let dag_id = row.dag_id()?;
            if let Some(dag) = dags.iter_mut().find(|dag| dag.dag_id == dag_id) {
                dag.tags.push(row.get("tag")?);
            }
        }
        Ok((dags, total))
    }

    /// How many runs DAGs have in each state, by DAG and state: of those among `readable` (`None`: all) that are named, or if none is
    /// named, that a source still defines.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn run_counts(
        &self,
        readable: Option<&BTreeSet<DagId>>,
        named: &[String],
    ) -> Result<Vec<RunCount>, StoreError> {
        let mut wanted = Conditions::default();
        wanted.among("dag", readable.map(|dags| dags.iter().map(DagId::as_str)));
        wanted.some_of("only", named);
        let rows = self.db.fetch_all(RUN_STATES.rows(wanted.rows())).await?;
        rows.iter()
            .map(|row| {
                let row = TableRow {
                    table: "dag_run",
                    row,
                };
                Ok(RunCount {
                    dag_id: row.dag_id()?,
                    state: row.optional_parsed("state")?,
                    number: row.number("number")?,
                })
            })
            .collect()
    }
}
