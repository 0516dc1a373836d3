//! Every route as every role.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use updraft_api::{Needs, routes};
use updraft_auth::{Action, BuiltInRole, Permission, Resource, built_in_roles};

use crate::support::on_both;

/// Whether a role, which has no permissions on single DAGs, may do something.
fn may(role: &BuiltInRole, needs: &Needs) -> bool {
    let has = |action: Action, resource: &Resource| {
        let wanted = Permission {
            action,
            resource: resource.clone(),
        };
        role.permissions.contains(&wanted)
    };
    match needs {
        Needs::Nothing | Needs::Login => true,
        Needs::Resource(action, resource) => has(*action, resource),
        Needs::Dag(action) => has(*action, &Resource::DAG),
        Needs::OfDag(action, resources) => {
            let of_dag = if *action == Action::Read {
                Action::Read
            } else {
                Action::Edit
            };
            has(of_dag, &Resource::DAG) && resources.iter().all(|resource| has(*action, resource))
        }
    }
}

/// A path with something in place of its parameters.
fn filled(path: &str) -> String {
    let mut filled = String::new();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        filled.push('/');
        filled.push_str(if part.starts_with('{') { "7" } else { part });
    }
    filled
}

#[tokio::test]
async fn every_route_lets_in_whom_its_permission_allows_and_nobody_else() {
    let mut routes = routes();
    // Its answer does not end; that it follows permissions has a test of its own.
    routes.retain(|route| route.operation_id != "events");
    assert!(routes.len() > 30);
    on_both(async |world| {
        for role in built_in_roles() {
            for route in &routes {
                let what = format!("{} {}", route.method, filled(&route.path));
                let body = if route.method == "GET" || route.method == "DELETE" {
                    Value::Null
                } else {
                    json!({})
                };
                let answer = world.ask(role.name, &what, body).await;
                let is_refused = answer.status == StatusCode::FORBIDDEN;
                assert_eq!(
                    is_refused,
                    !may(&role, &route.needs),
                    "{}: {what}: {answer:?}",
                    role.name
                );
                assert_ne!(
                    answer.status,
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "{what}: {answer:?}"
                );
                let is_login = route.path.starts_with("/auth/") || route.path == "/ui/api/login";
                assert!(
                    is_login || answer.status != StatusCode::UNAUTHORIZED,
                    "{what}: {answer:?}"
                );
            }
        }
    })
    .await;
}

#[tokio::test]
async fn who_has_not_logged_in_is_asked_to() {
    on_both(async |world| {
        for route in routes() {
            let request = Request::builder()
                .method(route.method.clone())
                .uri(filled(&route.path));
            let answer = world.send(request.body(Body::empty()).unwrap()).await;
            let is_refused = answer.status == StatusCode::UNAUTHORIZED;
            assert_eq!(is_refused, route.needs != Needs::Nothing, "{route:?}: {answer:?}");
        }
    })
    .await;
}
