//! The model as a whole: loaded once, then asked for vectors from any number of threads.

use std::sync::Arc;

use futures::future::BoxFuture;
use rayon::prelude::*;

use super::batch::{PackedTexts, micro_batches};
use super::files::{ModelError, ModelFolder};
use super::forward::{Workspace, embed};
use super::shape::{TOKENS_MAX, WIDTH};
use super::tokens::TextTokenizer;
use super::weights::{self, Weights};
use crate::embedder::{EmbedError, Embedded, Embedder, ModelIdentity, Precision};
use crate::vectors::Vectors;
use crate::workers::Workers;

/// all-MiniLM-L6-v2, computed here in f32.
///
/// A text's vector is the same to the bit whatever other texts it is embedded with, in which order and on how many
/// threads, on one kind of CPU; between CPUs components differ by at most 1e-6. Cloning is cheap: clones share weights
/// and threads.
#[derive(Debug, Clone)]
pub struct LocalModel {
    loaded: Arc<Loaded>,
    workers: Workers,
}

/// What was read from the model's folder.
#[derive(Debug)]
struct Loaded {
    weights: Weights,
    tokenizer: TextTokenizer,
    identity: ModelIdentity,
}

impl LocalModel {
    /// Reads and checks the model's files; `workers` will compute. Takes about 95 MB of memory.
    ///
    /// # Errors
    /// A file is missing, damaged, of another shape, or not the published one; a retry does not help.
    pub fn load(folder: &ModelFolder, workers: Workers) -> Result<Self, ModelError> {
        let (path, json) = folder.read_tokenizer()?;
        let tokenizer = TextTokenizer::new(&path, &json)?;
        let (weights, sha256) = weights::read(&folder.weights())?;
        folder.check_weights(&sha256)?;
        let identity = ModelIdentity {
            name: "all-MiniLM-L6-v2".to_owned(),
            sha256,
            precision: Precision::F32,
            dimensions: WIDTH,
        };
        Ok(Self {
            loaded: Arc::new(Loaded {
                weights,
                tokenizer,
                identity,
            }),
            workers,
        })
    }

    /// The same model, in the same memory, on other threads.
    pub fn on(&self, workers: Workers) -> Self {
        Self {
            loaded: Arc::clone(&self.loaded),
            workers,
        }
    }

    /// The vectors of `texts`, in their order; blocks the calling thread.
    ///
    /// A text longer than 256 tokens is cut there: see [`embed_documents`](crate::document::embed_documents) for those.
    ///
    /// # Errors
    /// A text cannot be tokenised; a retry does not help.
    pub fn embed_now(&self, texts: &[String]) -> Result<Embedded, EmbedError> {
        self.workers.block_on(|| self.loaded.embed(texts))
    }

    /// How many tokens of `text` are read, `[CLS]` and `[SEP]` included: at most 256.
    ///
    /// # Errors
    /// The text cannot be tokenised.
    pub fn tokens_read(&self, text: &str) -> Result<usize, EmbedError> {
        let count = self
            .loaded
            .tokenizer
            .count(text)
            .map_err(EmbedError::tokenizing)?;
        Ok(count.min(TOKENS_MAX))
    }
}

impl Loaded {
    /// Must run on the threads that are to share the work.
    fn embed(&self, texts: &[String]) -> Result<Embedded, EmbedError> {
        let tokens: Vec<Vec<u32>> = texts
            .par_iter()
            .map(|text| self.tokenizer.cut(text).map_err(EmbedError::tokenizing))
            .collect::<Result<_, _>>()?;
        let lengths: Vec<usize> = tokens.iter().map(Vec::len).collect();
        let batches: Vec<Vec<f32>> = micro_batches(&lengths, rayon::current_num_threads())
            .into_par_iter()
            .with_max_len(1)
            .map_init(Workspace::default, |workspace, batch| {
                let packed = PackedTexts::new(tokens[batch].iter().map(Vec::as_slice));
                embed(&self.weights, &packed, workspace)
            })
            .collect();
        Ok(Embedded {
            vectors: Vectors::new(WIDTH, batches.concat()),
            tokens: lengths.iter().sum(),
        })
    }
}

impl Embedder for LocalModel {
    fn identity(&self) -> &ModelIdentity {
        &self.loaded.identity
    }

    fn fits(&self, text: &str) -> bool {
        self.loaded
            .tokenizer
            .count(text)
            .is_ok_and(|count| count <= TOKENS_MAX)
    }

    fn embed(&self, texts: Vec<String>) -> BoxFuture<'_, Result<Embedded, EmbedError>> {
        let loaded = Arc::clone(&self.loaded);
        let embedded = self.workers.run(move || loaded.embed(&texts));
        Box::pin(async { embedded.await.ok_or(EmbedError::Crashed)? })
    }
}
