//! A server that writes bytes as they are, for replies that no HTTP library would send.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Serves one scripted reply per connection, then closes it. The last reply is repeated.
pub(crate) struct RawServer {
    pub(crate) address: SocketAddr,
    connections: Arc<AtomicUsize>,
    /// Ends the server when dropped.
    _tasks: JoinSet<()>,
}

impl RawServer {
    pub(crate) async fn start(replies: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let served = Arc::clone(&connections);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let nth = served.fetch_add(1, Ordering::SeqCst);
                serve(stream, &replies[nth.min(replies.len() - 1)]).await;
            }
        });
        Self {
            address,
            connections,
            _tasks: tasks,
        }
    }

    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: TcpStream, reply: &[u8]) {
    let mut request = Vec::new();
    let mut buffer = [0; 1_024];
    while !request.windows(4).any(|window| window == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(read) if read > 0 => request.extend_from_slice(&buffer[..read]),
            _ => return,
        }
    }
    // The client may be gone already, which is its business.
    let _ = stream.write_all(reply).await;
    let _ = stream.shutdown().await;
}
