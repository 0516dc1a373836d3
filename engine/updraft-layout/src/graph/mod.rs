//! The graph of a DAG in layers.
//!
//! The method is Sugiyama's: `visible` chooses what is shown, `rank` gives every node a layer, `layers` cuts long edges so that each
//! piece joins two layers that follow each other, `order` reduces crossings, `place` gives coordinates and `draw` makes boxes and lines of them.
//! Open groups are kept together in all of these steps, so that the box around one holds its tasks and nothing else.
//!
//! Two axes are spoken of: *along* goes from layer to layer, *across* runs within a layer. Only `draw` knows which one is x.

mod draw;
mod layers;
mod order;
mod place;
mod rank;
#[cfg(test)]
mod tests;
mod view;
mod visible;

use updraft_model::DagSpec;

pub use draw::{DrawnEdge, DrawnNode, GraphLayout, Point};
pub use view::{Direction, Focus, GraphError, GraphView, OpenGroups};
pub use visible::NodeKind;

/// Places the tasks of a DAG.
///
/// # Errors
/// The focus names a task or group that the DAG does not have.
pub fn lay_out(spec: &DagSpec, view: &GraphView) -> Result<GraphLayout, GraphError> {
    let visible = visible::Visible::of(spec, view)?;
    let ranks = rank::ranks(visible.leaves.len(), &visible.edges);
    let mut layers = layers::Layers::new(&visible, &ranks, view.direction);
    order::order(&mut layers, &visible.groups);
    let across = place::place(&layers, &visible.groups, view.direction);
    Ok(draw::draw(&visible, &layers, &across, view.direction))
}
