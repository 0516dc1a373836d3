//! `/entity`, `/association`, `/massUpdate`: single records, lists, writes.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Running, Session, ids};

/// Some candidates that are neither deleted nor anonymised and have more than five skills.
async fn skilled(session: &Session<'_>) -> Vec<Value> {
    let fields = [
        ("fields", "id,isAnonymized,primarySkills[15](id)"),
        ("count", "500"),
    ];
    let page = session
        .candidates("isDeleted:0 AND isAnonymized:0", &fields)
        .await;
    let rows = page["data"].as_array().expect("data").iter();
    rows.filter(|row| row["primarySkills"]["total"].as_u64() > Some(5))
        .cloned()
        .collect()
}

#[tokio::test]
async fn one_id_gives_an_object_and_several_give_those_that_exist() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let known = ids(&session.candidates("id:[1 TO *]", &[("count", "2")]).await);
    let one = session
        .get(
            &format!("entity/Candidate/{}", known[0]),
            &[("fields", "id,lastName")],
        )
        .await;
    assert_eq!(one["data"]["id"], known[0]);
    let path = format!("entity/Candidate/{},{},999999999", known[1], known[0]);
    assert_eq!(
        ids(&session.get(&path, &[("fields", "id")]).await),
        [known[1], known[0]]
    );
    for path in [
        "entity/Candidate/999999999",
        "entity/Candidate/999999998,999999999",
    ] {
        let (status, error) = session.try_get(path, &[("fields", "id")]).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(error["errorMessage"].is_string());
    }
    assert_eq!(
        session.try_get("entity/Candidate/x", &[]).await.0,
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn to_many_lists_show_five_members_up_to_fifteen_and_all_by_their_own_path() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let person = skilled(&session)
        .await
        .into_iter()
        .next()
        .expect("somebody with many skills");
    let id = person["id"].as_u64().expect("an id");
    let total = person["primarySkills"]["total"].as_u64().expect("a total");
    let shown = async |fields: &str| session.candidate(id, fields).await["primarySkills"].clone();
    let members = |list: &Value| list["data"].as_array().map(Vec::len);
    let default = shown("primarySkills").await;
    assert_eq!(
        (default["total"].as_u64(), members(&default)),
        (Some(total), Some(5))
    );
    assert!(
        default["data"][0]["name"].is_string(),
        "id and name without being asked"
    );
    assert_eq!(members(&shown("primarySkills[2](id)").await), Some(2));
    assert_eq!(shown("primarySkills[0]").await, json!({ "total": total }));
    let name = default["data"][1]["name"]
        .as_str()
        .expect("a name")
        .replace('\'', "''");
    let filtered = shown(&format!("primarySkills[15](id,name){{name='{name}'}}")).await;
    assert_eq!(
        (members(&filtered), &filtered["data"][0]["id"]),
        (Some(1), &default["data"][1]["id"])
    );
    sandbox.knobs(json!({ "to_many_max": 3 })).await;
    assert_eq!(members(&shown("primarySkills[15](id)").await), Some(3));
    let query = [
        ("fields", "id,name"),
        ("count", "200"),
        ("showTotalMatched", "true"),
        ("orderBy", ""),
    ];
    let whole = session
        .get(&format!("entity/Candidate/{id}/primarySkills"), &query)
        .await;
    assert_eq!(
        (whole["count"].as_u64(), whole["total"].as_u64()),
        (Some(total), Some(total))
    );
}

