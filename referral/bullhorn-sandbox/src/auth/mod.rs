//! Login as Bullhorn does it: a code, two tokens, a session.
//!
//! Sources: <https://bullhorn.github.io/docs/oauth>, <https://bullhorn.github.io/Getting-Started-with-REST/>.

pub(crate) mod oauth;
pub(crate) mod pages;
pub(crate) mod session;
mod state;

pub(crate) use state::AuthState;
