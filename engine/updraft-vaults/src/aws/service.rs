//! A call of a service of AWS that speaks JSON: signed, and once more with newer keys if those were refused.

use std::sync::Arc;
use std::time::Duration;

use regex::Regex;
use reqwest::{Client, Url};
use serde_json::Value;
use updraft_model::Clock;
use updraft_secrets::BackendError;

use super::credentials::{Credentials, NoKeys};
use super::profile::Profile;
use super::sign::{self, Keys, Scope, Unsigned};
use super::sts::Sts;
use crate::http::{self, Answer, Reach, Verify};
use crate::kwargs::{InvalidKwargs, Kwargs};
use crate::open::{Invalid, Surroundings};

const JSON: &str = "application/x-amz-json-1.1";

/// The most that is told of what a server says.
const TOLD_CHARS_MAX: usize = 200;

/// Refusals of keys that may have expired.
const OLD_KEYS: [&str; 4] = [
    "ExpiredTokenException",
    "ExpiredToken",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
];

/// Errors that pass.
const PASSING: [&str; 5] = [
    "InternalServiceError",
    "InternalServerError",
    "ServiceUnavailableException",
    "ThrottlingException",
    "TooManyRequestsException",
];

/// Which service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    /// The name of the backend.
    pub(super) backend: &'static str,
    /// Its name in addresses and signatures.
    pub(super) name: &'static str,
    /// The operation that gets a secret.
    pub(super) operation: &'static str,
    /// The variable that names another address.
    pub(super) endpoint: &'static str,
    /// The codes that mean that there is no such secret.
    pub(super) absent: &'static [&'static str],
}

/// A service of a region.
pub(super) struct Service {
    kind: Kind,
    client: Client,
    url: Url,
    region: String,
    credentials: Credentials,
    clock: Arc<dyn Clock>,
}

/// Where secrets of a kind are, and which are looked up there.
pub(super) struct Place {
    /// `None` if such are not looked up.
    pub(super) prefix: Option<String>,
    pattern: Option<Regex>,
}

impl Place {
    pub(super) fn take(
        kwargs: &mut Kwargs,
        (prefix, default): (&'static str, &str),
        pattern: &'static str,
        separator: &str,
    ) -> Result<Self, InvalidKwargs> {
        let prefix = kwargs.place(prefix, default)?;
        let prefix = prefix.map(|mut prefix| {
            while !separator.is_empty() && prefix.ends_with(separator) {
                prefix.truncate(prefix.len() - separator.len());
            }
            prefix
        });
        Ok(Self {
            prefix,
            pattern: kwargs.pattern(pattern)?,
        })
    }

    /// The prefix, if a secret of this name is looked up.
    pub(super) fn prefix_for(&self, name: &str) -> Option<&str> {
        let is_wanted = self.pattern.as_ref().is_none_or(|pattern| pattern.is_match(name));
        self.prefix.as_deref().filter(|_| is_wanted)
    }
}

impl Service {
    pub(super) fn new(kind: Kind, kwargs: &mut Kwargs, around: &Surroundings) -> Result<Self, Invalid> {
        let variable = |name: &str| around.get(name).cloned();
        let named = kwargs.text("profile_name")?.or_else(|| variable("AWS_PROFILE"));
        let profile = Profile::read(named.as_deref().unwrap_or("default"), around);
        let region = kwargs
            .text("region_name")?
            .or_else(|| variable("AWS_DEFAULT_REGION"))
            .or_else(|| variable("AWS_REGION"))
            .or_else(|| profile.get("region").map(str::to_owned));
        let is_name = |region: &String| region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let region = region.ok_or(InvalidKwargs::Missing {
            name: "region_name",
            why: "neither `AWS_DEFAULT_REGION` nor a profile says where the secrets are",
        })?;
        if !is_name(&region) {
            let expected = "the name of a region, such as `eu-central-1`";
            let name = "region_name";
            return Err(InvalidKwargs::Value { name, expected }.into());
        }
        let verify = Verify::take(kwargs, around.get("AWS_CA_BUNDLE"))?;
        let client = http::client(&verify, Reach::Anywhere, None::<Duration>)?;
        let scheme = if kwargs.boolean("use_ssl")? == Some(false) {
            "http"
        } else {
            "https"
        };
        let given = kwargs.text("endpoint_url")?;
        let given = given
            .or_else(|| variable(kind.endpoint))
            .or_else(|| variable("AWS_ENDPOINT_URL"));
        let address = |name: &str, given: Option<String>| {
            let domain = if region.starts_with("cn-") {
                "amazonaws.com.cn"
            } else {
                "amazonaws.com"
            };
            let text = given.unwrap_or_else(|| format!("{scheme}://{name}.{region}.{domain}"));
            let url = text.parse().ok().filter(|url: &Url| url.has_host());
            url.ok_or(InvalidKwargs::Value {
                name: "endpoint_url",
                expected: "an address, such as `https://secretsmanager.eu-central-1.amazonaws.com`",
            })
        };
        let sts = variable("AWS_ENDPOINT_URL_STS").or_else(|| variable("AWS_ENDPOINT_URL"));
        let sts = Sts {
            client: client.clone(),
            url: address("sts", sts)?,
            region: region.clone(),
        };
        let url = address(kind.name, given)?;
        let profile = named.is_some().then_some(&profile);
        let credentials = Credentials::new(kwargs, around, profile, sts)?;
        Ok(Self {
            kind,
            client,
            url,
            region,
            credentials,
            clock: Arc::clone(&around.clock),
        })
    }

