//! Which crate may depend on which: the arrows of ARCHITECTURE.md.

use serde_json::Value;

/// A crate and the crates of this workspace that it may list. What is not here may list none.
const ALLOWED: &[(&str, &[&str])] = &[
    ("updraft-planner", &["updraft-model"]),
    ("updraft-protocol", &["updraft-model"]),
    (
        "updraft-store",
        &["updraft-model", "updraft-sql", "updraft-secrets"],
    ),
    ("updraft-auth", &["updraft-model"]),
    ("updraft-vaults", &["updraft-model", "updraft-secrets"]),
    ("updraft-layout", &["updraft-model"]),
    (
        "updraft-api",
        &[
            "updraft-model",
            "updraft-store",
            "updraft-planner",
            "updraft-auth",
            "updraft-secrets",
            "updraft-layout",
            "updraft-protocol",
            "updraft-worker",
            "updraft-executor",
        ],
    ),
    ("updraft-bundle", &["updraft-model", "updraft-protocol"]),
    (
        "updraft-worker",
        &["updraft-model", "updraft-protocol", "updraft-secrets"],
    ),
    (
        "updraft-executor",
        &[
            "updraft-model",
            "updraft-worker",
            "updraft-bundle",
            "updraft-protocol",
        ],
    ),
    (
        "updraft-scheduler",
        &[
            "updraft-model",
            "updraft-planner",
            "updraft-store",
            "updraft-executor",
            "updraft-bundle",
            "updraft-secrets",
            "updraft-protocol",
            "updraft-worker",
        ],
    ),
    ("updraft-sdk", &["updraft-model", "updraft-protocol"]),
    (
        "updraft",
        &[
            "updraft-model",
            "updraft-planner",
            "updraft-protocol",
            "updraft-store",
            "updraft-sql",
            "updraft-bundle",
            "updraft-worker",
            "updraft-executor",
            "updraft-scheduler",
            "updraft-secrets",
            "updraft-vaults",
            "updraft-python",
            "updraft-auth",
            "updraft-api",
        ],
    ),
    ("updraft-testing", &["updraft-model", "updraft-sql"]),
    ("referral-store", &["updraft-sql"]),
    (
        "referral-etl",
        &["referral-store", "referral-service", "bullhorn"],
    ),
    ("referral-ml", &["referral-store", "referral-service"]),
    ("referral-quality", &["referral-store"]),
    (
        "referral-pages",
        &["referral-store", "referral-ml", "referral-quality"],
    ),
    (
        "referral",
        &[
            "bullhorn",
            "bullhorn-sandbox",
            "referral-store",
            "referral-service",
            "referral-etl",
            "referral-ml",
            "referral-quality",
            "referral-pages",
            "updraft-sdk",
            "updraft-sql",
        ],
    ),
];

/// Crates that are pure, and what they therefore never list.
const PURE: &[&str] = &[
    "updraft-model",
    "updraft-planner",
    "updraft-protocol",
    "updraft-layout",
];
const IMPURE: &[&str] = &["tokio", "sqlx", "axum", "reqwest"];

/// The only crates that talk to a database.
const DATABASE: &[&str] = &["updraft-sql", "updraft-store", "referral-store"];

/// One sentence per arrow that must not be there.
pub(super) fn check(metadata: &Value) -> Vec<String> {
    let packages = members(metadata);
    let names: Vec<&str> = packages
        .iter()
        .filter_map(|package| package["name"].as_str())
        .collect();
    let mut findings = Vec::new();
    for package in &packages {
        let name = package["name"].as_str().unwrap_or_default();
        let allowed = ALLOWED
            .iter()
            .find(|(of, _)| *of == name)
            .map_or(&[][..], |(_, allowed)| allowed);
        for dependency in package["dependencies"].as_array().into_iter().flatten() {
            let target = dependency["name"].as_str().unwrap_or_default();
            if dependency["kind"] == "dev" {
                continue;
            }
            if target == "updraft-testing" {
                findings.push(format!("`{name}` lists `{target}`, which is for tests only"));
            } else if names.contains(&target) && !allowed.contains(&target) {
                findings.push(format!("`{name}` must not depend on `{target}`"));
            }
            if PURE.contains(&name) && IMPURE.contains(&target) {
                findings.push(format!("`{name}` is pure and must not depend on `{target}`"));
            }
            if target == "sqlx" && !DATABASE.contains(&name) {
                findings.push(format!(
                    "`{name}` must not depend on `sqlx`; only {} do",
                    DATABASE.join(", ")
                ));
            }
        }
    }
    findings
}

/// The packages of this workspace.
pub(super) fn members(metadata: &Value) -> Vec<&Value> {
    let members = metadata["workspace_members"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let packages = metadata["packages"].as_array().map_or(&[][..], Vec::as_slice);
    packages
        .iter()
        .filter(|package| members.contains(&package["id"]))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn package(name: &str, dependencies: &[(&str, Option<&str>)]) -> Value {
        let dependencies: Vec<Value> = dependencies
            .iter()
            .map(|(name, kind)| json!({ "name": name, "kind": kind }))
            .collect();
        json!({ "name": name, "id": name, "dependencies": dependencies })
    }

    #[test]
    fn a_forbidden_arrow_is_found_and_a_test_dependency_is_not() {
        let metadata = json!({
            "workspace_members": ["updraft-planner", "updraft-store", "updraft-testing"],
            "packages": [
                package("updraft-planner", &[("updraft-store", None), ("tokio", None), ("sqlx", None)]),
                package("updraft-store", &[("updraft-testing", Some("dev"))]),
                package("updraft-testing", &[]),
                package("serde", &[("tokio", None)]),
            ],
        });
        let findings = check(&metadata);
        assert_eq!(findings.len(), 4, "{findings:#?}");
        assert_eq!(
            findings[0],
            "`updraft-planner` must not depend on `updraft-store`"
        );
    }
}
