//! One look at what a task waits for.

use std::time::Duration;

use updraft_model::{FileWait, Wait, WaitEnd};

use super::files;

/// A look that takes longer ends its wait as failed: what it looks at hangs.
const LOOK_MAX: Duration = Duration::from_mins(1);

/// Looks once at what a wait is for; how the wait has ended with that, or `None` if it has not. A wait for a time ends by itself.
pub async fn look(wait: &Wait) -> Option<WaitEnd> {
    let looked = match wait {
        Wait::Until(_) | Wait::For(_) => return None,
        Wait::File(file) => tokio::time::timeout(LOOK_MAX, for_file(file.clone())).await,
    };
    looked.unwrap_or_else(|_| {
        let reason = format!("it waits {wait}, and a look at that has taken more than {LOOK_MAX:?}");
        Some(WaitEnd::Failed(reason))
    })
}

/// Files are looked for on a thread of its own: a file system may hang.
async fn for_file(file: FileWait) -> Option<WaitEnd> {
    let path = file.filepath.clone();
    let looked = tokio::task::spawn_blocking(move || files::is_there(&file.filepath, file.recursive)).await;
    match looked {
        Ok(true) => Some(WaitEnd::Event(true.into())),
        Ok(false) => None,
        Err(error) => Some(WaitEnd::Failed(format!("cannot look for file `{path}`: {error}"))),
    }
}
