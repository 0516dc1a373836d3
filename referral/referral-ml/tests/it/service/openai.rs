//! `POST /v1/embeddings`.

use std::sync::Arc;

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use referral_ml::embedder::Embedder;
use referral_ml::remote::{RemoteEmbedder, RemoteOptions};
use serde_json::{Value, json};

use super::harness::{Service, Trades, World};
use crate::support::model;

const PATH: &str = "/v1/embeddings";

fn numbers(embedding: &Value) -> Vec<f32> {
    embedding
        .as_array()
        .unwrap()
        .iter()
        .map(|value| value.as_f64().unwrap() as f32)
        .collect()
}

fn decoded(embedding: &Value) -> Vec<f32> {
    let bytes = STANDARD.decode(embedding.as_str().unwrap()).unwrap();
    let (quads, rest) = bytes.as_chunks::<4>();
    assert!(rest.is_empty());
    quads.iter().map(|quad| f32::from_le_bytes(*quad)).collect()
}

#[tokio::test]
async fn one_text_and_several_are_answered_in_openais_shape() {
    let world = World::new().await;
    let service = Service::start(world.store.clone(), Trades::allowed(10)).await;
    let (status, one) = service
        .ask(PATH, &json!({ "input": "a baker", "user": "u1" }))
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        one,
        json!({
            "object": "list",
            "data": [{ "object": "embedding", "index": 0, "embedding": [0.0, 1.0, 0.0, 0.0] }],
            "model": "trades",
            "usage": { "prompt_tokens": 1, "total_tokens": 1 },
        })
    );
    let body = json!({ "input": ["a nurse", "a welder"], "model": "trades", "dimensions": 4, "encoding_format": "base64" });
    let (status, several) = service.ask(PATH, &body).await;
    assert_eq!(status, StatusCode::OK);
    let rows: Vec<(u64, Vec<f32>)> = several["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["index"].as_u64().unwrap(), decoded(&row["embedding"])))
        .collect();
    assert_eq!(
        rows,
        [(0, vec![0.0, 0.0, 1.0, 0.0]), (1, vec![1.0, 0.0, 0.0, 0.0])]
    );
}

#[tokio::test]
async fn what_cannot_be_embedded_is_an_error_in_openais_shape() {
    let world = World::new().await;
    let service = Service::start(world.store.clone(), Trades::allowed(0)).await;
    let cases = [
        (json!({ "input": [] }), 400, json!("input")),
        (json!({ "input": ["a", ""] }), 400, json!("input")),
        (json!({ "input": vec!["a"; 2_049] }), 400, json!("input")),
        (json!({ "input": "a", "model": "gpt" }), 404, json!("model")),
        (json!({ "input": "a", "dimensions": 5 }), 400, json!("dimensions")),
        (json!({ "input": [1, 2] }), 400, Value::Null),
        (
            json!({ "input": "a", "encoding_format": "hex" }),
            400,
            Value::Null,
        ),
        (json!({}), 400, Value::Null),
    ];
    for (body, status, param) in cases {
        let (found, answer) = service.ask(PATH, &body).await;
        let error = &answer["error"];
        assert_eq!((found.as_u16(), &error["param"]), (status, &param), "{answer}");
        assert_eq!(error["type"], "invalid_request_error", "{answer}");
        assert!(!error["message"].as_str().unwrap().is_empty(), "{answer}");
    }
}

#[tokio::test]
async fn the_real_model_answers_and_its_own_remote_client_reads_the_same_vectors() {
    let world = World::new().await;
    let model = model();
    let texts = ["Welder with ten years of pipe work.", "Pastry chef."].map(str::to_owned);
    let expected = model.embed_now(&texts).unwrap();
    let identity = model.identity().clone();
    let service = Service::start(world.store.clone(), Arc::new(model)).await;

    let (status, answer) = service.ask(PATH, &json!({ "input": texts[0] })).await;
    assert_eq!(
        (status, &answer["model"]),
        (StatusCode::OK, &json!("all-MiniLM-L6-v2"))
    );
    assert_eq!(
        numbers(&answer["data"][0]["embedding"]),
        expected.vectors.row(0),
        "to the bit"
    );
    assert!(answer["usage"]["total_tokens"].as_u64().unwrap() > 5);

    let options = RemoteOptions {
        base_url: service.url("/v1"),
        model: identity.name,
        dimensions: identity.dimensions,
        api_key: None,
    };
    let remote = RemoteEmbedder::new(reqwest::Client::builder().build().unwrap(), options);
    let embedded = remote.embed(texts.to_vec()).await.unwrap();
    assert_eq!(embedded.tokens, expected.tokens);
    for (own, remote) in expected.vectors.values().iter().zip(embedded.vectors.values()) {
        assert!(
            (own - remote).abs() <= 1e-6,
            "normalising a unit vector changes nothing"
        );
    }
}
