//! A position as the pipeline needs one.

use jiff::Timestamp;

use crate::fields::Fields;
use crate::record::Record;
use crate::record::address::Address;
use crate::record::named::Named;
use crate::wire::day::TenantDay;
use crate::wire::row::{Row, RowFault};
use crate::wire::to_many::ToMany;

/// How many skills to ask for with a position; where more exist, associations complete them.
const SKILLS_EXPANDED: u16 = 15;

/// A position: what is to be done, what it takes, where, for how much, from when.
///
/// Amounts are in the account's currency; an amount of 0 was "not given" and is absent.
#[derive(Debug, Clone, PartialEq)]
pub struct JobOrder {
    /// Bullhorn's id.
    pub id: i64,
    /// The title.
    pub title: Option<String>,
    /// The text for applicants, HTML; often empty.
    pub public_description_html: Option<String>,
    /// The internal text, HTML; use it where the public one is absent.
    pub description_html: Option<String>,
    /// Skills as typed: one text per entry, usually a list separated by commas.
    pub skill_list: Vec<String>,
    /// Skills from the account's skill list.
    pub skills: ToMany<Named>,
    /// Certificates and licences as typed.
    pub certification_list: Vec<String>,
    /// The least years of experience; 0 asks for none.
    pub years_required: Option<i64>,
    /// The kind of employment, such as `Contract`; accounts prefix numbers (`50 - Direct Hire`).
    pub employment_type: Option<String>,
    /// The salary offered.
    pub salary: Option<f64>,
    /// The pay offered per [`JobOrder::salary_unit`].
    pub pay_rate: Option<f64>,
    /// What the pay is per: `Per Hour`, `Yearly`.
    pub salary_unit: Option<String>,
    /// The hours of a week.
    pub hours_per_week: Option<f64>,
    /// Where the work is.
    pub address: Address,
    /// The account's words for where work is done: `On-Site`, `Off-Site`, `Remote`, `No Preference`.
    pub on_site: Vec<String>,
    /// Whether the work is done from home.
    pub is_work_from_home: Option<bool>,
    /// Whether the position is open. Stays true for filled or archived ones in some accounts: look at the status too.
    pub is_open: Option<bool>,
    /// The account's own status word, such as `Accepting Candidates`.
    pub status: Option<String>,
    /// The first working day.
    pub starts_on: Option<TenantDay>,
    /// The client.
    pub client: Option<Named>,
    /// Whether the record is soft-deleted.
    pub is_deleted: bool,
    /// When the record was made.
    pub added: Option<Timestamp>,
    /// When the record last changed.
    pub modified: Option<Timestamp>,
}

impl Record for JobOrder {
    fn fields() -> Fields {
        let plain = [
            "id",
            "title",
            "publicDescription",
            "description",
            "skillList",
            "certificationList",
            "yearsRequired",
            "employmentType",
            "salary",
            "payRate",
            "salaryUnit",
            "hoursPerWeek",
            "onSite",
            "isWorkFromHome",
            "isOpen",
            "status",
            "startDate",
            "isDeleted",
            "dateAdded",
            "dateLastModified",
        ];
        plain
            .iter()
            .fold(Fields::builder(), |fields, name| fields.field(name))
            .one("address", Address::select)
            .one("clientCorporation", Named::select)
            .many("skills", SKILLS_EXPANDED, Named::select)
            .build()
            .expect("these field names are valid")
    }

