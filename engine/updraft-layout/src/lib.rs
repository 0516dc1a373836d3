//! Geometry for the web interface: where things are drawn and where they are found. No IO, no clock, no randomness: the same input
//! gives the same output.
//!
//! - [`lay_out`] places the tasks of a DAG in layers ([`GraphLayout`]).

mod graph;

pub use graph::{
    Direction, DrawnEdge, DrawnNode, Focus, GraphError, GraphLayout, GraphView, NodeKind, OpenGroups, Point,
    lay_out,
};
