//! An interface on a fresh database, with a user for each built-in role.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, Response, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tower::ServiceExt;
use updraft_api::{
    Api, ApiParts, Configuration, ConfigurationSection, Engine, External, Installation, Limits, Plugin,
    Plugins, Provider, Reason, Trial, TryConnection, WebOptions, health_router, router, site,
};
use updraft_auth::{Passwords, SigningKey, TokenKey, built_in_roles};
use updraft_model::{DagSpec, TaskKey};
use updraft_secrets::Connection;
use updraft_store::{
    Holder, Lease, PermissionRow, RoleRow, SourceRecord, Store, StoreError, StoreOptions, UserDetails,
};
use updraft_testing::{CountingIds, SimulatedClock, databases};

/// The interface and what it answers from.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) clock: Arc<SimulatedClock>,
    /// The ids of attempts.
    pub(crate) ids: CountingIds,
    /// The folder of logs.
    pub(crate) logs: TempDir,
    /// What answers.
    pub(crate) api: Api,
    router: Router,
}

/// An engine whose logs stand in a folder, and that says of each task that its pool is full.
#[derive(Debug)]
struct ToldEngine(PathBuf);

impl Engine for ToldEngine {
    fn log_path(&self, task: &TaskKey, try_number: u32) -> PathBuf {
        self.0
            .join(format!("{}.{}.{try_number}.log", task.task_id, task.map_index))
    }

    fn why<'a>(&'a self, task: &'a TaskKey) -> BoxFuture<'a, Result<Option<Vec<Reason>>, StoreError>> {
        let reason = Reason {
            code: "pool_full",
            sentence: format!("`{}` waits for a slot", task.task_id),
        };
        Box::pin(async { Ok(Some(vec![reason])) })
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Null if there is no body; plain text is a text.
    pub(crate) body: Value,
}

/// Runs a test on both databases.
pub(crate) async fn on_both(test: impl AsyncFn(&World)) {
    databases::on_both(async |database| {
        let world = World::make(database, true).await;
        test(&world).await;
        world.store.close().await;
    })
    .await;
}

/// Runs a test on both databases, in an installation that tries no connections.
pub(crate) async fn on_both_without_trials(test: impl AsyncFn(&World)) {
    databases::on_both(async |database| {
        let world = World::make(database, false).await;
        test(&world).await;
        world.store.close().await;
    })
    .await;
}

/// Only `good` can be used; what is said of others tells their password, as a careless database might.
struct Trying;

impl TryConnection for Trying {
    fn try_connection<'a>(&'a self, connection: &'a Connection) -> Trial<'a> {
        Box::pin(async move {
            if connection.host.as_deref() == Some("good") {
                Ok("Connection successfully tested".to_owned())
            } else {
                let password = connection.password.as_deref().unwrap_or_default();
                Err(format!("the password `{password}` is wrong"))
            }
        })
    }
}

/// What a server serves.
fn served(api: &Api, web: &WebOptions) -> Router {
    site(router(api, Limits::default()).merge(health_router(api)), web)
}

/// When tests begin.
pub(crate) fn now() -> Timestamp {
    "2024-01-12T06:00:00Z".parse().unwrap()
}

/// An installation with a plugin, one that cannot be loaded, and two providers.
struct Installed;

impl Installation for Installed {
    fn plugins(&self) -> Result<Plugins, String> {
        let plugin = Plugin {
            name: "moon".to_owned(),
            source: "/plugins/moon.py".to_owned(),
            parts: [
                ("macros".to_owned(), vec!["moon.phase".into()]),
                (
                    "external_views".to_owned(),
                    vec![
                        json!({ "name": "Tides", "href": "https://tides", "category": "Sea", "url_route": "tides" }),
                        json!({ "name": "Of a run", "href": "https://runs/{RUN_ID}", "destination": "dag_run" }),
                        json!({ "name": "Script", "href": "javascript:alert(1)" }),
                    ],
                ),
                (
                    "appbuilder_menu_items".to_owned(),
                    vec![json!({ "name": "Docs", "href": "/docs" })],
                ),
                (
                    "appbuilder_views".to_owned(),
                    vec![json!({ "name": "Page", "category": "Sea", "view": "moon.Page" })],
                ),
            ]
            .into(),
        };
        Ok(Plugins {
            found: vec![plugin],
            import_errors: [("/plugins/sun.py".to_owned(), "SyntaxError".to_owned())].into(),
        })
    }

    fn providers(&self) -> Result<Vec<Provider>, String> {
        let provider = |name: &str| Provider {
            package_name: format!("apache-airflow-providers-{name}"),
            description: name.to_owned(),
            version: "1.0.0".to_owned(),
        };
        Ok(vec![provider("http"), provider("sqlite")])
    }
}

/// What the installation of tests says is set.
fn configuration() -> Configuration {
    let section = |name: &str, options: &[(&str, &str)]| ConfigurationSection {
        name: name.to_owned(),
        options: options
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
    };
    Configuration {
        sections: vec![
            section("core", &[("parallelism", "32"), ("fernet_key", "< hidden >")]),
            section("api", &[("expose_config", "True")]),
        ],
    }
}

/// The header of basic auth.
pub(crate) fn basic(username: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{username}:{password}")))
}

impl World {
    pub(crate) async fn make(database: &databases::TestDatabase, may_try: bool) -> Self {
        Self::with(database, WebOptions::default(), may_try).await
    }

    pub(crate) async fn with(database: &databases::TestDatabase, web: WebOptions, may_try: bool) -> Self {
        Self::build(database, (web, External::default()), may_try).await
    }

