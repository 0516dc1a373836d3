//! Geometry for the web interface: where things are drawn and where they are found. No IO, no clock, no randomness: the same input
//! gives the same output.
//!
//! - [`lay_out`] places the tasks of a DAG in layers ([`GraphLayout`]).
//! - [`Gantt::of`] tells what the bars of a run's chart are, which tasks decided when it ended, and when nothing happened.
//! - [`LogIndex`] finds lines and levels in a log that is read once, in pieces, and may still grow.

mod gantt;
mod graph;
mod log;

pub use gantt::{Gantt, Gap, Row, Task, Try};
pub use graph::{
    Direction, DrawnEdge, DrawnNode, Focus, GraphError, GraphLayout, GraphView, NodeKind, OpenGroups, Point,
    lay_out,
};
pub use log::{Anchor, Counts, Header, Level, LevelSource, Line, LineCutter, LogIndex, Mark, Way};
