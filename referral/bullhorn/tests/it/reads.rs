//! Search, query and meta: what is sent, and what comes back.

use bullhorn::{
    CallError, Candidate, Entity, Fields, JobOrder, Lucene, Named, Path, Query, Record as _, RequestError,
    RowFault, Search, Sort, Stub, Text, Where,
};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::fake::{Fake, ok, parameter};

fn fields() -> Fields {
    Fields::plain(&["id", "name"]).unwrap()
}

#[tokio::test]
async fn a_search_sends_its_parameters_and_reports_unreadable_rows() {
    let fake = Fake::start().await;
    let reply = json!({"total": 9, "start": 3, "count": 3, "data": [
        {"id": 1, "firstName": "Test-A", "_score": 1.0}, {"id": 2, "_error": "not found"}, {"id": 3, "salary": {}},
    ]});
    fake.data("GET", "search/Candidate", move |_| ok(&reply)).await;
    let search = Search::new(
        Entity::Candidate,
        Lucene::flag(&Path::IS_DELETED, false),
        Candidate::fields(),
    )
    .sorted(Sort::by(&Path::DATE_LAST_MODIFIED).then_descending(&Path::ID))
    .count(9_999)
    .start(3);
    let page = fake.client().search::<Candidate>(&search).await.unwrap();
    assert_eq!((page.total, page.rows.returned()), (Some(9), 3));
    assert_eq!(page.rows.records[0].first_name.as_deref(), Some("Test-A"));
    let faults: Vec<(Option<i64>, RowFault)> = page
        .rows
        .faulty
        .into_iter()
        .map(|row| (row.id, row.fault))
        .collect();
    let salary = RowFault::Value {
        field: "salary",
        expected: "a number",
    };
    assert_eq!(faults, [(Some(2), RowFault::NotInDatabase), (Some(3), salary)]);

    let request = &fake.requests("search/Candidate").await[0];
    let sent: Vec<String> = request
        .url
        .query_pairs()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    insta::assert_snapshot!(sent.join("\n"));
}

#[tokio::test]
async fn long_queries_go_by_post() {
    let fake = Fake::start().await;
    let empty = || ok(&json!({"total": 0, "start": 0, "count": 0, "data": []}));
    fake.data("GET", "search/Candidate", move |_| empty()).await;
    fake.data("POST", "search/Candidate", move |_| empty()).await;
    fake.data("POST", "query/JobOrder", move |_| empty()).await;
    let client = fake.client();
    let ids: Vec<i64> = (1_000_000..1_001_000).collect();
    for count in [300, 301, 1_000] {
        let query = Lucene::one_of(&Path::ID, &ids[..count]).unwrap();
        let rendered = query.render(Entity::Candidate);
        client
            .search::<Named>(&Search::new(Entity::Candidate, query, fields()))
            .await
            .unwrap();
        let requests = fake.requests("search/Candidate").await;
        let request = requests.last().unwrap();
        assert!(request.url.as_str().len() < 7_500);
        let sent = match request.method.as_str() {
            "GET" => parameter(request, "query").unwrap(),
            _ => request.body_json::<Value>().unwrap()["query"]
                .as_str()
                .unwrap()
                .to_owned(),
        };
        assert_eq!(sent, rendered);
        assert_eq!(parameter(request, "fields").unwrap(), "id,name");
    }
    let methods: Vec<String> = fake
        .requests("search/Candidate")
        .await
        .iter()
        .map(|r| r.method.to_string())
        .collect();
    assert_eq!(methods, ["GET", "GET", "POST"]);

    let clause = Where::one_of(&Path::ID, ids).unwrap();
    let text = clause.to_string();
    client
        .query::<Named>(&Query::new(Entity::JobOrder, clause, fields()))
        .await
        .unwrap();
    let body: Value = fake.requests("query/JobOrder").await[0].body_json().unwrap();
    assert_eq!(body, json!({ "where": text }));
}

#[tokio::test]
async fn a_query_reads_the_database() {
    let fake = Fake::start().await;
    let reply = json!({"start": 0, "count": 1, "total": 41, "data": [{"id": 2, "title": "Test role"}]});
    fake.data("GET", "query/JobOrder", move |_| ok(&reply)).await;
    let title = Path::<Text>::new("title").unwrap();
    let query = Query::new(
        Entity::JobOrder,
        Where::is(&title, "Driver's mate"),
        JobOrder::fields(),
    )
    .sorted(Sort::descending(&Path::ID))
    .with_total()
    .count(1)
    .start(7);
    let page = fake.client().query::<JobOrder>(&query).await.unwrap();
    assert_eq!(
        (page.total, page.rows.records[0].title.as_deref()),
        (Some(41), Some("Test role"))
    );
    let request = &fake.requests("query/JobOrder").await[0];
    let sent: Vec<String> = request
        .url
        .query_pairs()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    insta::assert_snapshot!(sent.join("\n"));
}

