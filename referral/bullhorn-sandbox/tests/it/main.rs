//! The sandbox from the outside: each test starts one on a free port of the loopback interface and talks HTTP to it.

mod admin;
mod auth;
mod entity;
mod events;
mod faults;
mod harness;
mod meta;
mod query;
mod restart;
mod search;
mod values;
mod windows;
