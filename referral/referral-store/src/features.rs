//! What matching reads: records that can be matched, with their vectors and features.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use updraft_sql::{ColumnType, Row, Sql, SqlError, row, statements};

use crate::candidate::Place;
use crate::embedding::{EmbeddingProfile, current, matchable_candidate, matchable_position, read_vector};
use crate::rows::{count, id, json, optional_date, optional_json, optional_level, place};
use crate::{EntityId, Level, ReferralStore, StoreError};

/// What identifies the input of a match: the record's content and the text behind its vector.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MatchInput {
    /// The content hash of the record.
    pub content_hash: String,
    /// The hash of the embedded text.
    pub text_hash: String,
}

/// A candidate that can be matched: live, with a current vector.
#[derive(Debug, Clone, PartialEq)]
pub struct CandidateFeatures {
    /// Bullhorn's id.
    pub id: EntityId,
    /// Normalised skill names, sorted.
    pub skills: Vec<String>,
    /// Certificates and licences.
    pub certifications: Vec<String>,
    /// Seniority.
    pub level: Option<Level>,
    /// Years of experience.
    pub experience_years: Option<f64>,
    /// Where the person can work.
    pub place: Place,
    /// Would move for a job.
    pub will_relocate: Option<bool>,
    /// Works remotely.
    pub remote_ok: Option<bool>,
    /// Wanted pay in whole currency units a year.
    pub salary_yearly: Option<i64>,
    /// First day of availability.
    pub available_on: Option<Date>,
    /// May work where the tenant recruits.
    pub work_authorized: Option<bool>,
    /// The tenant's status.
    pub status: Option<String>,
    /// What the match depends on.
    pub input: MatchInput,
    /// The vector, unit norm.
    pub vector: Vec<f32>,
}

/// A position that can be matched: live, open, with a current vector.
#[derive(Debug, Clone, PartialEq)]
pub struct PositionFeatures {
    /// Bullhorn's id.
    pub id: EntityId,
    /// Job title.
    pub title: Option<String>,
    /// Skills that are required, sorted.
    pub required_skills: Vec<String>,
    /// Skills that are nice to have, sorted.
    pub nice_skills: Vec<String>,
    /// Certificates and licences asked for.
    pub certifications: Vec<String>,
    /// Years of experience asked for.
    pub min_years: Option<f64>,
    /// Seniority asked for.
    pub level: Option<Level>,
    /// Kind of employment.
    pub employment_type: Option<String>,
    /// Lower end of the pay a year.
    pub salary_yearly_min: Option<i64>,
    /// Upper end of the pay a year.
    pub salary_yearly_max: Option<i64>,
    /// Where the job is done.
    pub place: Place,
    /// Can be done remotely.
    pub remote: Option<bool>,
    /// First day of work.
    pub start_on: Option<Date>,
    /// What the match depends on.
    pub input: MatchInput,
    /// The vector, unit norm.
    pub vector: Vec<f32>,
}

/// In how many live candidates each skill occurs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SkillCounts {
    /// Live candidates.
    pub candidates: u64,
    /// Candidates per skill; skills that nobody has are absent.
    pub by_skill: BTreeMap<String, u64>,
}

/// The columns of a candidate that matching reads.
macro_rules! candidate_columns {
    () => {
        "SELECT c.id, c.skills, c.certifications, c.level, c.experience_years, c.city, c.state, c.zip, c.country_code, \
         c.will_relocate, c.remote_ok, c.salary_yearly, c.available_on, c.work_authorized, c.status, c.content_hash, \
         e.text_hash, e.vector FROM candidate c JOIN embedding e ON e.kind = 'candidate' AND e.entity_id = c.id AND "
    };
}

