//! What a client is made from.

use std::sync::Arc;

use crate::clock::{Clock, Jitter, SystemClock};
use crate::credentials::Credentials;
use crate::login::refresh_tokens::{InMemory, RefreshTokens};
use crate::options::Options;

/// Everything a client needs. Only credentials and address have no default.
#[derive(Debug, Clone)]
pub struct Setup {
    pub(crate) credentials: Credentials,
    pub(crate) rest_address: String,
    pub(crate) options: Options,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) jitter: Arc<Jitter>,
    pub(crate) refresh_tokens: Arc<dyn RefreshTokens>,
}

impl Setup {
    /// `rest_address` is the general REST address, such as `https://rest.bullhornstaffing.com/rest-services/`; the
    /// user's own data centre is asked for there.
    pub fn new(credentials: Credentials, rest_address: impl Into<String>) -> Self {
        Self {
            credentials,
            rest_address: rest_address.into(),
            options: Options::default(),
            clock: Arc::new(SystemClock::new()),
            jitter: Arc::new(Jitter::random()),
            refresh_tokens: Arc::new(InMemory::default()),
        }
    }

    /// Other limits and timeouts.
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Another clock.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// Another source of chance.
    pub fn jitter(mut self, jitter: Jitter) -> Self {
        self.jitter = Arc::new(jitter);
        self
    }

    /// Another place for refresh tokens, one that outlives the process.
    pub fn refresh_tokens(mut self, store: Arc<dyn RefreshTokens>) -> Self {
        self.refresh_tokens = store;
        self
    }
}
