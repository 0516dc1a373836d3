//! The calls of Vault's API that read a secret, with a token that is got when it is needed and again when it has expired.

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, StatusCode, Url};
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use super::login::{Given, Login};
use crate::http::{self, Answer, Reach, Verify};
use crate::open::Invalid;

/// The most that is told of what a server says.
const TOLD_CHARS_MAX: usize = 200;

/// The version of the KV engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    One,
    Two,
}

/// Why there is no secret.
#[derive(Debug)]
pub(super) enum Fault {
    Unavailable(String),
    Refused(String),
    Unusable(String),
    /// Nothing is mounted there.
    NoEngine,
}

/// A Vault server.
pub(super) struct Server {
    client: Client,
    url: Url,
    namespace: Option<String>,
    login: Login,
    version: Version,
    /// Who logs in writes it, all others wait for that.
    token: Mutex<Option<String>>,
}

impl Server {
    pub(super) fn new(
        url: Url,
        namespace: Option<String>,
        login: Login,
        version: Version,
        (verify, timeout): (&Verify, Option<Duration>),
    ) -> Result<Self, Invalid> {
        Ok(Self {
            client: http::client(verify, Reach::Anywhere, timeout)?,
            url,
            namespace,
            login,
            version,
            token: Mutex::new(None),
        })
    }

    /// Where it is, as errors tell it.
    pub(super) fn address(&self) -> String {
        http::address(&self.url)
    }

    /// The fields of a secret; `None` if there is none, or its newest version is deleted.
    pub(super) async fn read(&self, mount: &str, path: &str) -> Result<Option<Map<String, Value>>, Fault> {
        let between = match self.version {
            Version::One => "",
            Version::Two => "data",
        };
        let url = self.place(&[mount, between, path]);
        let answer = self.ask(url).await?;
        self.understand(&answer)
    }

    /// Sees whether the token is good.
    pub(super) async fn know_oneself(&self) -> Result<(), Fault> {
        let answer = self.ask(self.place(&["auth/token/lookup-self"])).await?;
        if answer.status.is_success() {
            Ok(())
        } else {
            Err(fault(&answer))
        }
    }

    /// Asks with the token; with another one if it is not good any more.
    async fn ask(&self, url: Url) -> Result<Answer, Fault> {
        let token = self.token(None).await?;
        let answer = self.get(url.clone(), &token).await?;
        if answer.status != StatusCode::FORBIDDEN {
            return Ok(answer);
        }
        // The token may have expired, or may not read there: only the first is helped by another one.
        let own = self.get(self.place(&["auth/token/lookup-self"]), &token).await?;
        if own.status.is_success() {
            return Err(Fault::Refused(
                "the policies of its token do not allow to read there; have somebody add `read` on this path"
                    .to_owned(),
            ));
        }
        let newer = self.token(Some(&token)).await?;
        if newer == token {
            return Err(Fault::Refused(format!(
                "{} is not valid, or not any more; give a new one",
                self.login.describe()
            )));
        }
        self.get(url, &newer).await
    }

    async fn get(&self, url: Url, token: &str) -> Result<Answer, Fault> {
        let request = self.request(Method::GET, url).header("X-Vault-Token", token);
        http::send(request).await.map_err(unreachable)
    }

    /// The token; another one than the old one, if there can be one.
    async fn token(&self, old: Option<&str>) -> Result<String, Fault> {
        let mut known = self.token.lock().await;
        if let Some(token) = known.as_deref().filter(|token| Some(*token) != old) {
            return Ok(token.to_owned());
        }
        let token = self.log_in().await?;
        *known = Some(token.clone());
        Ok(token)
    }

