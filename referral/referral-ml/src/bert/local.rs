//! The model as a whole: loaded once, then asked for vectors from any number of threads.

use std::num::NonZeroUsize;
use std::sync::Arc;

use futures::channel::oneshot;
use futures::future::BoxFuture;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::batch::{PackedTexts, micro_batches};
use super::files::{ModelError, ModelFolder};
use super::forward::{Workspace, embed};
use super::shape::{TOKENS_MAX, WIDTH};
use super::tokens::TextTokenizer;
use super::weights::{self, Weights};
use crate::embedder::{EmbedError, Embedded, Embedder, ModelIdentity, Precision};
use crate::vectors::Vectors;

/// What [`LocalModel::load`] needs to know.
#[derive(Debug, Clone)]
pub struct LocalModelOptions {
    /// Where the model's files are.
    pub folder: ModelFolder,
    /// Threads that compute; all requests share them.
    pub threads: NonZeroUsize,
}

/// all-MiniLM-L6-v2, computed here in f32.
///
/// A text's vector is the same to the bit whatever other texts it is embedded with, in which order and on how many
/// threads, on one kind of CPU; between CPUs components differ by at most 1e-6. Cloning is cheap: clones share weights
/// and threads.
#[derive(Debug, Clone)]
pub struct LocalModel {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    loaded: Arc<Loaded>,
    threads: ThreadPool,
}

/// What was read from the model's folder.
#[derive(Debug)]
struct Loaded {
    weights: Weights,
    tokenizer: TextTokenizer,
    identity: ModelIdentity,
}

impl LocalModel {
    /// Reads and checks the model's files and starts its threads. Takes about 95 MB of memory.
    ///
    /// # Errors
    /// A file is missing, damaged, of another shape, or not the published one; a retry does not help.
    pub fn load(options: &LocalModelOptions) -> Result<Self, ModelError> {
        let (path, json) = options.folder.read_tokenizer()?;
        let tokenizer = TextTokenizer::new(&path, &json)?;
        let (weights, sha256) = weights::read(&options.folder.weights())?;
        options.folder.check_weights(&sha256)?;
        let identity = ModelIdentity {
            name: "all-MiniLM-L6-v2".to_owned(),
            sha256,
            precision: Precision::F32,
            dimensions: WIDTH,
        };
        Self::start(
            Arc::new(Loaded {
                weights,
                tokenizer,
                identity,
            }),
            options.threads,
        )
    }

    /// The same model, in the same memory, on threads of its own.
    ///
    /// # Errors
    /// The threads cannot be started.
    pub fn with_threads(&self, threads: NonZeroUsize) -> Result<Self, ModelError> {
        Self::start(Arc::clone(&self.shared.loaded), threads)
    }

    fn start(loaded: Arc<Loaded>, threads: NonZeroUsize) -> Result<Self, ModelError> {
        let threads = ThreadPoolBuilder::new()
            .num_threads(threads.get())
            .thread_name(|index| format!("embed-{index}"))
            .build()
            .map_err(|source| ModelError::Threads {
                threads: threads.get(),
                source,
            })?;
        Ok(Self {
            shared: Arc::new(Shared { loaded, threads }),
        })
    }

    /// The vectors of `texts`, in their order; blocks the calling thread.
    ///
    /// A text longer than 256 tokens is cut there: see [`Document`](crate::document) for longer ones.
    ///
    /// # Errors
    /// A text cannot be tokenised; a retry does not help.
    pub fn embed_now(&self, texts: &[String]) -> Result<Embedded, EmbedError> {
        let shared = &self.shared;
        shared.threads.install(|| shared.embed(texts))
    }

    /// How many tokens of `text` are read, `[CLS]` and `[SEP]` included: at most 256.
    ///
    /// # Errors
    /// The text cannot be tokenised.
    pub fn tokens_read(&self, text: &str) -> Result<usize, EmbedError> {
        let count = self
            .shared
            .loaded
            .tokenizer
            .count(text)
            .map_err(EmbedError::tokenizing)?;
        Ok(count.min(TOKENS_MAX))
    }
}

impl Shared {
    fn embed(&self, texts: &[String]) -> Result<Embedded, EmbedError> {
        let tokens: Vec<Vec<u32>> = texts
            .par_iter()
            .map(|text| self.loaded.tokenizer.cut(text).map_err(EmbedError::tokenizing))
            .collect::<Result<_, _>>()?;
        let lengths: Vec<usize> = tokens.iter().map(Vec::len).collect();
        let batches: Vec<Vec<f32>> = micro_batches(&lengths, self.threads.current_num_threads())
            .into_par_iter()
            .with_max_len(1)
            .map_init(Workspace::default, |workspace, batch| {
                let packed = PackedTexts::new(tokens[batch].iter().map(Vec::as_slice));
                embed(&self.loaded.weights, &packed, workspace)
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
        &self.shared.loaded.identity
    }

    fn fits(&self, text: &str) -> bool {
        self.shared
            .loaded
            .tokenizer
            .count(text)
            .is_ok_and(|count| count <= TOKENS_MAX)
    }

    fn embed(&self, texts: Vec<String>) -> BoxFuture<'_, Result<Embedded, EmbedError>> {
        let (sender, receiver) = oneshot::channel();
        let shared = Arc::clone(&self.shared);
        self.shared.threads.spawn(move || {
            // Nobody waits any more when the caller gave up: then the vectors are dropped.
            let _ = sender.send(shared.embed(&texts));
        });
        Box::pin(async { receiver.await.map_err(|_| EmbedError::Crashed)? })
    }
}
