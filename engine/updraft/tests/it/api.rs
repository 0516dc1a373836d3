//! The web server as a process: it says where it is, lets people in, and stops when told to.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use crate::engine::Home;

/// `admin:admin` as basic auth has it.
const ADMIN: &str = "YWRtaW46YWRtaW4=";

/// A web server that is killed when the test ends.
pub(crate) struct WebServer(pub(crate) Child);

impl Drop for WebServer {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The address that a server has written into its log.
pub(crate) fn address(home: &Home, log: &str) -> String {
    home.wait("the server says where it is", |home| {
        let text = fs::read_to_string(home.path().join(log)).ok()?;
        let rest = text.split("REST API on http://").nth(1)?;
        Some(rest.split_once("/api/v1")?.0.to_owned())
    })
}

/// The first line and the body of what is answered.
fn get(address: &str, path: &str, authorization: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{authorization}\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_owned(), body.to_owned())
}

#[test]
fn the_web_server_says_where_it_is_and_stops_when_told_to() {
    let home = Home::new();
    home.run(&["db", "migrate"]);
    let create = "users create -u admin -f A -l B -r Admin -e a@example.com -p admin";
    home.run(&create.split(' ').collect::<Vec<_>>());
    let mut command = home.command();
    command
        .args(["webserver", "--port", "0", "--workers", "4"])
        .stdin(Stdio::null());
    command
        .stdout(Stdio::null())
        .stderr(File::create(home.path().join("web.log")).unwrap());
    let mut server = WebServer(command.spawn().unwrap());
    let address = address(&home, "web.log");
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    let (status, _) = get(&address, "/api/v1/pools", "");
    assert_eq!(status, "HTTP/1.1 401 Unauthorized");
    let (status, body) = get(
        &address,
        "/api/v1/pools",
        &format!("Authorization: Basic {ADMIN}\r\n"),
    );
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert!(body.contains("default_pool"), "{body}");
    let (status, body) = get(&address, "/api/v2/version", "");
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert!(body.contains(env!("CARGO_PKG_VERSION")), "{body}");
    Command::new("kill")
        .arg(server.0.id().to_string())
        .status()
        .unwrap();
    assert!(server.0.wait().unwrap().success());
}

#[test]
fn standalone_makes_an_administrator_in_a_new_database_only() {
    let mut home = Home::new();
    home.start();
    let admin = format!("Authorization: Basic {ADMIN}\r\n");
    let at = address(&home, "engine.log");
    let (status, body) = get(&at, "/api/v1/dags/patience", &admin);
    assert_eq!(status, "HTTP/1.1 200 OK", "{body}");
    assert!(home.log().contains("log in as `admin` with the password `admin`"));
    let (status, _) = get(&at, "/health", "");
    assert_eq!(status, "HTTP/1.1 200 OK");
    home.stop();
    home.run(&["users", "delete", "-u", "admin"]);
    home.start();
    home.wait("it serves again", |home| {
        (home.log().matches("REST API on").count() == 2).then_some(())
    });
    assert!(!home.run(&["users", "list"]).contains("admin"));
    home.stop();
}
