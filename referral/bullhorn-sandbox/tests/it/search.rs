//! `/search`: paging, order, and the traps of the Lucene dialect.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Running, ids, lucene_date, read};

#[tokio::test]
async fn a_page_has_20_records_by_default_and_500_at_most() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let page = session.candidates("id:[1 TO *]", &[]).await;
    assert_eq!(
        (
            page["total"].as_u64(),
            page["count"].as_u64(),
            page["start"].as_u64()
        ),
        (Some(150), Some(20), Some(0))
    );
    assert!(
        page["data"].as_array().expect("data").iter().all(Value::is_u64),
        "ids only without fields"
    );
    let page = session
        .candidates(
            "id:[1 TO *]",
            &[("fields", "id"), ("count", "100"), ("start", "100")],
        )
        .await;
    assert_eq!(page["count"], 50);
    assert_eq!(page["data"][0]["_score"], 1.0);
    let cut = session.candidates("id:[1 TO *]", &[("count", "501")]).await;
    assert!(
        cut["messages"][0].as_str().expect("a message").contains("500"),
        "{cut}"
    );
    sandbox.knobs(json!({ "heavy_page_max": 7 })).await;
    let heavy = session
        .candidates("id:[1 TO *]", &[("fields", "id,description"), ("count", "100")])
        .await;
    assert_eq!(heavy["count"], 7);
    let light = session
        .candidates("id:[1 TO *]", &[("fields", "id,firstName"), ("count", "100")])
        .await;
    assert_eq!(light["count"], 100);
}

#[tokio::test]
async fn without_any_parameter_the_searchable_fields_are_listed() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let fields = session.get("search/Candidate", &[]).await;
    assert!(
        fields
            .as_array()
            .expect("a list")
            .contains(&json!("dateLastModified"))
    );
}

#[tokio::test]
async fn a_query_can_be_posted_as_json_wholly_or_in_part() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let by_get = session
        .candidates("id:[1 TO *]", &[("fields", "id"), ("count", "3")])
        .await;
    let whole = json!({ "query": "id:[1 TO *]", "fields": "id", "count": 3, "start": 0 });
    assert_eq!(
        session.send(Method::POST, "search/Candidate", whole).await.1,
        by_get
    );
    let part = session
        .send(
            Method::POST,
            "search/Candidate?fields=id&count=3",
            json!({ "query": "id:[1 TO *]" }),
        )
        .await;
    assert_eq!(part.1, by_get);
    let with_noise = session.get(
        "search/Candidate",
        &[
            ("query", "id:[1 TO *]"),
            ("fields", "id"),
            ("count", "3"),
            ("orderBy", ""),
            ("showTotalMatched", "x"),
            ("nonsense", "1"),
        ],
    );
    assert_eq!(with_noise.await, by_get);
}

#[tokio::test]
async fn long_queries_must_be_posted() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let numbers: Vec<String> = (1..2_000).map(|number| number.to_string()).collect();
    let query = format!("id:({})", numbers.join(" "));
    assert!(query.len() > 7_500);
    assert_eq!(
        session.try_get("search/Candidate", &[("query", &query)]).await.0,
        StatusCode::BAD_REQUEST
    );
    let (status, page) = session
        .send(Method::POST, "search/Candidate", json!({ "query": query }))
        .await;
    assert_eq!((status, page["total"].as_u64()), (StatusCode::OK, Some(150)));
}

#[tokio::test]
async fn keyset_paging_by_id_sees_every_record_once() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let mut seen: Vec<u64> = Vec::new();
    loop {
        let query = format!("id:[{} TO *]", seen.last().map_or(1, |last| last + 1));
        let page = session
            .candidates(&query, &[("fields", "id"), ("sort", "id"), ("count", "40")])
            .await;
        if ids(&page).is_empty() {
            break;
        }
        assert_eq!(
            page["total"].as_u64().expect("a total") as usize,
            150 - seen.len()
        );
        seen.extend(ids(&page));
    }
    assert_eq!(seen.len(), 150);
    assert!(seen.is_sorted_by(|a, b| a < b));
    let down = session
        .candidates("id:[1 TO *]", &[("sort", "-id"), ("count", "500")])
        .await;
    seen.reverse();
    assert_eq!(ids(&down), seen);
}

#[tokio::test]
async fn sorting_by_modification_time_orders_by_second_and_id() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let fields = ("fields", "id,dateLastModified");
    let page = session
        .candidates(
            "dateLastModified:[20000101 TO *]",
            &[fields, ("sort", "dateLastModified,id"), ("count", "500")],
        )
        .await;
    let keys: Vec<(i64, u64)> = page["data"]
        .as_array()
        .expect("data")
        .iter()
        .map(|row| {
            (
                row["dateLastModified"].as_i64().expect("a time") / 1000,
                row["id"].as_u64().expect("an id"),
            )
        })
        .collect();
    assert_eq!(keys.len(), 150);
    assert!(keys.is_sorted());
    let middle = keys[75].0;
    let from = format!("dateLastModified:[{} TO *]", lucene_date(middle * 1000));
    let after = format!("dateLastModified:{{{} TO *}}", lucene_date(middle * 1000));
    let until = format!("dateLastModified:[* TO {}]", lucene_date(middle * 1000));
    let count = |test: &dyn Fn(i64) -> bool| keys.iter().filter(|(second, _)| test(*second)).count() as u64;
    assert_eq!(session.total(&from).await, count(&|second| second >= middle));
    assert_eq!(session.total(&after).await, count(&|second| second > middle));
    assert_eq!(session.total(&until).await, count(&|second| second <= middle));
    let newest = session
        .candidates(
            &from,
            &[fields, ("sort", "-dateLastModified,-id"), ("count", "1")],
        )
        .await;
    assert_eq!(newest["data"][0]["id"].as_u64(), keys.last().map(|key| key.1));
}

