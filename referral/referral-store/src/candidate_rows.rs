//! How candidates lie in their table.

use updraft_sql::{ColumnType, Query, Sql, row, statements};

use crate::candidate::Fingerprint;
use crate::rows::names_json;
use crate::sync_page::{Erasure, Synced, Tombstone};
use crate::{Candidate, EntityId, EntityKind, Stamp};

statements! {
    /// Statements about candidates.
    pub(crate) STATEMENTS;

    SELECT_VERSIONS = Sql::new(
        "SELECT id, content_hash, association_hash, source_modified_ms, is_deleted, is_anonymized FROM candidate \
         WHERE id IN (SELECT id FROM {batch})",
    )
    .batch(&[("id", ColumnType::I64)]);

    TOUCH = Sql::new(
        "UPDATE candidate SET source_modified_ms = batch.source_modified_ms, \
         association_hash = batch.association_hash FROM {batch} WHERE candidate.id = batch.id",
    )
    .batch(&[("id", ColumnType::I64), ("source_modified_ms", ColumnType::I64), ("association_hash", ColumnType::Text)]);

    UPSERT = Sql::new(
        "INSERT INTO candidate (id, first_name, last_name, email, phone_e164, status, occupation, company_name, \
         city, state, zip, country_code, will_relocate, remote_ok, salary_yearly, experience_years, level, skills, \
         certifications, available_on, work_authorized, content_hash, embedding_text_hash, association_hash, \
         source_modified_ms, resume_text, embedding_text, is_deleted, is_anonymized, synced_run_id, first_seen_at, \
         synced_at, deleted_at) \
         SELECT batch.id, batch.first_name, batch.last_name, batch.email, batch.phone_e164, batch.status, \
         batch.occupation, batch.company_name, batch.city, batch.state, batch.zip, batch.country_code, \
         batch.will_relocate, batch.remote_ok, batch.salary_yearly, batch.experience_years, batch.level, batch.skills, \
         batch.certifications, batch.available_on, batch.work_authorized, batch.content_hash, \
         batch.embedding_text_hash, batch.association_hash, batch.source_modified_ms, batch.resume_text, \
         batch.embedding_text, FALSE, FALSE, $1, $2, $2, NULL FROM {batch} WHERE TRUE \
         ON CONFLICT (id) DO UPDATE SET first_name = excluded.first_name, last_name = excluded.last_name, \
         email = excluded.email, phone_e164 = excluded.phone_e164, status = excluded.status, \
         occupation = excluded.occupation, company_name = excluded.company_name, city = excluded.city, \
         state = excluded.state, zip = excluded.zip, country_code = excluded.country_code, \
         will_relocate = excluded.will_relocate, remote_ok = excluded.remote_ok, \
         salary_yearly = excluded.salary_yearly, experience_years = excluded.experience_years, \
         level = excluded.level, skills = excluded.skills, certifications = excluded.certifications, \
         available_on = excluded.available_on, work_authorized = excluded.work_authorized, \
         content_hash = excluded.content_hash, embedding_text_hash = excluded.embedding_text_hash, \
         association_hash = excluded.association_hash, source_modified_ms = excluded.source_modified_ms, \
         resume_text = excluded.resume_text, embedding_text = excluded.embedding_text, is_deleted = FALSE, \
         is_anonymized = FALSE, synced_run_id = excluded.synced_run_id, synced_at = excluded.synced_at, \
         deleted_at = NULL \
         WHERE excluded.source_modified_ms >= candidate.source_modified_ms",
    )
    .batch(&[
        ("id", ColumnType::I64),
        ("first_name", ColumnType::Text),
        ("last_name", ColumnType::Text),
        ("email", ColumnType::Text),
        ("phone_e164", ColumnType::Text),
        ("status", ColumnType::Text),
        ("occupation", ColumnType::Text),
        ("company_name", ColumnType::Text),
        ("city", ColumnType::Text),
        ("state", ColumnType::Text),
        ("zip", ColumnType::Text),
        ("country_code", ColumnType::Text),
        ("will_relocate", ColumnType::Bool),
        ("remote_ok", ColumnType::Bool),
        ("salary_yearly", ColumnType::I64),
        ("experience_years", ColumnType::F64),
        ("level", ColumnType::I64),
        ("skills", ColumnType::Text),
        ("certifications", ColumnType::Text),
        ("available_on", ColumnType::Text),
        ("work_authorized", ColumnType::Bool),
        ("content_hash", ColumnType::Text),
        ("embedding_text_hash", ColumnType::Text),
        ("association_hash", ColumnType::Text),
        ("source_modified_ms", ColumnType::I64),
        ("resume_text", ColumnType::Text),
        ("embedding_text", ColumnType::Text),
    ]);

    ERASE = Sql::new(
        "INSERT INTO candidate (id, skills, certifications, is_deleted, is_anonymized, source_modified_ms, \
         synced_run_id, first_seen_at, synced_at, deleted_at) \
         SELECT batch.id, '[]', '[]', batch.is_deleted, batch.is_anonymized, batch.source_modified_ms, $1, $2, $2, $2 \
         FROM {batch} WHERE TRUE \
         ON CONFLICT (id) DO UPDATE SET first_name = NULL, last_name = NULL, email = NULL, phone_e164 = NULL, \
         status = NULL, occupation = NULL, company_name = NULL, city = NULL, state = NULL, zip = NULL, \
         country_code = NULL, will_relocate = NULL, remote_ok = NULL, salary_yearly = NULL, experience_years = NULL, \
         level = NULL, skills = '[]', certifications = '[]', available_on = NULL, work_authorized = NULL, \
         content_hash = NULL, embedding_text_hash = NULL, association_hash = NULL, \
         source_modified_ms = excluded.source_modified_ms, resume_text = NULL, embedding_text = NULL, \
         is_deleted = excluded.is_deleted, is_anonymized = excluded.is_anonymized, \
         synced_run_id = excluded.synced_run_id, synced_at = excluded.synced_at, deleted_at = excluded.deleted_at",
    )
    .batch(&[
        ("id", ColumnType::I64),
        ("is_deleted", ColumnType::Bool),
        ("is_anonymized", ColumnType::Bool),
        ("source_modified_ms", ColumnType::I64),
    ]);
}

