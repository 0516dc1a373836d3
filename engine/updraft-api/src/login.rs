//! Logging in with a name and a password.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use updraft_auth::{Identity, Permission, Resource, Verdict};
use updraft_store::{LockRule, PermissionRow, UserRow};

use crate::api::Api;
use crate::failure::Failure;

/// After so many wrong passwords in a row, nobody can log in as that user for a while.
const LOCK: LockRule = LockRule {
    failures: 10,
    pause: Duration::from_mins(5),
};
/// How long a password that was right need not be hashed again; clients with basic auth send it with every call.
const REMEMBERED_FOR: SignedDuration = SignedDuration::from_secs(60);
const REMEMBERED_MAX: usize = 1000;

/// Wrong name or password: who is wrong about which is not told.
const WRONG: Failure = Failure::Unauthenticated("Invalid credentials");

/// Log-ins that were right a moment ago, by a tag of the stored hash and the password that verified.
#[derive(Debug, Default)]
pub(crate) struct Remembered {
    /// Until when each counts. Written after a log-in; the lock is held for look-ups only.
    until: Mutex<BTreeMap<[u8; 32], Timestamp>>,
}

impl Remembered {
    fn has(&self, tag: &[u8; 32], now: Timestamp) -> bool {
        let until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        until.get(tag).is_some_and(|until| now < *until)
    }

    fn add(&self, tag: [u8; 32], now: Timestamp) {
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if until.len() >= REMEMBERED_MAX {
            until.retain(|_, until| now < *until);
        }
        if until.len() < REMEMBERED_MAX {
            until.insert(tag, now.saturating_add(REMEMBERED_FOR).unwrap_or(now));
        }
    }
}

/// The user of a name and a password.
///
/// # Errors
/// [`Failure::Unauthenticated`], [`Failure::TooManyLogins`], or the database does not answer.
pub(crate) async fn by_password(
    api: &Api,
    username: &str,
    password: &str,
    from: &str,
) -> Result<UserRow, Failure> {
    let now = api.now();
    let user = api
        .store()
        .user_by_name(username)
        .await?
        .filter(|user| user.is_active);
    let hash = user.as_ref().and_then(|user| user.password_hash.clone());
    let tag = hash
        .as_ref()
        .map(|hash| api.parts().token_key.tag(&[hash, password]));
    if let (Some(user), Some(tag)) = (&user, &tag)
        && api.remembered().has(tag, now)
    {
        return Ok(user.clone());
    }
    if !api.attempts().spend(from, now) {
        return Err(Failure::TooManyLogins);
    }
    let is_locked = user
        .as_ref()
        .and_then(|user| user.locked_until)
        .is_some_and(|until| now < until);
    if is_locked {
        return Err(Failure::TooManyLogins);
    }
    let verified = api
        .parts()
        .passwords
        .verify(password.to_owned(), hash.clone())
        .await;
    let verdict = verified.map_err(|error| Failure::Internal(error.into()))?;
    match (verdict, user, hash) {
        (Verdict::Right { rehashed }, Some(user), Some(hash)) => {
            if let Some(new) = rehashed {
                api.store().rehash_password(user.user_id, &hash, &new).await?;
            } else if let Some(tag) = tag {
                api.remembered().add(tag, now);
            }
            api.attempts().forget(from);
            api.store().record_login(user.user_id, now).await?;
            Ok(user)
        }
        (_, Some(user), _) => {
            api.store().record_failed_login(user.user_id, LOCK, now).await?;
            Err(WRONG)
        }
        (_, None, _) => Err(WRONG),
    }
}

/// Somebody who has logged in, with what the user's roles allow at this moment.
///
/// # Errors
/// The database does not answer.
pub(crate) async fn identity(api: &Api, user: &UserRow) -> Result<Identity, Failure> {
    let permissions = api.store().permissions_of(user.user_id).await?;
    Ok(Identity::user(
        user.user_id,
        user.username.clone(),
        permissions.into_iter().filter_map(permission),
    ))
}

/// A stored permission. An action that no version of this program knows allows nothing.
pub(crate) fn permission(row: PermissionRow) -> Option<Permission> {
    Some(Permission {
        action: row.action.parse().ok()?,
        resource: Resource::of(row.resource),
    })
}
