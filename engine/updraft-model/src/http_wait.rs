//! Waits for the answer of a web server.
//!
//! Source: `HttpSensorTrigger` and `HttpTrigger` of the HTTP provider 6.3, and `HttpSensor`, whose `response_error_codes_allowlist` this
//! knows, too. A `response_check` would be user code; `body_contains`, `json_pointer` and `json_equals` say the usual ones in words.

use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::kwargs::{ClassPaths, Kwargs, duration, object, text, truth};
use crate::{Look, Trigger, TriggerProblem, WaitEnd};

const SENSOR: ClassPaths = ClassPaths(&["airflow.providers.http.triggers.http.HttpSensorTrigger"]);
const ONCE: ClassPaths = ClassPaths(&["airflow.providers.http.triggers.http.HttpTrigger"]);

/// The classes of this file.
pub(crate) const CLASSES: [&ClassPaths; 2] = [&SENSOR, &ONCE];

/// Whether it is a class of this file.
pub(crate) fn is(classpath: &str) -> bool {
    CLASSES.iter().any(|class| class.is(classpath))
}

/// Airflow's default for `http_conn_id`.
const CONNECTION: &str = "http_default";

const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// The most of a value of an answer that is shown, in characters.
const SHOWN_MAX: usize = 100;

/// A wait for an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpWait {
    /// The connection, which says where the server is and how to log in there.
    pub connection: String,
    /// Such as `GET`.
    pub method: &'static str,
    /// The rest of the address.
    pub endpoint: String,
    /// Headers beside those of the connection.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub content: HttpContent,
    /// How long a request may take; `None`: as the connection says.
    pub timeout: Option<Duration>,
    /// Whether the certificate of the server is checked; `None`: as the connection says.
    pub verify: Option<bool>,
    /// Whether redirects are followed; `None`: as the connection says.
    pub redirects: Option<bool>,
    /// Which answer is waited for; `None`: whatever the one answer is that one request gets, it is the event.
    pub condition: Option<HttpCondition>,
    /// How long it takes from one look to the next.
    pub poke_interval: Duration,
}

/// What a request sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpContent {
    /// Nothing.
    Nothing,
    /// Pairs behind the `?` of the address.
    Query(Vec<(String, String)>),
    /// Pairs as a form in the body.
    Form(Vec<(String, String)>),
    /// A text as the body.
    Text(String),
    /// JSON as the body.
    Json(Value),
}

/// Which answer is waited for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HttpCondition {
    /// Whether any status is an answer; otherwise one of 400 or more is none.
    pub any_status: bool,
    /// With these the wait goes on, with others of 400 or more it fails. Each begins a status, as in Airflow.
    pub may_answer: Vec<String>,
    /// What the body has to contain.
    pub body_contains: Option<String>,
    /// Where in the JSON of the body the value is that is looked at: a JSON pointer, such as `/job/state`.
    pub json_pointer: Option<String>,
    /// What that has to be; if this is missing, anything but `null`, `false` and nothing.
    pub json_equals: Option<Value>,
}

impl Trigger {
    /// Waits for an answer of a web server, asked for with `GET`; Airflow's `HttpSensorTrigger`. The connection says where the server
    /// is. Without further arguments any answer counts; one with status 404 is waited through, another one of 400 or more fails. The
    /// arguments `body_contains`, `json_pointer` and `json_equals` say what else has to be so.
    pub fn http(conn_id: impl Into<String>, endpoint: impl Into<String>) -> Self {
        SENSOR.trigger([
            ("http_conn_id", conn_id.into().into()),
            ("endpoint", endpoint.into().into()),
        ])
    }
}

