//! Frames: a 4-byte big-endian length, then a msgpack array.
//!
//! A request is `[id, body]`, an answer `[id, body]` or `[id, nil, error]`; elements behind those are ignored and
//! trailing ones may be absent. The codec does no IO: [`encode_request`] and [`encode_reply`] make bytes,
//! [`FrameDecoder`] takes bytes in whatever pieces they arrive. It never panics on garbage and never reserves memory
//! for more than has arrived.

use serde::Serialize;
use serde_json::Value;

use crate::message::{ErrorResponse, ToSupervisor, ToTask};
pub use crate::wire::WireError;

/// The largest frame that either side sends or accepts, in bytes without the length: 64 MiB.
pub const FRAME_LENGTH_MAX: usize = 64 << 20;

/// Bytes of the length in front of each frame.
const PREFIX: usize = 4;

/// A decoder whose buffer once grew beyond this many bytes gives the memory back when it is empty.
const BUFFER_KEPT: usize = 1 << 20;

/// Why the stream of frames is broken. Nothing more can be read from it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A frame is larger than [`FRAME_LENGTH_MAX`], to be sent or announced by the other side.
    #[error("a frame of {length} bytes, at most {FRAME_LENGTH_MAX} are allowed")]
    TooLarge {
        /// Its length in bytes.
        length: usize,
    },
    /// The content of a frame is no msgpack, or more than our messages can be.
    #[error("a frame cannot be read")]
    Content(#[from] WireError),
    /// The content of a frame is something else than `[id, body, ...]`.
    #[error("a frame is not an array of a number and a body")]
    Shape,
    /// A body cannot be written as msgpack.
    #[error("a message cannot be written: {0}")]
    Encode(String),
}

/// Why the body of one frame is not understood. The stream itself is intact, so the frame can be answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("message `{kind}` is not understood: {reason}")]
pub struct MessageError {
    /// The id of the frame, for the answer.
    pub id: u64,
    /// The `type` in the body; `?` if there is none.
    pub kind: String,
    /// What is wrong with it.
    pub reason: String,
}

/// What a task process sends: a message, and the id that the answer will carry.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Chosen by the sender; ids of one process count up.
    pub id: u64,
    /// The message.
    pub body: ToSupervisor,
}

/// What a supervisor sends: the answer to the request with this id, or an order of its own with id 0.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The id of the request; 0 for an order.
    pub id: u64,
    /// The answer; `Ok(None)` where nothing but "done" is to be said.
    pub body: Result<Option<ToTask>, ErrorResponse>,
}

/// Makes the bytes of a request, length included.
///
/// # Errors
/// [`FrameError::TooLarge`] and [`FrameError::Encode`]; trying again does not help.
pub fn encode_request(id: u64, body: &ToSupervisor) -> Result<Vec<u8>, FrameError> {
    encode(&(id, body))
}

/// Makes the bytes of an answer or order, length included.
///
/// # Errors
/// [`FrameError::TooLarge`] and [`FrameError::Encode`]; trying again does not help.
pub fn encode_reply(reply: &Reply) -> Result<Vec<u8>, FrameError> {
    match &reply.body {
        Ok(body) => encode(&(reply.id, body)),
        Err(error) => encode(&(reply.id, (), error)),
    }
}

fn encode(content: &impl Serialize) -> Result<Vec<u8>, FrameError> {
    let mut bytes = vec![0; PREFIX];
    content
        .serialize(&mut rmp_serde::Serializer::new(&mut bytes).with_struct_map())
        .map_err(|error| FrameError::Encode(error.to_string()))?;
    let length = bytes.len() - PREFIX;
    if length > FRAME_LENGTH_MAX {
        return Err(FrameError::TooLarge { length });
    }
    for (byte, digit) in bytes.iter_mut().zip((length as u32).to_be_bytes()) {
        *byte = digit;
    }
    Ok(bytes)
}

/// Turns a stream of bytes into frames, in whatever pieces it arrives.
#[derive(Debug, Default)]
pub struct FrameDecoder {
    buffer: Vec<u8>,
    /// How many bytes at the front of `buffer` are used up.
    start: usize,
}

impl FrameDecoder {
    /// A decoder at the beginning of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next piece of the stream.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start == self.buffer.len() {
            self.buffer.clear();
            self.start = 0;
            if self.buffer.capacity() > BUFFER_KEPT {
                self.buffer = Vec::new();
            }
        } else if self.start > self.buffer.len() / 2 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Whether a frame has begun that is not complete yet.
    pub fn is_inside_frame(&self) -> bool {
        self.start < self.buffer.len()
    }

    /// The next complete frame; `None` until more bytes arrive.
    ///
    /// # Errors
    /// After the first error the stream is broken for good.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, FrameError> {
        let unread = self.buffer.get(self.start..).unwrap_or_default();
        let Some((prefix, rest)) = unread.split_first_chunk::<PREFIX>() else {
            return Ok(None);
        };
        let length = u32::from_be_bytes(*prefix) as usize;
        if length > FRAME_LENGTH_MAX {
            return Err(FrameError::TooLarge { length });
        }
        let Some(content) = rest.get(..length) else {
            return Ok(None);
        };
        let frame = Frame::read(content)?;
        self.start += PREFIX + length;
        Ok(Some(frame))
    }
}

/// One frame with a body that was not looked at yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    id: u64,
    body: Value,
    error: Value,
}

impl Frame {
    fn read(content: &[u8]) -> Result<Self, FrameError> {
        let Value::Array(items) = crate::wire::read(content)? else {
            return Err(FrameError::Shape);
        };
        let mut items = items.into_iter();
        let id = items.next().and_then(|id| id.as_u64()).ok_or(FrameError::Shape)?;
        Ok(Self {
            id,
            body: items.next().unwrap_or_default(),
            error: items.next().unwrap_or_default(),
        })
    }

    /// Reads the frame as the request of a task process.
    ///
    /// # Errors
    /// The body is none of our messages; the sender deserves an answer that says so.
    pub fn into_request(self) -> Result<Request, MessageError> {
        let Self { id, body, .. } = self;
        Ok(Request {
            id,
            body: message(id, body)?,
        })
    }

    /// Reads the frame as the answer or order of a supervisor.
    ///
    /// # Errors
    /// The body is none of our messages.
    pub fn into_reply(self) -> Result<Reply, MessageError> {
        let Self { id, body, error } = self;
        let body = match (body, error) {
            (Value::Null, Value::Null) => Ok(None),
            (body, Value::Null) => match message(id, body)? {
                ToTask::ErrorResponse(error) => Err(error),
                body => Ok(Some(body)),
            },
            (_, error) => Err(message::<ErrorResponse>(id, error)?),
        };
        Ok(Reply { id, body })
    }
}

fn message<T: serde::de::DeserializeOwned>(id: u64, body: Value) -> Result<T, MessageError> {
    let kind = body.get("type").and_then(Value::as_str).unwrap_or("?").to_owned();
    serde_json::from_value(body).map_err(|error| MessageError {
        id,
        kind,
        reason: error.to_string(),
    })
}
