//! Keeps the one session of a client, and renews it once for all callers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;
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
    /// Logins under way; at most one does anything.
    tasks: TaskTracker,
}

/// What the last login left behind.
#[derive(Debug, Default)]
struct Standing {
    session: Option<Arc<Session>>,
    /// Found at the first login, and again after a login that failed: users move between data centres.
    data_centre: Option<DataCentre>,
    /// The refusal of the credentials. While it is set it is the answer to everything.
    refused: Option<Arc<LoginError>>,
    /// The failure of the last login, if it failed, for those who waited for it.
    failed: Option<Arc<LoginError>>,
}

/// What a caller wants, as of when it asked.
#[derive(Debug, Clone, Copy)]
struct Wish {
    stale: Option<Generation>,
    logins_before: u64,
}

impl Standing {
    /// Writes down how a login ended.
    fn settle(&mut self, result: Result<Session, LoginError>) -> Result<Arc<Session>, Arc<LoginError>> {
        match result {
            Ok(session) => {
                tracing::info!(session.generation = session.generation.0, "logged in to Bullhorn");
                let session = Arc::new(session);
                self.session = Some(Arc::clone(&session));
                self.failed = None;
                Ok(session)
            }
            Err(error) => {
                tracing::warn!("login to Bullhorn failed: {error}");
                let error = Arc::new(error);
                self.session = None;
                self.data_centre = None;
                self.failed = Some(Arc::clone(&error));
                self.refused = error.is_about_credentials().then(|| Arc::clone(&error));
                Err(error)
            }
        }
    }
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
            tasks: TaskTracker::new(),
        }
    }

    /// The open session, or a new one if there is none or it is the `stale` one that the server refused.
    ///
    /// The login is a task of its own: it runs to its end even if the caller goes away, so that neither a refresh
    /// token nor the verdict on a password is lost half way.
    pub(crate) async fn session(
        self: &Arc<Self>,
        exchange: &Arc<Exchange>,
        stale: Option<Generation>,
    ) -> Result<Arc<Session>, Arc<LoginError>> {
        let wish = Wish {
            stale,
            logins_before: self.logins.load(Ordering::Acquire),
        };
        if let Some(answer) = self.answer(&*self.standing.lock().await, wish) {
            return answer;
        }
        let (authenticator, exchange) = (Arc::clone(self), Arc::clone(exchange));
        let login = async move { authenticator.renew(&exchange, wish).await };
        match self.tasks.spawn(login.in_current_span()).await {
            Ok(answer) => answer,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            // The runtime is shutting down and takes this caller with it.
            Err(_) => std::future::pending().await,
        }
    }

    /// Logs in, unless somebody else did in the meantime.
    async fn renew(&self, exchange: &Exchange, wish: Wish) -> Result<Arc<Session>, Arc<LoginError>> {
        let mut standing = self.standing.lock().await;
        if let Some(answer) = self.answer(&standing, wish) {
            return answer;
        }
        let generation = Generation(self.logins.load(Ordering::Acquire) + 1);
        let sender = Sender {
            exchange,
            deadline: exchange.deadline(),
        };
        let result = Box::pin(self.log_in(sender, &mut standing, generation)).await;
        self.logins.store(generation.0, Ordering::Release);
        standing.settle(result.map_err(|error| error.scrubbed(&self.credentials)))
    }

    /// What the standing says to a wish; `None` means that it takes a login.
    fn answer(&self, standing: &Standing, wish: Wish) -> Option<Result<Arc<Session>, Arc<LoginError>>> {
        if let Some(refused) = &standing.refused {
            return Some(Err(Arc::clone(refused)));
        }
        if let Some(session) = standing
            .session
            .as_ref()
            .filter(|session| Some(session.generation) != wish.stale)
        {
            return Some(Ok(Arc::clone(session)));
        }
        let waited_for_it = self.logins.load(Ordering::Acquire) > wish.logins_before;
        standing
            .failed
            .as_ref()
            .filter(|_| waited_for_it)
            .map(|failed| Err(Arc::clone(failed)))
    }

    /// Forgets the refusal of the credentials.
    pub(crate) async fn forget_refusal(&self) {
        self.standing.lock().await.refused = None;
    }

    /// Forgets the session and returns it, so that it can be closed.
    pub(crate) async fn end_session(&self) -> Option<Arc<Session>> {
        self.standing.lock().await.session.take()
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
        if let Ok(tokens) = self.try_password(sender, data_centre).await? {
            return Ok(tokens);
        }
        tracing::warn!("the authorization came to nothing on the way and is repeated once");
        self.try_password(sender, data_centre).await?
    }

    /// Password for code for tokens. The inner error is one that a second try may not meet: a reply was lost, or the
    /// code, which lives a minute, grew stale.
    async fn try_password(
        &self,
        sender: Sender<'_>,
        data_centre: &DataCentre,
    ) -> Result<Result<Tokens, LoginError>, LoginError> {
        let code = match authorize(sender, &data_centre.authorize, &self.credentials).await {
            Ok(code) => code,
            Err(LoginError::Unavailable(lost)) if lost.fault.is_loss() => {
                return Ok(Err(LoginError::Unavailable(lost)));
            }
            Err(error) => return Err(error),
        };
        match for_code(sender, &data_centre.token, &self.credentials, &code).await {
            Ok(Issued::Tokens(tokens)) => Ok(Ok(tokens)),
            Ok(Issued::GrantRefused { code, description }) => {
                Ok(Err(LoginError::TokenRefused { code, description }))
            }
            Err(LoginError::Unavailable(lost)) if !lost.fault.is_before_arrival() => {
                Ok(Err(LoginError::Unavailable(lost)))
            }
            Err(error) => Err(error),
        }
    }
}