impl Synced for Candidate {
    const KIND: EntityKind = EntityKind::Candidate;
    const SELECT_VERSIONS: &'static Sql = &SELECT_VERSIONS;
    const TOUCH: &'static Sql = &TOUCH;

    fn id(&self) -> EntityId {
        self.id
    }

    fn fingerprint(&self) -> &Fingerprint {
        &self.fingerprint
    }

    fn upsert<'a>(records: &[&'a Self], stamp: Stamp<'a>) -> Query<'a> {
        let rows = records.iter().map(|c| {
            row![
                c.id.0,
                c.first_name.as_deref(),
                c.last_name.as_deref(),
                c.email.as_deref(),
                c.phone_e164.as_deref(),
                c.status.as_deref(),
                c.occupation.as_deref(),
                c.company_name.as_deref(),
                c.place.city.as_deref(),
                c.place.state.as_deref(),
                c.place.zip.as_deref(),
                c.place.country_code.as_deref(),
                c.will_relocate,
                c.remote_ok,
                c.salary_yearly,
                c.experience_years,
                c.level.map(|level| i64::from(level.number())),
                names_json(&c.skills),
                names_json(&c.certifications),
                c.available_on.map(|date| date.to_string()),
                c.work_authorized,
                c.fingerprint.content_hash.as_str(),
                c.fingerprint.embedding_text_hash.as_deref(),
                c.fingerprint.association_hash.as_deref(),
                c.fingerprint.source_modified_ms,
                c.resume_text.as_deref(),
                c.embedding_text.as_deref(),
            ]
        });
        UPSERT.bind(stamp.run_id.as_str()).bind(stamp.now).rows(rows)
    }

    fn erase<'a>(records: &[Tombstone], stamp: Stamp<'a>) -> Query<'a> {
        let rows = records.iter().map(|tombstone| {
            let anonymised = tombstone.erasure == Erasure::Anonymised;
            row![
                tombstone.id.0,
                !anonymised,
                anonymised,
                tombstone.source_modified_ms
            ]
        });
        ERASE.bind(stamp.run_id.as_str()).bind(stamp.now).rows(rows)
    }
}
