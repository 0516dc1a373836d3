//! Records by id, to-many lists and associations.

use std::collections::BTreeSet;

use bullhorn::{CallError, Entity, FieldError, Fields, Lookup, Named, RowFault, ToManyField};
use serde_json::{Value, json};
use wiremock::Request;

use crate::support::fake::{Fake, ok, parameter, status};

fn fields() -> Fields {
    Fields::plain(&["id", "name"]).unwrap()
}

/// The ids at the end of an address.
fn ids_in(request: &Request) -> Vec<i64> {
    request
        .url
        .path()
        .rsplit('/')
        .next()
        .unwrap()
        .split(',')
        .map(|id| id.parse().unwrap())
        .collect()
}

#[tokio::test]
async fn one_record_is_found_faulty_or_missing() {
    let fake = Fake::start().await;
    fake.data("GET", "entity/Skill/1", |_| {
        ok(&json!({"data": {"id": 1, "name": "Skill-1"}}))
    })
    .await;
    fake.data("GET", "entity/Skill/2", |_| {
        ok(&json!({"data": {"id": 2, "name": {}}}))
    })
    .await;
    fake.data("GET", "entity/Skill/3", |_| {
        status(404, &json!({"errorMessage": "not found"}))
    })
    .await;
    fake.data("GET", "entity/Skill/4", |_| ok(&json!({"id": 4, "name": "bare"})))
        .await;
    let client = fake.client();
    let get = async |id| {
        client
            .entity::<Named>(Entity::Skill, id, &fields())
            .await
            .unwrap()
    };
    assert!(matches!(get(1).await, Lookup::Found(skill) if skill.name.as_deref() == Some("Skill-1")));
    let faulty = RowFault::Value {
        field: "name",
        expected: "text",
    };
    assert!(matches!(get(2).await, Lookup::Faulty(row) if row.id == Some(2) && row.fault == faulty));
    assert!(matches!(get(3).await, Lookup::Missing));
    assert!(matches!(get(4).await, Lookup::Found(skill) if skill.name.as_deref() == Some("bare")));
}

#[tokio::test]
async fn many_records_are_asked_for_in_addresses_that_fit_and_compared_with_what_came() {
    let fake = Fake::start().await;
    fake.data("GET", "entity/Candidate/[0-9,]+", |request| {
        let found: Vec<i64> = ids_in(request).into_iter().filter(|id| id % 10 != 0).collect();
        match found.as_slice() {
            [] => status(404, &json!({"errorMessage": "none"})),
            _ => ok(&json!({"data": found.iter().map(|id| json!({"id": id})).collect::<Vec<Value>>()})),
        }
    })
    .await;
    let asked: Vec<i64> = (100_000_000..100_002_000)
        .chain(100_000_000..100_000_100)
        .collect();
    let client = fake.client();
    let got = client
        .entities::<Named>(Entity::Candidate, &asked, &fields())
        .await
        .unwrap();
    let found: BTreeSet<i64> = got.rows.records.iter().map(|record| record.id).collect();
    assert_eq!((found.len(), got.missing.len()), (1_800, 200));
    assert!(got.missing.iter().all(|id| id % 10 == 0));
    let requests = fake.server.received_requests().await.unwrap();
    let requests: Vec<&Request> = requests
        .iter()
        .filter(|r| r.url.path().contains("entity/Candidate"))
        .collect();
    assert_eq!(requests.len(), 4);
    for request in requests {
        assert!(request.url.as_str().len() <= 7_500);
        assert_eq!(
            parameter(request, "count").unwrap(),
            ids_in(request).len().to_string()
        );
    }
    let none = client
        .entities::<Named>(Entity::Candidate, &[10, 20], &fields())
        .await
        .unwrap();
    assert_eq!((none.rows.records.len(), none.missing), (0, vec![10, 20]));
    let before = client.calls_made();
    client
        .entities::<Named>(Entity::Candidate, &[], &fields())
        .await
        .unwrap();
    assert_eq!(client.calls_made(), before);
}

#[tokio::test]
async fn a_to_many_list_is_read_to_its_end_by_what_was_returned() {
    let fake = Fake::start().await;
    fake.data("GET", "entity/Candidate/5/primarySkills", |request| {
        let start: i64 = parameter(request, "start").unwrap().parse().unwrap();
        // The server gives fewer than asked for.
        let page: Vec<Value> = (start..450.min(start + 150))
            .map(|id| json!({"id": id, "name": "s"}))
            .collect();
        ok(&json!({"total": 450, "start": start, "count": page.len(), "data": page}))
    })
    .await;
    let client = fake.client();
    let skills = ToManyField::new(Entity::Candidate, "primarySkills").unwrap();
    let rows = client.to_many::<Named>(skills, 5, &fields()).await.unwrap();
    let ids: Vec<i64> = rows.records.iter().map(|skill| skill.id).collect();
    assert_eq!(ids, (0..450).collect::<Vec<i64>>());
    assert_eq!(fake.count("primarySkills").await, 3);
}

#[tokio::test]
async fn associations_complete_hundreds_of_records_per_call() {
    let fake = Fake::start().await;
    fake.data("POST", "association/Candidate/primarySkills", |request| {
        let body: Value = request.body_json().unwrap();
        let ids: Vec<i64> = serde_json::from_value(body["ids"].clone()).unwrap();
        assert!(ids.len() <= 500);
        assert_eq!(
            (&body["showTotalMatched"], &body["count"]),
            (&json!(true), &json!(10_000))
        );
        let pairs: Vec<(i64, i64)> = ids
            .iter()
            .filter(|&&id| id != 7)
            .flat_map(|&id| (0..30).map(move |skill| (id, skill)))
            .collect();
        let start = usize::try_from(body["start"].as_u64().unwrap()).unwrap();
        let page = &pairs[start..pairs.len().min(start + 10_000)];
        ok(&json!({"total": pairs.len(), "data": page}))
    })
    .await;
    let client = fake.client();
    let field = ToManyField::new(Entity::Candidate, "primarySkills").unwrap();
    let ids: Vec<i64> = (1..=1_200).collect();
    let members = client.associations(field, &ids).await.unwrap();
    assert_eq!(members.len(), 1_200);
    assert!(members[&7].is_empty());
    assert!(members.iter().all(|(id, skills)| *id == 7 || skills.len() == 30));
    // 500 x 30 pairs need two calls, twice; 200 x 30 need one.
    assert_eq!(fake.count("primarySkills").await, 5);
}

#[tokio::test]
async fn forbidden_lists_are_not_asked_for() {
    let error = ToManyField::new(Entity::Candidate, "ethnicity").unwrap_err();
    assert_eq!(
        error,
        FieldError::Forbidden {
            name: "ethnicity".to_owned()
        }
    );
    assert!(matches!(CallError::from(error), CallError::Request(_)));
    assert!(ToManyField::new(Entity::Candidate, "a/../b").is_err());
}
