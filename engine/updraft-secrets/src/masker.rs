//! Keeps secrets out of log lines and documents.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use regex::{Captures, Regex, RegexBuilder};
use serde_json::Value;

use crate::connection::Connection;
use crate::percent;

/// What stands in place of a secret.
const MASK: &str = "***";

/// Parts of names whose values are secret: Airflow's `DEFAULT_SENSITIVE_FIELDS`, versions 2.11 and 3.
const SENSITIVE_NAMES: [&str; 12] = [
    "access_token",
    "api_key",
    "apikey",
    "authorization",
    "keyfile_dict",
    "passphrase",
    "passwd",
    "password",
    "private_key",
    "secret",
    "service_account",
    "token",
];

/// Shorter secrets are not masked: they would spoil every line and protect nothing. Airflow 3's
/// `[logging] min_length_masked_secret`, in characters.
const SECRET_LENGTH_MIN: usize = 5;

/// The longest text of an expression, in bytes; secrets that are longer together are replaced one by one.
const EXPRESSION_BYTES_MAX: usize = 64 << 10;

/// Replaces secrets in text by `***`: the values it was told of, values beside sensitive names
/// (`password=..`, `"api_key": ".."`, `Authorization: ..`) and passwords in URLs.
///
/// ```
/// let mut masker = updraft_secrets::Masker::new(&[]);
/// masker.add_secret("hunter22");
/// assert_eq!(masker.mask("login with hunter22"), "login with ***");
/// assert_eq!(masker.mask("api_key=abc&page=2"), "api_key=***&page=2");
/// assert_eq!(masker.mask("GET https://me:pw@host/"), "GET https://me:***@host/");
/// ```
#[derive(Clone)]
pub struct Masker {
    /// In small letters.
    sensitive_names: Vec<String>,
    /// The values to replace. Every change rebuilds `replacer`.
    secrets: BTreeSet<String>,
    /// All secrets in one expression, the longest first; `None` without secrets, or if they are too long for one.
    replacer: Option<Regex>,
    /// Whether a line may hold a sensitive name or the password of a URL: a quick look before the slow one.
    suspicion: Regex,
    /// A sensitive name with its value.
    named_value: Regex,
    /// A URL with a password.
    url_password: Regex,
}

impl Masker {
    /// A masker that knows no secrets yet. `sensitive_names` are added to Airflow's own: the setting
    /// `[core] sensitive_var_conn_names`.
    pub fn new(sensitive_names: &[String]) -> Self {
        let mut names: Vec<String> = SENSITIVE_NAMES.iter().map(|name| (*name).to_owned()).collect();
        names.extend(
            sensitive_names
                .iter()
                .map(|name| name.trim().to_lowercase())
                .filter(|name| !name.is_empty()),
        );
        let alternatives = names
            .iter()
            .map(|name| regex::escape(name))
            .collect::<Vec<_>>()
            .join("|");
        let word = r"[\w.\-]*";
        let named_value = [
            // "name": "value" and 'name': 'value'
            format!(r#"(?P<quoted>["']{word}(?:{alternatives}){word}["']\s*:\s*)(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s,}}\]]+)"#),
            // name=value, name="value with spaces"
            format!(r#"(?P<assigned>\b{word}(?:{alternatives}){word}=)(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s,;&"']+)"#),
            // Authorization: Bearer value
            r"(?P<header>\bauthorization:\s*(?:(?:bearer|basic|token)\s+)?)[^\s,;]+".to_owned(),
        ]
        .join("|");
        let expression = |pattern: &str| {
            RegexBuilder::new(pattern)
                .case_insensitive(true)
                .build()
                .expect("the names are escaped, the rest is constant")
        };
        Self {
            suspicion: expression(&format!("://|{alternatives}")),
            named_value: expression(&named_value),
            url_password: expression(r"(?P<before>\b[a-z][a-z0-9+.\-]*://[^\s:/@]*:)[^\s/@]+@"),
            sensitive_names: names,
            secrets: BTreeSet::new(),
            replacer: None,
        }
    }

    /// Whether a name says that its value is secret, such as `db_password`.
    pub fn is_sensitive_name(&self, name: &str) -> bool {
        let name = name.trim().to_lowercase();
        self.sensitive_names
            .iter()
            .any(|sensitive| name.contains(sensitive))
    }

    /// Masks a value from now on, also percent-encoded, JSON-escaped, and line by line if it has several.
    pub fn add_secret(&mut self, secret: &str) {
        self.add_secrets([secret]);
    }

    /// As [`Masker::add_secret`] for many; cheaper than one by one.
    pub fn add_secrets<'s>(&mut self, secrets: impl IntoIterator<Item = &'s str>) {
        let before = self.secrets.len();
        for secret in secrets {
            let escaped = serde_json::to_string(secret).unwrap_or_default();
            let forms = [
                secret.to_owned(),
                percent::quote(secret),
                escaped.trim_matches('"').to_owned(),
            ];
            let lines = secret.lines().map(|line| line.trim().to_owned());
            let long = |text: &String| text.chars().count() >= SECRET_LENGTH_MIN;
            self.secrets.extend(forms.into_iter().chain(lines).filter(long));
        }
        if self.secrets.len() > before {
            self.rebuild();
        }
    }

    /// Masks the secrets of a connection: its password, and values of sensitive names in `extra`.
    pub fn add_connection(&mut self, connection: &Connection) {
        let extra = Value::Object(connection.extra_fields());
        let mut secrets: Vec<&str> = connection.password.as_deref().into_iter().collect();
        self.collect(None, &extra, &mut secrets);
        let secrets: Vec<String> = secrets.into_iter().map(str::to_owned).collect();
        self.add_secrets(secrets.iter().map(String::as_str));
    }

    /// Masks a variable if its key is sensitive, and values of sensitive names if it is a JSON document.
    pub fn add_variable(&mut self, key: &str, value: &str) {
        if self.is_sensitive_name(key) {
            self.add_secret(value);
        }
        if let Ok(document) = serde_json::from_str::<Value>(value) {
            let mut secrets = Vec::new();
            self.collect(Some(key), &document, &mut secrets);
            let secrets: Vec<String> = secrets.into_iter().map(str::to_owned).collect();
            self.add_secrets(secrets.iter().map(String::as_str));
        }
    }

    /// The text without secrets; borrowed if there were none.
    pub fn mask<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let text = match &self.replacer {
            Some(replacer) => replacer.replace_all(text, MASK),
            None => self.mask_one_by_one(text),
        };
        if !self.suspicion.is_match(&text) {
            return text;
        }
        let text = replace(&self.named_value, text, |found| {
            let before = ["quoted", "assigned", "header"]
                .iter()
                .find_map(|name| found.name(name));
            let value = found
                .get(0)
                .zip(before)
                .map_or("", |(all, before)| &all.as_str()[before.len()..]);
            let quote = value.chars().next().filter(|first| "\"'".contains(*first));
            let quote = quote.map(String::from).unwrap_or_default();
            format!(
                "{}{quote}{MASK}{quote}",
                before.map_or("", |before| before.as_str())
            )
        });
        replace(&self.url_password, text, |found| {
            format!("{}{MASK}@", &found["before"])
        })
    }

