//! Calls of a REST API.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::{Client as Http, Method, Response, StatusCode, Url};
use serde_json::Value;

use crate::config::Settings;

/// The variable with the token, which has no flag: others can see arguments.
const TOKEN: &str = "UPDRAFT_API_TOKEN";

/// How long a call may take, and connecting to the server.
const CALL_MAX: Duration = Duration::from_mins(1);
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// As many rows as a page can have.
const PAGE: usize = 100;

/// The REST API of an installation elsewhere.
pub(super) struct Client {
    http: Http,
    base: Url,
    token: String,
}

impl Client {
    /// The API that the settings name, if they do.
    ///
    /// # Errors
    /// There is no token, or the address is none.
    pub(super) fn of(settings: &Settings) -> Result<Option<Self>> {
        let Some(text) = &settings.api_url else {
            return Ok(None);
        };
        let base: Url = text
            .parse()
            .ok()
            .filter(|url: &Url| matches!(url.scheme(), "http" | "https") && url.has_host())
            .with_context(|| {
                format!("`--api-url {text}` is no address such as https://airflow.example.com")
            })?;
        if !base.username().is_empty() || base.password().is_some() {
            bail!("--api-url takes no name and password: others can see arguments; set {TOKEN} to a token");
        }
        let token = settings.environment.get(TOKEN).filter(|token| !token.is_empty());
        let token = token.with_context(|| {
            format!(
                "{TOKEN} is not set; `POST {}/auth/token` with a name and a password gives a token",
                text.trim_end_matches('/')
            )
        })?;
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Another thread may have installed one in between, which is as good.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let http = Http::builder()
            .user_agent(concat!("updraft/", env!("CARGO_PKG_VERSION")))
            .timeout(CALL_MAX)
            .connect_timeout(CONNECT_MAX)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .context("cannot start the HTTP client")?;
        Ok(Some(Self {
            http,
            base,
            token: token.clone(),
        }))
    }

    /// The address of something below the server's; the parts of its path are written as they must be.
    fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Result<Url> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .ok()
            .context("the address has no path")?
            .pop_if_empty()
            .extend(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    async fn send(&self, method: Method, url: Url, body: Option<&Value>) -> Result<Response> {
        let place = self.base.host_str().unwrap_or_default().to_owned();
        let request = self.http.request(method, url).bearer_auth(&self.token);
        let request = match body {
            Some(body) => request.json(body),
            None => request,
        };
        let sent = request.send().await.map_err(reqwest::Error::without_url);
        sent.with_context(|| format!("`{place}` does not answer; check --api-url"))
    }

    /// Calls and reads the answer; `None`: there is no such thing.
    async fn call(&self, method: Method, url: Url, body: Option<&Value>) -> Result<Option<Value>> {
        let response = self.send(method, url, body).await?;
        let status = response.status();
        if status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        if status.is_success() {
            let text = response.text().await.context("the answer breaks off")?;
            let value = if text.is_empty() {
                Ok(Value::Null)
            } else {
                serde_json::from_str(&text)
            };
            return value
                .map(Some)
                .context("the server answers no JSON; is it that of an Airflow 3 or Updraft?");
        }
        Err(refused(response).await)
    }

    /// Reads something; `None`: there is no such thing.
    pub(super) async fn get(&self, path: &[&str]) -> Result<Option<Value>> {
        self.call(
            Method::GET,
            self.url(&[&["api", "v2"], path].concat(), &[])?,
            None,
        )
        .await
    }

    /// Makes something.
    pub(super) async fn post(&self, path: &[&str], body: &Value) -> Result<Value> {
        let url = self.url(&[&["api", "v2"], path].concat(), &[])?;
        let answer = self.call(Method::POST, url, Some(body)).await?;
        answer.with_context(|| format!("the server knows no `{}`", path.join("/")))
    }

    /// Changes something; `None`: there is no such thing.
    pub(super) async fn patch(&self, path: &[&str], body: &Value) -> Result<Option<Value>> {
        let url = self.url(&[&["api", "v2"], path].concat(), &[])?;
        self.call(Method::PATCH, url, Some(body)).await
    }

    /// Deletes something; false: there is no such thing.
    pub(super) async fn delete(&self, path: &[&str]) -> Result<bool> {
        let url = self.url(&[&["api", "v2"], path].concat(), &[])?;
        Ok(self.call(Method::DELETE, url, None).await?.is_some())
    }

    /// Reads a list, page after page, for as long as the rows are wanted.
    pub(super) async fn list(
        &self,
        path: &[&str],
        (rows_of, query): (&str, &[(&str, &str)]),
        mut is_enough: impl FnMut(&Value) -> bool,
    ) -> Result<Vec<Value>> {
        let mut all: Vec<Value> = Vec::new();
        loop {
            let (limit, offset) = (PAGE.to_string(), all.len().to_string());
            let paging = [("limit", limit.as_str()), ("offset", offset.as_str())];
            let url = self.url(&[&["api", "v2"], path].concat(), &[query, &paging].concat())?;
            let Some(mut page) = self.call(Method::GET, url, None).await? else {
                return Ok(all);
            };
            let Value::Array(rows) = page[rows_of].take() else {
                bail!("the server answers no `{rows_of}`; is it that of an Airflow 3 or Updraft?");
            };
            let is_last = rows.len() < PAGE || rows.last().is_some_and(&mut is_enough);
            all.extend(rows);
            if is_last {
                return Ok(all);
            }
        }
    }

    /// Reads what is no JSON and no part of `/api/v2`; `None`: there is no such thing.
    pub(super) async fn read(&self, path: &[&str]) -> Result<Option<Response>> {
        let response = self.send(Method::GET, self.url(path, &[])?, None).await?;
        match response.status() {
            StatusCode::NOT_FOUND => Ok(None),
            status if status.is_success() => Ok(Some(response)),
            _ => Err(refused(response).await),
        }
    }
}

/// What a server says that does not do it.
async fn refused(response: Response) -> anyhow::Error {
    let status = response.status();
    let body = response.json::<Value>().await.unwrap_or_default();
    let detail = match &body["detail"] {
        Value::Null => body["title"].as_str().unwrap_or_default().to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match status {
        StatusCode::UNAUTHORIZED => {
            anyhow::anyhow!("the server does not know the token in {TOKEN}; it may be over")
        }
        StatusCode::FORBIDDEN => anyhow::anyhow!("the owner of the token may not do this: {detail}"),
        _ if detail.is_empty() => anyhow::anyhow!("the server refuses it with status {status}"),
        _ => anyhow::anyhow!("the server refuses it: {detail}"),
    }
}
