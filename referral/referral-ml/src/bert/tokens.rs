//! From text to vocabulary entries.

use std::path::Path;

use tokenizers::Tokenizer;

use super::files::ModelError;
use super::shape::{TOKENS_MAX, VOCABULARY};

/// The WordPiece tokenizer of a model folder.
///
/// The published `tokenizer.json` cuts at 128 tokens and pads to 128. Both are switched off here: a text is cut at
/// [`TOKENS_MAX`], as sentence-transformers does, and never padded.
#[derive(Debug)]
pub(crate) struct TextTokenizer {
    inner: Tokenizer,
}

impl TextTokenizer {
    /// Reads `tokenizer.json`; `path` is only for errors.
    pub(crate) fn new(path: &Path, json: &[u8]) -> Result<Self, ModelError> {
        let malformed = |reason: String| ModelError::Malformed {
            path: path.to_owned(),
            reason,
        };
        let mut inner = Tokenizer::from_bytes(json).map_err(|error| malformed(error.to_string()))?;
        inner
            .with_truncation(None)
            .map_err(|error| malformed(error.to_string()))?;
        inner.with_padding(None);
        let last = inner.get_vocab(true).into_values().max();
        if last.is_none_or(|last| last as usize >= VOCABULARY) {
            return Err(malformed(format!(
                "its last entry is {last:?}; the model has {VOCABULARY}"
            )));
        }
        Ok(Self { inner })
    }

    /// The entries of `[CLS] text [SEP]`, all of them.
    fn all(&self, text: &str) -> Result<Vec<u32>, tokenizers::Error> {
        Ok(self.inner.encode_fast(text, true)?.get_ids().to_vec())
    }

    /// How many tokens `text` has with `[CLS]` and `[SEP]`, before it is cut.
    pub(crate) fn count(&self, text: &str) -> Result<usize, tokenizers::Error> {
        self.inner.encode_fast(text, true).map(|encoding| encoding.len())
    }

    /// The entries of `[CLS] text [SEP]`, at most [`TOKENS_MAX`]: the middle is cut at its end, `[SEP]` stays.
    pub(crate) fn cut(&self, text: &str) -> Result<Vec<u32>, tokenizers::Error> {
        let mut entries = self.all(text)?;
        if entries.len() > TOKENS_MAX {
            let last = entries.len() - 1;
            entries[TOKENS_MAX - 1] = entries[last];
            entries.truncate(TOKENS_MAX);
        }
        Ok(entries)
    }
}
