//! Serving connections until told to stop.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Response;
use axum::middleware::map_response;
use axum::{Extension, Router};
use futures::StreamExt;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tower::Layer;

use crate::call::EndsWithServer;

/// How long the headers of a call may take, and how long a connection may wait for its next call: longer than proxies keep one that nobody
/// uses, so that none hands a call to one that is being closed.
const HEADERS_TIME_MAX: Duration = Duration::from_secs(65);
/// How long answers that have begun may take to end when the server stops. Some never end by themselves, such as a log that is followed.
const LAST_ANSWERS: Duration = Duration::from_secs(5);
/// How long a server waits that can take no connection, such as for want of file descriptors.
const PAUSE: Duration = Duration::from_secs(1);

/// Serves until told to stop; calls that are being answered are answered, if that takes no longer than a few seconds, and those that wait for
/// something end. A client that takes too long to say what it wants is cut off.
///
/// # Errors
/// None at present; a connection that fails ends alone.
pub async fn serve(listener: TcpListener, router: Router, stop: CancellationToken) -> std::io::Result<()> {
    let stopped = stop.clone();
    let router = router.layer(map_response(move |response: Response<Body>| {
        let stopped = stopped.clone();
        async move {
            if response.extensions().get::<EndsWithServer>().is_none() {
                return response;
            }
            response
                .map(|body| Body::from_stream(body.into_data_stream().take_until(stopped.cancelled_owned())))
        }
    }));
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    connections.spawn(connection(stream, peer, router.clone(), stop.clone()));
                }
                Err(error) if is_of_connection(error.kind()) => {}
                Err(error) => {
                    tracing::error!(%error, "no connection can be taken at the moment");
                    tokio::time::sleep(PAUSE).await;
                }
            },
        }
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    // Those that have not ended by then are cut off.
    let _ = tokio::time::timeout(LAST_ANSWERS, ended).await;
    Ok(())
}

/// Answers the calls of one client.
async fn connection(stream: TcpStream, peer: SocketAddr, router: Router, stop: CancellationToken) {
    let service = TowerToHyperService::new(Extension(ConnectInfo(peer)).layer(router));
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_TIME_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut serving = pin!(serving);
    let served = tokio::select! {
        served = serving.as_mut() => served,
        () = stop.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, %peer, "a connection ended");
    }
}

/// Whether something is wrong with the connection that was about to be made, and not with the listener.
fn is_of_connection(kind: ErrorKind) -> bool {
    [
        ErrorKind::ConnectionRefused,
        ErrorKind::ConnectionAborted,
        ErrorKind::ConnectionReset,
    ]
    .contains(&kind)
}