    /// Calls the operation for a secret; `None` if there is none of that name.
    pub(super) async fn call(&self, name: &str, body: &Value) -> Result<Option<Value>, BackendError> {
        let body = body.to_string();
        let mut old = None;
        loop {
            let keys = self.credentials.keys(self.clock.now(), old.as_ref()).await;
            let keys = keys.map_err(|problem| match problem {
                NoKeys::Unavailable(why) => self.unavailable(name, why),
                NoKeys::Refused(why) => self.refused(name, why),
            })?;
            let sent = self.send(&keys, &body).await;
            let answer = sent.map_err(|why| {
                self.unavailable(
                    name,
                    format!("it cannot be reached ({why}); see that this machine reaches it"),
                )
            })?;
            if answer.status.is_success() {
                return Ok(Some(answer.json()));
            }
            let code = code(&answer);
            if OLD_KEYS.contains(&code.as_str()) && old.is_none() {
                old = Some(keys);
                continue;
            }
            return self.failed(name, &code, &answer);
        }
    }

    fn failed(&self, name: &str, code: &str, answer: &Answer) -> Result<Option<Value>, BackendError> {
        if self.kind.absent.contains(&code) {
            return Ok(None);
        }
        let told = format!("{code}{}", told(answer));
        if PASSING.contains(&code) || answer.status.is_server_error() {
            return Err(self.unavailable(name, told));
        }
        let what_to_do = if code.starts_with("AccessDenied") {
            "; allow these keys to read there, or look up fewer names with `connections_lookup_pattern` and its like"
        } else {
            ""
        };
        Err(self.refused(name, format!("{told}{what_to_do}")))
    }

    async fn send(&self, keys: &Keys, body: &str) -> Result<Answer, String> {
        let now = self.clock.now();
        let (host, date) = (sign::host(&self.url), sign::amz_date(now));
        let mut headers = vec![
            ("content-type", JSON),
            ("host", host.as_str()),
            ("x-amz-date", date.as_str()),
        ];
        headers.extend(
            keys.session_token
                .as_deref()
                .map(|token| ("x-amz-security-token", token)),
        );
        headers.push(("x-amz-target", self.kind.operation));
        let unsigned = Unsigned {
            method: "POST",
            headers: &headers,
            body: body.as_bytes(),
        };
        let scope = Scope {
            region: &self.region,
            service: self.kind.name,
            at: now,
        };
        let authorization = sign::authorization(unsigned, keys, scope);
        let mut request = self
            .client
            .post(self.url.clone())
            .header("authorization", authorization);
        for (name, value) in headers.into_iter().filter(|(name, _)| *name != "host") {
            request = request.header(name, value);
        }
        http::send(request.body(body.to_owned())).await
    }

    /// How errors tell where a secret would be.
    pub(super) fn place(&self, name: &str) -> String {
        format!("`{name}` at {}", http::address(&self.url))
    }

    pub(super) fn unusable(&self, name: &str, why: String) -> BackendError {
        BackendError::Unusable {
            backend: self.kind.backend,
            place: self.place(name),
            why,
        }
    }

    fn unavailable(&self, name: &str, why: String) -> BackendError {
        BackendError::Unavailable {
            backend: self.kind.backend,
            place: self.place(name),
            why,
        }
    }

    fn refused(&self, name: &str, why: String) -> BackendError {
        BackendError::Refused {
            backend: self.kind.backend,
            place: self.place(name),
            why,
        }
    }
}

/// The name of an error, without the namespace before it.
fn code(answer: &Answer) -> String {
    let body = answer.json();
    let code = body["__type"].as_str().or_else(|| body["code"].as_str());
    let code = code.unwrap_or_default().rsplit('#').next().unwrap_or_default();
    if code.is_empty() {
        answer.status.to_string()
    } else {
        code.to_owned()
    }
}

/// What is said beside the name, in one short line.
fn told(answer: &Answer) -> String {
    let body = answer.json();
    let message = body["message"].as_str().or_else(|| body["Message"].as_str());
    let words: Vec<&str> = message.unwrap_or_default().split_whitespace().collect();
    let words: String = words.join(" ").chars().take(TOLD_CHARS_MAX).collect();
    if words.is_empty() {
        words
    } else {
        format!(" ({words})")
    }
}
