//! What the data quality checks read and write: slim rows of every table, results, and the quarantine of bad rows.

use std::collections::BTreeMap;

use jiff::Timestamp;
use updraft_sql::{ColumnType, Row, Sql, SqlError, row, statements};

use crate::embedding::read_vector;
use crate::rows::{count, id, json};
use crate::{EntityId, EntityKind, ReferralStore, RunId, StoreError};

/// What the checks look at in a live candidate.
#[derive(Debug, Clone, PartialEq)]
pub struct CandidateRow {
    /// Bullhorn's id.
    pub id: EntityId,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Telephone number in E.164.
    pub phone_e164: Option<String>,
    /// Current job title.
    pub occupation: Option<String>,
    /// City.
    pub city: Option<String>,
    /// ISO 3166 alpha-2 country code.
    pub country_code: Option<String>,
    /// Pay in whole currency units a year.
    pub salary_yearly: Option<i64>,
    /// Years of experience.
    pub experience_years: Option<f64>,
    /// Number of skills.
    pub skills: usize,
    /// Whether there is a resume.
    pub has_resume_text: bool,
    /// Whether there is something to embed.
    pub has_embedding_text: bool,
}

/// What the checks look at in a live position.
#[derive(Debug, Clone, PartialEq)]
pub struct PositionRow {
    /// Bullhorn's id.
    pub id: EntityId,
    /// Job title.
    pub title: Option<String>,
    /// The client's name.
    pub client_name: Option<String>,
    /// ISO 3166 alpha-2 country code.
    pub country_code: Option<String>,
    /// Years of experience asked for.
    pub min_years: Option<f64>,
    /// Lower end of the pay a year.
    pub salary_yearly_min: Option<i64>,
    /// Upper end of the pay a year.
    pub salary_yearly_max: Option<i64>,
    /// How many people are wanted.
    pub openings: Option<i64>,
    /// Number of required skills.
    pub required_skills: usize,
    /// Whether there is an advertisement.
    pub has_description: bool,
    /// Whether there is something to embed.
    pub has_embedding_text: bool,
}

/// What the checks look at in a vector.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbeddingRow {
    /// Whose vector.
    pub kind: EntityKind,
    /// Whose vector.
    pub id: EntityId,
    /// Number of components.
    pub dimensions: usize,
    /// Euclidean length.
    pub norm: f64,
    /// Whether its candidate or position exists and is not deleted.
    pub entity_exists: bool,
    /// Whether it was made of the text that the row has now.
    pub is_current: bool,
}

/// What the checks look at in an active match.
#[derive(Debug, Clone, PartialEq)]
pub struct MatchRow {
    /// The position.
    pub position_id: EntityId,
    /// The candidate.
    pub candidate_id: EntityId,
    /// Points, 0 to 100.
    pub score_points: f64,
    /// Whether the candidate exists and is not deleted.
    pub candidate_exists: bool,
    /// Whether the position exists and is not deleted.
    pub position_exists: bool,
}

/// How one check came out in one run.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckResult {
    /// The check's name.
    pub name: String,
    /// The rows it read, e.g. `candidate`.
    pub table: String,
    /// `warn` or `fail`.
    pub severity: String,
    /// Whether no more rows failed than may.
    pub passed: bool,
    /// Rows that were asked.
    pub checked: u64,
    /// Rows that failed.
    pub failed: u64,
    /// What was found, in words.
    pub detail: String,
    /// Ids of the first failing rows.
    pub samples: Vec<String>,
}

/// A record that a check keeps out of matching.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Withheld {
    /// What it is.
    pub kind: EntityKind,
    /// Its id.
    pub id: EntityId,
    /// The check that it failed.
    pub check: String,
}

