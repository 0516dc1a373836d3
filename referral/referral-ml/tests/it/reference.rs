//! The forward pass against stored vectors of sentence-transformers, and against itself.

use std::sync::LazyLock;

use proptest::prelude::*;
use referral_ml::bert::{LocalModel, WIDTH};
use referral_ml::embedder::Embedded;
use referral_ml::vectors::Vectors;

use crate::support::{model, workers};

static MODEL: LazyLock<LocalModel> = LazyLock::new(model);

fn texts() -> Vec<String> {
    serde_json::from_str(include_str!("../fixtures/reference/texts.json")).unwrap()
}

fn reference() -> Vectors {
    let (quads, rest) = include_bytes!("../fixtures/reference/vectors.f32le").as_chunks::<4>();
    assert!(rest.is_empty());
    Vectors::new(
        WIDTH,
        quads.iter().map(|quad| f32::from_le_bytes(*quad)).collect(),
    )
}

fn cosine(left: &[f32], right: &[f32]) -> f64 {
    left.iter()
        .zip(right)
        .map(|(l, r)| f64::from(*l) * f64::from(*r))
        .sum()
}

/// Indices of all rows but `of`, nearest first.
fn ranking(vectors: &Vectors, of: usize) -> Vec<usize> {
    let mut others: Vec<usize> = (0..vectors.len()).filter(|index| *index != of).collect();
    others.sort_by(|a, b| {
        let nearness = |index: &usize| cosine(vectors.row(of), vectors.row(*index));
        nearness(b).total_cmp(&nearness(a)).then(a.cmp(b))
    });
    others
}

#[test]
fn vectors_and_rankings_equal_those_of_sentence_transformers() {
    let (texts, reference) = (texts(), reference());
    assert!(texts.len() >= 64 && texts.len() == reference.len());
    let found = MODEL.embed_now(&texts).unwrap().vectors;
    for (index, (found, expected)) in found.rows().zip(reference.rows()).enumerate() {
        let difference = found
            .iter()
            .zip(expected)
            .map(|(f, e)| (f - e).abs())
            .fold(0.0, f32::max);
        assert!(
            difference <= 1e-6,
            "text {index}: a component is off by {difference:e}"
        );
        let cosine = cosine(found, expected);
        assert!(
            cosine >= 0.999_999,
            "text {index}: cosine to the reference is {cosine}"
        );
    }
    for index in 0..texts.len() {
        let pairs = ranking(&found, index).into_iter().zip(ranking(&reference, index));
        for (ours, theirs) in pairs.take(10) {
            let of = |other: usize| cosine(reference.row(index), reference.row(other));
            assert!(
                ours == theirs || (of(ours) - of(theirs)).abs() <= 1e-6,
                "text {index}: other neighbours"
            );
        }
    }
}

#[test]
fn a_text_is_cut_at_256_tokens() {
    let words = |count: usize| vec!["nurse"; count].join(" ");
    let vectors = MODEL.embed_now(&[words(254), words(255), words(400)]).unwrap();
    assert_eq!(vectors.tokens, 3 * 256);
    assert_eq!(vectors.vectors.row(0), vectors.vectors.row(1));
    assert_eq!(vectors.vectors.row(0), vectors.vectors.row(2));
    assert_eq!(MODEL.tokens_read(&words(10)).unwrap(), 12);
    assert_eq!(
        MODEL.embed_now(&[]).unwrap(),
        Embedded {
            vectors: Vectors::empty(WIDTH),
            tokens: 0
        }
    );
}

/// Some texts of 2 to 256 tokens.
fn some_texts() -> Vec<String> {
    texts().into_iter().step_by(5).take(12).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3, ..ProptestConfig::default() })]

    #[test]
    fn vectors_are_bit_equal_whatever_batch_order_and_thread_count(
        order in Just((0..some_texts().len()).collect::<Vec<usize>>()).prop_shuffle(),
        cuts in prop::collection::vec(1_usize..8, 1..4),
        threads in 1_usize..4,
    ) {
        static ALONE: LazyLock<Vectors> = LazyLock::new(|| {
            let mut vectors = Vectors::empty(WIDTH);
            for text in some_texts() {
                vectors.push(MODEL.embed_now(&[text]).unwrap().vectors.row(0));
            }
            vectors
        });
        let texts = some_texts();
        let model = MODEL.on(workers(threads));
        let mut left = &order[..];
        for cut in cuts.into_iter().chain([usize::MAX]) {
            let (now, later) = left.split_at(cut.min(left.len()));
            let batch: Vec<String> = now.iter().map(|index| texts[*index].clone()).collect();
            let vectors = model.embed_now(&batch).unwrap().vectors;
            for (index, row) in now.iter().zip(vectors.rows()) {
                prop_assert!(row == ALONE.row(*index), "text {} differs", index);
            }
            left = later;
        }
    }
}
