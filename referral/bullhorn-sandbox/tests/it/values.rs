//! The awkward values of a real tenant.

use serde_json::{Value, json};

use crate::harness::{Running, options};

/// Enough records for every rarity.
async fn large() -> Running {
    let mut options = options();
    options.population.candidates = 500;
    options.population.positions = 200;
    Running::start_with(options).await
}

fn any(rows: &[Value], test: impl Fn(&Value) -> bool) -> bool {
    rows.iter().any(test)
}

/// Whether any field of any record passes.
fn anywhere(rows: &[Value], test: impl Fn(&Value) -> bool) -> bool {
    any(rows, |row| row.as_object().expect("a record").values().any(&test))
}

#[tokio::test]
async fn candidates_have_every_awkward_shape() {
    let sandbox = large().await;
    let session = sandbox.login().await;
    let fields = "id,firstName,middleName,phone2,comments,skillSet,certifications,source,salary,salaryLow,\
                  experience,address,categories,primarySkills,owner";
    let page = session
        .candidates("id:[1 TO *]", &[("fields", fields), ("count", "500")])
        .await;
    let people = page["data"].as_array().expect("data");
    assert_eq!(people.len(), 500);
    assert!(anywhere(people, Value::is_null), "null");
    assert!(anywhere(people, |value| value == ""), "an empty text");
    assert!(anywhere(people, |value| value == " "), "a blank text");
    assert!(
        any(people, |row| row.as_object().expect("a record").len() < 16),
        "an absent key"
    );
    assert!(
        anywhere(people, |value| value == "**CONFIDENTIAL**"),
        "a confidential value"
    );
    for field in ["skillSet", "certifications"] {
        assert!(any(people, |row| row[field].is_array()), "{field} as an array");
        assert!(any(people, |row| row[field].is_string()), "{field} as a text");
        assert!(any(people, |row| row[field].is_null()), "{field} as null");
    }
    assert!(
        any(people, |row| row["salary"].is_i64()) && any(people, |row| row["salary"].is_f64()),
        "both numbers"
    );
    let is_padded = |row: &Value| {
        row["address"]["countryName"]
            .as_str()
            .is_some_and(|name| name.ends_with("  "))
    };
    assert!(any(people, is_padded), "a padded country");
    let is_hollow = |row: &Value| {
        let shown = row["categories"]["data"].as_array().map_or(0, Vec::len);
        row["categories"]["total"].as_u64() > Some(shown as u64)
    };
    assert!(any(people, is_hollow), "more members than shown");
    assert!(
        any(people, |row| row["owner"]["_subtype"] == "CorporateUser"),
        "a subtype"
    );
}

#[tokio::test]
async fn positions_have_every_awkward_shape() {
    let sandbox = large().await;
    let session = sandbox.login().await;
    let fields = "isPublic,isWorkFromHome,publicDescription,description,onSite,status,isOpen";
    let query = [("where", "id > 0"), ("fields", fields), ("count", "500")];
    let page = session.get("query/JobOrder", &query).await;
    let jobs = page["data"].as_array().expect("data");
    for value in [-1, 0, 1] {
        assert!(any(jobs, |row| row["isPublic"] == value), "isPublic {value}");
    }
    assert!(
        any(jobs, |row| row["isWorkFromHome"].is_null()),
        "an unknown flag"
    );
    assert!(
        any(jobs, |row| row["publicDescription"] == ""
            && row["description"].is_string()),
        "only the inner text"
    );
}

#[tokio::test]
async fn confidential_fields_hide_whatever_they_hold() {
    let sandbox = Running::start().await;
    sandbox
        .knobs(json!({ "confidential_fields": ["Candidate.salary", "Candidate.owner"] }))
        .await;
    let session = sandbox.login().await;
    let page = session
        .candidates(
            "id:[1 TO *]",
            &[("fields", "salary,owner,ssn,gender,firstName"), ("count", "5")],
        )
        .await;
    for row in page["data"].as_array().expect("data") {
        for field in ["salary", "owner", "ssn", "gender"] {
            assert_eq!(row[field], "**CONFIDENTIAL**", "{field}");
        }
        assert_ne!(row["firstName"], "**CONFIDENTIAL**");
    }
}

#[tokio::test]
async fn references_show_names_and_what_is_asked_of_them() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let page = session
        .get(
            "search/JobOrder",
            &[
                ("query", "id:[1 TO *]"),
                (
                    "fields",
                    "owner,clientContact(lastName),clientCorporation,responseUser(id,corporation(name))",
                ),
                ("count", "20"),
            ],
        )
        .await;
    let rows = page["data"].as_array().expect("data");
    let owner = rows
        .iter()
        .map(|row| &row["owner"])
        .find(|owner| owner.is_object())
        .expect("an owner");
    assert!(
        owner["firstName"].is_string() && owner["lastName"].is_string(),
        "{owner}"
    );
    let contact = rows
        .iter()
        .map(|row| &row["clientContact"])
        .find(|one| one.is_object())
        .expect("a contact");
    assert!(
        contact["lastName"].is_string() && contact.get("firstName").is_none(),
        "{contact}"
    );
    let company = rows
        .iter()
        .map(|row| &row["clientCorporation"])
        .find(|one| one.is_object())
        .expect("a company");
    assert!(company["name"].is_string(), "{company}");
    let reader = rows
        .iter()
        .map(|row| &row["responseUser"])
        .find(|one| one.is_object())
        .expect("a reader");
    assert_eq!(reader["corporation"]["name"], "Sandbox Staffing");
    let editable = session
        .candidates(
            "id:[1 TO *]",
            &[("fields", "id,owner"), ("showEditable", "true"), ("count", "1")],
        )
        .await;
    assert_eq!(editable["data"][0]["_editable"], true);
    assert!(editable["data"][0]["owner"].get("_editable").is_none());
}
