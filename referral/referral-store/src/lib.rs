//! The application database of the recruiting pipeline: what was read from Bullhorn, the vectors made of it, the
//! matches found in it, and how far each sync has come.

pub mod candidate;
pub mod kind;
pub mod level;
pub mod position;

pub use candidate::Candidate;
pub use kind::{EntityId, EntityKind, RunId};
pub use level::Level;
pub use position::Position;
