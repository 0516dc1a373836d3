//! Matrix products, on one thread, over the `gemm` crate: the only unsafe call of this crate stands here.
//!
//! Not a linear algebra library: just `destination = left x right` for views into slices, with every index that the
//! kernel may touch checked against the slice beforehand.
//!
//! The result of one element depends on its row, its column and the inner length alone, not on how many other rows and
//! columns are computed with it, as long as one side is longer than 256 elements: below that `gemm` picks other
//! kernels for some shapes. The forward pass leans on this and a property test watches it.

use gemm::Parallelism;

/// A read-only matrix inside a slice: element `(row, column)` stands at `row * row_step + column * column_step`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_step: usize,
    column_step: usize,
}

impl<'a> Matrix<'a> {
    /// A row-major matrix whose rows start `row_step` floats apart.
    pub(crate) fn row_major(values: &'a [f32], rows: usize, columns: usize, row_step: usize) -> Self {
        assert!(
            columns <= row_step,
            "rows of {columns} floats overlap at a step of {row_step}"
        );
        assert!(
            reach(rows, columns, row_step) <= values.len(),
            "matrix reaches past its slice"
        );
        Self {
            values,
            rows,
            columns,
            row_step,
            column_step: 1,
        }
    }

    /// The same elements with rows and columns exchanged; nothing is copied.
    pub(crate) fn transposed(self) -> Self {
        Self {
            values: self.values,
            rows: self.columns,
            columns: self.rows,
            row_step: self.column_step,
            column_step: self.row_step,
        }
    }
}

/// A row-major matrix inside a slice that a product is written to.
#[derive(Debug)]
pub(crate) struct MatrixMut<'a> {
    values: &'a mut [f32],
    rows: usize,
    columns: usize,
    row_step: usize,
}

impl<'a> MatrixMut<'a> {
    /// A row-major matrix whose rows start `row_step` floats apart.
    pub(crate) fn row_major(values: &'a mut [f32], rows: usize, columns: usize, row_step: usize) -> Self {
        assert!(
            columns <= row_step,
            "rows of {columns} floats overlap at a step of {row_step}"
        );
        assert!(
            reach(rows, columns, row_step) <= values.len(),
            "matrix reaches past its slice"
        );
        Self {
            values,
            rows,
            columns,
            row_step,
        }
    }
}

/// `destination = left x right`.
///
/// # Panics
/// When the three shapes do not belong together: a bug of the caller.
pub(crate) fn multiply(destination: MatrixMut<'_>, left: Matrix<'_>, right: Matrix<'_>) {
    assert_eq!(destination.rows, left.rows, "rows of the product");
    assert_eq!(destination.columns, right.columns, "columns of the product");
    assert_eq!(left.columns, right.rows, "inner length of the product");
    #[expect(unsafe_code, reason = "gemm takes raw pointers; this is the one audited call")]
    // SAFETY: the constructors above are the only way to make a view, and they check that the last element of each
    // view lies inside its slice; all steps are non-negative, so every index that the kernel forms lies between the
    // first and the last element. The destination is borrowed mutably, so it overlaps neither factor, and its rows do
    // not overlap each other. The shapes are compared right above. The types are plain floats.
    unsafe {
        gemm::gemm(
            destination.rows,
            destination.columns,
            left.columns,
            destination.values.as_mut_ptr(),
            1,
            destination.row_step as isize,
            false,
            left.values.as_ptr(),
            left.column_step as isize,
            left.row_step as isize,
            right.values.as_ptr(),
            right.column_step as isize,
            right.row_step as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

/// Floats from the first to the last element of a row-major matrix, both included.
fn reach(rows: usize, columns: usize, row_step: usize) -> usize {
    if rows == 0 || columns == 0 {
        return 0;
    }
    (rows - 1)
        .checked_mul(row_step)
        .and_then(|start| start.checked_add(columns))
        .expect("a matrix inside a slice is far smaller than the address space")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn naive(left: &[f32], right: &[f32], rows: usize, inner: usize, columns: usize) -> Vec<f64> {
        let mut result = vec![0.0; rows * columns];
        for row in 0..rows {
            for column in 0..columns {
                result[row * columns + column] = (0..inner)
                    .map(|k| f64::from(left[row * inner + k]) * f64::from(right[k * columns + column]))
                    .sum();
            }
        }
        result
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn the_product_equals_the_schoolbook_one(
            (rows, inner, columns) in (1_usize..40, 1_usize..70, 1_usize..40),
            seed in any::<u64>(),
        ) {
            let mut state = seed | 1;
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 40) as f32 / (1_u32 << 24) as f32 - 0.5
            };
            let left: Vec<f32> = (0..rows * inner).map(|_| next()).collect();
            let right: Vec<f32> = (0..inner * columns).map(|_| next()).collect();
            let mut product = vec![f32::NAN; rows * columns];
            multiply(
                MatrixMut::row_major(&mut product, rows, columns, columns),
                Matrix::row_major(&left, rows, inner, inner),
                Matrix::row_major(&right, inner, columns, columns),
            );
            for (found, expected) in product.iter().zip(naive(&left, &right, rows, inner, columns)) {
                prop_assert!((f64::from(*found) - expected).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn a_transposed_view_reads_columns_as_rows() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let mut product = [0.0; 4];
        let matrix = Matrix::row_major(&values, 2, 3, 3);
        multiply(
            MatrixMut::row_major(&mut product, 2, 2, 2),
            matrix,
            matrix.transposed(),
        );
        assert_eq!(product, [14.0, 32.0, 32.0, 77.0]);
    }

    #[test]
    fn a_view_past_its_slice_is_refused() {
        let caught = std::panic::catch_unwind(|| Matrix::row_major(&[0.0; 5], 2, 3, 3));
        assert!(caught.is_err());
    }
}
