//! An interface on a fresh database, with a user for each built-in role.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, Response, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt;
use updraft_api::{Api, ApiParts, Limits, WebOptions, health_router, router, site};
use updraft_auth::{Passwords, TokenKey, built_in_roles};
use updraft_model::DagSpec;
use updraft_store::{Holder, PermissionRow, RoleRow, SourceRecord, Store, StoreOptions, UserDetails};
use updraft_testing::{CountingIds, SimulatedClock, databases};

/// The interface and what it answers from.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) clock: Arc<SimulatedClock>,
    router: Router,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Null if there is no body.
    pub(crate) body: Value,
}

/// Runs a test on both databases.
pub(crate) async fn on_both(test: impl AsyncFn(&World)) {
    databases::on_both(async |database| {
        let world = World::make(database).await;
        test(&world).await;
        world.store.close().await;
    })
    .await;
}

/// What a server serves.
fn served(api: &Api, web: &WebOptions) -> Router {
    site(router(api, Limits::default()).merge(health_router(api)), web)
}

/// When tests begin.
pub(crate) fn now() -> Timestamp {
    "2024-01-12T06:00:00Z".parse().unwrap()
}

/// The header of basic auth.
pub(crate) fn basic(username: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{username}:{password}")))
}

impl World {
    pub(crate) async fn make(database: &databases::TestDatabase) -> Self {
        Self::with(database, WebOptions::default()).await
    }

    pub(crate) async fn with(database: &databases::TestDatabase, web: WebOptions) -> Self {
        let store = Store::open(database.url(), StoreOptions::default())
            .await
            .unwrap();
        store.migrate(now()).await.unwrap();
        let roles = built_in_roles().into_iter().map(|role| RoleRow {
            name: role.name.to_owned(),
            permissions: role
                .permissions
                .into_iter()
                .map(|one| PermissionRow {
                    action: one.action.as_str().to_owned(),
                    resource: one.resource.to_string(),
                })
                .collect(),
        });
        store.create_roles(&roles.collect::<Vec<_>>()).await.unwrap();
        let passwords = Passwords::with_cost(2, 64, 1).unwrap();
        let clock = Arc::new(SimulatedClock::at(now()));
        let world = Self {
            router: served(
                &Api::new(
                    ApiParts {
                        store: store.clone(),
                        passwords: passwords.clone(),
                        token_key: TokenKey::new(b"a secret of these tests"),
                        token_lifetime: SignedDuration::from_hours(24),
                        explain: Arc::new(|key| {
                            Box::pin(async move { Ok(vec![format!("`{}` waits", key.task_id)]) })
                        }),
                        web: web.clone(),
                        version: "1.2.3",
                    },
                    clock.clone(),
                ),
                &web,
            ),
            store,
            clock,
        };
        for role in built_in_roles() {
            world.add_user(&passwords, role.name).await;
        }
        world
    }

    /// A user of a role, who is called like the role and has its name as password.
    async fn add_user(&self, passwords: &Passwords, role: &str) {
        let hash = passwords.hash(role.to_owned()).await.unwrap();
        let user = UserDetails {
            username: role,
            email: role,
            first_name: role,
            last_name: "Test",
            is_active: true,
            roles: &[role.to_owned()],
        };
        self.store.create_user(user, Some(&hash), now()).await.unwrap();
    }

    /// Asks with these headers, for an answer that may not end.
    pub(crate) async fn stream(&self, request: Request<Body>) -> Response<Body> {
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Asks with these headers.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let body = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes).unwrap()
        };
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// A token for the user of a role.
    pub(crate) async fn token(&self, role: &str) -> String {
        let body = serde_json::json!({ "username": role, "password": role });
        let request = Request::post("/auth/token").header("content-type", "application/json");
        let answer = self
            .send(request.body(Body::from(body.to_string())).unwrap())
            .await;
        assert_eq!(answer.status, StatusCode::CREATED, "{:?}", answer.body);
        answer.body["access_token"].as_str().unwrap().to_owned()
    }

    /// Asks as the user of a role: `ask("Admin", "GET /api/v1/pools", Value::Null)`.
    pub(crate) async fn ask(&self, role: &str, what: &str, body: Value) -> Answer {
        let (method, uri) = what.split_once(' ').unwrap();
        let authorization = if uri.starts_with("/api/v1") {
            basic(role, role)
        } else {
            format!("Bearer {}", self.token(role).await)
        };
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .header("authorization", authorization);
        let request = if body.is_null() {
            request.body(Body::empty())
        } else {
            request
                .header("content-type", "application/json")
                .body(Body::from(body.to_string()))
        };
        self.send(request.unwrap()).await
    }

    /// Asks as an administrator, and expects this status.
    pub(crate) async fn admin(&self, what: &str, body: Value, status: u16) -> Value {
        let answer = self.ask("Admin", what, body).await;
        assert_eq!(answer.status.as_u16(), status, "{what}: {}", answer.body);
        answer.body
    }
}

impl World {
    /// Records DAGs `sales` with tasks `a >> b`, daily, tagged `etl`, and `other`, which runs only when triggered.
    pub(crate) async fn record_dags(&self) {
        let holder = Holder {
            hostname: "here".to_owned(),
            pid: 1,
        };
        let ttl = Duration::from_mins(1);
        let lease = self
            .store
            .acquire_scheduler(&holder, now(), ttl, |_| true)
            .await
            .unwrap();
        let spec = |document: Value| -> DagSpec { serde_json::from_value(document).unwrap() };
        let task = |task_id: &str, upstream: &[&str]| {
            serde_json::json!({
                "task_id": task_id, "operator": "RustOperator", "upstream_task_ids": upstream, "retries": 1,
            })
        };
        let sales = spec(serde_json::json!({
            "dag_id": "sales",
            "description": "Counts what was sold",
            "schedule": { "type": "cron", "expression": "@daily", "kind": "data_interval" },
            "start_date": "2024-01-01T00:00:00Z",
            "tags": ["etl"],
            "tasks": [task("a", &[]), task("b", &["a"])],
        }));
        let other = spec(serde_json::json!({ "dag_id": "other", "tasks": [task("a", &[])] }));
        let record = SourceRecord {
            source: "test.bundle.toml",
            fileloc: "/dags/test.bundle.toml",
            dags: &[sales, other],
            broken: None,
        };
        let ids = CountingIds::default();
        self.store
            .record_source(&lease, &record, now(), &ids)
            .await
            .unwrap();
    }

    /// Makes a user who may read and edit the DAG `other` and no other, and run it.
    pub(crate) async fn add_user_of_other(&self) {
        let permission = |action: &str, resource: &str| PermissionRow {
            action: action.to_owned(),
            resource: resource.to_owned(),
        };
        let mut permissions = vec![
            permission("can_read", "DAG:other"),
            permission("can_edit", "DAG:other"),
        ];
        for action in ["can_read", "can_create"] {
            permissions.push(permission(action, "DAG Runs"));
        }
        let role = RoleRow {
            name: "other".to_owned(),
            permissions,
        };
        self.store.create_roles(&[role]).await.unwrap();
        self.add_user(&Passwords::with_cost(2, 64, 1).unwrap(), "other")
            .await;
    }
}
