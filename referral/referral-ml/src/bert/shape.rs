//! The one shape of network that is run here: sentence-transformers' all-MiniLM-L6-v2.
//!
//! Weights of any other shape are refused when they are loaded, so that the forward pass can rely on these numbers.

/// Width of a token's hidden state and of the vector that comes out, in floats.
pub const WIDTH: usize = 384;
/// Number of attention heads per layer.
pub(crate) const HEADS: usize = 12;
/// Width of one attention head, in floats.
pub(crate) const HEAD_WIDTH: usize = WIDTH / HEADS;
/// Number of encoder layers.
pub(crate) const LAYERS: usize = 6;
/// Width of the inner layer of the feed-forward part, in floats.
pub(crate) const FEED_FORWARD: usize = 1_536;
/// Entries of the vocabulary.
pub(crate) const VOCABULARY: usize = 30_522;
/// Rows of the position table. Longer than [`TOKENS_MAX`], as in the published model.
pub(crate) const POSITIONS: usize = 512;
/// Rows of the token type table; a single text uses the first.
pub(crate) const TOKEN_TYPES: usize = 2;
/// Added to a variance before its root is taken.
pub(crate) const NORM_EPSILON: f32 = 1e-12;
/// Most tokens of a text that are read, `[CLS]` and `[SEP]` included. The rest of a longer text is ignored.
pub const TOKENS_MAX: usize = 256;
