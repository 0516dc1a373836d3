//! A candidate as the pipeline needs one.

use std::fmt;

use jiff::Timestamp;

use crate::fields::Fields;
use crate::record::Record;
use crate::record::address::Address;
use crate::record::named::Named;
use crate::wire::day::TenantDay;
use crate::wire::row::{Row, RowFault};
use crate::wire::to_many::ToMany;

/// How many skills to ask for with a candidate; where more exist, associations complete them.
const SKILLS_EXPANDED: u16 = 15;

/// A candidate: who, what they can do, where, for how much, from when. `Debug` shows the id alone.
///
/// Amounts are in the account's currency; an amount of 0 was "not given" and is absent.
#[derive(Clone, PartialEq)]
pub struct Candidate {
    /// Bullhorn's id.
    pub id: i64,
    /// The first name; asterisks once anonymised.
    pub first_name: Option<String>,
    /// The last name; asterisks once anonymised.
    pub last_name: Option<String>,
    /// The main e-mail address as typed: neither unique nor checked.
    pub email: Option<String>,
    /// The main telephone number as typed.
    pub phone: Option<String>,
    /// The mobile number as typed.
    pub mobile: Option<String>,
    /// The account's own status word, such as `Active`.
    pub status: Option<String>,
    /// The current title.
    pub occupation: Option<String>,
    /// The current employer.
    pub company_name: Option<String>,
    /// Where the candidate lives.
    pub address: Address,
    /// Where the candidate would work, as typed; may say `Remote`.
    pub desired_locations: Vec<String>,
    /// Whether the candidate would move.
    pub will_relocate: Option<bool>,
    /// The wanted kinds of employment.
    pub employment_preference: Vec<String>,
    /// The wanted yearly salary, upper end.
    pub salary: Option<f64>,
    /// The wanted yearly salary, lower end.
    pub salary_low: Option<f64>,
    /// The wanted pay per hour, upper end.
    pub hourly_rate: Option<f64>,
    /// The wanted pay per hour, lower end.
    pub hourly_rate_low: Option<f64>,
    /// The wanted pay per day, upper end.
    pub day_rate: Option<f64>,
    /// The wanted pay per day, lower end.
    pub day_rate_low: Option<f64>,
    /// Years of experience; absent when unknown (0 on the wire).
    pub experience_years: Option<f64>,
    /// Skills as typed: one text per entry, which may itself be a list.
    pub skill_set: Vec<String>,
    /// The most important skills from the account's skill list.
    pub primary_skills: ToMany<Named>,
    /// Further skills from the account's skill list.
    pub secondary_skills: ToMany<Named>,
    /// Certificates and licences as typed.
    pub certifications: Vec<String>,
    /// The first day the candidate could start.
    pub available_from: Option<TenantDay>,
    /// Whether the candidate may work where the account operates.
    pub work_authorized: Option<bool>,
    /// The resume, usually 13 to 23 KB of old HTML.
    pub description_html: Option<String>,
    /// Whether the record is soft-deleted.
    pub is_deleted: bool,
    /// Whether the person was erased: the rest of the record is then worthless and every copy must go.
    pub is_anonymized: bool,
    /// When the record was made.
    pub added: Option<Timestamp>,
    /// When the record last changed.
    pub modified: Option<Timestamp>,
}

impl Record for Candidate {
    fn fields() -> Fields {
        let plain = [
            "id",
            "firstName",
            "lastName",
            "email",
            "phone",
            "mobile",
            "status",
            "occupation",
            "companyName",
            "desiredLocations",
            "willRelocate",
            "employmentPreference",
            "salary",
            "salaryLow",
            "hourlyRate",
            "hourlyRateLow",
            "dayRate",
            "dayRateLow",
            "experience",
            "skillSet",
            "certifications",
            "dateAvailable",
            "workAuthorized",
            "description",
            "isDeleted",
            "isAnonymized",
            "dateAdded",
            "dateLastModified",
        ];
        plain
            .iter()
            .fold(Fields::builder(), |fields, name| fields.field(name))
            .one("address", Address::select)
            .many("primarySkills", SKILLS_EXPANDED, Named::select)
            .many("secondarySkills", SKILLS_EXPANDED, Named::select)
            .build()
            .expect("these field names are valid")
    }

    fn from_row(row: &Row<'_>) -> Result<Self, RowFault> {
        Ok(Self {
            id: row.id()?,
            first_name: row.text("firstName")?,
            last_name: row.text("lastName")?,
            email: row.text("email")?,
            phone: row.text("phone")?,
            mobile: row.text("mobile")?,
            status: row.text("status")?,
            occupation: row.text("occupation")?,
            company_name: row.text("companyName")?,
            address: Address::of(row)?,
            desired_locations: row.texts("desiredLocations")?,
            will_relocate: row.flag("willRelocate")?,
            employment_preference: row.texts("employmentPreference")?,
            salary: row.amount("salary")?,
            salary_low: row.amount("salaryLow")?,
            hourly_rate: row.amount("hourlyRate")?,
            hourly_rate_low: row.amount("hourlyRateLow")?,
            day_rate: row.amount("dayRate")?,
            day_rate_low: row.amount("dayRateLow")?,
            experience_years: row.amount("experience")?,
            skill_set: row.texts("skillSet")?,
            primary_skills: row.many("primarySkills", Named::from_row)?,
            secondary_skills: row.many("secondarySkills", Named::from_row)?,
            certifications: row.texts("certifications")?,
            available_from: row.day("dateAvailable")?,
            work_authorized: row.flag("workAuthorized")?,
            description_html: row.text("description")?,
            is_deleted: row.flag("isDeleted")?.unwrap_or(false),
            is_anonymized: row.flag("isAnonymized")?.unwrap_or(false),
            added: row.instant("dateAdded")?,
            modified: row.instant("dateLastModified")?,
        })
    }

