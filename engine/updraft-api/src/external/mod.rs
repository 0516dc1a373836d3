//! People whom others let in: a proxy that has asked them who they are, or an identity provider.

mod flow;
mod oidc;
mod people;
mod proxy;

pub(crate) use flow::{Answer, COOKIE_NAME, TIME_MAX, begin, finish};
pub use oidc::{InvalidIssuer, Oidc, OidcOptions};
pub(crate) use proxy::user;
pub use proxy::{InvalidNetwork, Network, ProxyAuth};
use updraft_auth::RoleMapping;

/// Who else lets people in. By default nobody does.
#[derive(Debug, Default)]
pub struct External {
    /// A proxy that says in a header who calls.
    pub proxy: Option<ProxyAuth>,
    /// An identity provider.
    pub oidc: Option<Oidc>,
    /// Which roles their groups give people.
    pub roles: RoleMapping,
}
