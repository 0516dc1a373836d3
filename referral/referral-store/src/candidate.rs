//! A candidate as the pipeline knows one: normalised, cleaned, without any protected attribute.

use jiff::civil::Date;

use crate::{EntityId, Level};

/// A person as read from Bullhorn, after cleaning. Absent and unusable values are `None`, never `""` or `0`.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Bullhorn's id.
    pub id: EntityId,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// Lower-case e-mail address that has the form of one.
    pub email: Option<String>,
    /// Telephone number in E.164, `+15551234567`.
    pub phone_e164: Option<String>,
    /// The tenant's status, for example `Active`.
    pub status: Option<String>,
    /// Current job title.
    pub occupation: Option<String>,
    /// Current employer as text.
    pub company_name: Option<String>,
    /// Where the person can work.
    pub place: Place,
    /// Would move for a job.
    pub will_relocate: Option<bool>,
    /// Works, or wants to work, remotely.
    pub remote_ok: Option<bool>,
    /// Wanted or present pay in whole currency units a year.
    pub salary_yearly: Option<i64>,
    /// Years of professional experience.
    pub experience_years: Option<f64>,
    /// Seniority, from title and years.
    pub level: Option<Level>,
    /// Normalised skill names, sorted, each once.
    pub skills: Vec<String>,
    /// Certificates and licences, sorted, each once.
    pub certifications: Vec<String>,
    /// First day on which the person could start.
    pub available_on: Option<Date>,
    /// May work where the tenant recruits.
    pub work_authorized: Option<bool>,
    /// The resume as clean text with one block a line.
    pub resume_text: Option<String>,
    /// What may be embedded: no names, contacts or protected attributes. `None` when nothing is left.
    pub embedding_text: Option<String>,
    /// What identifies the content and the source's version.
    pub fingerprint: Fingerprint,
}

/// Where a person lives or a job is done. Never a street.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// City.
    pub city: Option<String>,
    /// State, province or canton as the source writes it.
    pub state: Option<String>,
    /// Postal code.
    pub zip: Option<String>,
    /// ISO 3166 alpha-2 country code, upper case.
    pub country_code: Option<String>,
}

/// What tells one version of a record from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint {
    /// SHA-256 (hex) over all normalised fields: equal means that there is nothing to write.
    pub content_hash: String,
    /// SHA-256 (hex) of `embedding_text`, `None` exactly when that is `None`: equal means that there is nothing to embed.
    pub embedding_text_hash: Option<String>,
    /// SHA-256 (hex) over the ids of associated skills, so that reconciliation sees edits which move no date. `None` when
    /// they were not complete.
    pub association_hash: Option<String>,
    /// The source's `dateLastModified`, epoch milliseconds: an older version never replaces a newer one.
    pub source_modified_ms: i64,
}