    async fn log_in(&self) -> Result<String, Fault> {
        let refused = |why| Fault::Refused(format!("{} fails: {why}", self.login.describe()));
        let (mount, user, proof) = match &self.login {
            Login::Token(Given::Value(token)) => return Ok(token.clone()),
            Login::Token(file) => return file.read().map_err(refused),
            Login::Call { mount, user, proof } => (mount, user, proof),
        };
        let body = proof.body().map_err(refused)?;
        let url = self.place(&["auth", mount, "login", user.as_deref().unwrap_or_default()]);
        let request = self.request(Method::POST, url).json(&body);
        let answer = http::send(request).await.map_err(unreachable)?;
        if answer.status.is_server_error() || answer.status == StatusCode::TOO_MANY_REQUESTS {
            return Err(fault(&answer));
        }
        let found = answer.json();
        match found.pointer("/auth/client_token").and_then(Value::as_str) {
            Some(token) if !token.is_empty() => Ok(token.to_owned()),
            _ => Err(refused(told(&answer))),
        }
    }

    fn understand(&self, answer: &Answer) -> Result<Option<Map<String, Value>>, Fault> {
        let body = answer.json();
        match answer.status {
            StatusCode::OK => {}
            // A deleted version is told of in such an answer too.
            StatusCode::NOT_FOUND => {
                let says = |field: &str, words: &str| {
                    let texts = body[field].as_array().into_iter().flatten();
                    texts.filter_map(Value::as_str).any(|text| text.contains(words))
                };
                if says("errors", "no handler for route") {
                    return Err(Fault::NoEngine);
                }
                if says("warnings", "versioned K/V") {
                    return Err(wrong_version(2));
                }
                return Ok(None);
            }
            _ => return Err(fault(answer)),
        }
        let data = match self.version {
            Version::One => body.get("data"),
            Version::Two => body.pointer("/data/data"),
        };
        match data {
            Some(Value::Object(fields)) => Ok(Some(fields.clone())),
            Some(Value::Null) => Ok(None),
            _ if self.version == Version::Two => Err(wrong_version(1)),
            _ => Err(Fault::Unusable("the answer is none of Vault's".to_owned())),
        }
    }

    fn request(&self, method: Method, url: Url) -> RequestBuilder {
        let request = self.client.request(method, url).header("X-Vault-Request", "true");
        match &self.namespace {
            Some(namespace) => request.header("X-Vault-Namespace", namespace),
            None => request,
        }
    }

    /// The address of a path, whose parts are encoded.
    fn place(&self, parts: &[&str]) -> Url {
        let mut url = self.url.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            let parts = parts.iter().flat_map(|part| part.split('/'));
            let parts = parts.filter(|part| !part.is_empty());
            segments.pop_if_empty().push("v1").extend(parts);
        }
        url
    }
}

fn wrong_version(right: u8) -> Fault {
    Fault::Unusable(format!(
        "the secrets engine there is KV version {right}; set `kv_engine_version` to {right}"
    ))
}

fn unreachable(why: String) -> Fault {
    Fault::Unavailable(format!(
        "it cannot be reached ({why}); see that it runs, and that `url` and `verify` are right"
    ))
}

/// What an answer means that is neither a secret nor its absence.
fn fault(answer: &Answer) -> Fault {
    let status = answer.status;
    let told = told(answer);
    if status == StatusCode::SERVICE_UNAVAILABLE && told.contains("sealed") {
        Fault::Unavailable("it is sealed; unseal it".to_owned())
    } else if status.is_server_error()
        || status == StatusCode::TOO_MANY_REQUESTS
        || status == StatusCode::PRECONDITION_FAILED
    {
        Fault::Unavailable(told)
    } else {
        Fault::Refused(told)
    }
}

/// What a server says of its refusal: the status, and its errors in one short line.
fn told(answer: &Answer) -> String {
    let body = answer.json();
    let errors = body["errors"].as_array().into_iter().flatten();
    let errors: Vec<&str> = errors.filter_map(Value::as_str).collect();
    let words = errors.join("; ");
    let words: Vec<&str> = words.split_whitespace().collect();
    let words: String = words.join(" ").chars().take(TOLD_CHARS_MAX).collect();
    if words.is_empty() {
        format!("it answers {}", answer.status)
    } else {
        format!("it answers {}: {words}", answer.status)
    }
}
