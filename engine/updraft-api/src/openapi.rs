//! The OpenAPI documents, made of the declarations that serve.
//!
//! What a body requires and what an answer always holds are two questions about one type: what serde demands when it reads, and what it
//! writes. The schemas of bodies and of answers are therefore made by two generators.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};

use crate::access::Needs;
use crate::endpoint::{Endpoint, Shape};
use crate::failure::Version;
use crate::router::{Section, sections};

/// The documents of both versions of the REST API and of the web interface.
#[derive(Debug, Clone, PartialEq)]
pub struct Documents {
    /// `/api/v1`.
    pub v1: Value,
    /// `/api/v2`, and `/auth` beside it.
    pub v2: Value,
    /// `/ui/api`, what the web interface asks.
    pub ui: Value,
}

/// Which document describes an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Document {
    /// The REST API of one of the two versions.
    Rest(Version),
    /// What the web interface asks.
    Ui,
}

impl Document {
    /// In which form its failures are.
    pub(crate) const fn version(self) -> Version {
        match self {
            Self::Rest(version) => version,
            Self::Ui => Version::V2,
        }
    }
}

/// The documents of everything that is served.
pub fn documents() -> Documents {
    Documents {
        v1: document(
            Document::Rest(Version::V1),
            "Updraft REST API, as Airflow 2 has it",
        ),
        v2: document(
            Document::Rest(Version::V2),
            "Updraft REST API, as Airflow 3 has it",
        ),
        ui: document(
            Document::Ui,
            "What the web interface of Updraft asks; it changes with the interface",
        ),
    }
}

fn document(which: Document, title: &str) -> Value {
    let sections: Vec<Section> = sections()
        .into_iter()
        .filter(|section| section.document == which)
        .collect();
    let described = |section: &Section| {
        let is_rest = matches!(section.document, Document::Rest(_));
        let of = |endpoint: &Endpoint| Described {
            method: endpoint.method.clone(),
            path: path(section, endpoint),
            id: Some(endpoint.id),
            shape: endpoint.shape,
            failures: endpoint.failures,
            is_rest,
            also: endpoint.also,
            is_open: endpoint.needs == Needs::Nothing,
        };
        section.endpoints.iter().map(of).collect::<Vec<_>>()
    };
    let version = which.version();
    let server = match version {
        Version::V1 => "/api/v1",
        Version::V2 => "/",
    };
    describe(title, (server, version), sections.iter().flat_map(described))
}

/// One operation, for a document.
pub(crate) struct Described {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) id: Option<&'static str>,
    pub(crate) shape: Shape,
    /// The statuses of its failures, and those with which it can be done beside the usual one.
    pub(crate) failures: &'static [u16],
    /// Whether it can also fail as all operations of the REST API do: [`unsaid`].
    pub(crate) is_rest: bool,
    pub(crate) also: &'static [&'static str],
    pub(crate) is_open: bool,
}

/// The document of these operations, which are served below an address and fail in the form of a version.
pub(crate) fn describe(
    title: &str,
    (server, version): (&str, Version),
    operations: impl Iterator<Item = Described>,
) -> Value {
    let generator = |settings: SchemaSettings| {
        settings
            .with(|settings| settings.definitions_path = "/components/schemas".into())
            .into_generator()
    };
    let mut read = generator(SchemaSettings::draft2020_12().for_deserialize());
    let mut written = generator(SchemaSettings::draft2020_12().for_serialize());
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for described in operations {
        let method = described.method.as_str().to_lowercase();
        let operation = operation(&described, version, (&mut read, &mut written));
        paths.entry(described.path).or_default().insert(method, operation);
    }
    let mut schemas: BTreeMap<String, Value> = BTreeMap::new();
    schemas.extend(written.take_definitions(true));
    schemas.extend(read.take_definitions(true));
    schemas.insert("Failure".to_owned(), failure_schema(version));
    json!({
        "openapi": "3.1.0",
        "info": { "title": title, "version": env!("CARGO_PKG_VERSION"), "license": { "name": "Apache-2.0" } },
        "servers": [{ "url": server }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "Basic": { "type": "http", "scheme": "basic" },
                "Bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" },
            },
        },
    })
}

/// The path in the document: version 1 says its prefix once, version 2 with each path, as Airflow's documents do.
fn path(section: &Section, endpoint: &Endpoint) -> String {
    match section.document.version() {
        Version::V1 => endpoint.path.to_owned(),
        Version::V2 => format!("{}{}", section.prefix, endpoint.path),
    }
}