#[tokio::test]
async fn association_answers_pairs_for_many_records_at_once() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let people = skilled(&session).await;
    let wanted: Vec<u64> = people
        .iter()
        .map(|row| row["id"].as_u64().expect("an id"))
        .collect();
    let body = json!({ "ids": wanted, "showTotalMatched": true, "start": 0, "count": 10_000 });
    let (status, all) = session
        .send(Method::POST, "association/Candidate/primarySkills", body)
        .await;
    assert_eq!(status, StatusCode::OK);
    let pairs = all["data"].as_array().expect("pairs");
    assert_eq!(all["total"].as_u64(), Some(pairs.len() as u64));
    for row in &people {
        let members: Vec<u64> = pairs
            .iter()
            .filter(|pair| pair[0] == row["id"])
            .map(|pair| pair[1].as_u64().expect("an id"))
            .collect();
        let inside: Vec<u64> = ids(&json!({ "data": row["primarySkills"]["data"] }));
        assert_eq!(members[..inside.len()], inside);
    }
    let body = json!({ "ids": wanted, "start": 2, "count": 3 });
    let (_, part) = session
        .send(Method::POST, "association/Candidate/primarySkills", body)
        .await;
    assert_eq!(part["data"].as_array().expect("pairs")[..], pairs[2..5]);
    let (status, _) = session
        .send(
            Method::POST,
            "association/Candidate/firstName",
            json!({ "ids": [1] }),
        )
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn writes_are_seen_and_move_the_modification_time() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let new = json!({ "firstName": "Test-A", "lastName": "Example", "salary": 50_000, "address": { "city": "Testville" },
        "source": ["Web"], "owner": { "id": 1 } });
    let (_, made) = session.send(Method::PUT, "entity/Candidate", new).await;
    assert_eq!(
        (made["changeType"].as_str(), made["changedEntityType"].as_str()),
        (Some("INSERT"), Some("Candidate"))
    );
    let id = made["changedEntityId"].as_u64().expect("an id");
    let fields =
        "firstName,name,salary,address(city,zip),source,owner(id),dateAdded,dateLastModified,isDeleted";
    let record = session.candidate(id, fields).await;
    assert_eq!(record["dateAdded"], sandbox.now_ms());
    assert_eq!(
        (&record["name"], &record["source"], &record["isDeleted"]),
        (&json!(null), &json!(["Web"]), &json!(false))
    );
    sandbox.advance_ms(5_000);
    let change = json!({ "salary": 60_000.5, "address": { "zip": "00000" } });
    let (_, changed) = session
        .send(Method::POST, &format!("entity/Candidate/{id}"), change)
        .await;
    assert_eq!(changed["changeType"], "UPDATE");
    let record = session.candidate(id, fields).await;
    assert_eq!(record["address"], json!({ "city": "Testville", "zip": "00000" }));
    assert_eq!(
        (&record["salary"], &record["dateLastModified"]),
        (&json!(60_000.5), &json!(sandbox.now_ms()))
    );
    let newest = [("sort", "-dateLastModified,-id"), ("count", "1")];
    assert_eq!(ids(&session.candidates("id:[1 TO *]", &newest).await), [id]);
    let (_, deleted) = session
        .send(Method::DELETE, &format!("entity/Candidate/{id}"), json!({}))
        .await;
    assert_eq!(deleted["changeType"], "DELETE");
    assert_eq!(session.candidate(id, fields).await["isDeleted"], true);
    assert_eq!(session.total(&format!("id:{id} AND isDeleted:1")).await, 1);
}

#[tokio::test]
async fn records_without_soft_delete_vanish() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let (_, made) = session
        .send(
            Method::PUT,
            "entity/Placement",
            json!({ "status": "Approved", "fee": 0.2 }),
        )
        .await;
    let path = format!("entity/Placement/{}", made["changedEntityId"]);
    assert_eq!(
        session.try_get(&path, &[("fields", "id,fee")]).await.0,
        StatusCode::OK
    );
    session.send(Method::DELETE, &path, json!({})).await;
    assert_eq!(
        session.try_get(&path, &[("fields", "id")]).await.0,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn edits_of_a_list_leave_the_modification_time_alone_unless_told_otherwise() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let id = ids(&session
        .candidates("isDeleted:0 AND isAnonymized:0", &[("count", "1")])
        .await)[0];
    let before = session.candidate(id, "dateLastModified").await;
    let put = session
        .send(
            Method::PUT,
            &format!("entity/Candidate/{id}/primarySkills/1,2"),
            json!({}),
        )
        .await;
    assert_eq!(put.0, StatusCode::OK, "{}", put.1);
    let replace = json!({ "secondarySkills": { "replaceAll": [3, 4] } });
    session
        .send(Method::POST, &format!("entity/Candidate/{id}"), replace)
        .await;
    let after = session
        .candidate(id, "dateLastModified,secondarySkills(id)")
        .await;
    assert_eq!(after["dateLastModified"], before["dateLastModified"]);
    assert_eq!(ids(&after["secondarySkills"]), [3, 4]);
    session
        .send(
            Method::DELETE,
            &format!("entity/Candidate/{id}/primarySkills/2"),
            json!({}),
        )
        .await;
    let skills = session
        .get(
            &format!("entity/Candidate/{id}/primarySkills"),
            &[("fields", "id"), ("count", "50")],
        )
        .await;
    assert!(ids(&skills).contains(&1) && !ids(&skills).contains(&2));
    sandbox.knobs(json!({ "association_bumps_modified": true })).await;
    session
        .send(
            Method::PUT,
            &format!("entity/Candidate/{id}/primarySkills/5"),
            json!({}),
        )
        .await;
    assert_eq!(
        session.candidate(id, "dateLastModified").await["dateLastModified"],
        sandbox.now_ms()
    );
    let (status, _) = session
        .send(
            Method::PUT,
            &format!("entity/Candidate/{id}/primarySkills/99999999"),
            json!({}),
        )
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn refused_writes_name_the_fields_and_change_nothing() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let bad = json!({ "firstName": "x".repeat(51), "salary": "much", "nonsense": 1, "dateLastModified": 5, "status": "Active" });
    let (status, error) = session.send(Method::PUT, "entity/Candidate", bad).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(
        error["errorMessage"],
        "error persisting an entity of type: Candidate"
    );
    assert_eq!(error["entityName"], "Candidate");
    let refused: Vec<(&str, &str)> = error["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|one| {
            (
                one["propertyName"].as_str().expect("a name"),
                one["type"].as_str().expect("a type"),
            )
        })
        .collect();
    let expected = [
        ("firstName", "MAX_LENGTH"),
        ("salary", "INVALID_TYPE"),
        ("nonsense", "UNKNOWN_PROPERTY"),
        ("dateLastModified", "READ_ONLY"),
    ];
    assert_eq!(refused, expected);
    assert_eq!(session.total("id:[1 TO *]").await, 150);
    for (method, path, operation, entity) in [
        (Method::PUT, "entity/Skill", "CREATE", "Skill"),
        (Method::POST, "entity/Country/1", "UPDATE", "Country"),
        (
            Method::DELETE,
            "entity/ClientCorporation/1",
            "DELETE",
            "ClientCorporation",
        ),
    ] {
        let (status, error) = session.send(method, path, json!({})).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(
            error["errorMessage"],
            format!("Operation {operation} not allowed on entity {entity}")
        );
        assert_eq!(error["errorMessageKey"], "errors.cannotPerformOperation");
    }
}

