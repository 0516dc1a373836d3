//! Trying a connection: whether what it names is there and lets us in.
//!
//! It asks as a wait of a deferred task does, and once, with a short time limit. Nothing of the connection comes back but what it says
//! that is no secret.

use std::time::Duration;

use serde_json::Value;
use updraft_model::{HttpContent, HttpWait, Look, SqlWait, WaitEnd};
use updraft_secrets::Connection;

use super::http::Http;
use super::sql::Databases;

/// How long a trial may take.
const TIME_MAX: Duration = Duration::from_secs(10);

/// Tries a connection of type `http`, `postgres` or `sqlite`; what it says is for people.
///
/// # Errors
/// Why it cannot be used, or that the engine does not try connections of its type.
pub async fn try_connection(connection: &Connection) -> Result<String, String> {
    let conn_type = connection.conn_type.as_deref().unwrap_or_default();
    let look = async {
        match conn_type {
            "http" | "https" => Ok(Http::default().look(&request(), connection).await),
            "postgres" | "postgresql" | "sqlite" => {
                Ok(Databases::default().look(&query(), connection.clone()).await)
            }
            "" => Err("the connection has no type".to_owned()),
            other => Err(format!(
                "connections of type `{other}` cannot be tried here; `http`, `postgres` and `sqlite` can"
            )),
        }
    };
    let look = tokio::time::timeout(TIME_MAX, look).await;
    let look = look.map_err(|_| format!("there was no answer within {} seconds", TIME_MAX.as_secs()))?;
    match look? {
        Look::Ended(WaitEnd::Event(event)) => judged(&event),
        Look::Ended(WaitEnd::Failed(reason)) | Look::Waiting(reason) => Err(reason),
        Look::Ended(WaitEnd::TimedOut) => Err("it did not answer in time".to_owned()),
        Look::Ended(WaitEnd::Task(_)) => Err("it answered what no connection does".to_owned()),
    }
}

fn judged(event: &Value) -> Result<String, String> {
    if event["status"] == "error" {
        let message = event["message"].as_str().unwrap_or_default();
        return Err(message.to_owned());
    }
    Ok("Connection successfully tested".to_owned())
}

fn request() -> HttpWait {
    HttpWait {
        connection: "that is tried".to_owned(),
        method: "GET",
        endpoint: String::new(),
        headers: Vec::new(),
        content: HttpContent::Nothing,
        timeout: Some(TIME_MAX),
        verify: None,
        redirects: None,
        condition: None,
        poke_interval: TIME_MAX,
    }
}

fn query() -> SqlWait {
    SqlWait {
        connection: "that is tried".to_owned(),
        sql: "SELECT 1".to_owned(),
        parameters: Vec::new(),
        fail_on_empty: true,
        timeout: TIME_MAX,
        poke_interval: TIME_MAX,
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    fn connection(conn_type: &str, host: &str, port: Option<u16>) -> Connection {
        Connection {
            conn_type: Some(conn_type.to_owned()),
            host: Some(host.to_owned()),
            password: Some("opensesame".to_owned()),
            port,
            ..Connection::default()
        }
    }

    /// A web server on this machine that gives one answer.
    async fn answers(status: &'static str) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut serving = tokio::task::JoinSet::new();
        serving.spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await.unwrap();
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.unwrap();
        });
        serving.detach_all();
        port
    }

    #[tokio::test]
    async fn a_web_server_is_asked() {
        let port = answers("200 OK").await;
        let told = try_connection(&connection("http", "127.0.0.1", Some(port))).await;
        assert_eq!(told.as_deref(), Ok("Connection successfully tested"));
        let port = answers("401 Unauthorized").await;
        let told = try_connection(&connection("http", "127.0.0.1", Some(port))).await;
        assert_eq!(told, Err("401:Unauthorized".to_owned()));
    }

    #[tokio::test]
    async fn a_database_file_is_opened() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing.db").display().to_string();
        let told = try_connection(&connection("sqlite", &missing, None))
            .await
            .unwrap_err();
        assert!(told.contains("cannot be asked"), "{told}");
        let file = folder.path().join("there.db");
        std::fs::write(&file, "").unwrap();
        let told = try_connection(&connection("sqlite", &file.display().to_string(), None)).await;
        assert_eq!(told.as_deref(), Ok("Connection successfully tested"));
    }

    #[tokio::test]
    async fn other_types_are_not_tried_and_secrets_do_not_come_back() {
        let told = try_connection(&connection("aws", "h", None)).await.unwrap_err();
        assert!(
            told.starts_with("connections of type `aws` cannot be tried here"),
            "{told}"
        );
        let told = try_connection(&connection("postgres", "127.0.0.1", Some(1)))
            .await
            .unwrap_err();
        assert!(!told.contains("opensesame"), "{told}");
    }
}
