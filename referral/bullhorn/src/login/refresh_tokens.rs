//! Where refresh tokens are kept between logins.

use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;

use crate::secret::Secret;

/// Keeps the refresh token, which works once.
///
/// The client takes the token before it uses it and keeps the new one before it uses the access token that came along,
/// so that a crash or a lost reply at any moment burns at most one token and never uses one twice. Several processes
/// may share one store if `take` removes the token atomically.
pub trait RefreshTokens: fmt::Debug + Send + Sync {
    /// Removes the token and returns it, if there is one.
    ///
    /// # Errors
    /// [`RefreshTokenError`] when the store does not answer.
    fn take(&self) -> BoxFuture<'_, Result<Option<Secret>, RefreshTokenError>>;

    /// Keeps a token in place of any older one, durably when the future completes.
    ///
    /// # Errors
    /// [`RefreshTokenError`] when the store does not answer; the login then fails without using the access token.
    fn keep(&self, token: Secret) -> BoxFuture<'_, Result<(), RefreshTokenError>>;
}

/// A store of refresh tokens does not answer.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the store of refresh tokens failed")]
pub struct RefreshTokenError(#[source] Arc<dyn Error + Send + Sync>);

impl RefreshTokenError {
    /// Wraps the store's own error, which must not show the token.
    pub fn new(source: impl Error + Send + Sync + 'static) -> Self {
        Self(Arc::new(source))
    }
}

/// Keeps the token as long as the process lives; after a restart the password is used.
#[derive(Debug, Default)]
pub struct InMemory(Mutex<Option<Secret>>);

impl RefreshTokens for InMemory {
    fn take(&self) -> BoxFuture<'_, Result<Option<Secret>, RefreshTokenError>> {
        let token = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        Box::pin(async { Ok(token) })
    }

    fn keep(&self, token: Secret) -> BoxFuture<'_, Result<(), RefreshTokenError>> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(token);
        Box::pin(async { Ok(()) })
    }
}
