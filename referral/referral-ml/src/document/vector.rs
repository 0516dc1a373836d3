//! One vector per document.

use std::collections::HashMap;

use super::{chunks, without_contacts};
use crate::embedder::{EmbedError, Embedded, Embedder};
use crate::vectors::Vectors;

/// The vectors of whole documents: one row per text, in the same order, L2 norm 1.
///
/// Contact details are taken out, long texts are cut, a text's pieces are averaged and the mean is normalised again. Equal
/// pieces are embedded once. A text without content gets a row of zeros, which is similar to nothing.
///
/// # Errors
/// As [`Embedder::embed`].
pub async fn embed_documents(embedder: &dyn Embedder, texts: &[&str]) -> Result<Embedded, EmbedError> {
    let mut pieces = Vec::new();
    let mut index_of = HashMap::new();
    let mut documents: Vec<Vec<usize>> = Vec::with_capacity(texts.len());
    for text in texts {
        let own = chunks(&without_contacts(text), |piece| embedder.fits(piece));
        let indices = own.into_iter().map(|piece| {
            *index_of.entry(piece).or_insert_with_key(|piece| {
                pieces.push(piece.clone());
                pieces.len() - 1
            })
        });
        documents.push(indices.collect());
    }
    let Embedded { vectors, tokens } = embedder.embed(pieces).await?;
    let mut means = Vectors::empty(vectors.dimensions());
    for indices in documents {
        means.push(&mean(&vectors, &indices));
    }
    Ok(Embedded {
        vectors: means,
        tokens,
    })
}

/// The mean of some rows, scaled to L2 norm 1.
fn mean(vectors: &Vectors, indices: &[usize]) -> Vec<f32> {
    if let [only] = indices {
        return vectors.row(*only).to_vec();
    }
    let mut sum = vec![0.0_f64; vectors.dimensions()];
    for index in indices {
        for (sum, value) in sum.iter_mut().zip(vectors.row(*index)) {
            *sum += f64::from(*value);
        }
    }
    let norm = sum.iter().map(|value| value * value).sum::<f64>().sqrt();
    sum.iter().map(|value| (value / norm.max(1e-12)) as f32).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures::executor::block_on;
    use futures::future::{BoxFuture, FutureExt};

    use super::*;
    use crate::embedder::{ModelIdentity, Precision};

    /// Puts a text on one of two axes, by its first letter, and remembers what it was asked.
    struct TwoAxes {
        identity: ModelIdentity,
        asked: Mutex<Vec<String>>,
    }

    impl TwoAxes {
        fn new() -> Self {
            let identity = ModelIdentity {
                name: "two-axes".to_owned(),
                sha256: String::new(),
                precision: Precision::F32,
                dimensions: 2,
            };
            Self {
                identity,
                asked: Mutex::default(),
            }
        }
    }

    impl Embedder for TwoAxes {
        fn identity(&self) -> &ModelIdentity {
            &self.identity
        }

        fn fits(&self, text: &str) -> bool {
            text.len() <= 900
        }

        fn embed(&self, texts: Vec<String>) -> BoxFuture<'_, Result<Embedded, EmbedError>> {
            let axis = |text: &String| {
                if text.starts_with('a') {
                    [1.0, 0.0]
                } else {
                    [0.0, 1.0]
                }
            };
            let vectors = Vectors::new(2, texts.iter().flat_map(axis).collect());
            let tokens = texts.len();
            self.asked.lock().unwrap().extend(texts);
            async move { Ok(Embedded { vectors, tokens }) }.boxed()
        }
    }

    #[test]
    fn a_long_text_is_the_normalised_mean_of_its_pieces() {
        let long = format!("{}\n{}", "a".repeat(900), "b".repeat(900));
        let embedder = TwoAxes::new();
        let embedded = block_on(embed_documents(&embedder, &["a b", &long, ""])).unwrap();
        let half = 0.5_f32.sqrt();
        assert_eq!(embedded.vectors.values(), [1.0, 0.0, half, half, 0.0, 0.0]);
    }

    #[test]
    fn equal_pieces_are_embedded_once_and_without_contacts() {
        let embedder = TwoAxes::new();
        let texts = ["welder", "welder  ", "welder jo@example.com", "baker"];
        let embedded = block_on(embed_documents(&embedder, &texts)).unwrap();
        assert_eq!(*embedder.asked.lock().unwrap(), ["welder", "baker"]);
        assert_eq!(embedded.vectors.len(), 4);
    }
}
