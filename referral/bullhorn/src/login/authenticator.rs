//! Keeps the one session of a client, and renews it once for all callers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{Mutex, MutexGuard};
use url::Url;

use crate::credentials::Credentials;
use crate::http::exchange::Exchange;
use crate::login::LoginError;
use crate::login::authorize::authorize;
use crate::login::discovery::{DataCentre, discover};
use crate::login::post::Sender;
use crate::login::refresh_tokens::RefreshTokens;
use crate::login::rest::{Opened, open};
use crate::login::session::{Generation, Session};
use crate::login::token::{Issued, Tokens, for_code, for_refresh_token};
use crate::secret::Secret;

#[derive(Debug)]
pub(crate) struct Authenticator {
    credentials: Credentials,
    rest_address: Url,
    refresh_tokens: Arc<dyn RefreshTokens>,
    /// Held for the whole of a login: this is what makes parallel callers wait for one login instead of starting
    /// their own.
    standing: Mutex<Standing>,
    /// Logins that ended, well or badly. A caller reads it before it waits for `standing`, to recognise a failure that
    /// happened while it waited.
    logins: AtomicU64,
}

/// What the last login left behind.
#[derive(Debug, Default)]
struct Standing {
    session: Option<Arc<Session>>,
    /// Found at the first login, and again after a login that failed: users move between data centres.
    data_centre: Option<DataCentre>,
    /// The refusal of the credentials. Once set it is the answer to everything.
    refused: Option<Arc<LoginError>>,
    /// The failure of the last login, if it failed, for those who waited for it.
    failed: Option<Arc<LoginError>>,
}

impl Authenticator {
    pub(crate) fn new(
        credentials: Credentials,
        rest_address: Url,
        refresh_tokens: Arc<dyn RefreshTokens>,
    ) -> Self {
        Self {
            credentials,
            rest_address,
            refresh_tokens,
            standing: Mutex::default(),
            logins: AtomicU64::new(0),
        }
    }

    /// The open session, or a new one if there is none or it is the `stale` one that the server refused.
    pub(crate) async fn session(
        &self,
        exchange: &Exchange,
        stale: Option<Generation>,
    ) -> Result<Arc<Session>, Arc<LoginError>> {
        let logins_before = self.logins.load(Ordering::Acquire);
        let mut standing = self.standing.lock().await;
        if let Some(refused) = &standing.refused {
            return Err(Arc::clone(refused));
        }
        if let Some(session) = standing
            .session
            .as_ref()
            .filter(|session| Some(session.generation) != stale)
        {
            return Ok(Arc::clone(session));
        }
        let logins = self.logins.load(Ordering::Acquire);
        if let Some(failed) = standing.failed.as_ref().filter(|_| logins > logins_before) {
            return Err(Arc::clone(failed));
        }
        let generation = Generation(logins + 1);
        let sender = Sender {
            exchange,
            deadline: exchange.deadline(),
        };
        let result = Box::pin(self.log_in(sender, &mut standing, generation)).await;
        self.logins.store(generation.0, Ordering::Release);
        Self::settle(standing, result)
    }

    /// Forgets the session and returns it, so that it can be closed.
    pub(crate) async fn end_session(&self) -> Option<Arc<Session>> {
        self.standing.lock().await.session.take()
    }

    /// Writes down how a login ended.
    fn settle(
        mut standing: MutexGuard<'_, Standing>,
        result: Result<Session, LoginError>,
    ) -> Result<Arc<Session>, Arc<LoginError>> {
        match result {
            Ok(session) => {
                tracing::info!(session.generation = session.generation.0, "logged in to Bullhorn");
                let session = Arc::new(session);
                standing.session = Some(Arc::clone(&session));
                standing.failed = None;
                Ok(session)
            }
            Err(error) => {
                tracing::warn!("login to Bullhorn failed: {error}");
                let error = Arc::new(error);
                standing.session = None;
                standing.data_centre = None;
                standing.failed = Some(Arc::clone(&error));
                standing.refused = error.is_about_credentials().then(|| Arc::clone(&error));
                Err(error)
            }
        }
    }

