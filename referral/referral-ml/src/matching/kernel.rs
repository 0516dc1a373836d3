//! Cosines of many candidates with many positions, of which only the promising ones are looked at.
//!
//! A blocked matrix product: a tile of cosines is computed, compared with a bound per position, and overwritten by the
//! next, so that the table of all cosines never exists. The kernel only proposes: its cosines are rounded in an order that
//! depends on the CPU, and what is scored is computed again.

use std::ops::Range;

use crate::product::{Matrix, MatrixMut, multiply};
use crate::vectors::Vectors;

/// Candidates per tile. A multiple of what every kernel of `gemm` handles at once.
pub(super) const CANDIDATES_PER_TILE: usize = 192;
/// Positions per tile: together with the candidates, about as many floats as half a second-level cache holds.
const POSITIONS_PER_TILE: usize = 192;

/// Room for one tile of cosines; one per thread.
#[derive(Debug, Default)]
pub(super) struct Tile {
    cosines: Vec<f32>,
}

/// Calls `propose(position, candidate, cosine)` for every candidate in `range` whose cosine with a position reaches that
/// position's bound; position by position within a tile, candidates in order.
pub(super) fn scan(
    (positions, bounds): (&Vectors, &[f32]),
    candidates: &Vectors,
    range: Range<usize>,
    tile: &mut Tile,
    mut propose: impl FnMut(usize, usize, f32),
) {
    let width = positions.dimensions();
    let columns = range.len();
    let candidate_rows = &candidates.values()[range.start * width..range.end * width];
    let candidate_matrix = Matrix::row_major(candidate_rows, columns, width, width).transposed();
    let position_tiles = positions.values().chunks(POSITIONS_PER_TILE * width);
    for (index, (position_rows, bounds)) in position_tiles.zip(bounds.chunks(POSITIONS_PER_TILE)).enumerate()
    {
        let rows = bounds.len();
        tile.cosines.resize(rows * columns, 0.0);
        multiply(
            MatrixMut::row_major(&mut tile.cosines, rows, columns, columns),
            Matrix::row_major(position_rows, rows, width, width),
            candidate_matrix,
        );
        for (row, (cosines, bound)) in tile.cosines.chunks_exact(columns).zip(bounds).enumerate() {
            for (column, cosine) in cosines.iter().enumerate() {
                if cosine >= bound {
                    propose(index * POSITIONS_PER_TILE + row, range.start + column, *cosine);
                }
            }
        }
    }
}