/// Statuses that whole families of operations answer with, in Airflow too, though its documents name them for few or for none.
fn unsaid(endpoint: &Described, version: Version, (reads, has_body): (bool, bool)) -> Vec<u16> {
    let is_post = endpoint.method == Method::POST;
    let takes_password = match version {
        Version::V1 => !endpoint.is_open,
        Version::V2 => endpoint.is_open && has_body,
    };
    let families = [
        // What Airflow 2 cannot read, and what either cannot sort by.
        (400, reads),
        // What is to be made is there already.
        (409, version == Version::V1 && is_post),
        // Too many wrong passwords came from there; Airflow leaves this to others.
        (429, takes_password),
    ];
    let meant = families
        .into_iter()
        .filter(|(_, is_meant)| endpoint.is_rest && *is_meant);
    meant.map(|(status, _)| status).collect()
}

fn operation(
    endpoint: &Described,
    version: Version,
    (read, written): (&mut SchemaGenerator, &mut SchemaGenerator),
) -> Value {
    let shape = endpoint.shape;
    let mut parameters = parameters("path", (shape.path)(read), read);
    parameters.extend(self::parameters("query", (shape.query)(read), read));
    let header = |(name, is_required): &(&str, bool)| json!({ "name": name, "in": "header", "required": is_required, "schema": { "type": "string" } });
    parameters.extend(shape.headers.iter().map(header));
    let body = (shape.body)(read);
    let reads = body.is_some() || !parameters.is_empty();
    let mut responses = Map::new();
    let mut done = json!({ "description": description(shape.status) });
    if let Some(schema) = (shape.answer)(written) {
        done["content"] = json!({ "application/json": { "schema": schema } });
    }
    for kind in endpoint.also {
        done["content"][*kind] = json!({ "schema": { "type": "string" } });
    }
    responses.insert(shape.status.as_u16().to_string(), done);
    let content_type = match version {
        Version::V1 => "application/problem+json",
        Version::V2 => "application/json",
    };
    let unsaid = unsaid(endpoint, version, (reads, body.is_some()));
    for status in endpoint.failures.iter().chain(&unsaid) {
        let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if status.is_success() || status.is_redirection() {
            responses.insert(
                status.as_u16().to_string(),
                json!({ "description": description(status) }),
            );
            continue;
        }
        let content = json!({ content_type: { "schema": { "$ref": "#/components/schemas/Failure" } } });
        let failure = json!({ "description": description(status), "content": content });
        responses.insert(status.as_u16().to_string(), failure);
    }
    let mut operation = match endpoint.id {
        Some(id) => json!({ "operationId": id }),
        None => json!({}),
    };
    operation["parameters"] = parameters.into();
    operation["responses"] = responses.into();
    if let Some(schema) = body {
        operation["requestBody"] =
            json!({ "required": true, "content": { "application/json": { "schema": schema } } });
    }
    if !endpoint.is_open {
        operation["security"] = match version {
            Version::V1 => json!([{ "Basic": [] }, { "Bearer": [] }]),
            Version::V2 => json!([{ "Bearer": [] }]),
        };
    }
    operation
}

/// The fields of a struct as parameters. The struct itself is no part of the document.
fn parameters(place: &str, schema: Option<schemars::Schema>, generator: &mut SchemaGenerator) -> Vec<Value> {
    let schema = schema.map(Value::from).unwrap_or_default();
    let name = schema["$ref"]
        .as_str()
        .and_then(|reference| reference.rsplit('/').next());
    let schema = match name {
        Some(name) => generator.definitions_mut().remove(name).unwrap_or_default(),
        None => schema,
    };
    let required: Vec<&str> = schema["required"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties
        .map(|(name, schema)| {
            let mut schema = schema.clone();
            // The text is that of the parameter.
            let description = schema
                .as_object_mut()
                .and_then(|fields| fields.remove("description"));
            let is_required = place == "path" || required.contains(&name.as_str());
            let mut parameter =
                json!({ "name": name, "in": place, "required": is_required, "schema": schema });
            if let Some(description) = description {
                parameter["description"] = description;
            }
            parameter
        })
        .collect()
}

fn description(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or("Answer")
}

fn failure_schema(version: Version) -> Value {
    match version {
        Version::V1 => json!({
            "type": "object",
            "description": "A problem document, RFC 9457.",
            "required": ["type", "title", "status"],
            "properties": {
                "type": { "type": "string" },
                "title": { "type": "string" },
                "status": { "type": "number" },
                "detail": { "type": "string" },
                "instance": { "type": "string" },
            },
        }),
        Version::V2 => json!({
            "type": "object",
            "description": "What is wrong: a sentence, or one entry for each part of the call that is malformed.",
            "required": ["detail"],
            "properties": {
                "detail": { "oneOf": [{ "type": "string" }, { "type": "array", "items": { "type": "object" } }] },
            },
        }),
    }
}
