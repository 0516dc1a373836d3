//! Codes, tokens and sessions. All of it is lost at a restart: clients log in again.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use sha2::{Digest, Sha256};
use uuid::Builder;

/// A code can be exchanged for this long.
const CODE_LIFE_MS: i64 = 60_000;

/// An access token can be used for this long.
pub(crate) const ACCESS_LIFE_S: i64 = 600;

/// A code on its way to the token endpoint.
#[derive(Debug)]
struct Code {
    expires_ms: i64,
    redirect_uri: Option<String>,
}

/// A session of the REST interface.
#[derive(Debug, Clone, Copy)]
struct Session {
    expires_ms: i64,
}

/// The two tokens of an exchange.
#[derive(Debug)]
pub(crate) struct TokenPair {
    pub(crate) access: String,
    /// None where the client is not set up for refresh.
    pub(crate) refresh: Option<String>,
}

/// A code or refresh token is unknown, used up or too old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InvalidGrant;

/// Why no session was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LoginError {
    BadAccessToken,
    TooManySessions,
}

/// What the administrator sees of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub(crate) struct AuthCounters {
    pub(crate) codes: u64,
    pub(crate) wrong_passwords: u64,
    pub(crate) exchanges: u64,
    pub(crate) refreshes: u64,
    pub(crate) refused_grants: u64,
    pub(crate) logins: u64,
    pub(crate) logouts: u64,
}

/// Everything that login hands out.
#[derive(Debug)]
pub(crate) struct AuthState {
    random: ChaCha12Rng,
    corp_token: String,
    codes: HashMap<String, Code>,
    /// Access tokens and when they end.
    access: HashMap<String, i64>,
    refresh: HashSet<String>,
    sessions: BTreeMap<String, Session>,
    wrong_in_a_row: u32,
    pub(crate) counters: AuthCounters,
}

impl AuthState {
    /// Nobody is logged in. The corp token follows from `seed`; all else differs from start to start, so that a token of
    /// an earlier run is never good again.
    pub(crate) fn new(seed: u64, started_ns: i128) -> Self {
        let corp = Sha256::digest(seed.to_le_bytes());
        let mut corp_token = String::from("sbx");
        for byte in corp.iter().take(3) {
            let _ = write!(corp_token, "{byte:02x}");
        }
        let mut entropy = Sha256::new();
        entropy.update(seed.to_le_bytes());
        entropy.update(started_ns.to_le_bytes());
        Self {
            random: ChaCha12Rng::from_seed(entropy.finalize().into()),
            corp_token,
            codes: HashMap::new(),
            access: HashMap::new(),
            refresh: HashSet::new(),
            sessions: BTreeMap::new(),
            wrong_in_a_row: 0,
            counters: AuthCounters::default(),
        }
    }

    /// The part of the path that stands for the agency.
    pub(crate) fn corp_token(&self) -> &str {
        &self.corp_token
    }

    fn fresh(&mut self) -> String {
        Builder::from_random_bytes(self.random.random())
            .into_uuid()
            .to_string()
    }

    /// Notes whether the password was right; false when the user is locked out or the password was wrong.
    pub(crate) fn password_checked(&mut self, right: bool, lock_out_after: Option<u32>) -> bool {
        let locked = lock_out_after.is_some_and(|limit| self.wrong_in_a_row >= limit);
        if right && !locked {
            self.wrong_in_a_row = 0;
            return true;
        }
        self.wrong_in_a_row = self.wrong_in_a_row.saturating_add(1);
        self.counters.wrong_passwords += 1;
        false
    }

    /// A new code. It contains a colon, as live ones do.
    pub(crate) fn issue_code(&mut self, redirect_uri: Option<String>, now_ms: i64) -> String {
        self.codes.retain(|_, code| code.expires_ms > now_ms);
        let code = format!("00:{}", self.fresh());
        self.codes.insert(
            code.clone(),
            Code {
                expires_ms: now_ms + CODE_LIFE_MS,
                redirect_uri,
            },
        );
        self.counters.codes += 1;
        code
    }