    fn id(&self) -> i64 {
        self.id
    }

    fn modified(&self) -> Option<Timestamp> {
        self.modified
    }
}

impl fmt::Debug for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Candidate")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One value per field, none of them empty.
    const FULL: &str = r#"{
        "id": 5, "firstName": "Test-A", "lastName": "Person", "email": "a@example.test", "phone": "1", "mobile": "2",
        "status": "Active", "occupation": "Welder", "companyName": "Firm", "desiredLocations": "Remote",
        "willRelocate": true, "employmentPreference": ["Contract"], "salary": 50000, "salaryLow": 40000.5,
        "hourlyRate": 30, "hourlyRateLow": 20, "dayRate": 200, "dayRateLow": 100, "experience": 7,
        "skillSet": ["TIG", "MIG"], "certifications": "Forklift", "dateAvailable": 1893474000000,
        "workAuthorized": true, "description": "<p>Resume</p>", "isDeleted": true, "isAnonymized": true,
        "dateAdded": 1500000000000, "dateLastModified": 1600000000000,
        "address": {"city": "Testville", "state": "TS", "zip": "00000", "countryCode": "NW", "countryName": "Nowhere  "},
        "primarySkills": {"total": 7, "data": [{"id": 1, "name": "Skill-1"}]},
        "secondarySkills": {"total": 1, "data": [{"id": 2, "name": "Skill-2"}]}, "_score": 1.0
    }"#;

    #[test]
    fn every_field_is_read_and_every_field_read_is_asked_for() {
        let candidate = Candidate::from_row(&Row::parse(FULL).unwrap()).unwrap();
        let skills = |id: i64, name: &str, total| ToMany {
            total,
            members: vec![Named {
                id,
                name: Some(name.to_owned()),
            }],
        };
        let text = |text: &str| Some(text.to_owned());
        let expected = Candidate {
            id: 5,
            first_name: text("Test-A"),
            last_name: text("Person"),
            email: text("a@example.test"),
            phone: text("1"),
            mobile: text("2"),
            status: text("Active"),
            occupation: text("Welder"),
            company_name: text("Firm"),
            address: Address {
                city: text("Testville"),
                state: text("TS"),
                zip: text("00000"),
                country_code: text("NW"),
                country_name: text("Nowhere"),
            },
            desired_locations: vec!["Remote".to_owned()],
            will_relocate: Some(true),
            employment_preference: vec!["Contract".to_owned()],
            salary: Some(50_000.0),
            salary_low: Some(40_000.5),
            hourly_rate: Some(30.0),
            hourly_rate_low: Some(20.0),
            day_rate: Some(200.0),
            day_rate_low: Some(100.0),
            experience_years: Some(7.0),
            skill_set: vec!["TIG".to_owned(), "MIG".to_owned()],
            primary_skills: skills(1, "Skill-1", 7),
            secondary_skills: skills(2, "Skill-2", 1),
            certifications: vec!["Forklift".to_owned()],
            available_from: Row::parse(FULL).unwrap().day("dateAvailable").unwrap(),
            work_authorized: Some(true),
            description_html: text("<p>Resume</p>"),
            is_deleted: true,
            is_anonymized: true,
            added: Some("2017-07-14T02:40:00Z".parse().unwrap()),
            modified: Some("2020-09-13T12:26:40Z".parse().unwrap()),
        };
        assert!(candidate == expected);
        let json: serde_json::Value = serde_json::from_str(FULL).unwrap();
        let asked: Vec<String> = Candidate::fields().names().map(str::to_owned).collect();
        let read: Vec<String> = json
            .as_object()
            .unwrap()
            .keys()
            .filter(|key| *key != "_score")
            .cloned()
            .collect();
        assert_eq!(asked, read);
    }

    #[test]
    fn a_bare_record_is_enough_and_debug_shows_no_person() {
        let row = r#"{"id":1,"firstName":"Test-A","skillSet":null,"experience":0,"salary":"**CONFIDENTIAL**","address":null}"#;
        let candidate = Candidate::from_row(&Row::parse(row).unwrap()).unwrap();
        assert_eq!(
            (candidate.experience_years, candidate.salary, candidate.is_deleted),
            (None, None, false)
        );
        assert_eq!(format!("{candidate:?}"), "Candidate { id: 1, .. }");
    }
}
