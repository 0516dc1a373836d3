//! `/query`: the JPQL dialect and what it refuses.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Running, Session, ids};

#[tokio::test]
async fn totals_come_only_when_asked_for() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let ask = async |more: &[(&str, &str)]| {
        let query: Vec<(&str, &str)> = [("where", "id > 0")]
            .into_iter()
            .chain(more.iter().copied())
            .collect();
        session.get("query/JobOrder", &query).await
    };
    let plain = ask(&[("fields", "id,title")]).await;
    assert!(plain.get("total").is_none(), "{plain}");
    assert_eq!(
        (plain["start"].as_u64(), plain["count"].as_u64()),
        (Some(0), Some(20))
    );
    assert_eq!(
        ask(&[("fields", "id"), ("showTotalMatched", "true")]).await["total"],
        40
    );
    assert_eq!(ask(&[("totalOnly", "true")]).await, json!({ "total": 40 }));
    assert_eq!(ask(&[("layout", "RecordEdit"), ("count", "1")]).await["count"], 1);
    assert_eq!(ask(&[("fields", "id"), ("start", "35")]).await["count"], 5);
}

/// A clause and which records it should select.
type Case = (String, Box<dyn Fn(&Value) -> bool>);

/// Every job order, with the fields that the cases look at.
async fn jobs(session: &Session<'_>) -> Vec<Value> {
    let fields =
        "id,isDeleted,isPublic,title,dateEnd,dateLastModified,skills[15](id),owner(id),clientCorporation(id)";
    let query = [("where", "id > 0"), ("fields", fields), ("count", "500")];
    let page = session.get("query/JobOrder", &query).await;
    page["data"].as_array().expect("data").clone()
}

async fn check(session: &Session<'_>, rows: &[Value], cases: Vec<Case>) {
    for (clause, expected) in cases {
        let query = [
            ("where", clause.as_str()),
            ("fields", "id"),
            ("count", "500"),
            ("orderBy", "id"),
        ];
        let found = session.get("query/JobOrder", &query).await;
        let expected: Vec<u64> = rows
            .iter()
            .filter(|row| expected(row))
            .map(|row| row["id"].as_u64().expect("an id"))
            .collect();
        assert_eq!(ids(&found), expected, "{clause}");
    }
}

fn case(clause: impl Into<String>, expected: impl Fn(&Value) -> bool + 'static) -> Case {
    (clause.into(), Box::new(expected))
}

#[tokio::test]
async fn numbers_flags_and_dates_are_compared() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let rows = jobs(&session).await;
    let id = rows[0]["id"].as_u64().expect("an id");
    let modified = rows[0]["dateLastModified"].as_i64().expect("a time");
    let time = |row: &Value| row["dateLastModified"].as_i64().expect("a time");
    let cases = vec![
        case(format!("id = {id}"), move |row| row["id"] == id),
        case(format!("id <> {id}"), move |row| row["id"] != id),
        case(format!("id IN ({id}, 999999)"), move |row| row["id"] == id),
        case(format!("id NOT IN ({id})"), move |row| row["id"] != id),
        case(format!("id <= {id} OR id > 20"), move |row| {
            row["id"] == id || row["id"].as_u64() > Some(20)
        }),
        case("isDeleted = true", |row| row["isDeleted"] == true),
        case("NOT (isDeleted = true)", |row| row["isDeleted"] == false),
        case("isPublic = -1", |row| row["isPublic"] == -1),
        case("dateEnd IS NULL", |row| row["dateEnd"].is_null()),
        case("dateEnd IS NOT NULL", |row| !row["dateEnd"].is_null()),
        case(format!("dateLastModified >= {modified}"), move |row| {
            time(row) >= modified
        }),
        case(format!("dateLastModified < {modified}"), move |row| {
            time(row) < modified
        }),
        // Epoch seconds lie in 1970, so everything is later.
        case("dateLastModified >= 1700000000", |_| true),
        case("dateLastModified >= '2000-01-01 00:00:00.000'", |_| true),
    ];
    check(&session, &rows, cases).await;
}

#[tokio::test]
async fn texts_lists_and_references_are_compared() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let rows = jobs(&session).await;
    let skill = rows[0]["skills"]["data"][0]["id"].as_u64().expect("a skill");
    let client = rows[0]["clientCorporation"]["id"].as_u64().expect("a client");
    let word = rows[0]["title"]
        .as_str()
        .expect("a title")
        .split(' ')
        .next()
        .expect("a word")
        .to_lowercase();
    let is_empty = |row: &Value| row["skills"]["data"].as_array().is_none_or(Vec::is_empty);
    let like = format!("title LIKE '{}%'", word.to_uppercase().replace('\'', "''"));
    let cases = vec![
        case("skills IS EMPTY", is_empty),
        case("skills IS NOT EMPTY", move |row| !is_empty(row)),
        case(format!("{skill} MEMBER OF skills"), move |row| {
            has_skill(row, skill)
        }),
        case(format!("{skill} NOT MEMBER OF skills"), move |row| {
            !has_skill(row, skill)
        }),
        case(format!("clientCorporation.id = {client}"), move |row| {
            row["clientCorporation"]["id"] == client
        }),
        case("owner.isDeleted = false AND owner.id > 0", |row| {
            row["owner"].is_object()
        }),
        case(like, move |row| {
            row["title"]
                .as_str()
                .is_some_and(|title| title.to_lowercase().starts_with(&word))
        }),
    ];
    check(&session, &rows, cases).await;
}

