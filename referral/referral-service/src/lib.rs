//! What the recruiting services share: runs that clients start, join and follow line by line.
//!
//! A service does long work in *runs*. A request names the run; it starts the run, or joins it if it is at work, and is
//! answered with one line of JSON per step of progress, then one summary or one error. One run at a time works on an
//! operation; another one waits for its end. The work goes on when a client hangs up, and a repeated request finds it again.

mod event;
mod runs;

pub use event::{Event, Progress, refusal};
pub use runs::{Runs, WorkError};