impl HttpWait {
    /// What a trigger of a class of this file waits for.
    pub(crate) fn of(kwargs: &Kwargs<'_>) -> Result<Self, TriggerProblem> {
        let once = ONCE.is(&kwargs.0.classpath);
        let connection = kwargs.optional("http_conn_id", text)?;
        let default_method = if once { "POST" } else { "GET" };
        let method = kwargs.optional("method", method)?.unwrap_or(default_method);
        let options = Options::of(kwargs)?;
        kwargs.optional("auth_type", basic)?;
        Ok(Self {
            connection: connection.unwrap_or_else(|| CONNECTION.to_owned()),
            method,
            endpoint: kwargs.optional("endpoint", text)?.unwrap_or_default(),
            headers: kwargs.optional("headers", pairs)?.unwrap_or_default(),
            content: match options.json {
                Some(json) => HttpContent::Json(json),
                None => kwargs
                    .optional("data", |data| content(method, data))?
                    .unwrap_or(HttpContent::Nothing),
            },
            timeout: options.timeout,
            verify: options.verify,
            redirects: options.redirects,
            condition: if once {
                None
            } else {
                Some(condition(kwargs, options.any_status)?)
            },
            poke_interval: kwargs.poke_interval()?,
        })
    }
}

impl HttpCondition {
    /// Whether it has to know the body.
    pub const fn wants_body(&self) -> bool {
        self.body_contains.is_some() || self.json_pointer.is_some()
    }

    /// What an answer means. `body` is empty if it does not want it.
    pub fn judge(&self, status: u16, body: &[u8]) -> Look {
        if status >= 400 && !self.any_status {
            let text = status.to_string();
            return if self
                .may_answer
                .iter()
                .any(|start| text.starts_with(start.as_str()))
            {
                Look::Waiting(format!("the server answers {status}"))
            } else {
                let reason =
                    format!("the server answers {status}, which is not in `response_error_codes_allowlist`");
                Look::Ended(WaitEnd::Failed(reason))
            };
        }
        let mut event = json!({"status": "success", "status_code": status});
        if let Some(part) = &self.body_contains {
            if !String::from_utf8_lossy(body).contains(part.as_str()) {
                return Look::Waiting(format!("the server answers {status} without `{}`", shown(part)));
            }
            event["body_contains"] = part.as_str().into();
        }
        if let Some(pointer) = &self.json_pointer {
            let Ok(document) = serde_json::from_slice::<Value>(body) else {
                return Look::Waiting(format!("the server answers {status} with a body that is no JSON"));
            };
            let value = document.pointer(pointer);
            let is_met = match (&self.json_equals, value) {
                (_, None) => false,
                (Some(wanted), Some(value)) => value == wanted,
                (None, Some(value)) => !matches!(value, Value::Null | Value::Bool(false)),
            };
            let Some(value) = value.filter(|_| is_met) else {
                let seen = value.map_or("missing".to_owned(), |value| {
                    format!("`{}`", shown(&value.to_string()))
                });
                return Look::Waiting(format!("the server answers {status}, and `{pointer}` is {seen}"));
            };
            event["value"] = value.clone();
        }
        Look::Ended(WaitEnd::Event(event))
    }
}

/// Those of `requests` and `aiohttp` that mean something here.
#[derive(Default)]
struct Options {
    any_status: bool,
    timeout: Option<Duration>,
    verify: Option<bool>,
    redirects: Option<bool>,
    json: Option<Value>,
}

impl Options {
    fn of(kwargs: &Kwargs<'_>) -> Result<Self, TriggerProblem> {
        let given = kwargs.optional("extra_options", object)?.unwrap_or_default();
        let mut options = Self::default();
        for (name, value) in given.iter().filter(|(_, value)| !value.is_null()) {
            let problem = |problem: String| kwargs.problem("extra_options", format!("`{name}`: {problem}"));
            match name.as_str() {
                "check_response" => options.any_status = !truth(value).map_err(problem)?,
                "timeout" => options.timeout = Some(duration(value).map_err(problem)?),
                "verify" | "verify_ssl" => options.verify = Some(truth(value).map_err(problem)?),
                "allow_redirects" => options.redirects = Some(truth(value).map_err(problem)?),
                "json" => options.json = Some(value.clone()),
                _ => {
                    let known =
                        "known are `timeout`, `check_response`, `verify`, `allow_redirects` and `json`";
                    return Err(problem(format!("it is not known to the engine; {known}")));
                }
            }
        }
        Ok(options)
    }
}

