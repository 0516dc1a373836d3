//! Calls the ETL and ML services from a task: streams progress, rides out a restart of the service, returns the summary.

use std::time::Duration;

use futures::StreamExt;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use url::Url;

/// What a service's summary holds: counts by name.
pub(crate) type Summary = Map<String, Value>;

/// One step of progress that a service reports.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Step {
    /// Records done so far.
    pub(crate) done: u64,
    /// Records in all, once known.
    #[serde(default)]
    pub(crate) total: Option<u64>,
    /// What is being done.
    #[serde(default)]
    pub(crate) message: String,
}

/// One line of a service's stream.
#[derive(Debug, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line {
    Progress(Step),
    Summary(Summary),
    Error { retryable: bool, message: String },
}

/// Why a call did not end in a summary.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServiceError {
    /// The service did not answer for longer than it may take to restart. A later try may succeed.
    #[error("`{url}` does not answer since {} s: {cause}; is the {service} service running?", waited.as_secs())]
    Unreachable {
        /// Which service, for people.
        service: &'static str,
        /// What was called.
        url: Url,
        /// For how long it was tried.
        waited: Duration,
        /// The last reason.
        cause: String,
    },
    /// The service answers, but its answers break off before anything more is done. A later try may succeed.
    #[error(
        "`{url}` broke off {attempts} times without any progress: {cause}; see the log of the {service} service"
    )]
    NoProgress {
        /// Which service, for people.
        service: &'static str,
        /// What was called.
        url: Url,
        /// How often it was tried since the last progress.
        attempts: u32,
        /// The last reason.
        cause: String,
    },
    /// The service refused the request as it is; trying again does not help.
    #[error("`{url}` refused the request (HTTP {status}): {message}")]
    Refused {
        /// What was called.
        url: Url,
        /// The HTTP status.
        status: u16,
        /// What the service says.
        message: String,
    },
    /// The service did the work and failed.
    #[error("`{url}`: {message}")]
    Failed {
        /// What was called.
        url: Url,
        /// Whether another try may succeed.
        retryable: bool,
        /// What the service says.
        message: String,
    },
}

impl ServiceError {
    /// Whether another try may succeed.
    pub(crate) fn is_retryable(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::NoProgress { .. } => true,
            Self::Refused { .. } => false,
            Self::Failed { retryable, .. } => *retryable,
        }
    }
}

/// How a call waits for a service that is away.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// The first pause; it doubles up to [`Patience::pause_max`].
    pub(crate) pause_min: Duration,
    /// The longest pause.
    pub(crate) pause_max: Duration,
    /// When the pauses since the last progress sum up to this, the call fails.
    pub(crate) standstill_max: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            pause_min: Duration::from_millis(250),
            pause_max: Duration::from_secs(5),
            standstill_max: Duration::from_mins(1),
        }
    }
}

/// A service that does long work and keeps its own state, so that calling it again resumes.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    /// Its name, for people.
    pub(crate) name: &'static str,
    /// Its base address.
    pub(crate) base: Url,
    /// The token it wants when it does not listen on loopback.
    pub(crate) token: Option<String>,
    /// The client to call it with.
    pub(crate) http: reqwest::Client,
    /// How long to wait when it is away.
    pub(crate) patience: Patience,
}

/// How one attempt at a call ended without a final answer.
enum Interrupted {
    /// The service is away; something was heard from it first, or not.
    Away { cause: String, heard: Heard },
    /// There is no point in another attempt.
    Final(ServiceError),
}

/// What an attempt heard from the service. More is greater.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Heard {
    #[default]
    Nothing,
    /// It answers, but has done no more than was known.
    Life,
    /// It has done more.
    Progress,
}

/// The attempts since the last progress.
#[derive(Debug, Default)]
struct Standstill {
    /// By the last of them.
    heard: Heard,
    /// The pauses between them.
    waited: Duration,
    attempts: u32,
}

impl Service {
    /// Calls an operation for a run and returns its summary. `on_step` sees every step of progress; what it sees before
    /// an interruption may come again.
    ///
    /// # Errors
    /// See [`ServiceError`].
    pub(crate) async fn call(
        &self,
        operation: &str,
        run_id: &str,
        on_step: &mut (dyn FnMut(Step) + Send),
    ) -> Result<Summary, ServiceError> {
        let url = self.url(operation)?;
        let mut pause = self.patience.pause_min;
        let mut stand = Standstill::default();
        let mut done = None;
        loop {
            let (cause, heard) = match self.attempt(&url, run_id, &mut done, on_step).await {
                Ok(summary) => return Ok(summary),
                Err(Interrupted::Final(error)) => return Err(error),
                Err(Interrupted::Away { cause, heard }) => (cause, heard),
            };
            if heard == Heard::Progress {
                (pause, stand) = (self.patience.pause_min, Standstill::default());
            }
            stand.heard = heard;
            stand.attempts += 1;
            if stand.waited >= self.patience.standstill_max {
                return Err(self.standstill(url, stand, cause));
            }
            tracing::warn!(
                "`{url}` does not answer ({cause}); trying again in {} ms",
                pause.as_millis()
            );
            tokio::time::sleep(pause).await;
            stand.waited += pause;
            pause = (pause * 2).min(self.patience.pause_max);
        }
    }

