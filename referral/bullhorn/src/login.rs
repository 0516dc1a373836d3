//! From credentials to a session: discovery of the data centre, authorization, access token, REST login.

pub(crate) mod address;
pub(crate) mod authenticator;
pub(crate) mod authorize;
pub(crate) mod discovery;
mod error;
pub(crate) mod post;
pub(crate) mod refresh_tokens;
pub(crate) mod rest;
pub(crate) mod session;
pub(crate) mod token;

pub use error::LoginError;