    /// Opens a session; a refused access token is replaced once.
    async fn log_in(
        &self,
        sender: Sender<'_>,
        standing: &mut Standing,
        generation: Generation,
    ) -> Result<Session, LoginError> {
        for _ in 0..2 {
            let (data_centre, access_token) = self.access_token(sender, standing).await?;
            match open(sender, &data_centre.login, &access_token, generation).await? {
                Opened::Session(session) => return Ok(session),
                Opened::AccessTokenRefused => tracing::warn!("Bullhorn refused a fresh access token"),
            }
        }
        Err(LoginError::AccessTokenRefused)
    }

    /// A fresh access token: by refresh token if there is one that works, else by password.
    async fn access_token(
        &self,
        sender: Sender<'_>,
        standing: &mut Standing,
    ) -> Result<(DataCentre, Secret), LoginError> {
        let data_centre = match standing.data_centre.take() {
            Some(known) => known,
            None => discover(sender, &self.rest_address, &self.credentials.username).await?,
        };
        let refreshed = match self.refresh_tokens.take().await? {
            Some(refresh_token) => self.refresh(sender, &data_centre, &refresh_token).await?,
            None => None,
        };
        let tokens = match refreshed {
            Some(tokens) => tokens,
            None => self.tokens_by_password(sender, &data_centre).await?,
        };
        // The refresh token is safe in its store before the access token is handed out for use.
        if let Some(refresh_token) = tokens.refresh_token {
            self.refresh_tokens.keep(refresh_token).await?;
        }
        standing.data_centre = Some(data_centre.clone());
        Ok((data_centre, tokens.access_token))
    }

    /// Uses up a refresh token. `None` means that the password is needed: the token was refused, or its fate is
    /// unknown and it counts as burnt.
    async fn refresh(
        &self,
        sender: Sender<'_>,
        data_centre: &DataCentre,
        refresh_token: &Secret,
    ) -> Result<Option<Tokens>, LoginError> {
        match for_refresh_token(sender, &data_centre.token, &self.credentials, refresh_token).await {
            Ok(Issued::Tokens(tokens)) => Ok(Some(tokens)),
            Ok(Issued::GrantRefused { .. }) => Ok(None),
            Err(LoginError::Unavailable(unavailable)) if !unavailable.fault.is_before_arrival() => {
                tracing::warn!("the reply to a token refresh was lost; the refresh token counts as burnt");
                Ok(None)
            }
            Err(error) => {
                if error.is_retryable() {
                    // It never reached the server, so it is still good for the next login.
                    self.refresh_tokens.keep(refresh_token.clone()).await?;
                }
                Err(error)
            }
        }
    }

    /// Password for tokens, a second time if the first came to nothing on the way. At most two times: should the
    /// password be wrong after all, that many failures lock no account.
    async fn tokens_by_password(
        &self,
        sender: Sender<'_>,
        data_centre: &DataCentre,
    ) -> Result<Tokens, LoginError> {
        match self.tokens_by_password_once(sender, data_centre).await {
            Err(error) if is_worth_a_second_try(&error) => {
                tracing::warn!("authorization came to nothing and is repeated once: {error}");
                self.tokens_by_password_once(sender, data_centre).await
            }
            result => result,
        }
    }

    async fn tokens_by_password_once(
        &self,
        sender: Sender<'_>,
        data_centre: &DataCentre,
    ) -> Result<Tokens, LoginError> {
        let code = authorize(sender, &data_centre.authorize, &self.credentials).await?;
        match for_code(sender, &data_centre.token, &self.credentials, &code).await? {
            Issued::Tokens(tokens) => Ok(tokens),
            Issued::GrantRefused { code, description } => Err(LoginError::TokenRefused { code, description }),
        }
    }
}

/// Whether a lost reply, or a code that grew stale on the way, explains the failure.
fn is_worth_a_second_try(error: &LoginError) -> bool {
    match error {
        LoginError::Unavailable(unavailable) => unavailable.fault.is_loss(),
        LoginError::TokenRefused { code, .. } => code == "invalid_grant",
        _ => false,
    }
}
