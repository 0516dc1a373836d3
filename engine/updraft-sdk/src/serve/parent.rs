//! Not outliving the process that started this one.

use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};

use super::ServeError;

/// Has the kernel kill this process when its parent ends; checks that it has not ended already.
pub(super) fn die_with(parent: Option<u32>) -> Result<(), ServeError> {
    let Some(parent) = parent.and_then(|pid| Pid::from_raw(pid.cast_signed())) else {
        return Ok(());
    };
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(|error| ServeError::SetUp(error.into()))?;
    if getppid() == Some(parent) {
        Ok(())
    } else {
        Err(ServeError::Orphaned)
    }
}
