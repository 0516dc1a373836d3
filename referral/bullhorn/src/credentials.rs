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

/// Shorter credentials would be found in ordinary words.
const SCRUBBED_CHARS_MIN: usize = 3;

impl Credentials {
    /// The text without what the server may have echoed of the credentials.
    pub(crate) fn scrub(&self, text: &str) -> String {
        [
            self.password.expose(),
            self.client_secret.expose(),
            &self.username,
        ]
        .into_iter()
        .filter(|own| own.len() >= SCRUBBED_CHARS_MIN)
        .fold(text.to_owned(), |text, own| text.replace(own, "***"))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(***)")
    }
}