#[tokio::test]
async fn other_sorts_work_and_unknown_ones_are_refused() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let page = session
        .candidates(
            "id:[1 TO *]",
            &[
                ("sort", "-experience,id"),
                ("fields", "experience"),
                ("count", "200"),
            ],
        )
        .await;
    let years: Vec<i64> = page["data"]
        .as_array()
        .expect("data")
        .iter()
        .filter_map(|row| row["experience"].as_i64())
        .collect();
    assert!(years.len() > 50 && years.is_sorted_by(|a, b| a >= b), "{years:?}");
    let (status, error) = session
        .try_get("search/Candidate", &[("query", "id:1"), ("sort", "nope")])
        .await;
    assert_eq!(
        (status, error["errorMessage"].as_str()),
        (StatusCode::BAD_REQUEST, Some("Bad sort: unknown field nope"))
    );
}

#[tokio::test]
async fn ties_can_be_shuffled() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let sort = [("sort", "isDeleted"), ("count", "200")];
    let by_id = ids(&session.candidates("id:[1 TO *] AND isDeleted:0", &sort).await);
    assert!(by_id.is_sorted());
    sandbox.knobs(json!({ "tie_order": "shuffled" })).await;
    let mut shuffled = ids(&session.candidates("id:[1 TO *] AND isDeleted:0", &sort).await);
    assert_ne!(shuffled, by_id);
    shuffled.sort_unstable();
    assert_eq!(shuffled, by_id);
}

