//! One look at what a task waits for.

use std::sync::Arc;
use std::time::Duration;

use updraft_model::{ExternalPicture, ExternalWait, FileWait, Look, Wait, WaitEnd};
use updraft_store::StoreError;

use super::files;
use crate::ledger::Lookups;

/// A look that takes longer ends its wait as failed: what it looks at hangs.
const LOOK_MAX: Duration = Duration::from_mins(1);

/// Looks at what tasks wait for.
#[derive(Clone)]
pub struct Lookout {
    store: Arc<dyn Lookups>,
}

impl Lookout {
    /// One that looks at runs in this database.
    pub fn new(store: Arc<dyn Lookups>) -> Self {
        Self { store }
    }

    /// Looks once at what a wait is for. A wait for a time ends by itself.
    ///
    /// # Errors
    /// The database cannot be read.
    pub async fn look(&self, wait: &Wait) -> Result<Look, StoreError> {
        let looked = match wait {
            Wait::Until(_) | Wait::For(_) => return Ok(Look::Waiting("its time has not come".to_owned())),
            Wait::External(external) => {
                let picture = self.picture(&[external]).await?;
                let end = external.end(&picture).map(Look::Ended);
                return Ok(end.unwrap_or_else(|| Look::Waiting(external.note(&picture))));
            }
            Wait::File(file) => tokio::time::timeout(LOOK_MAX, for_file(file.clone())).await,
        };
        Ok(looked.unwrap_or_else(|_| {
            let reason = format!("it waits {wait}, and a look at that has taken more than {LOOK_MAX:?}");
            Look::Ended(WaitEnd::Failed(reason))
        }))
    }

    /// What these waits are for, as it all is at one moment.
    pub(super) async fn picture(&self, waits: &[&ExternalWait]) -> Result<ExternalPicture, StoreError> {
        self.store.external_picture(waits).await
    }
}

/// Files are looked for on a thread of its own: a file system may hang.
async fn for_file(file: FileWait) -> Look {
    let path = file.filepath.clone();
    let looked = tokio::task::spawn_blocking(move || files::is_there(&file.filepath, file.recursive)).await;
    match looked {
        Ok(true) => Look::Ended(WaitEnd::Event(true.into())),
        Ok(false) => Look::Waiting("it is not there".to_owned()),
        Err(error) => Look::Ended(WaitEnd::Failed(format!("cannot look for file `{path}`: {error}"))),
    }
}