fn condition(kwargs: &Kwargs<'_>, any_status: bool) -> Result<HttpCondition, TriggerProblem> {
    const ALLOWLIST: &str = "response_error_codes_allowlist";
    let is_given = kwargs.0.kwargs.get(ALLOWLIST).is_some_and(|list| !list.is_null());
    let condition = HttpCondition {
        any_status,
        may_answer: if is_given {
            kwargs.list(ALLOWLIST, status)?
        } else {
            vec!["404".to_owned()]
        },
        body_contains: kwargs.optional("body_contains", text)?,
        json_pointer: kwargs.optional("json_pointer", pointer)?,
        json_equals: kwargs.optional("json_equals", |value| Ok(value.clone()))?,
    };
    if condition.json_equals.is_some() && condition.json_pointer.is_none() {
        let problem = "`json_pointer` is missing, so it is not known what has to equal it";
        return Err(kwargs.problem("json_equals", problem.to_owned()));
    }
    Ok(condition)
}

fn method(value: &Value) -> Result<&'static str, String> {
    let given = text(value)?.to_uppercase();
    let known = METHODS.into_iter().find(|method| *method == given);
    known.ok_or_else(|| format!("`{given}` is no method; known are {}", METHODS.join(", ")))
}

/// The start of a status code, as text or number.
fn status(value: &Value) -> Result<String, String> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let is_start = (1..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    is_start
        .then_some(text)
        .ok_or_else(|| format!("`{value}` is no status code such as \"404\""))
}

fn pointer(value: &Value) -> Result<String, String> {
    let pointer = text(value)?;
    if pointer.is_empty() || pointer.starts_with('/') {
        Ok(pointer)
    } else {
        Err(format!("`{pointer}` is no JSON pointer such as `/job/state`"))
    }
}

/// Only the name and password of the connection are known as a way to log in.
fn basic(value: &Value) -> Result<(), String> {
    let name = text(value)?;
    if name.ends_with("BasicAuth") {
        Ok(())
    } else {
        Err(format!(
            "`{name}` is not known to the engine, which only knows basic authentication"
        ))
    }
}

fn content(method: &str, data: &Value) -> Result<HttpContent, String> {
    let has_body = !matches!(method, "GET" | "HEAD" | "OPTIONS");
    match data {
        Value::Object(fields) if fields.is_empty() => Ok(HttpContent::Nothing),
        Value::String(body) if body.is_empty() => Ok(HttpContent::Nothing),
        Value::Object(_) if has_body => Ok(HttpContent::Form(pairs(data)?)),
        Value::Object(_) => Ok(HttpContent::Query(pairs(data)?)),
        Value::String(body) if has_body => Ok(HttpContent::Text(body.clone())),
        _ if has_body => Err("it is neither a text nor a dict".to_owned()),
        _ => Err(format!("it is no dict, as `{method}` wants it")),
    }
}

fn pairs(value: &Value) -> Result<Vec<(String, String)>, String> {
    let fields: Map<String, Value> = object(value)?;
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let pairs = fields.into_iter().filter(|(_, value)| !value.is_null());
    Ok(pairs.map(|(name, value)| (name, text(value))).collect())
}

/// The beginning of a text.
pub(crate) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN_MAX).collect();
    if shown.len() < text.len() {
        shown.push_str("...");
    }
    shown
}

/// Follows the words `it waits`. What is behind the `?` of an address may be secret.
impl fmt::Display for HttpWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let endpoint = self.endpoint.split('?').next().unwrap_or_default();
        write!(
            f,
            "for an answer to {} `{endpoint}` of connection `{}`",
            self.method, self.connection
        )
    }
}