    #[expect(clippy::result_large_err, reason = "made once per call")]
    fn url(&self, operation: &str) -> Result<Url, ServiceError> {
        self.base.join(operation).map_err(|error| ServiceError::Refused {
            url: self.base.clone(),
            status: 0,
            message: format!("`{operation}` cannot be joined to it: {error}"),
        })
    }

    fn standstill(&self, url: Url, stand: Standstill, cause: String) -> ServiceError {
        let service = self.name;
        let Standstill {
            heard,
            waited,
            attempts,
        } = stand;
        match heard {
            Heard::Nothing => ServiceError::Unreachable {
                service,
                url,
                waited,
                cause,
            },
            Heard::Life | Heard::Progress => ServiceError::NoProgress {
                service,
                url,
                attempts,
                cause,
            },
        }
    }

    /// Asks once. `done` is what the service has told to be done, in this attempt or an earlier one.
    async fn attempt(
        &self,
        url: &Url,
        run_id: &str,
        done: &mut Option<u64>,
        on_step: &mut (dyn FnMut(Step) + Send),
    ) -> Result<Summary, Interrupted> {
        let away = |error: reqwest::Error, heard| Interrupted::Away {
            cause: causes(&error),
            heard,
        };
        let mut request = self.http.post(url.clone()).json(&json!({ "run_id": run_id }));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let response = request
            .send()
            .await
            .map_err(|error| away(error, Heard::Nothing))?;
        let status = response.status();
        if !status.is_success() {
            let message = response.text().await.unwrap_or_default();
            return Err(refusal(url, status, message.chars().take(500).collect()));
        }
        let mut heard = Heard::Nothing;
        let mut lines = LineBuffer::default();
        let mut body = response.bytes_stream();
        while let Some(chunk) = body.next().await {
            lines.push(&chunk.map_err(|error| away(error, heard))?);
            while let Some(line) = lines.next() {
                heard = heard.max(Heard::Life);
                match serde_json::from_slice(&line) {
                    Ok(Line::Progress(step)) => {
                        if done.is_some_and(|done| step.done > done) {
                            heard = Heard::Progress;
                        }
                        *done = Some(step.done);
                        on_step(step);
                    }
                    Ok(Line::Summary(summary)) => return Ok(summary),
                    Ok(Line::Error { retryable, message }) => {
                        let url = url.clone();
                        return Err(Interrupted::Final(ServiceError::Failed {
                            url,
                            retryable,
                            message,
                        }));
                    }
                    Err(error) => {
                        let message = format!("its answer is not understood: {error}");
                        let failed = ServiceError::Failed {
                            url: url.clone(),
                            retryable: false,
                            message,
                        };
                        return Err(Interrupted::Final(failed));
                    }
                }
            }
        }
        Err(Interrupted::Away {
            cause: "the answer ended before its summary".to_owned(),
            heard,
        })
    }
}

/// What an answer without success means: a server's error may pass, everything else is final.
fn refusal(url: &Url, status: reqwest::StatusCode, message: String) -> Interrupted {
    if status.is_server_error() {
        Interrupted::Away {
            cause: format!("HTTP {status}: {message}"),
            heard: Heard::Nothing,
        }
    } else {
        Interrupted::Final(ServiceError::Refused {
            url: url.clone(),
            status: status.as_u16(),
            message,
        })
    }
}

/// Cuts a stream of bytes into lines.
#[derive(Default)]
struct LineBuffer {
    bytes: Vec<u8>,
}

impl LineBuffer {
    fn push(&mut self, chunk: &[u8]) {
        self.bytes.extend_from_slice(chunk);
    }

    fn next(&mut self) -> Option<Vec<u8>> {
        let end = self.bytes.iter().position(|byte| *byte == b'\n')?;
        let mut line: Vec<u8> = self.bytes.drain(..=end).collect();
        line.pop();
        Some(line)
    }
}

/// The whole chain of causes in one line; an address in it is the service's own and holds no secret.
fn causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