#[tokio::test]
async fn requests_that_must_fail_are_not_sent() {
    let fake = Fake::start().await;
    let client = fake.client();
    let deleted = || Lucene::flag(&Path::IS_DELETED, true);
    let errors = [
        client
            .search::<Named>(&Search::new(Entity::Skill, Lucene::all(), fields()))
            .await
            .unwrap_err(),
        client
            .search::<Named>(&Search::new(
                Entity::Placement,
                Lucene::all().and(deleted()),
                fields(),
            ))
            .await
            .unwrap_err(),
        client
            .query::<Named>(&Query::new(
                Entity::Candidate,
                Where::above(&Path::ID, 0),
                fields(),
            ))
            .await
            .unwrap_err(),
        client
            .query::<Named>(&Query::new(
                Entity::ClientCorporation,
                Where::is(&Path::IS_DELETED, false),
                fields(),
            ))
            .await
            .unwrap_err(),
    ];
    let messages = errors.map(|error| match error {
        CallError::Request(error) => error.to_string(),
        other => panic!("{other:?}"),
    });
    let expected = [
        RequestError::NotSearchable {
            entity: Entity::Skill,
        },
        RequestError::NoSuchField {
            entity: Entity::Placement,
            field: "isDeleted",
        },
        RequestError::NotQueryable {
            entity: Entity::Candidate,
        },
        RequestError::NoSuchField {
            entity: Entity::ClientCorporation,
            field: "isDeleted",
        },
    ];
    assert_eq!(messages, expected.map(|error| error.to_string()));
    assert_eq!(client.calls_made(), 0);
}

#[tokio::test]
async fn records_are_counted_with_a_page_of_one() {
    let fake = Fake::start().await;
    fake.data("GET", "search/Candidate", |request| {
        assert_eq!(parameter(request, "count").unwrap(), "1");
        assert_eq!(parameter(request, "fields").unwrap(), "id");
        ok(&json!({"total": 105_000, "start": 0, "count": 1, "data": [{"id": 1}]}))
    })
    .await;
    assert_eq!(
        fake.client()
            .total(Entity::Candidate, Lucene::all())
            .await
            .unwrap(),
        105_000
    );
}

#[tokio::test]
async fn a_search_without_a_total_is_not_trusted() {
    let fake = Fake::start().await;
    fake.data("GET", "search/Candidate", |_| ok(&json!({"data": []})))
        .await;
    let error = fake
        .client()
        .total(Entity::Candidate, Lucene::all())
        .await
        .unwrap_err();
    assert!(matches!(error, CallError::Unreadable { .. }), "{error:?}");
}

#[tokio::test]
async fn an_allow_list_is_checked_against_the_account() {
    let fake = Fake::start().await;
    fake.data("GET", "meta/Candidate", |request| {
        assert_eq!(parameter(request, "meta").unwrap(), "full");
        ok(&json!({"entity": "Candidate", "label": "Candidate", "fields": [
            {"name": "id", "type": "ID", "dataType": "Integer"},
            {"name": "isDeleted", "type": "SCALAR", "dataType": "Boolean", "confidential": true},
        ]}))
    })
    .await;
    let report = fake
        .client()
        .check_fields(Entity::Candidate, &Stub::fields())
        .await
        .unwrap();
    assert_eq!(
        (report.missing.join(","), report.confidential.join(",")),
        ("dateLastModified".into(), "isDeleted".into())
    );
    assert!(report.require(&["dateLastModified"]).is_err());
    assert_eq!(report.usable(&Stub::fields()).to_string(), "id");
}

#[tokio::test]
async fn the_servers_time_comes_from_the_date_header() {
    let fake = Fake::start().await;
    let reply = ok(&json!({"sessionExpires": 1})).insert_header("date", "Tue, 01 Jan 2030 12:00:48 GMT");
    fake.always("/ping", reply).await;
    let time = fake.client().server_time().await.unwrap().unwrap();
    assert_eq!(time.at.to_string(), "2030-01-01T12:00:48Z");
    assert_eq!(time.skew, SignedDuration::from_secs(48));
}
