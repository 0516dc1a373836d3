//! How positions lie in their table.

use updraft_sql::{ColumnType, Query, Sql, row, statements};

use crate::candidate::Fingerprint;
use crate::rows::names_json;
use crate::sync_page::{Synced, Tombstone};
use crate::{EntityId, EntityKind, Position, Stamp};

statements! {
    /// Statements about positions.
    pub(crate) STATEMENTS;

    SELECT_VERSIONS = Sql::new(
        "SELECT id, content_hash, association_hash, source_modified_ms, is_deleted, FALSE AS is_anonymized \
         FROM position WHERE id IN (SELECT id FROM {batch})",
    )
    .batch(&[("id", ColumnType::I64)]);

    TOUCH = Sql::new(
        "UPDATE position SET source_modified_ms = batch.source_modified_ms, \
         association_hash = batch.association_hash FROM {batch} WHERE position.id = batch.id",
    )
    .batch(&[("id", ColumnType::I64), ("source_modified_ms", ColumnType::I64), ("association_hash", ColumnType::Text)]);

    UPSERT = Sql::new(
        "INSERT INTO position (id, title, required_skills, nice_skills, certifications, min_years, level, \
         employment_type, salary_yearly_min, salary_yearly_max, city, state, zip, country_code, remote, is_open, \
         status, start_on, client_name, openings, content_hash, embedding_text_hash, association_hash, \
         source_modified_ms, description_text, embedding_text, is_deleted, synced_run_id, first_seen_at, synced_at, \
         deleted_at) \
         SELECT batch.id, batch.title, batch.required_skills, batch.nice_skills, batch.certifications, \
         batch.min_years, batch.level, batch.employment_type, batch.salary_yearly_min, batch.salary_yearly_max, \
         batch.city, batch.state, batch.zip, batch.country_code, batch.remote, batch.is_open, batch.status, \
         batch.start_on, batch.client_name, batch.openings, batch.content_hash, batch.embedding_text_hash, \
         batch.association_hash, batch.source_modified_ms, batch.description_text, batch.embedding_text, FALSE, $1, \
         $2, $2, NULL FROM {batch} WHERE TRUE \
         ON CONFLICT (id) DO UPDATE SET title = excluded.title, required_skills = excluded.required_skills, \
         nice_skills = excluded.nice_skills, certifications = excluded.certifications, \
         min_years = excluded.min_years, level = excluded.level, employment_type = excluded.employment_type, \
         salary_yearly_min = excluded.salary_yearly_min, salary_yearly_max = excluded.salary_yearly_max, \
         city = excluded.city, state = excluded.state, zip = excluded.zip, country_code = excluded.country_code, \
         remote = excluded.remote, is_open = excluded.is_open, status = excluded.status, \
         start_on = excluded.start_on, client_name = excluded.client_name, openings = excluded.openings, \
         content_hash = excluded.content_hash, embedding_text_hash = excluded.embedding_text_hash, \
         association_hash = excluded.association_hash, source_modified_ms = excluded.source_modified_ms, \
         description_text = excluded.description_text, embedding_text = excluded.embedding_text, \
         is_deleted = FALSE, synced_run_id = excluded.synced_run_id, synced_at = excluded.synced_at, \
         deleted_at = NULL \
         WHERE excluded.source_modified_ms >= position.source_modified_ms",
    )
    .batch(&[
        ("id", ColumnType::I64),
        ("title", ColumnType::Text),
        ("required_skills", ColumnType::Text),
        ("nice_skills", ColumnType::Text),
        ("certifications", ColumnType::Text),
        ("min_years", ColumnType::F64),
        ("level", ColumnType::I64),
        ("employment_type", ColumnType::Text),
        ("salary_yearly_min", ColumnType::I64),
        ("salary_yearly_max", ColumnType::I64),
        ("city", ColumnType::Text),
        ("state", ColumnType::Text),
        ("zip", ColumnType::Text),
        ("country_code", ColumnType::Text),
        ("remote", ColumnType::Bool),
        ("is_open", ColumnType::Bool),
        ("status", ColumnType::Text),
        ("start_on", ColumnType::Text),
        ("client_name", ColumnType::Text),
        ("openings", ColumnType::I64),
        ("content_hash", ColumnType::Text),
        ("embedding_text_hash", ColumnType::Text),
        ("association_hash", ColumnType::Text),
        ("source_modified_ms", ColumnType::I64),
        ("description_text", ColumnType::Text),
        ("embedding_text", ColumnType::Text),
    ]);

    ERASE = Sql::new(
        "INSERT INTO position (id, required_skills, nice_skills, certifications, is_open, is_deleted, \
         source_modified_ms, synced_run_id, first_seen_at, synced_at, deleted_at) \
         SELECT batch.id, '[]', '[]', '[]', FALSE, TRUE, batch.source_modified_ms, $1, $2, $2, $2 \
         FROM {batch} WHERE TRUE \
         ON CONFLICT (id) DO UPDATE SET title = NULL, client_name = NULL, required_skills = '[]', \
         nice_skills = '[]', certifications = '[]', min_years = NULL, level = NULL, employment_type = NULL, salary_yearly_min = NULL, salary_yearly_max = NULL, \
         city = NULL, state = NULL, zip = NULL, country_code = NULL, remote = NULL, is_open = FALSE, status = NULL, \
         start_on = NULL, openings = NULL, content_hash = NULL, embedding_text_hash = NULL, association_hash = NULL, \
         source_modified_ms = excluded.source_modified_ms, description_text = NULL, embedding_text = NULL, \
         is_deleted = TRUE, synced_run_id = excluded.synced_run_id, synced_at = excluded.synced_at, \
         deleted_at = excluded.deleted_at",
    )
    .batch(&[("id", ColumnType::I64), ("source_modified_ms", ColumnType::I64)]);
}

impl Synced for Position {
    const KIND: EntityKind = EntityKind::Position;
    const SELECT_VERSIONS: &'static Sql = &SELECT_VERSIONS;
    const TOUCH: &'static Sql = &TOUCH;

    fn id(&self) -> EntityId {
        self.id
    }

    fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    fn upsert<'a>(records: &[&'a Self], stamp: Stamp<'a>) -> Query<'a> {
        let rows = records.iter().map(|p| {
            row![
                p.id.0,
                p.title.as_deref(),
                names_json(&p.required_skills),
                names_json(&p.nice_skills),
                names_json(&p.certifications),
                p.min_years,
                p.level.map(|level| i64::from(level.number())),
                p.employment_type.as_deref(),
                p.salary_yearly_min,
                p.salary_yearly_max,
                p.place.city.as_deref(),
                p.place.state.as_deref(),
                p.place.zip.as_deref(),
                p.place.country_code.as_deref(),
                p.remote,
                p.is_open,
                p.status.as_deref(),
                p.start_on.map(|date| date.to_string()),
                p.client_name.as_deref(),
                p.openings,
                p.fingerprint.content_hash.as_str(),
                p.fingerprint.embedding_text_hash.as_deref(),
                p.fingerprint.association_hash.as_deref(),
                p.fingerprint.source_modified_ms,
                p.description_text.as_deref(),
                p.embedding_text.as_deref(),
            ]
        });
        UPSERT.bind(stamp.run_id.as_str()).bind(stamp.now).rows(rows)
    }

    fn erase<'a>(records: &[Tombstone], stamp: Stamp<'a>) -> Query<'a> {
        let rows = records
            .iter()
            .map(|tombstone| row![tombstone.id.0, tombstone.source_modified_ms]);
        ERASE.bind(stamp.run_id.as_str()).bind(stamp.now).rows(rows)
    }
}