    fn from_row(row: &Row<'_>) -> Result<Self, RowFault> {
        let client = row.one("clientCorporation")?;
        Ok(Self {
            id: row.id()?,
            title: row.text("title")?,
            public_description_html: row.text("publicDescription")?,
            description_html: row.text("description")?,
            skill_list: row.texts("skillList")?,
            skills: row.many("skills", Named::from_row)?,
            certification_list: row.texts("certificationList")?,
            years_required: row.integer("yearsRequired")?,
            employment_type: row.text("employmentType")?,
            salary: row.amount("salary")?,
            pay_rate: row.amount("payRate")?,
            salary_unit: row.text("salaryUnit")?,
            hours_per_week: row.amount("hoursPerWeek")?,
            address: Address::of(row)?,
            on_site: row.texts("onSite")?,
            is_work_from_home: row.flag("isWorkFromHome")?,
            is_open: row.flag("isOpen")?,
            status: row.text("status")?,
            starts_on: row.day("startDate")?,
            client: client.as_ref().map(Named::from_row).transpose()?,
            is_deleted: row.flag("isDeleted")?.unwrap_or(false),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// One value per field, none of them empty.
    const FULL: &str = r#"{
        "id": 2, "title": "Test role", "publicDescription": "<p>Public</p>", "description": "<div>Text\r\n</div>",
        "skillList": "TIG, MIG", "certificationList": "Forklift", "yearsRequired": 0,
        "employmentType": "50 - Direct Hire", "salary": 60000, "payRate": 50, "salaryUnit": "Per Hour",
        "hoursPerWeek": 37.5, "onSite": ["Hybrid"], "isWorkFromHome": false, "isOpen": true,
        "status": "Accepting Candidates", "startDate": 1893474000000, "isDeleted": true,
        "dateAdded": 1500000000000, "dateLastModified": 1600000000000,
        "address": {"city": "Testville"}, "clientCorporation": {"id": 9, "name": "Client"},
        "skills": {"total": 1, "data": [{"id": 1, "name": "Skill-1"}]}
    }"#;

    #[test]
    fn every_field_is_read_and_every_field_read_is_asked_for() {
        let job = JobOrder::from_row(&Row::parse(FULL).unwrap()).unwrap();
        let text = |text: &str| Some(text.to_owned());
        let expected = JobOrder {
            id: 2,
            title: text("Test role"),
            public_description_html: text("<p>Public</p>"),
            description_html: text("<div>Text\r\n</div>"),
            skill_list: vec!["TIG, MIG".to_owned()],
            skills: ToMany {
                total: 1,
                members: vec![Named {
                    id: 1,
                    name: text("Skill-1"),
                }],
            },
            certification_list: vec!["Forklift".to_owned()],
            years_required: Some(0),
            employment_type: text("50 - Direct Hire"),
            salary: Some(60_000.0),
            pay_rate: Some(50.0),
            salary_unit: text("Per Hour"),
            hours_per_week: Some(37.5),
            address: Address {
                city: text("Testville"),
                ..Address::default()
            },
            on_site: vec!["Hybrid".to_owned()],
            is_work_from_home: Some(false),
            is_open: Some(true),
            status: text("Accepting Candidates"),
            starts_on: Row::parse(FULL).unwrap().day("startDate").unwrap(),
            client: Some(Named {
                id: 9,
                name: text("Client"),
            }),
            is_deleted: true,
            added: Some("2017-07-14T02:40:00Z".parse().unwrap()),
            modified: Some("2020-09-13T12:26:40Z".parse().unwrap()),
        };
        assert_eq!(job, expected);
        let json: serde_json::Value = serde_json::from_str(FULL).unwrap();
        let asked: Vec<String> = JobOrder::fields().names().map(str::to_owned).collect();
        let read: Vec<String> = json.as_object().unwrap().keys().cloned().collect();
        assert_eq!(asked, read);
    }

    #[test]
    fn null_flags_and_empty_texts_are_absent() {
        let row = r#"{"id":2,"isWorkFromHome":null,"publicDescription":"","onSite":"Remote","clientCorporation":null}"#;
        let job = JobOrder::from_row(&Row::parse(row).unwrap()).unwrap();
        assert_eq!(
            (job.is_work_from_home, job.public_description_html, job.client),
            (None, None, None)
        );
        assert_eq!(job.on_site, ["Remote"]);
    }
}