/// The columns of a position that matching reads.
macro_rules! position_columns {
    () => {
        "SELECT c.id, c.title, c.required_skills, c.nice_skills, c.certifications, c.min_years, c.level, \
         c.employment_type, c.salary_yearly_min, c.salary_yearly_max, c.city, c.state, c.zip, c.country_code, c.remote, \
         c.start_on, c.content_hash, e.text_hash, e.vector \
         FROM position c JOIN embedding e ON e.kind = 'position' AND e.entity_id = c.id AND "
    };
}

statements! {
    /// Statements about features.
    pub(crate) STATEMENTS;

    CANDIDATE_PAGE = Sql::new(concat!(
        candidate_columns!(), current!(), " WHERE ", matchable_candidate!(), " AND c.id > $5 ORDER BY c.id LIMIT $6",
    ));

    CANDIDATES_BY_ID = Sql::new(concat!(
        candidate_columns!(), current!(), " WHERE ", matchable_candidate!(),
        " AND c.id IN (SELECT id FROM {batch}) ORDER BY c.id",
    ))
    .batch(&[("id", ColumnType::I64)]);

    POSITION_PAGE = Sql::new(concat!(
        position_columns!(), current!(), " WHERE ", matchable_position!(),
        " AND c.is_open AND c.id > $5 ORDER BY c.id LIMIT $6",
    ));

    POSITIONS_BY_ID = Sql::new(concat!(
        position_columns!(), current!(), " WHERE ", matchable_position!(),
        " AND c.is_open AND c.id IN (SELECT id FROM {batch}) ORDER BY c.id",
    ))
    .batch(&[("id", ColumnType::I64)]);

    COUNT_CANDIDATES = Sql::new("SELECT count(*) AS candidates FROM candidate WHERE NOT is_deleted AND NOT is_anonymized");

    /// Each database has its own function that opens a JSON array.
    COUNT_SKILLS = Sql::per_backend(
        "SELECT skill, count(*) AS candidates FROM candidate, json_array_elements_text(skills::json) AS skill \
         WHERE NOT is_deleted AND NOT is_anonymized GROUP BY skill ORDER BY skill",
        "SELECT value AS skill, count(*) AS candidates FROM candidate, json_each(candidate.skills) \
         WHERE NOT is_deleted AND NOT is_anonymized GROUP BY value ORDER BY value",
    );

    FREEZE_FORMULA = Sql::new(
        "INSERT INTO match_formula (version, document, frozen_at) VALUES ($1, $2, $3) ON CONFLICT (version) DO NOTHING",
    );

    SELECT_FORMULA = Sql::new("SELECT document FROM match_formula WHERE version = $1");
}

impl ReferralStore {
    /// The next candidates that can be matched, by id: at most `limit`, with ids above `after`.
    pub async fn candidate_features(
        &self,
        profile: &EmbeddingProfile,
        after: EntityId,
        limit: u32,
    ) -> Result<Vec<CandidateFeatures>, StoreError> {
        let rows = self
            .db
            .fetch_all(profile.bind_to(&CANDIDATE_PAGE).bind(after.0).bind(limit))
            .await?;
        rows.iter().map(|row| Ok(read_candidate(row)?)).collect()
    }

    /// Those of the named candidates that can be matched, by id.
    pub async fn candidate_features_of(
        &self,
        profile: &EmbeddingProfile,
        ids: &[EntityId],
    ) -> Result<Vec<CandidateFeatures>, StoreError> {
        let query = profile
            .bind_to(&CANDIDATES_BY_ID)
            .rows(ids.iter().map(|id| row![id.0]));
        let rows = self.db.fetch_all(query).await?;
        rows.iter().map(|row| Ok(read_candidate(row)?)).collect()
    }

    /// The next positions that can be matched, by id: at most `limit`, with ids above `after`.
    pub async fn position_features(
        &self,
        profile: &EmbeddingProfile,
        after: EntityId,
        limit: u32,
    ) -> Result<Vec<PositionFeatures>, StoreError> {
        let rows = self
            .db
            .fetch_all(profile.bind_to(&POSITION_PAGE).bind(after.0).bind(limit))
            .await?;
        rows.iter().map(|row| Ok(read_position(row)?)).collect()
    }

