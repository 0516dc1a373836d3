//! A fully connected layer.

use super::loops::{LayerNorm, add_and_normalise, add_bias, add_bias_and_gelu};
use crate::product::{Matrix, MatrixMut, multiply};

/// `y = x W + b` for every row `x`, and what follows it in the network, in one pass over the result.
#[derive(Debug)]
pub(crate) struct Linear {
    /// `inputs` rows x `outputs` columns, row-major: the transpose of the stored tensor, which lets the kernel read
    /// consecutive outputs with one load.
    weight: Vec<f32>,
    bias: Vec<f32>,
    inputs: usize,
}

impl Linear {
    /// `weight` as stored: `outputs` rows x `inputs` columns; `bias` has `outputs` floats.
    pub(crate) fn new(weight: &[f32], bias: Vec<f32>) -> Self {
        let outputs = bias.len();
        let inputs = weight.len() / outputs;
        assert_eq!(inputs * outputs, weight.len(), "weight and bias belong together");
        let mut transposed = vec![0.0; weight.len()];
        for (output, row) in weight.chunks_exact(inputs).enumerate() {
            for (input, value) in row.iter().enumerate() {
                transposed[input * outputs + output] = *value;
            }
        }
        Self {
            weight: transposed,
            bias,
            inputs,
        }
    }

    /// `output = input W + b`; both row-major with as many rows.
    pub(crate) fn apply(&self, input: &[f32], output: &mut [f32]) {
        self.multiply(input, output);
        add_bias(output, &self.bias);
    }

    /// `output = gelu(input W + b)`.
    pub(crate) fn apply_gelu(&self, input: &[f32], output: &mut [f32]) {
        self.multiply(input, output);
        add_bias_and_gelu(output, &self.bias);
    }

    /// `output = norm(input W + b + residual)`.
    pub(crate) fn apply_residual(
        &self,
        input: &[f32],
        output: &mut [f32],
        residual: &[f32],
        norm: &LayerNorm,
    ) {
        self.multiply(input, output);
        add_and_normalise(output, &self.bias, residual, norm);
    }

    fn multiply(&self, input: &[f32], output: &mut [f32]) {
        let (rows, outputs) = (input.len() / self.inputs, self.bias.len());
        multiply(
            MatrixMut::row_major(output, rows, outputs, outputs),
            Matrix::row_major(input, rows, self.inputs, self.inputs),
            Matrix::row_major(&self.weight, self.inputs, outputs, outputs),
        );
    }
}