#[tokio::test]
async fn the_lucene_traps_are_as_silent_as_the_real_ones() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let all = 150;
    let deleted = session.total("isDeleted:1").await;
    let placed = session.total("id:[1 TO *] AND status:Placed").await;
    assert!(deleted > 0 && placed > 0, "the population has some of each");
    let cases = [
        // Booleans are 0 and 1; a word finds nothing.
        ("isDeleted:0", all - deleted),
        ("isDeleted:true", 0),
        ("isDeleted:false", 0),
        // A wrong form of a date is ignored, and everything matches.
        ("dateLastModified:[1500000000000 TO *]", all),
        ("dateLastModified:[1999999999999 TO *]", all),
        ("dateAdded:{2023/01/01 TO *}", all),
        ("dateAdded:[\"2030-01-01\" TO *]", all),
        ("dateLastModified:[20990101 TO *]", 0),
        // Pure negation finds nothing, flat or nested.
        ("NOT status:Placed", 0),
        ("-status:Placed", 0),
        ("id:[1 TO *] AND NOT status:Placed", all - placed),
        ("id:[1 TO *] AND (NOT status:Placed)", 0),
        // A misspelt path finds nothing, a malformed query everything.
        ("statuss:Active", 0),
        ("owner.nope:1", 0),
        ("id:[1 TO *] AND nope:1", 0),
        ("status:(Active", all),
        // Case does not matter, blanks do.
        ("status:placed", placed),
        ("status:\"PLACED\"", placed),
        ("status:Plac*", placed),
        ("id:[5 TO 3]", 0),
        ("*:*", all),
    ];
    for (query, expected) in cases {
        assert_eq!(session.total(query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn lists_and_paths_find_what_they_name() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let some = ids(&session.candidates("id:[1 TO *]", &[("count", "3")]).await);
    let list = format!("id:{} {} {}", some[0], some[1], some[2]);
    assert_eq!(ids(&session.candidates(&list, &[]).await), some);
    let group = format!("id:({} OR {}) AND id:[1 TO *]", some[0], some[2]);
    assert_eq!(ids(&session.candidates(&group, &[]).await), [some[0], some[2]]);
    let page = session
        .candidates(
            "primarySkills.id:[1 TO *]",
            &[("fields", "primarySkills[15](id),owner(id)"), ("count", "1")],
        )
        .await;
    let skill = page["data"][0]["primarySkills"]["data"][0]["id"]
        .as_u64()
        .expect("a skill");
    assert!(session.total(&format!("primarySkills.id:{skill}")).await >= 1);
    let owner = page["data"][0]["owner"]["id"].as_u64().expect("an owner");
    assert!(session.total(&format!("owner.id:{owner}")).await >= 1);
    let all_owners: u64 = session.total("owner.id:[0 TO 9999999]").await;
    assert!(all_owners > 100);
}

#[tokio::test]
async fn notes_are_indexed_with_true_and_false_and_can_be_asked_through_the_person() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let person = ids(&session.candidates("id:[1 TO *]", &[("count", "1")]).await)[0];
    let note = json!({ "action": "Call", "comments": "x", "personReference": { "id": person } });
    assert_eq!(
        session.send(Method::PUT, "entity/Note", note).await.0,
        StatusCode::OK
    );
    for (query, expected) in [("isDeleted:false", 1), ("isDeleted:0", 0)] {
        assert_eq!(
            session.get("search/Note", &[("query", query)]).await["total"],
            expected,
            "{query}"
        );
    }
    for (query, expected) in [
        ("notes.action:\"Call\"", 1),
        ("notes.action:\"Mail\"", 0),
        ("notes.id:\"^^action:(Call)\"", 1),
        ("notes.id:\"^^action:(Mail)\"", 0),
        ("notes.id:[0 TO 9999999]", 1),
        ("placements.id:[0 TO 9999999]", 0),
    ] {
        assert_eq!(session.total(query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn bad_requests_have_the_documented_texts() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let cases = [
        ("Candidate", "id:1", "x", "Invalid field 'x' at position 0.", None),
        (
            "Candidate",
            "id:1",
            "*",
            "You are not authorized to request all fields.",
            Some("errors.allFieldsNotAllowed"),
        ),
        ("Candidate", "*", "id", "Bad Query: ", Some("errors.badQuery")),
        ("Candidate", "", "id", "Bad Query: ", Some("errors.badQuery")),
        (
            "Nonsense",
            "id:1",
            "id",
            "Unknown",
            Some("errors.searchUnknownEntity"),
        ),
        (
            "Skill",
            "id:1",
            "id",
            "Unknown",
            Some("errors.searchUnknownEntity"),
        ),
    ];
    for (entity, query, fields, message, key) in cases {
        let query = [("query", query), ("fields", fields), ("count", "1")];
        let (status, error) = session.try_get(&format!("search/{entity}"), &query).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{entity} {query:?}");
        assert!(
            error["errorMessage"]
                .as_str()
                .expect("a text")
                .starts_with(message),
            "{error}"
        );
        assert_eq!(error["errorMessageKey"].as_str(), key, "{error}");
        assert_eq!(error["errorCode"], 400);
    }
}

#[tokio::test]
async fn knobs_make_the_search_stricter_or_laxer() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    sandbox
        .knobs(json!({ "malformed_query": "reject", "all_fields_allowed": true }))
        .await;
    let (status, error) = session
        .try_get("search/Candidate", &[("query", "status:(x")])
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(
        error["errorMessage"]
            .as_str()
            .expect("a text")
            .starts_with("Bad Query: "),
        "{error}"
    );
    sandbox.knobs(json!({ "malformed_query": "match_none" })).await;
    assert_eq!(session.total("status:(x").await, 0);
    let all = session
        .candidates("id:[1 TO *]", &[("fields", "*"), ("count", "1")])
        .await;
    assert!(all["data"][0].as_object().expect("a record").len() > 200);
}

#[tokio::test]
async fn what_is_erased_haunts_the_index_for_a_while() {
    let sandbox = Running::start().await;
    sandbox.knobs(json!({ "index_lag_ms": 60_000 })).await;
    let session = sandbox.login().await;
    let id = ids(&session.candidates("id:[1 TO *]", &[("count", "1")]).await)[0];
    sandbox.admin("erase", json!({ "ids": [id] })).await;
    let query = format!("id:{id}");
    let ghost = session.candidates(&query, &[("fields", "id,firstName")]).await;
    assert!(
        ghost["data"][0]["_error"].is_string() && ghost["data"][0].get("firstName").is_none(),
        "{ghost}"
    );
    let (status, _) = session
        .try_get(&format!("entity/Candidate/{id}"), &[("fields", "id")])
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    sandbox.advance_ms(60_000);
    assert_eq!(session.total(&query).await, 0);
}

#[tokio::test]
async fn find_and_my_candidates_answer() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let mine = session
        .get("myCandidates", &[("fields", "id,owner(id)"), ("count", "3")])
        .await;
    assert!(
        mine["data"]
            .as_array()
            .expect("data")
            .iter()
            .all(|row| row["owner"]["id"] == 1),
        "{mine}"
    );
    let page = session
        .candidates("name:* AND isDeleted:0", &[("fields", "name"), ("count", "1")])
        .await;
    let name = page["data"][0]["name"].as_str().expect("a name");
    let found = session.get("find", &[("query", name)]).await;
    assert_eq!(found["data"][0]["entityType"], "Candidate", "{found}");
}

#[tokio::test]
async fn a_callback_makes_a_script() {
    let sandbox = Running::start().await;
    let session = sandbox.login().await;
    let request = session
        .request(Method::GET, "ping?callback=app.done")
        .send()
        .await
        .expect("an answer");
    assert!(
        request.headers()["content-type"]
            .to_str()
            .expect("ASCII")
            .starts_with("application/javascript")
    );
    assert!(request.text().await.expect("a body").starts_with("app.done({"));
    let (_, plain) = read(session.request(Method::GET, "ping?callback=alert(1)")).await;
    assert!(plain["sessionExpires"].is_i64());
}
