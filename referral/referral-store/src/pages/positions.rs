//! Positions with what was suggested for them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use updraft_sql::{ColumnType, Row, Sql, SqlError, row, statements};

use super::anywhere;
use crate::candidate::Place;
use crate::rows::{count, id, json, optional_date, optional_level, place};
use crate::{EntityId, Level, ReferralStore, StoreError};

/// Scores of a position that are told beside it.
const SCORES_MAX: u32 = 40;

/// Which positions are wanted; an empty text asks nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PositionFilter {
    /// Stands in the title or the client's name, or is the id.
    pub text: String,
    /// The tenant's status.
    pub status: String,
    /// The client's name.
    pub client: String,
    /// Whether anybody is suggested.
    pub has_matches: Option<bool>,
    /// Whether candidates are looked for.
    pub is_open: Option<bool>,
    /// What comes first.
    pub order: PositionOrder,
}

/// What comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PositionOrder {
    /// The best score.
    #[default]
    Best,
    /// The most suggestions.
    Suggested,
    /// What was seen last for the first time.
    Newest,
    /// By title.
    Title,
}

impl PositionOrder {
    fn as_str(self) -> &'static str {
        match self {
            Self::Best => "best",
            Self::Suggested => "suggested",
            Self::Newest => "newest",
            Self::Title => "title",
        }
    }
}

/// A position in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct PositionSummary {
    /// Bullhorn's id.
    pub id: EntityId,
    /// Job title.
    pub title: Option<String>,
    /// The client's name.
    pub client_name: Option<String>,
    /// Where the job is done.
    pub place: Place,
    /// The tenant's status.
    pub status: Option<String>,
    /// Candidates are looked for.
    pub is_open: bool,
    /// How many people are wanted.
    pub openings: Option<i64>,
    /// When the pipeline saw it first.
    pub first_seen_at: Timestamp,
    /// How many candidates are suggested.
    pub suggested: u64,
    /// The best score, in hundredths of a point.
    pub best: Option<i64>,
    /// When the newest of its suggestions was found.
    pub matched_at: Option<Timestamp>,
    /// The run that found it.
    pub run_id: Option<String>,
    /// When it was last compared with all candidates.
    pub compared_at: Option<Timestamp>,
    /// Whether it has changed since then.
    pub is_stale: bool,
    /// Scores of suggestions, best first, in hundredths of a point; 40 at most.
    pub scores: Vec<i64>,
}

/// Everything that is shown of a position.
#[derive(Debug, Clone, PartialEq)]
pub struct PositionView {
    /// What lists show.
    pub summary: PositionSummary,
    /// Skills that it requires.
    pub required_skills: Vec<String>,
    /// Skills that would be nice.
    pub nice_skills: Vec<String>,
    /// Certificates and licences asked for.
    pub certifications: Vec<String>,
    /// Years of experience asked for.
    pub min_years: Option<f64>,
    /// Seniority asked for.
    pub level: Option<Level>,
    /// For example `Direct Hire`.
    pub employment_type: Option<String>,
    /// Can be done remotely.
    pub remote: Option<bool>,
    /// Lower end of the pay a year.
    pub salary_yearly_min: Option<i64>,
    /// Upper end of the pay a year.
    pub salary_yearly_max: Option<i64>,
    /// First day of work.
    pub start_on: Option<Date>,
    /// The run that last changed it.
    pub synced_run_id: String,
    /// When that was.
    pub synced_at: Timestamp,
}

/// What a position is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PositionName {
    /// Bullhorn's id.
    pub id: EntityId,
    /// Job title.
    pub title: Option<String>,
    /// The client's name.
    pub client_name: Option<String>,
}

/// What positions can be filtered by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PositionWords {
    /// The tenant's statuses.
    pub statuses: Vec<String>,
    /// Names of clients; 200 at most.
    pub clients: Vec<String>,
}

/// Positions with what was suggested; they are called `p`, their suggestions `m`, and how they were last compared `i`.
macro_rules! from_positions {
    () => {
        " FROM position p LEFT JOIN (SELECT position_id, count(*) AS suggested, max(score) AS best, \
         max(matched_at) AS matched_at FROM candidate_match WHERE status = 'active' GROUP BY position_id) m \
         ON m.position_id = p.id LEFT JOIN match_input i ON i.kind = 'position' AND i.entity_id = p.id "
    };
}

