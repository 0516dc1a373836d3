//! The small tables that records point into: skills, categories, users, schools and jobs of a candidate.

use std::borrow::Cow;

use super::schema::{Field, Source, boolean, date, html, integer, many, one, text, timestamp};
use super::{AsValue, Entity, Value};
use crate::population::record::ToMany;

/// 2024-01-01T00:00:00Z, when the tables that no client may write were last touched.
const CATALOGUE_DATE_MS: i64 = 1_704_067_200_000;

fn catalogue_date() -> Value<'static> {
    Value::Int(CATALOGUE_DATE_MS)
}

/// `Skill`.
pub(super) fn skill_fields() -> Vec<Field> {
    vec![
        text("name", 100).from(Source::Skill(|r| r.name.as_value())),
        boolean("enabled").from(Source::Skill(|r| r.enabled.as_value())),
        many("categories", Entity::Category).from(Source::Skill(|r| {
            Value::Many(Cow::Owned(ToMany::of(r.categories.clone())))
        })),
    ]
}

/// `Category`.
pub(super) fn category_fields() -> Vec<Field> {
    vec![
        text("name", 100).from(Source::Category(|r| r.name.as_value())),
        boolean("enabled").from(Source::Category(|r| r.enabled.as_value())),
        text("type", 1).from(Source::Category(|r| r.kind.as_value())),
        text("occupation", 50).from(Source::Category(|r| r.name.as_value())),
        timestamp("dateAdded").from(Source::Constant(catalogue_date)),
        many("skills", Entity::Skill),
        many("specialties", Entity::Specialty).from(Source::Reverse("parentCategory")),
    ]
}

/// `Specialty`.
pub(super) fn specialty_fields() -> Vec<Field> {
    vec![
        text("name", 100).from(Source::Specialty(|r| r.name.as_value())),
        boolean("enabled").from(Source::Constant(|| Value::Bool(true))),
        one("parentCategory", Entity::Category).from(Source::Specialty(|r| Value::One(r.parent_category))),
        timestamp("dateAdded").from(Source::Constant(catalogue_date)),
    ]
}

/// `BusinessSector`.
pub(super) fn business_sector_fields() -> Vec<Field> {
    vec![
        text("name", 100).from(Source::BusinessSector(|r| r.name.as_value())),
        timestamp("dateAdded").from(Source::BusinessSector(|r| r.date_added.as_value())),
    ]
}

/// `Country`.
pub(super) fn country_fields() -> Vec<Field> {
    vec![
        text("code", 2).from(Source::Country(|r| r.code.as_value())),
        text("name", 99).from(Source::Country(|r| r.name.as_value())),
    ]
}

/// `CorporateUser`: the recruiters of the agency.
pub(super) fn user_fields() -> Vec<Field> {
    vec![
        text("firstName", 50).from(Source::User(|r| r.first_name.as_value())),
        text("lastName", 50).from(Source::User(|r| r.last_name.as_value())),
        text("name", 100).from(Source::User(|r| r.name.as_value())),
        text("email", 100).from(Source::User(|r| r.email.as_value())),
        text("username", 100).from(Source::User(|r| r.email.as_value())),
        boolean("enabled").from(Source::User(|r| r.enabled.as_value())),
        boolean("isDeleted").from(Source::User(|r| r.is_deleted.as_value())),
        one("corporation", Entity::Corporation).from(Source::Constant(|| Value::One(1))),
        timestamp("dateLastModified").from(Source::Constant(catalogue_date)),
        one("primaryDepartment", Entity::Department),
        text("companyName", 100),
        text("email2", 100),
        text("email3", 100),
        text("externalEmail", 100),
        text("middleName", 50),
        text("mobile", 20),
        text("nickName", 50),
        text("occupation", 50),
        text("phone", 20),
        text("status", 100),
        one("userType", Entity::UserType),
        boolean("isHidden"),
        boolean("isLockedOut"),
        integer("masterUserID"),
        timestamp("dateLastComment"),
        timestamp("userDateAdded"),
    ]
}

/// `Corporation`: the agency itself, one record.
pub(super) fn agency_fields() -> Vec<Field> {
    vec![text("name", 100).from(Source::Constant(|| {
        Value::Text(Cow::Borrowed("Sandbox Staffing"))
    }))]
}

/// `CandidateWorkHistory`.
pub(super) fn work_history_fields() -> Vec<Field> {
    vec![
        text("title", 50).from(Source::WorkHistory(|r| r.title.as_value())),
        text("companyName", 100).from(Source::WorkHistory(|r| r.company_name.as_value())),
        date("startDate").from(Source::WorkHistory(|r| r.start_date.as_value())),
        date("endDate").from(Source::WorkHistory(|r| r.end_date.as_value())),
        boolean("isLastJob").from(Source::WorkHistory(|r| r.is_last_job.as_value())),
        one("candidate", Entity::Candidate).from(Source::WorkHistory(|r| Value::One(r.id / 16))),
        html("comments"),
        text("terminationReason", 100),
        boolean("isDeleted"),
        timestamp("dateAdded"),
    ]
}

/// `CandidateEducation`.
pub(super) fn education_fields() -> Vec<Field> {
    vec![
        text("school", 50).from(Source::Education(|r| r.school.as_value())),
        text("degree", 50).from(Source::Education(|r| r.degree.as_value())),
        text("major", 50).from(Source::Education(|r| r.major.as_value())),
        date("graduationDate").from(Source::Education(|r| r.graduation_date.as_value())),
        one("candidate", Entity::Candidate).from(Source::Education(|r| Value::One(r.id / 16))),
        text("city", 40),
        text("state", 50),
        text("certification", 100),
        html("comments"),
        date("startDate"),
        date("endDate"),
        boolean("isDeleted"),
        timestamp("dateAdded"),
    ]
}
