//! `/meta`, `/options`, `/settings`, `/entitlements`.

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::harness::Running;

fn field<'m>(meta: &'m Value, name: &str) -> &'m Value {
    let fields = meta["fields"].as_array().expect("fields");
    fields
        .iter()
        .find(|field| field["name"] == name)
        .expect("a field of this name")
}

#[tokio::test]
async fn the_metadata_tell_types_and_labels() {
    let sandbox = Running::start().await;
    sandbox
        .knobs(json!({ "confidential_fields": ["Candidate.salary"] }))
        .await;
    let session = sandbox.login().await;
    let entities = session.get("meta", &[]).await;
    assert!(
        entities
            .as_array()
            .expect("a list")
            .iter()
            .any(|one| one["entity"] == "JobOrder")
    );
    let meta = session
        .get("meta/Candidate", &[("fields", "*"), ("meta", "full")])
        .await;
    assert_eq!(meta["entity"], "Candidate");
    assert!(meta["fields"].as_array().expect("fields").len() > 200);
    for (name, kind, data_type) in [
        ("id", "ID", json!("Integer")),
        ("firstName", "SCALAR", json!("String")),
        ("salary", "SCALAR", json!("BigDecimal")),
        ("dateAvailable", "SCALAR", json!("Timestamp")),
        ("address", "COMPOSITE", json!("Address")),
        ("owner", "TO_ONE", Value::Null),
        ("primarySkills", "TO_MANY", Value::Null),
    ] {
        assert_eq!(
            (&field(&meta, name)["type"], &field(&meta, name)["dataType"]),
            (&json!(kind), &data_type),
            "{name}"
        );
    }
    assert_eq!(field(&meta, "dateAvailable")["dataSpecialization"], "DATE");
    assert_eq!(
        field(&meta, "owner")["associatedEntity"]["entity"],
        "CorporateUser"
    );
    assert_eq!(field(&meta, "customText1")["label"], "Notice Period");
    assert_eq!(field(&meta, "firstName")["label"], "First Name");
    assert_eq!(field(&meta, "firstName")["maxLength"], 50);
    assert_eq!(field(&meta, "source")["multiValue"], true);
    for (name, confidential) in [
        ("firstName", false),
        ("salary", true),
        ("ssn", true),
        ("dateOfBirth", true),
    ] {
        assert_eq!(field(&meta, name)["confidential"], confidential, "{name}");
    }
    let basic = session
        .get("meta/Candidate", &[("fields", "firstName,owner(id,name)")])
        .await;
    assert_eq!(basic["fields"].as_array().expect("fields").len(), 3);
    assert!(field(&basic, "firstName").get("confidential").is_none());
    assert_eq!(
        session.try_get("meta/Candidate", &[("fields", "nope")]).await.0,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(
        session.try_get("meta/Nonsense", &[]).await.0,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn replies_carry_metadata_when_asked() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let page = session
        .candidates(
            "id:[1 TO *]",
            &[("fields", "id,salary"), ("meta", "basic"), ("count", "1")],
        )
        .await;
    assert_eq!(field(&page["meta"], "salary")["dataType"], "BigDecimal");
    let off = session
        .candidates(
            "id:[1 TO *]",
            &[("fields", "id"), ("meta", "off"), ("count", "1")],
        )
        .await;
    assert!(off.get("meta").is_none());
}

#[tokio::test]
async fn options_have_pages_and_a_filter() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let page = session.get("options/Skill", &[]).await;
    assert_eq!(page["data"].as_array().expect("data").len(), 20);
    let more = session.get("options/Skill", &[("count", "1000")]).await;
    assert!(more["data"].as_array().expect("data").len() <= 300);
    let label = page["data"][0]["label"].as_str().expect("a label");
    let found = session
        .get("options/Skill", &[("filter", &format!("{label}*"))])
        .await;
    assert_eq!(found["data"][0]["label"], label);
}

#[tokio::test]
async fn settings_and_entitlements_answer() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let some = session.get("settings/corporationName,userId,nonsense", &[]).await;
    assert_eq!(
        some,
        json!({ "corporationName": "Sandbox Staffing", "userId": 1 })
    );
    assert!(session.get("settings", &[]).await["currencyFormat"].is_string());
    assert_eq!(session.get("entitlements/Skill", &[]).await, json!(["VIEW"]));
    assert_eq!(
        session.get("entitlements/Candidate", &[]).await,
        json!(["VIEW", "CREATE", "UPDATE", "DELETE"])
    );
    assert_eq!(session.try_get("nonsense", &[]).await.0, StatusCode::NOT_FOUND);
}
