//! Logs of tries, read in parts out of their files, however long these are.

use std::io::{ErrorKind, SeekFrom};

use futures::Stream;
use serde::{Deserialize, Serialize};
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt};
use updraft_model::RunKey;

use super::task_instances;
use crate::api::Api;
use crate::failure::Failure;

/// The longest part, in bytes. A longer line is torn.
const PART_MAX: u64 = 1 << 20;

/// Where somebody is in a log; what continuation tokens hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    end_of_log: bool,
    log_pos: u64,
}

/// The log of a try, as long as it was when it was opened.
pub(crate) struct Log {
    file: File,
    /// The next byte that is read.
    at: u64,
    end: u64,
    /// Whether the try has ended, so that no more is written.
    is_complete: bool,
}

/// Which try: of a run, a task and a copy of it.
pub(crate) struct Try<'a> {
    pub(crate) run: RunKey,
    pub(crate) task_id: &'a str,
    pub(crate) map_index: i32,
    pub(crate) try_number: u32,
}

impl Log {
    /// Opens the log of a try, where a token says that somebody is.
    ///
    /// # Errors
    /// [`Failure::NotFound`]: there is no such try, or no log of it on this machine; [`Failure::BadRequest`]: the token is none.
    pub(crate) async fn open(api: &Api, of: Try<'_>, token: Option<&str>) -> Result<Self, Failure> {
        let place = read_token(api, token)?;
        let task = (of.task_id, of.map_index);
        let (instance, attempt) = task_instances::one_try(api, &of.run, task, of.try_number).await?;
        // The names in the path are those that the database holds.
        let path = api.parts().engine.log_path(&instance.row.key, attempt.try_number);
        let internal = |error: std::io::Error| Failure::Internal(error.into());
        let file = match File::open(&path).await {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(Failure::NotFound(format!(
                    "there is no log of try {} here; it may have run on another machine, or not have started",
                    of.try_number
                )));
            }
            Err(error) => return Err(internal(error)),
        };
        let end = file.metadata().await.map_err(internal)?.len();
        Ok(Self {
            file,
            at: place.log_pos.min(end),
            end,
            is_complete: attempt.end_date.is_some(),
        })
    }

    /// The next lines; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<String>, Failure> {
        let internal = |error: std::io::Error| Failure::Internal(error.into());
        let length = (self.end - self.at).min(PART_MAX);
        if length == 0 {
            return Ok(None);
        }
        self.file.seek(SeekFrom::Start(self.at)).await.map_err(internal)?;
        let mut bytes = Vec::new();
        (&mut self.file)
            .take(length)
            .read_to_end(&mut bytes)
            .await
            .map_err(internal)?;
        // The file was made shorter meanwhile.
        if bytes.is_empty() {
            self.end = self.at;
            return Ok(None);
        }
        if self.at + (bytes.len() as u64) < self.end
            && let Some(last) = bytes.iter().rposition(|byte| *byte == b'\n')
        {
            bytes.truncate(last + 1);
        }
        self.at += bytes.len() as u64;
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// What to go on with after what was read.
    pub(crate) fn token(&self, api: &Api) -> String {
        let place = Place {
            end_of_log: self.is_over(),
            log_pos: self.at,
        };
        let text = serde_json::to_string(&place).unwrap_or_default();
        api.parts().token_key.seal("log", &text)
    }

    /// Whether all was read, and no more will come.
    pub(crate) fn is_over(&self) -> bool {
        self.is_complete && self.at == self.end
    }

    /// All parts that are left, each made by a function of its lines and of whether it is the first one.
    pub(crate) fn parts(
        self,
        write: fn(&str, bool) -> String,
    ) -> impl Stream<Item = Result<String, Failure>> + Send + 'static {
        futures::stream::unfold((self, true), move |(mut log, is_first)| async move {
            match log.next().await {
                Ok(Some(lines)) => Some((Ok(write(&lines, is_first)), (log, false))),
                Ok(None) => None,
                Err(failure) => {
                    log.end = log.at;
                    Some((Err(failure), (log, false)))
                }
            }
        })
    }
}

fn read_token(api: &Api, token: Option<&str>) -> Result<Place, Failure> {
    let Some(token) = token.filter(|token| !token.is_empty()) else {
        return Ok(Place::default());
    };
    let text = api.parts().token_key.open("log", token).ok();
    let place = text.and_then(|text| serde_json::from_str(&text).ok());
    place.ok_or_else(|| {
        Failure::BadRequest("Bad Signature. Please use only the tokens provided by the API.".to_owned())
    })
}
