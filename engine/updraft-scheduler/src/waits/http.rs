//! Asking web servers, as Airflow's `HttpAsyncHook` does.
//!
//! What a connection holds is secret, so nothing of it may come back: errors carry no address, and their words are masked.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, Method, RequestBuilder, Response, Url};
use serde_json::{Map, Value, json};
use updraft_model::{HttpContent, HttpWait, Look, WaitEnd};
use updraft_secrets::{Connection, Masker};

/// How long it may take until a server has taken the call.
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// How long a request may take if nobody says, and however long somebody says: a look that takes longer would count as one that
/// hangs.
const TIMEOUT: Duration = Duration::from_secs(30);
const TIMEOUT_MAX: Duration = Duration::from_secs(50);

/// The most of an answer that is read.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// How many redirects are followed.
const REDIRECTS_MAX: usize = 10;

/// How many idle connections to a server are kept.
const IDLE_PER_HOST_MAX: usize = 8;

/// Fields of a connection's extra that are settings of Airflow's hook and no headers.
const SETTINGS: [&str; 12] = [
    "stream",
    "cert",
    "proxies",
    "proxy",
    "timeout",
    "verify",
    "verify_ssl",
    "allow_redirects",
    "max_redirects",
    "trust_env",
    "check_response",
    "srv_lookup",
];

/// Those that change where a request goes or how it logs in, so that leaving them out would not do.
const UNKNOWN_SETTINGS: [&str; 4] = ["cert", "proxies", "proxy", "srv_lookup"];

/// Clients, one for each way of asking, made when they are needed first.
#[derive(Default)]
pub(super) struct Http {
    clients: Mutex<BTreeMap<Way, Client>>,
}

/// How a client asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    verify: bool,
    redirects: Redirects,
}

/// Which redirects are followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Redirects {
    No,
    /// What is sent may be secret, and must not travel to another server.
    SameHost,
    All,
}

/// Why there is no answer that could be judged.
enum Fault {
    /// It will not help to ask again.
    Final(String),
    /// The server may be there later.
    Passing(String),
}

impl Http {
    /// Asks once.
    pub(super) async fn look(&self, wait: &HttpWait, connection: &Connection) -> Look {
        let mut masker = Masker::new(&[]);
        masker.add_connection(connection);
        let masked = |text: String| masker.mask(&text).into_owned();
        match self.ask(wait, connection).await {
            Ok(Look::Ended(WaitEnd::Failed(reason))) => Look::Ended(WaitEnd::Failed(format!(
                "it waits {wait}, and {}",
                masked(reason)
            ))),
            Ok(Look::Waiting(note)) => Look::Waiting(masked(note)),
            Ok(ended) => ended,
            Err(Fault::Passing(note)) if wait.condition.is_some() => Look::Waiting(masked(note)),
            Err(Fault::Final(reason)) if wait.condition.is_some() => Look::Ended(WaitEnd::Failed(format!(
                "it cannot wait {wait}: {}",
                masked(reason)
            ))),
            Err(Fault::Passing(message) | Fault::Final(message)) => {
                let event = json!({"status": "error", "message": masked(message)});
                Look::Ended(WaitEnd::Event(event))
            }
        }
    }

    async fn ask(&self, wait: &HttpWait, connection: &Connection) -> Result<Look, Fault> {
        let request = self.request(wait, connection)?;
        let response = request.send().await.map_err(fault)?;
        let status = response.status();
        match &wait.condition {
            Some(condition) => {
                let body = if condition.wants_body() {
                    read(response).await?
                } else {
                    Vec::new()
                };
                Ok(condition.judge(status.as_u16(), &body))
            }
            // `HttpAsyncHook` takes such a status for an error.
            None if status.is_client_error() || status.is_server_error() => {
                let reason = status.canonical_reason().unwrap_or_default();
                Err(Fault::Final(format!("{}:{reason}", status.as_u16())))
            }
            None => Ok(Look::Ended(WaitEnd::Event(json!({
                "status": "success",
                "response": told(response).await?,
            })))),
        }
    }

    fn request(&self, wait: &HttpWait, connection: &Connection) -> Result<RequestBuilder, Fault> {
        let extra = connection.extra_fields();
        if let Some(name) = UNKNOWN_SETTINGS
            .into_iter()
            .find(|name| extra.get(*name).is_some_and(is_set))
        {
            return Err(Fault::Final(format!(
                "the engine does not know `{name}` in the extra of a connection"
            )));
        }
        let headers = headers(&extra, &wait.headers)?;
        let truth = |names: &[&str]| names.iter().find_map(|name| extra.get(*name)?.as_bool());
        let has_secrets = connection.login.is_some() || !headers.is_empty();
        let follows = wait.redirects.or(truth(&["allow_redirects"])).unwrap_or(true);
        let client = self.client(Way {
            verify: wait.verify.or(truth(&["verify", "verify_ssl"])).unwrap_or(true),
            redirects: match (follows, has_secrets) {
                (false, _) => Redirects::No,
                (true, true) => Redirects::SameHost,
                (true, false) => Redirects::All,
            },
        })?;
        let of_connection = || Duration::try_from_secs_f64(extra.get("timeout")?.as_f64()?).ok();
        let timeout = wait.timeout.or_else(of_connection).unwrap_or(TIMEOUT);
        let method = Method::from_bytes(wait.method.as_bytes())
            .map_err(|_| Fault::Final(format!("`{}` is no method", wait.method)))?;
        let request = client
            .request(method, url(connection, &wait.endpoint)?)
            .timeout(timeout.min(TIMEOUT_MAX))
            .headers(headers);
        let request = match connection.login.as_deref().filter(|login| !login.is_empty()) {
            Some(login) => request.basic_auth(login, connection.password.as_deref()),
            None => request,
        };
        Ok(match &wait.content {
            HttpContent::Nothing => request,
            HttpContent::Query(pairs) => request.query(pairs),
            HttpContent::Form(pairs) => request.form(pairs),
            HttpContent::Text(body) => request.body(body.clone()),
            HttpContent::Json(body) => request.json(body),
        })
    }

