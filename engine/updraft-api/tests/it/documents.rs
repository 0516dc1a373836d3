//! The OpenAPI documents: they are what the code makes, and what Airflow's documents say of the operations that are served.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use updraft_api::{documents, execution_document};

/// What a document says of an operation.
#[derive(Debug, PartialEq, Eq)]
struct Promise {
    /// Place, name, and whether it is required.
    parameters: BTreeSet<(String, String, bool)>,
    statuses: BTreeSet<String>,
    /// The fields of the body, and which of them are required.
    body: (BTreeSet<String>, BTreeSet<String>),
    /// The fields of the answer, and which of them are always there.
    answer: (BTreeSet<String>, BTreeSet<String>),
}

fn oracle_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../oracle")
}

fn read(file: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
}

/// Follows references.
fn resolved<'d>(document: &'d Value, mut value: &'d Value) -> &'d Value {
    while let Some(reference) = value["$ref"].as_str() {
        value = document.pointer(reference.trim_start_matches('#')).unwrap();
    }
    value
}

/// The fields of an object and the required ones, with those of all its parts; without those that carry `but` (`readOnly`).
fn fields(document: &Value, schema: &Value, but: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let schema = resolved(document, schema);
    let mut all = BTreeSet::new();
    let mut required: BTreeSet<String> = texts(&schema["required"]).collect();
    for (name, field) in schema["properties"].as_object().unwrap_or(&Map::new()) {
        if resolved(document, field)[but] != true && field[but] != true {
            all.insert(name.clone());
        }
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        let (fields_of_part, required_of_part) = fields(document, part, but);
        all.extend(fields_of_part);
        required.extend(required_of_part);
    }
    (all, required)
}

fn texts(list: &Value) -> impl Iterator<Item = String> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
}

fn promises(document: &Value) -> BTreeMap<String, Promise> {
    let mut found = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in ["get", "head", "post", "put", "patch", "delete"] {
            let operation = &item[method];
            if operation.is_null() {
                continue;
            }
            let of_both = [&item["parameters"], &operation["parameters"]];
            let parameters = of_both.into_iter().filter_map(Value::as_array).flatten();
            let parameters = parameters.map(|parameter| {
                let parameter = resolved(document, parameter);
                let text = |field: &str| parameter[field].as_str().unwrap().to_owned();
                (text("in"), text("name"), parameter["required"] == true)
            });
            let statuses: BTreeSet<String> = operation["responses"]
                .as_object()
                .unwrap()
                .keys()
                .cloned()
                .collect();
            let done = statuses.iter().find(|status| status.starts_with('2')).unwrap();
            let schema = |content: &Value| {
                resolved(document, content)["content"]["application/json"]["schema"].clone()
            };
            let promise = Promise {
                parameters: parameters.collect(),
                body: fields(document, &schema(&operation["requestBody"]), "readOnly"),
                answer: fields(document, &schema(&operation["responses"][done]), "writeOnly"),
                statuses,
            };
            found.insert(format!("{} {path}", method.to_uppercase()), promise);
        }
    }
    found
}

/// Lines of a ledger, each with its reason after ` # `.
fn ledger(name: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(oracle_folder().join(name)).unwrap();
    let lines = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let entry = |line: &str| {
        line.split_once(" # ")
            .expect("each line has its reason")
            .0
            .trim()
            .to_owned()
    };
    lines.map(entry).collect()
}

/// Statuses that whole families of operations answer with, and that our document says of all of them: what cannot be read or sorted by,
/// what is there already, too many wrong passwords. Airflow's say so of few or of none.
const UNSAID: [&str; 3] = ["400", "409", "429"];