#[tokio::test]
async fn a_mass_update_gives_many_records_the_same_modification_time() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let wanted = ids(&session.candidates("id:[1 TO *]", &[("count", "60")]).await);
    sandbox.advance_ms(7_000);
    let body = json!({ "ids": wanted, "status": "Archive" });
    let (_, reply) = session.send(Method::POST, "massUpdate/Candidate", body).await;
    assert_eq!(reply, json!({ "count": 60 }));
    let second = sandbox.now_lucene();
    let query = format!("dateLastModified:[{second} TO {second}]");
    let paging = [
        ("sort", "dateLastModified,id"),
        ("count", "500"),
        ("fields", "id,status"),
    ];
    let burst = session.candidates(&query, &paging).await;
    assert_eq!(ids(&burst), wanted);
    assert!(
        burst["data"]
            .as_array()
            .expect("data")
            .iter()
            .all(|row| row["status"] == "Archive")
    );
    let narrowed = format!(
        "dateLastModified:[{second} TO {second}] AND id:[{} TO *]",
        wanted[30]
    );
    assert_eq!(
        ids(&session
            .candidates(&narrowed, &[("sort", "id"), ("count", "500")])
            .await),
        wanted[30..]
    );
    let too_many = json!({ "ids": (0..10_001).collect::<Vec<u32>>(), "status": "x" });
    assert_eq!(
        session
            .send(Method::POST, "massUpdate/Candidate", too_many)
            .await
            .0,
        StatusCode::BAD_REQUEST
    );
    assert!(
        session
            .get("massUpdate", &[])
            .await
            .as_array()
            .expect("a list")
            .contains(&json!("JobOrder"))
    );
    assert!(
        session
            .get("massUpdate/JobOrder", &[])
            .await
            .as_array()
            .expect("a list")
            .contains(&json!("status"))
    );
}

#[tokio::test]
async fn files_and_resumes_are_served() {
    use base64::Engine as _;

    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let page = session
        .candidates(
            "description:* AND isDeleted:0",
            &[("fields", "id,description"), ("count", "2")],
        )
        .await;
    for row in page["data"].as_array().expect("data") {
        let list = session
            .get(&format!("entityFiles/Candidate/{}", row["id"]), &[])
            .await;
        let file_id = &list["EntityFiles"][0]["id"];
        let file = session
            .get(&format!("file/Candidate/{}/{file_id}", row["id"]), &[])
            .await;
        let content = file["File"]["fileContent"]
            .as_str()
            .expect("content")
            .replace("\r\n", "");
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(content)
            .expect("base64");
        assert_eq!(
            String::from_utf8(bytes).expect("a text"),
            row["description"].as_str().expect("a text")
        );
    }
    let (_, draft) = session
        .send(
            Method::POST,
            "resume/parseToCandidateViaJson",
            json!({ "resume": "<p>Ada Example</p>" }),
        )
        .await;
    assert_eq!(draft["candidate"]["lastName"], "Example");
}