/// The columns of a summary.
macro_rules! summary_columns {
    () => {
        "p.id, p.title, p.client_name, p.city, p.state, p.zip, p.country_code, p.status, p.is_open, p.openings, \
         p.first_seen_at, coalesce(m.suggested, 0) AS suggested, m.best, m.matched_at, i.matched_at AS compared_at, \
         (i.entity_id IS NOT NULL AND (i.content_hash IS DISTINCT FROM p.content_hash \
         OR i.text_hash IS DISTINCT FROM p.embedding_text_hash)) AS is_stale, \
         (SELECT n.run_id FROM candidate_match n WHERE n.position_id = p.id AND n.status = 'active' \
         ORDER BY n.matched_at DESC, n.candidate_id LIMIT 1) AS run_id"
    };
}

/// The conditions of a [`PositionFilter`], `$1` to `$6`.
macro_rules! filtered {
    () => {
        "WHERE NOT p.is_deleted AND ($1 = '' OR lower(p.title) LIKE $1 ESCAPE '!' \
         OR lower(p.client_name) LIKE $1 ESCAPE '!' OR CAST(p.id AS TEXT) = $2) \
         AND ($3 = '' OR p.status = $3) AND ($4 = '' OR p.client_name = $4) \
         AND ($5 = '' OR ($5 = 'yes') = (m.position_id IS NOT NULL)) \
         AND ($6 = '' OR ($6 = 'yes') = p.is_open)"
    };
}

statements! {
    /// Statements about positions for the pages.
    pub(crate) STATEMENTS;

    LIST = Sql::new(concat!(
        "SELECT ", summary_columns!(), from_positions!(), filtered!(),
        " ORDER BY CASE $7 WHEN 'best' THEN -coalesce(m.best, -1) WHEN 'suggested' THEN -coalesce(m.suggested, 0) \
         WHEN 'newest' THEN -p.first_seen_at ELSE 0 END, \
         CASE $7 WHEN 'title' THEN lower(p.title) ELSE '' END, p.id LIMIT $8 OFFSET $9",
    ));

    COUNT = Sql::new(concat!("SELECT count(*) AS positions", from_positions!(), filtered!()));

    ONE = Sql::new(concat!(
        "SELECT ", summary_columns!(), ", p.required_skills, p.nice_skills, p.certifications, p.min_years, p.level, \
         p.employment_type, p.remote, p.salary_yearly_min, p.salary_yearly_max, p.start_on, p.synced_run_id, p.synced_at",
        from_positions!(), "WHERE NOT p.is_deleted AND p.id = $1",
    ));

    SCORES = Sql::new(
        "SELECT position_id, score FROM (SELECT position_id, score, row_number() OVER (PARTITION BY position_id \
         ORDER BY score DESC, candidate_id) AS place FROM candidate_match \
         WHERE status = 'active' AND position_id IN (SELECT id FROM {batch})) AS ranked \
         WHERE place <= $1 ORDER BY position_id, place",
    )
    .batch(&[("id", ColumnType::I64)]);

    NAMES = Sql::new(
        "SELECT id, title, client_name FROM position WHERE NOT is_deleted AND id IN (SELECT id FROM {batch}) ORDER BY id",
    )
    .batch(&[("id", ColumnType::I64)]);

    STATUSES = Sql::new(
        "SELECT DISTINCT status AS word FROM position WHERE NOT is_deleted AND status IS NOT NULL ORDER BY status LIMIT 200",
    );

    CLIENTS = Sql::new(
        "SELECT DISTINCT client_name AS word FROM position WHERE NOT is_deleted AND client_name IS NOT NULL \
         ORDER BY client_name LIMIT 200",
    );
}

