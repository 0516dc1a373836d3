//! What every source of vectors offers: texts in; vectors and the identity of the model that made them out.

use std::fmt;

use futures::future::BoxFuture;

use crate::vectors::Vectors;

/// Turns texts into vectors.
///
/// Two implementations: [`LocalModel`](crate::bert::LocalModel) computes them here, [`RemoteEmbedder`](crate::remote::RemoteEmbedder)
/// asks a server that speaks the `/v1/embeddings` protocol. There is no third that invents vectors when neither is at hand.
pub trait Embedder: Send + Sync + 'static {
    /// Which model answers, and how exactly.
    fn identity(&self) -> &ModelIdentity;

    /// Whether the model reads all of `text` in one pass, rather than ignoring its end.
    fn fits(&self, text: &str) -> bool;

    /// The vectors of `texts`: one row per text, in the same order, L2 norm 1.
    ///
    /// # Errors
    /// See [`EmbedError`]; [`EmbedError::is_retryable`] tells whether the same call may succeed later.
    fn embed(&self, texts: Vec<String>) -> BoxFuture<'_, Result<Embedded, EmbedError>>;
}

/// Vectors and what they cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedded {
    /// One row per text, in the order of the texts, L2 norm 1.
    pub vectors: Vectors,
    /// Tokens read, over all texts.
    pub tokens: usize,
}

/// What a vector must have in common with another to be compared with it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ModelIdentity {
    /// The name shown to people and given in `/v1/embeddings`.
    pub name: String,
    /// SHA-256 of the weights, hex. For a remote model, whose weights nobody here can see, that of its address and name.
    pub sha256: String,
    /// The arithmetic that is used.
    pub precision: Precision,
    /// Floats per vector.
    pub dimensions: usize,
}

/// The arithmetic that vectors are computed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Precision {
    /// 32-bit floats: the reference.
    F32,
    /// Whatever a remote server uses.
    Remote,
}

impl Precision {
    /// The text that is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Remote => "remote",
        }
    }
}

impl fmt::Display for Precision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Why texts could not be embedded.
#[derive(Debug, thiserror::Error)]
pub enum EmbedError {
    /// The tokenizer refused a text. Final.
    #[error("the text cannot be tokenised: {reason}")]
    Tokenizing {
        /// What the tokenizer said.
        reason: String,
    },
    /// The computation ended without a result: a bug, or the process ends. Retryable.
    #[error("the embedding was given up half way")]
    Crashed,
    /// The remote server could not be reached or did not answer in time. Retryable.
    #[error("embedding server `{url}` cannot be reached")]
    Unreachable {
        /// Address that was called.
        url: String,
        /// What the client said.
        #[source]
        source: reqwest::Error,
    },
    /// The remote server answered with an error.
    #[error("embedding server `{url}` answered {status}: {message}")]
    Refused {
        /// Address that was called.
        url: String,
        /// HTTP status.
        status: u16,
        /// The start of its answer.
        message: String,
    },
    /// The remote server's answer is not what was asked for. Final.
    #[error("embedding server `{url}` gave an unusable answer: {reason}")]
    Unusable {
        /// Address that was called.
        url: String,
        /// What does not fit.
        reason: String,
    },
}

impl EmbedError {
    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Crashed | Self::Unreachable { .. } => true,
            Self::Refused { status, .. } => matches!(status, 408 | 429 | 500..=599),
            Self::Tokenizing { .. } | Self::Unusable { .. } => false,
        }
    }

    #[expect(clippy::needless_pass_by_value, reason = "shaped for map_err")]
    pub(crate) fn tokenizing(error: tokenizers::Error) -> Self {
        Self::Tokenizing {
            reason: error.to_string(),
        }
    }
}
