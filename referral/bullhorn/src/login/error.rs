//! Why there is no session, and what somebody can do about it.

use crate::call_error::{Rejection, ShapeError, Unavailable};
use crate::credentials::Credentials;
use crate::error::AddressError;
use crate::login::refresh_tokens::RefreshTokenError;
use crate::redact::Place;

/// Why the login failed.
///
/// A wrong credential is tried once: repeating it locks the account. The client remembers the refusal and answers
/// every later call with it, until [`Client::forget_refusal`](crate::Client::forget_refusal); corrected credentials need a new
/// client.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LoginError {
    /// The data centre of the user cannot be found. Final.
    #[error("Bullhorn names no data centre for this user; check the user name and the REST address")]
    UserUnknown(#[source] Box<Rejection>),
    /// Final.
    #[error("Bullhorn does not know the client id; check the client id and that it belongs to `{host}`")]
    ClientUnknown {
        /// The host that was asked.
        host: String,
    },
    /// Final.
    #[error("Bullhorn refused the client secret; check that it belongs to the client id")]
    ClientSecretRefused,
    /// Final.
    #[error(
        "Bullhorn refused the user name or password; check both. They are not tried again, since repeated failures \
         lock the account"
    )]
    CredentialsRefused,
    /// Final until a person has acted.
    #[error("the API user has not accepted the terms of service; log in once as this user in a browser")]
    TermsNotAccepted,
    /// The authorization was refused with an OAuth error. Final.
    #[error(
        "Bullhorn refused the authorization with `{code}` ({description}); check the client id and redirect address"
    )]
    AuthorizationRefused {
        /// The OAuth error code.
        code: String,
        /// Bullhorn's explanation.
        description: String,
    },
    /// The authorization server is busy, by its own words. A later login may succeed.
    #[error("the authorization server is not available (`{code}`)")]
    AuthorizationBusy {
        /// The OAuth error code.
        code: String,
    },
    /// The login showed a page that the client does not know. Final: repeating it might lock the account.
    #[error(
        "the login answered with a page that this client does not know (status {status}: {says}); log in once as \
         the API user in a browser to see what it asks for"
    )]
    UnknownPage {
        /// What can be read on the page.
        says: String,
        /// The HTTP status.
        status: u16,
    },
    /// No token was issued although the authorization succeeded. Final.
    #[error(
        "Bullhorn issued no access token: `{code}` ({description}); check the client id, secret and redirect address"
    )]
    TokenRefused {
        /// The OAuth error code.
        code: String,
        /// Bullhorn's explanation.
        description: String,
    },
    /// Two fresh access tokens in a row were refused. A later login may succeed.
    #[error("Bullhorn refused two fresh access tokens in a row")]
    AccessTokenRefused,
    /// No session was opened although the access token was accepted. Final for this call; it is not remembered.
    #[error(
        "Bullhorn opened no session; check that the user may use the REST API and that sessions are free"
    )]
    SessionRefused(#[source] Box<Rejection>),
    /// A step of the login gave no answer. A later login may succeed.
    #[error(transparent)]
    Unavailable(Box<Unavailable>),
    /// A step's answer is not what the documentation says. Final for this call; it is not remembered.
    #[error("the answer of `{place}` is not understood")]
    Unreadable {
        /// Where.
        place: Place,
        /// What was wrong.
        #[source]
        source: ShapeError,
    },
    /// A step was sent elsewhere, and from there elsewhere again. Final for this call; it is not remembered.
    #[error("`{place}` redirects in circles or to an unusable address")]
    Redirected {
        /// The second redirecting address.
        place: Place,
        /// Why the target was not used, if that is the reason.
        #[source]
        source: Option<AddressError>,
    },
    /// The store of refresh tokens failed; no token was used. A later login may succeed.
    #[error("the refresh token could not be stored or read")]
    RefreshTokenStore(#[from] RefreshTokenError),
}

impl LoginError {
    /// Whether a later login may succeed without anybody changing anything.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::AuthorizationBusy { .. }
            | Self::AccessTokenRefused
            | Self::Unavailable(_)
            | Self::RefreshTokenStore(_) => true,
            Self::UserUnknown(_)
            | Self::ClientUnknown { .. }
            | Self::ClientSecretRefused
            | Self::CredentialsRefused
            | Self::TermsNotAccepted
            | Self::AuthorizationRefused { .. }
            | Self::UnknownPage { .. }
            | Self::TokenRefused { .. }
            | Self::SessionRefused(_)
            | Self::Unreadable { .. }
            | Self::Redirected { .. } => false,
        }
    }

    /// Whether Bullhorn judged the credentials, so that trying them again is harmful. The client never does.
    pub fn is_about_credentials(&self) -> bool {
        match self {
            Self::UserUnknown(_)
            | Self::ClientUnknown { .. }
            | Self::ClientSecretRefused
            | Self::CredentialsRefused
            | Self::TermsNotAccepted
            | Self::AuthorizationRefused { .. }
            | Self::UnknownPage { .. }
            | Self::TokenRefused { .. } => true,
            Self::AuthorizationBusy { .. }
            | Self::AccessTokenRefused
            | Self::SessionRefused(_)
            | Self::Unavailable(_)
            | Self::Unreadable { .. }
            | Self::Redirected { .. }
            | Self::RefreshTokenStore(_) => false,
        }
    }
}

impl LoginError {
    /// The error without what Bullhorn echoed of the credentials: a page may greet the user by name.
    pub(crate) fn scrubbed(self, credentials: &Credentials) -> Self {
        let scrub = |text: String| credentials.scrub(&text);
        let rejection = |mut rejection: Box<Rejection>| {
            rejection.message = credentials.scrub(&rejection.message);
            rejection
        };
        match self {
            Self::UserUnknown(error) => Self::UserUnknown(rejection(error)),
            Self::SessionRefused(error) => Self::SessionRefused(rejection(error)),
            Self::AuthorizationRefused { code, description } => Self::AuthorizationRefused {
                code: scrub(code),
                description: scrub(description),
            },
            Self::AuthorizationBusy { code } => Self::AuthorizationBusy { code: scrub(code) },
            Self::UnknownPage { says, status } => Self::UnknownPage {
                says: scrub(says),
                status,
            },
            Self::TokenRefused { code, description } => Self::TokenRefused {
                code: scrub(code),
                description: scrub(description),
            },
            Self::ClientUnknown { .. }
            | Self::ClientSecretRefused
            | Self::CredentialsRefused
            | Self::TermsNotAccepted
            | Self::AccessTokenRefused
            | Self::Unavailable(_)
            | Self::Unreadable { .. }
            | Self::Redirected { .. }
            | Self::RefreshTokenStore(_) => self,
        }
    }
}

impl From<Unavailable> for LoginError {
    fn from(unavailable: Unavailable) -> Self {
        Self::Unavailable(Box::new(unavailable))
    }
}
