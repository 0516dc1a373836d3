//! The folder that holds a model: which files it must have, which hashes are known, and what can be wrong with it.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

/// The command that fetches the published model and checks it.
pub const FETCH_COMMAND: &str = "cargo xtask model";
/// SHA-256 (hex) of the published `model.safetensors`, 90,868,376 bytes.
pub const PUBLISHED_WEIGHTS_SHA256: &str = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db";
/// SHA-256 (hex) of the published `tokenizer.json`, 466,247 bytes.
pub const PUBLISHED_TOKENIZER_SHA256: &str =
    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037";

/// A folder with `model.safetensors` and `tokenizer.json` of the all-MiniLM-L6-v2 shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFolder {
    path: PathBuf,
    published: bool,
}

impl ModelFolder {
    /// A folder that must hold the published model: any other content is refused.
    pub fn published(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            published: true,
        }
    }

    /// A folder with other weights of the same shape, for example a fine-tuned model. Only the shape is checked; the
    /// hash of its weights still becomes part of every vector's identity.
    pub fn custom(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            published: false,
        }
    }

    /// Where the folder is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn weights(&self) -> PathBuf {
        self.path.join("model.safetensors")
    }

    /// The bytes of `tokenizer.json`, checked against the published hash where that is asked for.
    pub(crate) fn read_tokenizer(&self) -> Result<(PathBuf, Vec<u8>), ModelError> {
        let path = self.path.join("tokenizer.json");
        let bytes = std::fs::read(&path).map_err(|source| ModelError::reading(&path, source))?;
        self.check(
            &path,
            &hex::encode(Sha256::digest(&bytes)),
            PUBLISHED_TOKENIZER_SHA256,
        )?;
        Ok((path, bytes))
    }

    /// Compares the hash of the weights with the published one where that is asked for.
    pub(crate) fn check_weights(&self, found: &str) -> Result<(), ModelError> {
        self.check(&self.weights(), found, PUBLISHED_WEIGHTS_SHA256)
    }

    fn check(&self, path: &Path, found: &str, expected: &'static str) -> Result<(), ModelError> {
        if self.published && found != expected {
            return Err(ModelError::HashMismatch {
                path: path.to_owned(),
                expected,
                found: found.to_owned(),
            });
        }
        Ok(())
    }
}

/// Why a model cannot be used. None of these passes by itself: the files must be fetched again or another folder named.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file is not there.
    #[error("model file `{path}` is missing; fetch the model with `{FETCH_COMMAND}`")]
    Missing {
        /// The file looked for.
        path: PathBuf,
    },
    /// A file is there but cannot be read.
    #[error("model file `{path}` cannot be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A file differs from the published one.
    #[error(
        "model file `{path}` has SHA-256 `{found}`, expected `{expected}`; fetch it again with `{FETCH_COMMAND}`, or \
         name the folder as a model of its own"
    )]
    HashMismatch {
        /// The file.
        path: PathBuf,
        /// SHA-256 of the published file, hex.
        expected: &'static str,
        /// SHA-256 of the file, hex.
        found: String,
    },
    /// A file is not of the format that its name says.
    #[error("model file `{path}` is damaged ({reason}); fetch it again with `{FETCH_COMMAND}`")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// The weights lack a tensor.
    #[error(
        "model file `{path}` has no float tensor `{tensor}`: not a model of the all-MiniLM-L6-v2 shape; fetch that with \
         `{FETCH_COMMAND}`"
    )]
    MissingTensor {
        /// The file.
        path: PathBuf,
        /// Name of the tensor.
        tensor: String,
    },
    /// A tensor has another shape.
    #[error(
        "model file `{path}`: tensor `{tensor}` has shape {found:?}, expected {expected:?}: not a model of the \
         all-MiniLM-L6-v2 shape; fetch that with `{FETCH_COMMAND}`"
    )]
    WrongShape {
        /// The file.
        path: PathBuf,
        /// Name of the tensor.
        tensor: String,
        /// Shape that the network needs.
        expected: Vec<usize>,
        /// Shape in the file.
        found: Vec<usize>,
    },
}

impl ModelError {
    /// The right variant for a failed read.
    pub(crate) fn reading(path: &Path, source: std::io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            std::io::ErrorKind::NotFound => Self::Missing { path },
            _ => Self::Unreadable { path, source },
        }
    }
}