    /// Those of the named positions that can be matched, by id.
    pub async fn position_features_of(
        &self,
        profile: &EmbeddingProfile,
        ids: &[EntityId],
    ) -> Result<Vec<PositionFeatures>, StoreError> {
        let query = profile
            .bind_to(&POSITIONS_BY_ID)
            .rows(ids.iter().map(|id| row![id.0]));
        let rows = self.db.fetch_all(query).await?;
        rows.iter().map(|row| Ok(read_position(row)?)).collect()
    }

    /// In how many live candidates each skill occurs: what the weight of a skill is made of.
    pub async fn skill_counts(&self) -> Result<SkillCounts, StoreError> {
        let mut tx = self.db.begin_read().await?;
        let candidates = count(&tx.fetch_one(COUNT_CANDIDATES.query()).await?, "candidates")?;
        let rows = tx.fetch_all(COUNT_SKILLS.query()).await?;
        let by_skill = rows
            .iter()
            .map(|row| Ok((row.get("skill")?, count(row, "candidates")?)));
        Ok(SkillCounts {
            candidates,
            by_skill: by_skill.collect::<Result<_, SqlError>>()?,
        })
    }

    /// The document that was frozen for a formula version.
    pub async fn frozen_formula(&self, version: &str) -> Result<Option<Value>, StoreError> {
        let row = self.db.fetch_optional(SELECT_FORMULA.bind(version)).await?;
        Ok(row
            .map(|row| optional_json(&row, "document"))
            .transpose()?
            .flatten())
    }

    /// Freezes a document for a formula version and returns what is frozen: the first writer wins.
    pub async fn freeze_formula(
        &self,
        version: &str,
        document: &Value,
        now: Timestamp,
    ) -> Result<Value, StoreError> {
        let mut tx = self.db.begin().await?;
        tx.execute(FREEZE_FORMULA.bind(version).bind(document.to_string()).bind(now))
            .await?;
        let row = tx.fetch_one(SELECT_FORMULA.bind(version)).await?;
        let frozen = json(&row, "document")?;
        tx.commit().await?;
        Ok(frozen)
    }
}

fn read_candidate(row: &Row) -> Result<CandidateFeatures, SqlError> {
    Ok(CandidateFeatures {
        id: id(row, "id")?,
        skills: json(row, "skills")?,
        certifications: json(row, "certifications")?,
        level: optional_level(row, "level")?,
        experience_years: row.get("experience_years")?,
        place: place(row)?,
        will_relocate: row.get("will_relocate")?,
        remote_ok: row.get("remote_ok")?,
        salary_yearly: row.get("salary_yearly")?,
        available_on: optional_date(row, "available_on")?,
        work_authorized: row.get("work_authorized")?,
        status: row.get("status")?,
        input: read_input(row)?,
        vector: read_vector(row)?,
    })
}

fn read_position(row: &Row) -> Result<PositionFeatures, SqlError> {
    Ok(PositionFeatures {
        id: id(row, "id")?,
        title: row.get("title")?,
        required_skills: json(row, "required_skills")?,
        nice_skills: json(row, "nice_skills")?,
        certifications: json(row, "certifications")?,
        min_years: row.get("min_years")?,
        level: optional_level(row, "level")?,
        employment_type: row.get("employment_type")?,
        salary_yearly_min: row.get("salary_yearly_min")?,
        salary_yearly_max: row.get("salary_yearly_max")?,
        place: place(row)?,
        remote: row.get("remote")?,
        start_on: optional_date(row, "start_on")?,
        input: read_input(row)?,
        vector: read_vector(row)?,
    })
}

fn read_input(row: &Row) -> Result<MatchInput, SqlError> {
    Ok(MatchInput {
        content_hash: row.get("content_hash")?,
        text_hash: row.get("text_hash")?,
    })
}