impl ReferralStore {
    /// A page of positions that pass a filter, and how many do.
    pub async fn positions(
        &self,
        filter: &PositionFilter,
        limit: u32,
        offset: u32,
    ) -> Result<(Vec<PositionSummary>, u64), StoreError> {
        let mut tx = self.db.begin_read().await?;
        let list = filter
            .bind_to(&LIST)
            .bind(filter.order.as_str())
            .bind(limit)
            .bind(offset);
        let rows = tx.fetch_all(list).await?;
        let total = count(&tx.fetch_one(filter.bind_to(&COUNT)).await?, "positions")?;
        let mut found: Vec<PositionSummary> = rows.iter().map(read_summary).collect::<Result<_, _>>()?;
        let wanted = found.iter().map(|position| row![position.id.0]);
        let rows = tx.fetch_all(SCORES.bind(SCORES_MAX).rows(wanted)).await?;
        let mut scores: BTreeMap<EntityId, Vec<i64>> = BTreeMap::new();
        for row in &rows {
            scores
                .entry(id(row, "position_id")?)
                .or_default()
                .push(row.get("score")?);
        }
        for position in &mut found {
            position.scores = scores.remove(&position.id).unwrap_or_default();
        }
        Ok((found, total))
    }

    /// A position as it is shown; `None` if there is none or it was deleted.
    pub async fn position_view(&self, position: EntityId) -> Result<Option<PositionView>, StoreError> {
        let row = self.db.fetch_optional(ONE.bind(position.0)).await?;
        Ok(row.map(|row| read_view(&row)).transpose()?)
    }

    /// What the named positions are called, by id; those that were deleted are left out.
    pub async fn position_names(&self, ids: &[EntityId]) -> Result<Vec<PositionName>, StoreError> {
        let wanted = ids.iter().map(|id| row![id.0]);
        let rows = self.db.fetch_all(NAMES.rows(wanted)).await?;
        let read = |row: &Row| {
            Ok::<_, StoreError>(PositionName {
                id: id(row, "id")?,
                title: row.get("title")?,
                client_name: row.get("client_name")?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// What positions can be filtered by.
    pub async fn position_words(&self) -> Result<PositionWords, StoreError> {
        let mut tx = self.db.begin_read().await?;
        let words = |rows: Vec<Row>| {
            rows.iter()
                .map(|row| row.get("word"))
                .collect::<Result<_, SqlError>>()
        };
        Ok(PositionWords {
            statuses: words(tx.fetch_all(STATUSES.query()).await?)?,
            clients: words(tx.fetch_all(CLIENTS.query()).await?)?,
        })
    }
}

impl PositionFilter {
    /// Binds the conditions as `$1` to `$6`.
    fn bind_to<'a>(&'a self, sql: &'static Sql) -> updraft_sql::Query<'a> {
        let word = |asked: Option<bool>| match asked {
            None => "",
            Some(true) => "yes",
            Some(false) => "no",
        };
        sql.bind(anywhere(&self.text))
            .bind(self.text.as_str())
            .bind(self.status.as_str())
            .bind(self.client.as_str())
            .bind(word(self.has_matches))
            .bind(word(self.is_open))
    }
}

fn read_summary(row: &Row) -> Result<PositionSummary, SqlError> {
    Ok(PositionSummary {
        id: id(row, "id")?,
        title: row.get("title")?,
        client_name: row.get("client_name")?,
        place: place(row)?,
        status: row.get("status")?,
        is_open: row.get("is_open")?,
        openings: row.get("openings")?,
        first_seen_at: row.timestamp("first_seen_at")?,
        suggested: count(row, "suggested")?,
        best: row.get("best")?,
        matched_at: row.optional_timestamp("matched_at")?,
        run_id: row.get("run_id")?,
        compared_at: row.optional_timestamp("compared_at")?,
        is_stale: row.get("is_stale")?,
        scores: Vec::new(),
    })
}

fn read_view(row: &Row) -> Result<PositionView, SqlError> {
    Ok(PositionView {
        summary: read_summary(row)?,
        required_skills: json(row, "required_skills")?,
        nice_skills: json(row, "nice_skills")?,
        certifications: json(row, "certifications")?,
        min_years: row.get("min_years")?,
        level: optional_level(row, "level")?,
        employment_type: row.get("employment_type")?,
        remote: row.get("remote")?,
        salary_yearly_min: row.get("salary_yearly_min")?,
        salary_yearly_max: row.get("salary_yearly_max")?,
        start_on: optional_date(row, "start_on")?,
        synced_run_id: row.get("synced_run_id")?,
        synced_at: row.timestamp("synced_at")?,
    })
}