statements! {
    /// Statements about data quality.
    pub(crate) STATEMENTS;

    CANDIDATE_ROWS = Sql::new(
        "SELECT id, first_name, last_name, email, phone_e164, occupation, city, country_code, salary_yearly, \
         experience_years, skills, resume_text IS NOT NULL AS has_resume_text, \
         embedding_text IS NOT NULL AS has_embedding_text \
         FROM candidate WHERE NOT is_deleted AND NOT is_anonymized AND id > $1 ORDER BY id LIMIT $2",
    );

    POSITION_ROWS = Sql::new(
        "SELECT id, title, client_name, country_code, min_years, salary_yearly_min, salary_yearly_max, openings, \
         required_skills, description_text IS NOT NULL AS has_description, \
         embedding_text IS NOT NULL AS has_embedding_text \
         FROM position WHERE NOT is_deleted AND id > $1 ORDER BY id LIMIT $2",
    );

    CANDIDATE_EMBEDDING_ROWS = Sql::new(
        "SELECT e.entity_id AS id, e.dims, e.vector, coalesce(NOT t.is_deleted, FALSE) AS entity_exists, \
         e.text_hash IS NOT DISTINCT FROM t.embedding_text_hash AS is_current \
         FROM embedding e LEFT JOIN candidate t ON t.id = e.entity_id \
         WHERE e.kind = 'candidate' AND e.entity_id > $1 ORDER BY e.entity_id LIMIT $2",
    );

    POSITION_EMBEDDING_ROWS = Sql::new(
        "SELECT e.entity_id AS id, e.dims, e.vector, coalesce(NOT t.is_deleted, FALSE) AS entity_exists, \
         e.text_hash IS NOT DISTINCT FROM t.embedding_text_hash AS is_current \
         FROM embedding e LEFT JOIN position t ON t.id = e.entity_id \
         WHERE e.kind = 'position' AND e.entity_id > $1 ORDER BY e.entity_id LIMIT $2",
    );

    MATCH_ROWS = Sql::new(
        "SELECT m.position_id, m.candidate_id, m.score, coalesce(NOT c.is_deleted, FALSE) AS candidate_exists, \
         coalesce(NOT p.is_deleted, FALSE) AS position_exists FROM candidate_match m \
         LEFT JOIN candidate c ON c.id = m.candidate_id LEFT JOIN position p ON p.id = m.position_id \
         WHERE m.status = 'active' AND (m.position_id, m.candidate_id) > ($1, $2) \
         ORDER BY m.position_id, m.candidate_id LIMIT $3",
    );

    LAST_SYNCED = Sql::new(
        "SELECT max(ended_at) AS ended_at FROM sync_run WHERE entity = $1 AND state = 'succeeded'",
    );

    ROWS_BEFORE = Sql::new(
        "SELECT name, checked FROM quality_result WHERE run_id = \
         (SELECT run_id FROM quality_run WHERE run_id <> $1 ORDER BY ended_at DESC, run_id DESC LIMIT 1) ORDER BY name",
    );

    END_RUN = Sql::new(
        "INSERT INTO quality_run (run_id, ended_at) VALUES ($1, $2) \
         ON CONFLICT (run_id) DO UPDATE SET ended_at = excluded.ended_at",
    );

    DELETE_RESULTS = Sql::new("DELETE FROM quality_result WHERE run_id = $1");

    INSERT_RESULTS = Sql::new(
        "INSERT INTO quality_result (run_id, name, table_name, severity, passed, checked, failed, detail, samples) \
         SELECT $1, batch.name, batch.table_name, batch.severity, batch.passed, batch.checked, batch.failed, \
         batch.detail, batch.samples FROM {batch}",
    )
    .batch(&[
        ("name", ColumnType::Text),
        ("table_name", ColumnType::Text),
        ("severity", ColumnType::Text),
        ("passed", ColumnType::Bool),
        ("checked", ColumnType::I64),
        ("failed", ColumnType::I64),
        ("detail", ColumnType::Text),
        ("samples", ColumnType::Text),
    ]);

    RELEASE_WITHHELD = Sql::new("DELETE FROM quality_withheld");

    INSERT_WITHHELD = Sql::new(
        "INSERT INTO quality_withheld (kind, entity_id, check_name, run_id, withheld_at) \
         SELECT batch.kind, batch.entity_id, batch.check_name, $1, $2 FROM {batch}",
    )
    .batch(&[("kind", ColumnType::Text), ("entity_id", ColumnType::I64), ("check_name", ColumnType::Text)]);

    RESULTS = Sql::new(
        "SELECT name, table_name, severity, passed, checked, failed, detail, samples FROM quality_result \
         WHERE run_id = $1 ORDER BY table_name, name",
    );
}

