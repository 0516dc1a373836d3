//! The forward pass: tokens in, unit vectors out.

use super::attention::{AttentionScratch, QKV_WIDTH, attend};
use super::batch::PackedTexts;
use super::loops::normalise_rows;
use super::shape::{FEED_FORWARD, WIDTH};
use super::weights::{Layer, Weights};

/// Buffers of one worker, reused from micro-batch to micro-batch.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    hidden: Vec<f32>,
    qkv: Vec<f32>,
    context: Vec<f32>,
    projected: Vec<f32>,
    inner: Vec<f32>,
    attention: AttentionScratch,
}

/// The vectors of the texts, [`WIDTH`] floats each with L2 norm 1, in the texts' order.
///
/// A text's vector does not depend on its neighbours in the batch, to the bit.
pub(crate) fn embed(weights: &Weights, texts: &PackedTexts, workspace: &mut Workspace) -> Vec<f32> {
    let tokens = texts.tokens().len();
    workspace.hidden.resize(tokens * WIDTH, 0.0);
    workspace.qkv.resize(tokens * QKV_WIDTH, 0.0);
    workspace.context.resize(tokens * WIDTH, 0.0);
    workspace.projected.resize(tokens * WIDTH, 0.0);
    workspace.inner.resize(tokens * FEED_FORWARD, 0.0);

    look_up(weights, texts, &mut workspace.hidden);
    for layer in &weights.layers {
        encode(layer, texts, workspace);
    }
    let mut vectors = Vec::with_capacity(texts.texts().len() * WIDTH);
    for text in texts.texts() {
        vectors.extend(pool(&workspace.hidden[text.start * WIDTH..text.end * WIDTH]));
    }
    vectors
}

/// Word, position and type embeddings of every token, summed and normalised.
fn look_up(weights: &Weights, texts: &PackedTexts, hidden: &mut [f32]) {
    for text in texts.texts() {
        let rows = hidden[text.start * WIDTH..text.end * WIDTH].chunks_exact_mut(WIDTH);
        let positions = weights.positions.chunks_exact(WIDTH);
        for ((row, token), position) in rows.zip(&texts.tokens()[text]).zip(positions) {
            let word = &weights.words[*token as usize * WIDTH..][..WIDTH];
            for ((value, word), position) in row.iter_mut().zip(word).zip(position) {
                *value = word + position;
            }
        }
    }
    normalise_rows(hidden, &weights.norm);
}

/// One encoder layer over all tokens of the micro-batch: attention, then feed-forward, each with its residual.
fn encode(layer: &Layer, texts: &PackedTexts, workspace: &mut Workspace) {
    let Workspace {
        hidden,
        qkv,
        context,
        projected,
        inner,
        attention,
    } = workspace;
    layer.qkv.apply(hidden, qkv);
    attend(qkv, texts.texts(), context, attention);
    layer
        .attention_output
        .apply_residual(context, projected, hidden, &layer.attention_norm);
    layer.inner.apply_gelu(projected, inner);
    layer
        .output
        .apply_residual(inner, hidden, projected, &layer.output_norm);
}

/// The mean of a text's token states, scaled to L2 norm 1.
fn pool(rows: &[f32]) -> [f32; WIDTH] {
    let mut sum = [0.0_f32; WIDTH];
    for row in rows.chunks_exact(WIDTH) {
        for (sum, value) in sum.iter_mut().zip(row) {
            *sum += value;
        }
    }
    let count = (rows.len() / WIDTH).max(1) as f32;
    let mean = sum.map(|value| value / count);
    let norm = mean
        .iter()
        .map(|value| f64::from(*value) * f64::from(*value))
        .sum::<f64>()
        .sqrt();
    mean.map(|value| (f64::from(value) / norm.max(1e-12)) as f32)
}