    /// The document without secrets: values of sensitive names are masked whole, texts as by [`Masker::mask`].
    pub fn mask_json(&self, document: &Value) -> Value {
        self.mask_named(false, document)
    }

    fn mask_one_by_one<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut masked = Cow::Borrowed(text);
        // In reverse order a secret comes before those that it begins with.
        for secret in self.secrets.iter().rev() {
            if masked.contains(secret) {
                masked = Cow::Owned(masked.replace(secret, MASK));
            }
        }
        masked
    }

    fn mask_named(&self, is_secret: bool, value: &Value) -> Value {
        match value {
            Value::String(_) if is_secret => Value::from(MASK),
            Value::String(text) => Value::from(self.mask(text)),
            Value::Array(values) => values
                .iter()
                .map(|value| self.mask_named(is_secret, value))
                .collect(),
            Value::Object(fields) => fields
                .iter()
                .map(|(name, value)| {
                    (
                        name.clone(),
                        self.mask_named(is_secret || self.is_sensitive_name(name), value),
                    )
                })
                .collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        }
    }

    /// Collects the texts under sensitive names.
    fn collect<'v>(&self, name: Option<&str>, value: &'v Value, secrets: &mut Vec<&'v str>) {
        match value {
            Value::String(text) if name.is_some_and(|name| self.is_sensitive_name(name)) => {
                secrets.push(text);
            }
            Value::Array(values) => values.iter().for_each(|value| self.collect(name, value, secrets)),
            Value::Object(fields) => {
                for (key, value) in fields {
                    let secret = name.filter(|name| self.is_sensitive_name(name));
                    self.collect(secret.or(Some(key)), value, secrets);
                }
            }
            Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn rebuild(&mut self) {
        let mut secrets: Vec<&String> = self.secrets.iter().collect();
        // The longest first, so that a secret that holds another one is replaced whole.
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        let pattern = secrets
            .iter()
            .map(|secret| regex::escape(secret))
            .collect::<Vec<_>>()
            .join("|");
        self.replacer = if pattern.len() <= EXPRESSION_BYTES_MAX {
            Regex::new(&pattern).ok()
        } else {
            None
        };
    }
}

impl fmt::Debug for Masker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Masker({} secrets)", self.secrets.len())
    }
}

/// Replaces all that `expression` finds, without copying a text that holds nothing of it.
fn replace<'t>(
    expression: &Regex,
    text: Cow<'t, str>,
    replacement: impl Fn(&Captures<'_>) -> String,
) -> Cow<'t, str> {
    match expression.replace_all(&text, replacement) {
        Cow::Borrowed(_) => text,
        Cow::Owned(masked) => Cow::Owned(masked),
    }
}
