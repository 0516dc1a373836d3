//! Answers for commands that read DAG files and run tasks by hand, in processes of their own.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use updraft_protocol::frame::{FrameDecoder, Reply, encode_reply};

use crate::answers::{ParseAnswers, Questions};

/// Answers what a process asks over a socket, as while a DAG file is read, until it hangs up or says what is no question.
pub async fn answer_all(mut socket: UnixStream, answers: Arc<dyn ParseAnswers>) {
    let mut questions = Questions::to(Some(answers));
    let mut decoder = FrameDecoder::new();
    let mut bytes = vec![0; 1 << 16];
    while let Ok(length @ 1..) = socket.read(&mut bytes).await {
        decoder.push(bytes.get(..length).unwrap_or_default());
        while let Some(request) = decoder.next_frame().transpose() {
            let request = request.ok().and_then(|frame| frame.into_request().ok());
            let Some(request) = request.filter(|request| request.body.is_answered()) else {
                return tracing::warn!("a process asks what is not understood, and gets no answer");
            };
            let body = questions.answer(request.body).await;
            let Ok(reply) = encode_reply(&Reply { id: request.id, body }) else {
                return tracing::warn!("an answer is too large to be given");
            };
            if socket.write_all(&reply).await.is_err() {
                return;
            }
        }
    }
}
