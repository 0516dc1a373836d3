//! The REST API of a running engine, for tests that ask it something.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::engine::Home;

/// The web server of an engine, asked by its administrator.
pub(crate) struct Server {
    address: String,
    token: String,
}

impl Server {
    pub(crate) fn of(home: &Home) -> Self {
        let address = home.wait("the server says where it is", |home| {
            let log = home.log();
            let rest = log.split("REST API on http://").nth(1)?;
            Some(rest.split_once("/api/v1")?.0.to_owned())
        });
        let mut server = Self {
            address,
            token: String::new(),
        };
        let (status, told) = server.ask(
            "POST",
            "auth/token",
            &json!({ "username": "admin", "password": "admin" }),
        );
        assert_eq!(status, 201, "{told}");
        told["access_token"]
            .as_str()
            .unwrap()
            .clone_into(&mut server.token);
        server
    }

    /// The status and the body of the answer.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let text = body.to_string();
        let authorization = match self.token.as_str() {
            "" => String::new(),
            token => format!("Authorization: Bearer {token}\r\n"),
        };
        let request = format!(
            "{method} /{path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{authorization}\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}",
            self.address,
            text.len()
        );
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or_default())
    }

    /// What is there.
    pub(crate) fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask("GET", path, &Value::Null);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }
}