    fn client(&self, way: Way) -> Result<Client, Fault> {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&way) {
            return Ok(client.clone());
        }
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Another thread may have installed one in between, which is as good.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let client = Client::builder()
            .user_agent("updraft")
            .connect_timeout(CONNECT_MAX)
            .pool_max_idle_per_host(IDLE_PER_HOST_MAX)
            .referer(false)
            .no_proxy()
            .danger_accept_invalid_certs(!way.verify)
            .redirect(match way.redirects {
                Redirects::No => Policy::none(),
                Redirects::SameHost => Policy::custom(on_the_same_host),
                Redirects::All => Policy::limited(REDIRECTS_MAX),
            })
            .build()
            .map_err(fault)?;
        clients.insert(way, client.clone());
        Ok(client)
    }
}

fn on_the_same_host(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let from = attempt.previous().last();
    let is_same = from.is_some_and(|from| {
        let to = attempt.url();
        let loses_tls = from.scheme() == "https" && to.scheme() != "https";
        from.host_str() == to.host_str() && !loses_tls
    });
    if !is_same {
        attempt.error("it redirects to another host, where the secrets of the connection must not go")
    } else if attempt.previous().len() > REDIRECTS_MAX {
        attempt.error("it redirects too often")
    } else {
        attempt.follow()
    }
}

/// Where a request goes. As in Airflow, the schema of a connection is the protocol, and its host may begin with one.
fn url(connection: &Connection, endpoint: &str) -> Result<Url, Fault> {
    let host = connection.host.as_deref().filter(|host| !host.is_empty());
    let host = host.ok_or_else(|| Fault::Final("the connection has no host".to_owned()))?;
    let schema = connection.schema.as_deref().filter(|schema| !schema.is_empty());
    let mut address = if host.contains("://") {
        host.to_owned()
    } else {
        format!("{}://{host}", schema.unwrap_or("http"))
    };
    if let Some(port) = connection.port {
        address.push_str(&format!(":{port}"));
    }
    if !endpoint.is_empty() && !address.ends_with('/') && !endpoint.starts_with('/') {
        address.push('/');
    }
    address.push_str(endpoint);
    let url = Url::parse(&address).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| Fault::Final("host, port and endpoint make no address of a web server".to_owned()))
}

/// Whether a setting of a connection says something.
fn is_set(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
        && value.as_object().is_none_or(|fields| !fields.is_empty())
}

/// The headers of the connection and, over them, those of the wait.
fn headers(extra: &Map<String, Value>, own: &[(String, String)]) -> Result<HeaderMap, Fault> {
    let of_connection = extra
        .iter()
        .filter(|(name, _)| !SETTINGS.contains(&name.as_str()));
    let of_connection = of_connection.map(|(name, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (name.clone(), text)
    });
    let mut headers = HeaderMap::new();
    for (name, value) in of_connection.chain(own.iter().cloned()) {
        let wrong = || {
            Fault::Final(format!(
                "`{name}` is no header, or has no value that a header can have"
            ))
        };
        let mut value = HeaderValue::from_str(&value).map_err(|_| wrong())?;
        value.set_sensitive(true);
        headers.insert(
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?,
            value,
        );
    }
    Ok(headers)
}

async fn read(mut response: Response) -> Result<Vec<u8>, Fault> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(fault)? {
        if body.len() + chunk.len() > BODY_BYTES_MAX {
            let message =
                format!("the answer has more than {BODY_BYTES_MAX} bytes, which is too much to look at");
            return Err(Fault::Final(message));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// A response as `HttpTrigger` serialises it.
async fn told(response: Response) -> Result<Value, Fault> {
    let status = response.status();
    let url = response.url().to_string();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers: Map<String, Value> = response
        .headers()
        .iter()
        .map(|(name, value)| (name.to_string(), text(value).into()))
        .collect();
    let content_type = headers
        .get("content-type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let encoding = content_type
        .split_once("charset=")
        .map(|(_, charset)| charset.to_owned());
    let content = read(response).await?;
    Ok(json!({
        "status_code": status.as_u16(),
        "headers": headers,
        "content": STANDARD.encode(content),
        "url": url,
        "reason": status.canonical_reason().unwrap_or_default(),
        "encoding": encoding.unwrap_or_else(|| "utf-8".to_owned()),
        "cookies": {},
        "history": [],
    }))
}

/// What a failure to ask or to read means. The address is taken out: it may hold a name, a password or a query.
fn fault(error: reqwest::Error) -> Fault {
    let error = error.without_url();
    if error.is_builder() {
        return Fault::Final(crate::error::chain(&error));
    }
    Fault::Passing(if error.is_timeout() {
        "the server does not answer in time".to_owned()
    } else if error.is_connect() {
        format!("the server cannot be reached: {}", root(&error))
    } else if error.is_redirect() {
        root(&error)
    } else {
        format!("there is no answer: {}", root(&error))
    })
}

/// The words of the innermost cause.
fn root(error: &dyn std::error::Error) -> String {
    let mut root = error;
    while let Some(source) = root.source() {
        root = source;
    }
    root.to_string()
}