impl ReferralStore {
    /// The next live candidates by id, as the checks see them.
    pub async fn quality_candidates(
        &self,
        after: EntityId,
        limit: u32,
    ) -> Result<Vec<CandidateRow>, StoreError> {
        let rows = self
            .db
            .fetch_all(CANDIDATE_ROWS.bind(after.0).bind(limit))
            .await?;
        rows.iter().map(|row| Ok(read_candidate(row)?)).collect()
    }

    /// The next live positions by id, as the checks see them.
    pub async fn quality_positions(
        &self,
        after: EntityId,
        limit: u32,
    ) -> Result<Vec<PositionRow>, StoreError> {
        let rows = self.db.fetch_all(POSITION_ROWS.bind(after.0).bind(limit)).await?;
        rows.iter().map(|row| Ok(read_position(row)?)).collect()
    }

    /// The next vectors of a kind by id, as the checks see them.
    pub async fn quality_embeddings(
        &self,
        kind: EntityKind,
        after: EntityId,
        limit: u32,
    ) -> Result<Vec<EmbeddingRow>, StoreError> {
        let statement = match kind {
            EntityKind::Candidate => CANDIDATE_EMBEDDING_ROWS.bind(after.0),
            EntityKind::Position => POSITION_EMBEDDING_ROWS.bind(after.0),
        };
        let rows = self.db.fetch_all(statement.bind(limit)).await?;
        rows.iter().map(|row| Ok(read_embedding(row, kind)?)).collect()
    }

    /// The next active matches by position and candidate, as the checks see them.
    pub async fn quality_matches(
        &self,
        after: (EntityId, EntityId),
        limit: u32,
    ) -> Result<Vec<MatchRow>, StoreError> {
        let rows = self
            .db
            .fetch_all(MATCH_ROWS.bind(after.0.0).bind(after.1.0).bind(limit))
            .await?;
        rows.iter().map(|row| Ok(read_match(row)?)).collect()
    }

    /// When a kind was last synced to its end; `None` before the first time.
    pub async fn last_synced(&self, kind: EntityKind) -> Result<Option<Timestamp>, StoreError> {
        let row = self.db.fetch_one(LAST_SYNCED.bind(kind.as_str())).await?;
        Ok(row.optional_timestamp("ended_at")?)
    }

    /// How many rows each check read in the newest run other than this one.
    pub async fn quality_rows_before(&self, run_id: &RunId) -> Result<BTreeMap<String, u64>, StoreError> {
        let rows = self.db.fetch_all(ROWS_BEFORE.bind(run_id.as_str())).await?;
        let pair = |row: &Row| Ok::<_, StoreError>((row.get::<String>("name")?, count(row, "checked")?));
        rows.iter().map(pair).collect()
    }