    /// An installation in which others let people in.
    pub(crate) async fn open_to(
        database: &databases::TestDatabase,
        web: WebOptions,
        external: External,
    ) -> Self {
        Self::build(database, (web, external), false).await
    }

    async fn build(
        database: &databases::TestDatabase,
        (web, external): (WebOptions, External),
        may_try: bool,
    ) -> Self {
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
        let logs = tempfile::tempdir().unwrap();
        let api = Api::new(
            ApiParts {
                store: store.clone(),
                passwords: passwords.clone(),
                token_key: TokenKey::new(SigningKey::of_secret(b"a secret of these tests")),
                token_lifetime: SignedDuration::from_hours(24),
                log_folder: logs.path().to_owned(),
                web: web.clone(),
                configuration: Some(configuration()),
                connection_trial: may_try.then(|| Arc::new(Trying) as Arc<dyn TryConnection>),
                installation: Arc::new(Installed),
                version: "1.2.3",
                engine: Arc::new(ToldEngine(logs.path().to_owned())),
                external,
            },
            clock.clone(),
        );
        let world = Self {
            router: served(&api, &web),
            api,
            store,
            clock,
            ids: CountingIds::default(),
            logs,
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
        let content_type = parts.headers.get("content-type");
        let body = if bytes.is_empty() {
            Value::Null
        } else if content_type.is_some_and(|kind| kind.to_str().unwrap().starts_with("text/plain")) {
            Value::String(String::from_utf8(bytes.to_vec()).unwrap())
        } else {
            serde_json::from_slice(&bytes).unwrap()
        };
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// Asks as an administrator, with one more header; the answer is not read.
    pub(crate) async fn open(&self, path: &str, header: (&str, &str)) -> Response<Body> {
        let request = Request::get(path)
            .header("authorization", format!("Bearer {}", self.token("Admin").await))
            .header(header.0, header.1);
        let request = request.body(Body::empty()).unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }

    /// Asks with these headers for what is no JSON.
    pub(crate) async fn send_for_text(&self, request: Request<Body>) -> (StatusCode, String) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        (parts.status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    /// The routes, to be served.
    pub(crate) fn router(&self) -> Router {
        self.router.clone()
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

    /// Asks as an administrator for plain text.
    pub(crate) async fn text(&self, uri: &str, status: u16) -> Value {
        let authorization = format!("Bearer {}", self.token("Admin").await);
        let request = Request::get(uri).header("authorization", authorization);
        let request = request.header("accept", "text/plain").body(Body::empty());
        let answer = self.send(request.unwrap()).await;
        assert_eq!(answer.status.as_u16(), status, "{uri}: {}", answer.body);
        answer.body
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
    /// Whoever records more of the source does it under the lease that this returns.
    pub(crate) async fn record_dags(&self) -> Lease {
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
            code: Some("the text of the file"),
            dags: &[sales, other],
            broken: None,
        };
        self.store
            .record_source(&lease, &record, now(), &self.ids)
            .await
            .unwrap();
        lease
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
            permission("can_read", "ImportError"),
            permission("can_read", "DAG Code"),
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

    /// Gives a role one permission more.
    pub(crate) async fn allow(&self, role: &str, action: &str, resource: &str) {
        let role = RoleRow {
            name: role.to_owned(),
            permissions: vec![PermissionRow {
                action: action.to_owned(),
                resource: resource.to_owned(),
            }],
        };
        self.store.add_permissions(&[role]).await.unwrap();
    }

    /// Makes a user `tasks` who may read the DAG `other` and no other, and its runs and tasks.
    pub(crate) async fn add_user_of_other_tasks(&self) {
        let resources = ["DAG:other", "DAG Runs", "Task Instances"];
        let role = RoleRow {
            name: "tasks".to_owned(),
            permissions: resources
                .into_iter()
                .map(|resource| PermissionRow {
                    action: "can_read".to_owned(),
                    resource: resource.to_owned(),
                })
                .collect(),
        };
        self.store.create_roles(&[role]).await.unwrap();
        self.add_user(&Passwords::with_cost(2, 64, 1).unwrap(), "tasks")
            .await;
    }
}

impl World {
    /// Records a DAG of one task, which has these fields beside, in a source of its own.
    pub(crate) async fn record_dag(&self, lease: &Lease, dag_id: &str, fields: Value) {
        let mut task = serde_json::json!({ "task_id": "a", "operator": "RustOperator" });
        task.as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        let dag = serde_json::json!({ "dag_id": dag_id, "tasks": [task] });
        self.record_document(lease, dag_id, dag).await;
    }

    /// Records a DAG of one task with that schedule, in a source of its own.
    pub(crate) async fn record_scheduled(&self, lease: &Lease, dag_id: &str, schedule: Value) {
        let task = serde_json::json!({ "task_id": "a", "operator": "RustOperator" });
        let dag = serde_json::json!({ "dag_id": dag_id, "tasks": [task], "schedule": schedule });
        self.record_document(lease, dag_id, dag).await;
    }

    /// Records a DAG in a source of its own.
    pub(crate) async fn record_document(&self, lease: &Lease, dag_id: &str, dag: Value) {
        let record = SourceRecord {
            source: &format!("{dag_id}.bundle.toml"),
            fileloc: &format!("/dags/{dag_id}.bundle.toml"),
            code: None,
            dags: &[serde_json::from_value(dag).unwrap()],
            broken: None,
        };
        self.store
            .record_source(lease, &record, now(), &self.ids)
            .await
            .unwrap();
    }
}