/// Compares our document with Airflow's: what is served promises the same, and the rest stands in the ledger.
fn compare(ours: &Value, theirs: &[&str], unsaid: &[&str], ledger_name: &str) {
    let ours = promises(ours);
    let mut differences = Vec::new();
    let mut missing = BTreeSet::new();
    for file in theirs {
        for (operation, expected) in promises(&read(&oracle_folder().join(file))) {
            let Some(promise) = ours.get(&operation) else {
                missing.insert(operation);
                continue;
            };
            if promise.parameters != expected.parameters {
                let (more, less) = sides(&promise.parameters, &expected.parameters);
                differences.push(format!(
                    "{operation}: parameters: too many {more}, too few {less}"
                ));
            }
            let mut statuses = promise.statuses.clone();
            statuses
                .retain(|status| !unsaid.contains(&status.as_str()) || expected.statuses.contains(status));
            if statuses != expected.statuses {
                let (more, less) = sides(&statuses, &expected.statuses);
                differences.push(format!("{operation}: statuses: too many {more}, too few {less}"));
            }
            if promise.body != expected.body {
                differences.push(format!(
                    "{operation}: body: {:?} is not {:?}",
                    promise.body, expected.body
                ));
            }
            // What is promised beyond is no less.
            if promise.answer.0 != expected.answer.0 || !promise.answer.1.is_superset(&expected.answer.1) {
                differences.push(format!(
                    "{operation}: answer: {:?} is not {:?}",
                    promise.answer, expected.answer
                ));
            }
        }
    }
    assert!(differences.is_empty(), "{differences:#?}");
    let known = ledger(ledger_name);
    let new: Vec<_> = missing.difference(&known).collect();
    let closed: Vec<_> = known.difference(&missing).collect();
    assert!(
        new.is_empty(),
        "these are not served and not in {ledger_name}: {new:#?}"
    );
    assert!(
        closed.is_empty(),
        "these are served now, take them out of {ledger_name}: {closed:#?}"
    );
}

fn sides<T: Ord + std::fmt::Debug>(ours: &BTreeSet<T>, theirs: &BTreeSet<T>) -> (String, String) {
    let more: Vec<&T> = ours.difference(theirs).collect();
    let less: Vec<&T> = theirs.difference(ours).collect();
    (format!("{more:?}"), format!("{less:?}"))
}

#[test]
fn oracle_operations_of_version_1_promise_what_airflow_promises() {
    let theirs = ["rest-v1-2.11.2.json", "rest-fab-v1-2.11.2.json"];
    compare(&documents().v1, &theirs, &UNSAID, "ledger-rest-v1.txt");
}

#[test]
fn oracle_operations_of_version_2_promise_what_airflow_promises() {
    compare(
        &documents().v2,
        &["rest-v2-3.3.2.json"],
        &UNSAID,
        "ledger-rest-v2.txt",
    );
}

#[test]
fn oracle_operations_for_attempts_elsewhere_promise_what_airflow_promises() {
    compare(
        &execution_document(),
        &["execution-2026-06-30.json"],
        &[],
        "ledger-execution.txt",
    );
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "whoever changes an endpoint says so by an environment variable"
)]
fn the_committed_documents_are_what_the_code_makes() {
    let documents = documents();
    for (name, document) in [
        ("openapi/v1.json", documents.v1),
        ("openapi/v2.json", documents.v2),
        ("../../ui/openapi.json", documents.ui),
        ("openapi/execution.json", execution_document()),
    ] {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        let text = serde_json::to_string_pretty(&document).unwrap() + "\n";
        if std::env::var("UPDRAFT_BLESS").is_ok() {
            fs::write(&file, &text).unwrap();
        }
        let committed = fs::read_to_string(&file).unwrap_or_default();
        assert!(
            committed == text,
            "`{name}` is not what the code makes; UPDRAFT_BLESS=1 writes it anew"
        );
    }
}

#[test]
fn no_reference_of_a_document_leads_nowhere() {
    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
                fields.values().for_each(|value| references(value, found));
            }
            Value::Array(values) => values.iter().for_each(|value| references(value, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let documents = documents();
    for document in [documents.v1, documents.v2, documents.ui, execution_document()] {
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        for reference in found {
            let place = reference.trim_start_matches('#');
            assert!(document.pointer(place).is_some(), "{reference}");
        }
    }
}
