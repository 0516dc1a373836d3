//! Requests to the supervisor and their answers.

use std::collections::HashMap;
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::oneshot;
use updraft_protocol::frame::{FrameError, encode_request};
use updraft_protocol::message::ToSupervisor;

use crate::task::{Engine, Reply, RequestError};

/// The writing half of the socket, and who waits for which answer.
///
/// Frames are written whole and at once, by whichever thread has something to say: so a log line stands in front of
/// everything that happens after it, and a supervisor that is behind slows its task down instead of losing lines.
pub(crate) struct Channel {
    /// Locked for the length of one frame.
    socket: Mutex<UnixStream>,
    /// Filled by those who ask, emptied by the main loop.
    waiting: Mutex<Waiting>,
}

struct Waiting {
    next_id: u64,
    /// `None` once the socket has ended.
    answers: Option<HashMap<u64, oneshot::Sender<Reply>>>,
}

impl Channel {
    pub(super) fn new(socket: UnixStream) -> Self {
        Self {
            socket: Mutex::new(socket),
            waiting: Mutex::new(Waiting {
                next_id: 1,
                answers: Some(HashMap::new()),
            }),
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands an answer to the one who waits for it; an answer that nobody waits for is dropped.
    pub(super) fn answer(&self, id: u64, reply: Reply) {
        let waiting = self
            .waiting()
            .answers
            .as_mut()
            .and_then(|answers| answers.remove(&id));
        if let Some(waiting) = waiting {
            // A task that no longer wants its answer is no mistake.
            let _ = waiting.send(reply);
        }
    }

    /// Tells everybody who waits, and everybody who will ask, that there are no more answers.
    pub(super) fn close(&self) {
        self.waiting().answers = None;
    }

    /// Sends a message whose answer, if there is one, does not matter.
    pub(super) fn send(&self, message: &ToSupervisor) {
        let id = self.next_id();
        // A socket that is broken ends the main loop, which is where that is dealt with.
        let _ = self.write(id, message);
    }

    fn next_id(&self) -> u64 {
        let mut waiting = self.waiting();
        waiting.next_id += 1;
        waiting.next_id - 1
    }

    fn write(&self, id: u64, message: &ToSupervisor) -> Result<(), RequestError> {
        let bytes = encode_request(id, message).map_err(unsendable)?;
        let mut socket = self.socket.lock().unwrap_or_else(PoisonError::into_inner);
        socket
            .write_all(&bytes)
            .map_err(|error| RequestError::Disconnected(error.to_string()))
    }

    async fn ask(&self, message: ToSupervisor) -> Reply {
        let gone = || RequestError::Disconnected("it has hung up".to_owned());
        let (sender, receiver) = oneshot::channel();
        let id = self.next_id();
        self.waiting()
            .answers
            .as_mut()
            .ok_or_else(gone)?
            .insert(id, sender);
        if let Err(error) = self.write(id, &message) {
            self.answer(id, Err(error));
        }
        receiver.await.unwrap_or_else(|_| Err(gone()))
    }
}

fn unsendable(error: FrameError) -> RequestError {
    match error {
        FrameError::TooLarge { length } => RequestError::Unsendable(format!(
            "it has {length} bytes and the limit is 64 MiB; store the data elsewhere and pass on where it is"
        )),
        error @ (FrameError::Content(_) | FrameError::Shape | FrameError::Encode(_)) => {
            RequestError::Unsendable(error.to_string())
        }
    }
}

impl Engine for Channel {
    fn request(&self, message: ToSupervisor) -> BoxFuture<'_, Reply> {
        self.ask(message).boxed()
    }

    fn notify(&self, message: ToSupervisor) {
        self.send(&message);
    }
}

impl std::fmt::Debug for Channel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Channel")
    }
}