    /// Keeps the results of a run and what it withholds, in place of what the run before withheld. Repeating a run replaces
    /// its results.
    pub async fn record_quality(
        &self,
        run_id: &RunId,
        results: &[CheckResult],
        withheld: &[Withheld],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        tx.execute(END_RUN.bind(run_id.as_str()).bind(now)).await?;
        tx.execute(DELETE_RESULTS.bind(run_id.as_str())).await?;
        let rows = results.iter().map(|result| {
            let samples = serde_json::Value::from(result.samples.as_slice()).to_string();
            row![
                result.name.as_str(),
                result.table.as_str(),
                result.severity.as_str(),
                result.passed,
                result.checked as i64,
                result.failed as i64,
                result.detail.as_str(),
                samples,
            ]
        });
        tx.execute(INSERT_RESULTS.bind(run_id.as_str()).rows(rows))
            .await?;
        tx.execute(RELEASE_WITHHELD.query()).await?;
        let rows = withheld
            .iter()
            .map(|one| row![one.kind.as_str(), one.id.0, one.check.as_str()]);
        tx.execute(INSERT_WITHHELD.bind(run_id.as_str()).bind(now).rows(rows))
            .await?;
        Ok(tx.commit().await?)
    }

    /// The results of a run, by table and name; empty for an unknown run.
    pub async fn quality_results(&self, run_id: &RunId) -> Result<Vec<CheckResult>, StoreError> {
        let rows = self.db.fetch_all(RESULTS.bind(run_id.as_str())).await?;
        rows.iter().map(|row| Ok(read_result(row)?)).collect()
    }
}

fn names(row: &Row, column: &str) -> Result<usize, SqlError> {
    json::<Vec<String>>(row, column).map(|names| names.len())
}

fn read_candidate(row: &Row) -> Result<CandidateRow, SqlError> {
    Ok(CandidateRow {
        id: id(row, "id")?,
        first_name: row.get("first_name")?,
        last_name: row.get("last_name")?,
        email: row.get("email")?,
        phone_e164: row.get("phone_e164")?,
        occupation: row.get("occupation")?,
        city: row.get("city")?,
        country_code: row.get("country_code")?,
        salary_yearly: row.get("salary_yearly")?,
        experience_years: row.get("experience_years")?,
        skills: names(row, "skills")?,
        has_resume_text: row.get("has_resume_text")?,
        has_embedding_text: row.get("has_embedding_text")?,
    })
}

fn read_position(row: &Row) -> Result<PositionRow, SqlError> {
    Ok(PositionRow {
        id: id(row, "id")?,
        title: row.get("title")?,
        client_name: row.get("client_name")?,
        country_code: row.get("country_code")?,
        min_years: row.get("min_years")?,
        salary_yearly_min: row.get("salary_yearly_min")?,
        salary_yearly_max: row.get("salary_yearly_max")?,
        openings: row.get("openings")?,
        required_skills: names(row, "required_skills")?,
        has_description: row.get("has_description")?,
        has_embedding_text: row.get("has_embedding_text")?,
    })
}

fn read_embedding(row: &Row, kind: EntityKind) -> Result<EmbeddingRow, SqlError> {
    let vector = read_vector(row)?;
    let norm = vector
        .iter()
        .map(|x| f64::from(*x) * f64::from(*x))
        .sum::<f64>()
        .sqrt();
    Ok(EmbeddingRow {
        kind,
        id: id(row, "id")?,
        dimensions: vector.len(),
        norm,
        entity_exists: row.get("entity_exists")?,
        is_current: row.get("is_current")?,
    })
}

fn read_match(row: &Row) -> Result<MatchRow, SqlError> {
    let score: i64 = row.get("score")?;
    Ok(MatchRow {
        position_id: id(row, "position_id")?,
        candidate_id: id(row, "candidate_id")?,
        score_points: score as f64 / 100.0,
        candidate_exists: row.get("candidate_exists")?,
        position_exists: row.get("position_exists")?,
    })
}

fn read_result(row: &Row) -> Result<CheckResult, SqlError> {
    Ok(CheckResult {
        name: row.get("name")?,
        table: row.get("table_name")?,
        severity: row.get("severity")?,
        passed: row.get("passed")?,
        checked: count(row, "checked")?,
        failed: count(row, "failed")?,
        detail: row.get("detail")?,
        samples: json(row, "samples")?,
    })
}
