//! A client for measuring: one connection, one call after the other, nothing else.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// A connection to a server of this machine.
pub(super) struct Connection {
    stream: BufReader<TcpStream>,
    token: Option<String>,
}

impl Connection {
    /// Connects.
    pub(super) fn open(port: u16, token: Option<&str>) -> Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream: BufReader::new(stream),
            token: token.map(str::to_owned),
        })
    }

    /// Reads something.
    pub(super) fn get(&mut self, path: &str) -> Result<Vec<u8>> {
        self.call("GET", path, "")
    }

    /// Sends JSON and reads JSON.
    pub(super) fn post(&mut self, path: &str, body: &Value) -> Result<Value> {
        let answer = self.call("POST", path, &body.to_string())?;
        Ok(serde_json::from_slice(&answer)?)
    }

    fn call(&mut self, method: &str, path: &str, body: &str) -> Result<Vec<u8>> {
        let login = self
            .token
            .as_ref()
            .map(|token| format!("Authorization: Bearer {token}\r\n"));
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n{}\r\n{body}",
            body.len(),
            login.unwrap_or_default()
        );
        self.stream.get_mut().write_all(request.as_bytes())?;
        let mut status = String::new();
        self.stream.read_line(&mut status)?;
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line)?;
            if line.trim_end().is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().context("a length is a number")?;
            }
        }
        let mut answer = vec![0; length];
        self.stream.read_exact(&mut answer)?;
        if !status.contains(" 20") {
            bail!(
                "{method} {path}: {} {}",
                status.trim_end(),
                String::from_utf8_lossy(&answer)
            );
        }
        Ok(answer)
    }
}
