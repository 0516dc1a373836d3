//! Vectors from a server that answers `POST /v1/embeddings` as `OpenAI` does.

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::embedder::{EmbedError, Embedded, Embedder, ModelIdentity, Precision};
use crate::vectors::Vectors;

/// Texts per request.
const TEXTS_PER_REQUEST: usize = 64;
/// Characters that every such server reads in one pass.
const CHARS_READ: usize = 900;
/// Characters of an error answer that are repeated.
const MESSAGE_CHARS_MAX: usize = 200;

/// Which server to ask, and how.
#[derive(Debug, Clone)]
pub struct RemoteOptions {
    /// The address up to and without `/embeddings`, for example `https://embeddings.example/v1`.
    pub base_url: String,
    /// The model's name there.
    pub model: String,
    /// Floats per vector that the model gives.
    pub dimensions: usize,
    /// Sent as bearer token.
    pub api_key: Option<String>,
}

/// An [`Embedder`] that asks a server.
///
/// Vectors are normalised here, so that their dot product is the cosine whatever the server does. Their identity is the
/// server's address and the model's name: when the server changes the model under one name, nothing here can tell.
#[derive(Clone)]
pub struct RemoteEmbedder {
    client: reqwest::Client,
    url: String,
    api_key: Option<String>,
    identity: ModelIdentity,
}

impl RemoteEmbedder {
    /// Talks to the server through `client`, whose timeouts apply.
    pub fn new(client: reqwest::Client, options: RemoteOptions) -> Self {
        let url = format!("{}/embeddings", options.base_url.trim_end_matches('/'));
        let identity = ModelIdentity {
            sha256: hex::encode(Sha256::digest(format!("{url} {}", options.model))),
            name: options.model,
            precision: Precision::Remote,
            dimensions: options.dimensions,
        };
        Self {
            client,
            url,
            api_key: options.api_key,
            identity,
        }
    }

    /// The vectors of a few texts.
    async fn ask(&self, texts: &[String]) -> Result<Answer, EmbedError> {
        let unreachable = |source: reqwest::Error| EmbedError::Unreachable {
            url: self.url.clone(),
            source,
        };
        let body = Question {
            model: &self.identity.name,
            input: texts,
            encoding_format: "float",
        };
        let mut request = self.client.post(&self.url).json(&body);
        if let Some(key) = &self.api_key {
            request = request.bearer_auth(key);
        }
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let text = response.text().await.map_err(unreachable)?;
        if !status.is_success() {
            let message = text.chars().take(MESSAGE_CHARS_MAX).collect();
            return Err(EmbedError::Refused {
                url: self.url.clone(),
                status: status.as_u16(),
                message,
            });
        }
        let answer: Answer = serde_json::from_str(&text).map_err(|error| self.unusable(error.to_string()))?;
        self.check(answer, texts.len())
    }

    /// Puts the rows in order and refuses an answer that does not give one usable vector per text.
    fn check(&self, mut answer: Answer, texts: usize) -> Result<Answer, EmbedError> {
        answer.data.sort_by_key(|row| row.index);
        if !answer.data.iter().map(|row| row.index).eq(0..texts) {
            return Err(self.unusable(format!("{} vectors for {texts} texts", answer.data.len())));
        }
        for row in &mut answer.data {
            let found = row.embedding.len();
            if found != self.identity.dimensions {
                let expected = self.identity.dimensions;
                return Err(self.unusable(format!("a vector of {found} floats, expected {expected}")));
            }
            let norm = row
                .embedding
                .iter()
                .map(|value| f64::from(*value).powi(2))
                .sum::<f64>()
                .sqrt();
            if !norm.is_finite() || norm < 1e-12 {
                return Err(self.unusable("a vector without direction".to_owned()));
            }
            for value in &mut row.embedding {
                *value = (f64::from(*value) / norm) as f32;
            }
        }
        Ok(answer)
    }

    fn unusable(&self, reason: String) -> EmbedError {
        EmbedError::Unusable {
            url: self.url.clone(),
            reason,
        }
    }
}

impl Embedder for RemoteEmbedder {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    fn fits(&self, text: &str) -> bool {
        text.chars().count() <= CHARS_READ
    }

    fn embed(&self, texts: Vec<String>) -> BoxFuture<'_, Result<Embedded, EmbedError>> {
        Box::pin(async move {
            let mut vectors = Vectors::empty(self.identity.dimensions);
            let mut tokens = 0;
            for batch in texts.chunks(TEXTS_PER_REQUEST) {
                let answer = self.ask(batch).await?;
                for row in &answer.data {
                    vectors.push(&row.embedding);
                }
                tokens += answer.usage.map_or(0, |usage| usage.prompt_tokens);
            }
            Ok(Embedded { vectors, tokens })
        })
    }
}

impl std::fmt::Debug for RemoteEmbedder {
    /// Leaves the key out.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = formatter.debug_struct("RemoteEmbedder");
        shown
            .field("url", &self.url)
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct Question<'a> {
    model: &'a str,
    input: &'a [String],
    encoding_format: &'static str,
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<AnswerRow>,
    usage: Option<AnswerUsage>,
}

#[derive(Deserialize)]
struct AnswerRow {
    index: usize,
    embedding: Vec<f32>,
}

#[derive(Deserialize)]
struct AnswerUsage {
    prompt_tokens: usize,
}
