//! What tells one version of a record from another.

use referral_store::candidate::{Fingerprint, Place};
use referral_store::{Candidate, Level, Position};
use sha2::{Digest, Sha256};

/// Changes with the rules of cleaning, so that records cleaned by older rules are written again when they are next read.
const CLEANING_VERSION: &str = "1";

/// SHA-256 of a text, in hexadecimal.
pub fn text_hash(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

/// Identifies the members of a record's to-many fields: one ascending list of ids per field.
pub fn association_hash<I: IntoIterator<Item = i64>>(fields: impl IntoIterator<Item = I>) -> String {
    let mut hash = Fields::new();
    for field in fields {
        let ids: Vec<String> = field.into_iter().map(|id| id.to_string()).collect();
        hash.text(&ids.join(","));
    }
    hash.finish()
}

/// The content hash of a candidate: over every normalised field, not over the source's version.
pub(super) fn of_candidate(c: &Candidate) -> String {
    let mut hash = Fields::new();
    let texts = [
        &c.first_name,
        &c.last_name,
        &c.email,
        &c.phone_e164,
        &c.status,
        &c.occupation,
        &c.company_name,
    ];
    for text in texts {
        hash.optional(text.as_deref());
    }
    hash.place(&c.place);
    for flag in [c.will_relocate, c.remote_ok, c.work_authorized] {
        hash.optional(flag.map(|flag| if flag { "true" } else { "false" }));
    }
    hash.number(c.salary_yearly);
    hash.number(c.experience_years);
    hash.number(c.level.map(Level::number));
    hash.list(&c.skills);
    hash.list(&c.certifications);
    hash.number(c.available_on);
    hash.optional(c.resume_text.as_deref());
    hash.optional(c.embedding_text.as_deref());
    hash.finish()
}

/// The content hash of a position.
pub(super) fn of_position(p: &Position) -> String {
    let mut hash = Fields::new();
    for text in [
        &p.title,
        &p.description_text,
        &p.employment_type,
        &p.status,
        &p.client_name,
    ] {
        hash.optional(text.as_deref());
    }
    hash.place(&p.place);
    hash.list(&p.required_skills);
    hash.list(&p.nice_skills);
    hash.list(&p.certifications);
    hash.number(p.min_years);
    hash.number(p.level.map(Level::number));
    hash.number(p.salary_yearly_min);
    hash.number(p.salary_yearly_max);
    hash.number(p.remote);
    hash.number(Some(p.is_open));
    hash.number(p.start_on);
    hash.number(p.openings);
    hash.optional(p.embedding_text.as_deref());
    hash.finish()
}

/// The hashes of a record whose content is complete but for them.
pub(super) fn fingerprint(
    content_hash: String,
    embedding_text: Option<&str>,
    association_hash: Option<String>,
    source_modified_ms: i64,
) -> Fingerprint {
    Fingerprint {
        content_hash,
        embedding_text_hash: embedding_text.map(text_hash),
        association_hash,
        source_modified_ms,
    }
}

/// A hash over fields, each with its length, so that no two lists of fields run together.
struct Fields(Sha256);

impl Fields {
    fn new() -> Self {
        let mut fields = Self(Sha256::new());
        fields.text(CLEANING_VERSION);
        fields
    }

    fn text(&mut self, text: &str) {
        self.0.update((text.len() as u64 + 1).to_le_bytes());
        self.0.update(text);
    }

    /// Absent is not the same as empty.
    fn optional(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.text(text),
            None => self.0.update(0_u64.to_le_bytes()),
        }
    }

    fn number(&mut self, value: Option<impl std::fmt::Display>) {
        let text = value.map(|value| value.to_string());
        self.optional(text.as_deref());
    }

    fn list(&mut self, items: &[String]) {
        self.0.update((items.len() as u64).to_le_bytes());
        for item in items {
            self.text(item);
        }
    }

    fn place(&mut self, place: &Place) {
        for part in [&place.city, &place.state, &place.zip, &place.country_code] {
            self.optional(part.as_deref());
        }
    }

    fn finish(self) -> String {
        hex::encode(self.0.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash_of(fields: &[Option<&str>]) -> String {
        let mut hash = Fields::new();
        for field in fields {
            hash.optional(*field);
        }
        hash.finish()
    }

    #[test]
    fn fields_do_not_run_together() {
        let different = [
            hash_of(&[Some("ab"), Some("c")]),
            hash_of(&[Some("a"), Some("bc")]),
            hash_of(&[Some("abc"), None]),
            hash_of(&[Some("abc"), Some("")]),
            hash_of(&[None, Some("abc")]),
        ];
        let unique: std::collections::BTreeSet<&String> = different.iter().collect();
        assert_eq!(unique.len(), different.len());
    }

    #[test]
    fn associations_are_told_apart_by_field() {
        assert_ne!(
            association_hash([vec![1], vec![2]]),
            association_hash([vec![1, 2], vec![]])
        );
        assert_eq!(association_hash([vec![1], vec![2]]), association_hash([[1], [2]]));
    }
}
