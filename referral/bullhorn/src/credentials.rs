//! Who logs in.

use std::fmt;

use crate::secret::Secret;

/// The API key of the integration and the user it acts for.
///
/// `Debug` shows none of it: the user name is often an e-mail address.
#[derive(Clone)]
pub struct Credentials {
    /// The OAuth client id that Bullhorn issued for the integration.
    pub client_id: String,
    /// The OAuth client secret that belongs to it.
    pub client_secret: Secret,
    /// The API user's name.
    pub username: String,
    /// The API user's password.
    pub password: Secret,
    /// The redirect address registered for the client id, byte for byte; `None` sends none.
    pub redirect_uri: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(***)")
    }
}