    /// Exchanges a code; it is used up whatever the outcome.
    pub(crate) fn exchange(
        &mut self,
        code: &str,
        redirect_uri: Option<&str>,
        with_refresh: bool,
        now_ms: i64,
    ) -> Result<TokenPair, InvalidGrant> {
        let known = self.codes.remove(code);
        let good = known
            .is_some_and(|known| known.expires_ms > now_ms && known.redirect_uri.as_deref() == redirect_uri);
        if !good {
            self.counters.refused_grants += 1;
            return Err(InvalidGrant);
        }
        self.counters.exchanges += 1;
        Ok(self.issue_tokens(with_refresh, now_ms))
    }

    /// Exchanges a refresh token; it works once.
    pub(crate) fn refresh(&mut self, token: &str, now_ms: i64) -> Result<TokenPair, InvalidGrant> {
        if !self.refresh.remove(token) {
            self.counters.refused_grants += 1;
            return Err(InvalidGrant);
        }
        self.counters.refreshes += 1;
        Ok(self.issue_tokens(true, now_ms))
    }

    fn issue_tokens(&mut self, with_refresh: bool, now_ms: i64) -> TokenPair {
        self.access.retain(|_, expires_ms| *expires_ms > now_ms);
        let access = format!("0:{}", self.fresh());
        self.access.insert(access.clone(), now_ms + ACCESS_LIFE_S * 1000);
        let refresh = with_refresh.then(|| format!("0:{}", self.fresh()));
        self.refresh.extend(refresh.clone());
        TokenPair { access, refresh }
    }

    /// Opens a session.
    pub(crate) fn open_session(
        &mut self,
        access_token: &str,
        life_minutes: u32,
        sessions_max: u32,
        now_ms: i64,
    ) -> Result<String, LoginError> {
        if self
            .access
            .get(access_token)
            .is_none_or(|expires_ms| *expires_ms <= now_ms)
        {
            return Err(LoginError::BadAccessToken);
        }
        self.sessions.retain(|_, session| session.expires_ms > now_ms);
        if self.sessions.len() >= sessions_max as usize {
            return Err(LoginError::TooManySessions);
        }
        self.counters.logins += 1;
        let unguessable = self.fresh();
        let token = format!("1_{}_{unguessable}", self.counters.logins);
        let expires_ms = now_ms + i64::from(life_minutes) * 60_000;
        self.sessions.insert(token.clone(), Session { expires_ms });
        Ok(token)
    }

    /// When a session ends; none when it has ended, was never opened, or belongs to another corp token.
    pub(crate) fn session_expires_ms(&self, token: &str, corp: &str, now_ms: i64) -> Option<i64> {
        let session = self.sessions.get(token).filter(|_| corp == self.corp_token)?;
        (session.expires_ms > now_ms).then_some(session.expires_ms)
    }

    /// Ends a session.
    pub(crate) fn close_session(&mut self, token: &str) {
        if self.sessions.remove(token).is_some() {
            self.counters.logouts += 1;
        }
    }

    /// Ends a session without its owner knowing; all sessions when no token is given. Returns how many ended.
    pub(crate) fn kill_sessions(&mut self, token: Option<&str>) -> usize {
        let before = self.sessions.len();
        self.sessions
            .retain(|known, _| token.is_some_and(|token| token != known));
        before - self.sessions.len()
    }

    /// Makes every token that was handed out worthless.
    pub(crate) fn revoke_grants(&mut self) {
        self.codes.clear();
        self.access.clear();
        self.refresh.clear();
    }

    /// Sessions that have not ended.
    pub(crate) fn open_sessions(&self, now_ms: i64) -> usize {
        self.sessions
            .values()
            .filter(|session| session.expires_ms > now_ms)
            .count()
    }
}