fn has_skill(row: &Value, skill: u64) -> bool {
    row["skills"]["data"]
        .as_array()
        .expect("a list")
        .iter()
        .any(|one| one["id"] == skill)
}

#[tokio::test]
async fn results_can_be_ordered_by_any_field() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let query = [
        ("where", "id > 0"),
        ("fields", "id,dateAdded"),
        ("orderBy", "-dateAdded"),
        ("count", "500"),
    ];
    let page = session.get("query/JobOrder", &query).await;
    let dates: Vec<i64> = page["data"]
        .as_array()
        .expect("data")
        .iter()
        .map(|row| row["dateAdded"].as_i64().expect("a time"))
        .collect();
    assert!(dates.is_sorted_by(|a, b| a >= b));
    let empty = [("where", "id > 0"), ("fields", "id"), ("orderBy", "")];
    assert_eq!(session.get("query/JobOrder", &empty).await["count"], 20);
}

#[tokio::test]
async fn refusals_have_the_documented_texts() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let cases = [
        (
            "Candidate",
            "id > 0",
            "Query operation not supported for Candidate, please use /search call instead.",
            Some("errors.queryIndexedEntity"),
        ),
        (
            "Note",
            "id > 0",
            "Query operation not supported for Note, please use /search call instead.",
            Some("errors.queryIndexedEntity"),
        ),
        (
            "ClientCorporation",
            "isDeleted = false",
            "Where clause 'isDeleted' is not a valid field name",
            None,
        ),
        (
            "Placement",
            "isDeleted = false",
            "Where clause 'isDeleted' is not a valid field name",
            None,
        ),
        (
            "JobOrder",
            "dateAdded > '2030-01-01T00:00:00Z'",
            "Where clause contains an unparseable date: '2030-01-01T00:00:00Z'",
            None,
        ),
        (
            "JobOrder",
            "id >",
            "Unable to parse the where clause near position 4.",
            None,
        ),
        (
            "Nonsense",
            "id > 0",
            "Unknown or unsupported entity 'Nonsense'.",
            Some("errors.searchUnknownEntity"),
        ),
    ];
    for (entity, clause, message, key) in cases {
        let (status, error) = session
            .try_get(&format!("query/{entity}"), &[("where", clause), ("fields", "id")])
            .await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{entity} {clause}");
        assert_eq!(
            (error["errorMessage"].as_str(), error["errorMessageKey"].as_str()),
            (Some(message), key)
        );
    }
    for query in [vec![("fields", "id")], vec![("where", "id > 0")]] {
        assert_eq!(
            session.try_get("query/JobOrder", &query).await.0,
            StatusCode::BAD_REQUEST,
            "{query:?}"
        );
    }
}

#[tokio::test]
async fn the_database_sees_a_write_at_once_while_the_index_lags() {
    let sandbox = Running::start().await;
    sandbox.knobs(json!({ "index_lag_ms": 30_000 })).await;
    let session = sandbox.login().await;
    let page = session
        .get(
            "query/JobOrder",
            &[("where", "isDeleted = false"), ("fields", "id"), ("count", "1")],
        )
        .await;
    let id = ids(&page)[0];
    let (status, _) = session
        .send(
            Method::POST,
            &format!("entity/JobOrder/{id}"),
            json!({ "title": "Lamp lighter" }),
        )
        .await;
    assert_eq!(status, StatusCode::OK);
    let by_query = session
        .get(
            "query/JobOrder",
            &[("where", "title = 'Lamp lighter'"), ("fields", "id")],
        )
        .await;
    assert_eq!(ids(&by_query), [id]);
    let search = async || {
        session
            .get("search/JobOrder", &[("query", "title:\"Lamp lighter\"")])
            .await["total"]
            .clone()
    };
    assert_eq!(search().await, 0);
    sandbox.advance_ms(29_999);
    assert_eq!(search().await, 0);
    sandbox.advance_ms(1);
    assert_eq!(search().await, 1);
}

#[tokio::test]
async fn the_small_tables_can_be_queried() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let filled = [
        ("BusinessSector", "id,dateAdded,name"),
        ("Category", "id,dateAdded,name,occupation,type"),
        (
            "ClientContact",
            "id,category,clientCorporation,firstName,lastName,owner,status",
        ),
        ("ClientCorporation", "id,clientContacts,companyURL,name,status"),
        ("CorporateUser", "id,email,isDeleted,name,userType,username"),
        ("Country", "id,code,name"),
        ("Skill", "id,name,enabled,categories"),
        ("Specialty", "id,name,parentCategory"),
    ];
    for (entity, fields) in filled {
        let page = session
            .get(
                &format!("query/{entity}"),
                &[("where", "id >= 1"), ("fields", fields)],
            )
            .await;
        assert!(page["count"].as_u64() > Some(0), "{entity}");
    }
    for entity in [
        "Appointment",
        "Lead",
        "Opportunity",
        "Placement",
        "Sendout",
        "EmployeePay",
        "LeadHistory",
    ] {
        let page = session
            .get(
                &format!("query/{entity}"),
                &[("where", "id >= 1"), ("fields", "id")],
            )
            .await;
        assert_eq!(page["data"], json!([]), "{entity}");
    }
}

#[tokio::test]
async fn hidden_entities_are_forbidden() {
    let sandbox = Running::start().await;
    sandbox.knobs(json!({ "hidden_entities": ["Placement"] })).await;
    let session = sandbox.login().await;
    let (status, _) = session
        .try_get("query/Placement", &[("where", "id > 0"), ("fields", "id")])
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN);
}
