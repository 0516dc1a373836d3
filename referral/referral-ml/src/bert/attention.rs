//! Multi-head self-attention of the texts in one micro-batch, each over its own tokens only.

use std::ops::Range;

use super::loops::exponentials;
use super::shape::{HEAD_WIDTH, HEADS, WIDTH};
use crate::product::{Matrix, MatrixMut, multiply};

/// Floats per token in the joint projection: query, key and value, each [`WIDTH`] wide.
pub(crate) const QKV_WIDTH: usize = 3 * WIDTH;

/// Scratch space of [`attend`], kept between calls.
#[derive(Debug, Default)]
pub(crate) struct AttentionScratch {
    /// Scores of all queries against all keys of one head: tokens x tokens.
    scores: Vec<f32>,
    /// Sum of each row of `scores` after its exponentials were taken.
    sums: Vec<f32>,
}

/// For each text (a range of token rows): `context = softmax(Q K^T / sqrt 32) V`, head by head.
///
/// `qkv` is tokens x [`QKV_WIDTH`], `context` tokens x [`WIDTH`], both row-major.
pub(crate) fn attend(
    qkv: &[f32],
    texts: impl IntoIterator<Item = Range<usize>>,
    context: &mut [f32],
    scratch: &mut AttentionScratch,
) {
    for text in texts {
        let qkv = &qkv[text.start * QKV_WIDTH..text.end * QKV_WIDTH];
        let context = &mut context[text.start * WIDTH..text.end * WIDTH];
        for head in 0..HEADS {
            attend_head(qkv, head * HEAD_WIDTH, context, scratch);
        }
    }
}

/// One head of one text; `column` is where the head starts within query, key, value and context.
fn attend_head(qkv: &[f32], column: usize, context: &mut [f32], scratch: &mut AttentionScratch) {
    let tokens = qkv.len() / QKV_WIDTH;
    let part =
        |index: usize| Matrix::row_major(&qkv[index * WIDTH + column..], tokens, HEAD_WIDTH, QKV_WIDTH);
    scratch.scores.resize(tokens * tokens, 0.0);
    scratch.sums.resize(tokens, 0.0);
    multiply(
        MatrixMut::row_major(&mut scratch.scores, tokens, tokens, tokens),
        part(0),
        part(1).transposed(),
    );
    exponentials(
        &mut scratch.scores,
        tokens,
        1.0 / (HEAD_WIDTH as f32).sqrt(),
        &mut scratch.sums,
    );
    multiply(
        MatrixMut::row_major(&mut context[column..], tokens, HEAD_WIDTH, WIDTH),
        Matrix::row_major(&scratch.scores, tokens, tokens, tokens),
        part(2),
    );
    for (row, sum) in context.chunks_exact_mut(WIDTH).zip(&scratch.sums) {
        let inverse = 1.0 / sum;
        for value in &mut row[column..column + HEAD_WIDTH] {
            *value *= inverse;
        }
    }
}
