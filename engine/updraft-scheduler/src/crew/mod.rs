//! Several schedulers share the work: one plans, all run attempts.
//!
//! Every scheduler that is not the one that plans is a [`Member`] of its crew: a job in the database, to which the planning one
//! assigns attempts. What these ask goes to the planning one by the database, too, and is answered there. So attempts of a
//! member go on when another scheduler takes over the planning, which finds in the database who runs what.

mod fleet;
mod letter;
mod member;
mod turn;

pub(crate) use fleet::Fleet;
pub(crate) use letter::AssignedWorkload;
pub use member::{Member, MemberOptions, MemberParts};
