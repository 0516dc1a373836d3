//! Many vectors of one length in one block of memory, and the one dot product that scores are made of.

use crate::widest::widest;

/// `len` rows x `dimensions` floats, row-major. Rows that come from an embedder have L2 norm 1, so that the dot
/// product of two is their cosine.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Vectors {
    dimensions: usize,
    values: Vec<f32>,
}

impl Vectors {
    /// Takes row-major `values`.
    ///
    /// # Panics
    /// When the values are not whole rows: a bug of the caller.
    pub fn new(dimensions: usize, values: Vec<f32>) -> Self {
        assert!(
            dimensions > 0 && values.len().is_multiple_of(dimensions),
            "vectors are whole rows"
        );
        Self { dimensions, values }
    }

    /// No vectors yet, of `dimensions` floats each.
    pub fn empty(dimensions: usize) -> Self {
        Self::new(dimensions, Vec::new())
    }

    /// Floats per vector.
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// How many vectors there are.
    pub fn len(&self) -> usize {
        self.values.len() / self.dimensions.max(1)
    }

    /// Whether there is no vector.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The vector at `index`.
    ///
    /// # Panics
    /// When there are not that many: a bug of the caller.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.dimensions..(index + 1) * self.dimensions]
    }

    /// All vectors in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.dimensions.max(1))
    }

    /// All floats, row after row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Appends a vector.
    ///
    /// # Panics
    /// When it has another length: a bug of the caller.
    pub fn push(&mut self, row: &[f32]) {
        assert_eq!(row.len(), self.dimensions, "a vector of the same length");
        self.values.extend_from_slice(row);
    }
}

/// The cosine of two vectors of L2 norm 1: the canonical one, which is scored and stored.
///
/// Computed in f64, eight products side by side, added in a fixed order, without fused operations: the same bits on every
/// machine, whichever kernel proposed the pair.
///
/// # Panics
/// When the vectors differ in length: a bug of the caller.
pub fn cosine(left: &[f32], right: &[f32]) -> f64 {
    const LANES: usize = 8;
    assert_eq!(left.len(), right.len(), "vectors of one length");
    widest!({
        let (left_blocks, left_rest) = left.as_chunks::<LANES>();
        let (right_blocks, right_rest) = right.as_chunks::<LANES>();
        let mut lanes = [0.0_f64; LANES];
        for (left, right) in left_blocks.iter().zip(right_blocks) {
            for ((lane, left), right) in lanes.iter_mut().zip(left).zip(right) {
                *lane += f64::from(*left) * f64::from(*right);
            }
        }
        let rest = left_rest
            .iter()
            .zip(right_rest)
            .map(|(left, right)| f64::from(*left) * f64::from(*right));
        lanes.iter().sum::<f64>() + rest.sum::<f64>()
    })
}
