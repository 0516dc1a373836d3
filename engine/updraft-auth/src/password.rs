//! Passwords: hashing with argon2id, verifying also what an Airflow database holds.

use std::fmt;
use std::sync::Arc;

use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use tokio::sync::Semaphore;

use crate::werkzeug;

/// Salts have so many bytes.
const SALT_LENGTH: usize = 16;
/// A hash takes 19 MiB while it is made; what OWASP recommends with two passes.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
/// A password that is made up has so many characters of [`ALPHABET`]: 120 bits.
const RANDOM_LENGTH: usize = 20;
/// 64 characters that nobody takes for each other's neighbours in a shell.
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Hashes and verifies passwords. Cheap to clone; all clones share the limit.
///
/// Each takes some 20 ms and 19 MiB by design. So that many log-ins at once neither hold up everything else nor fill the memory,
/// only a few run at a time, on the threads for blocking work; the others wait in line.
#[derive(Clone)]
pub struct Passwords {
    argon2: Argon2<'static>,
    permits: Arc<Semaphore>,
    /// A hash of nobody's password, verified where there is no user: the answer takes as long as for one.
    nobody: Arc<str>,
}

/// Whether a password was right.
#[derive(Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It was not, or there is none.
    Wrong,
    /// It was.
    Right {
        /// The hash that is to replace the one that was verified, if that was made in another way than hashes are made now.
        rehashed: Option<String>,
    },
}

/// Why a password was neither accepted nor refused.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The operating system gave no randomness. A retry may help.
    #[error("the operating system gave no random bytes")]
    Randomness,
    /// The hash could not be made; too little memory, for example.
    #[error("the password could not be hashed")]
    Hash(#[source] argon2::password_hash::Error),
    /// The program is ending.
    #[error("the server is stopping")]
    Stopping,
}

impl fmt::Debug for Passwords {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Passwords")
    }
}

impl fmt::Debug for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Wrong => "Wrong",
            Self::Right { .. } => "Right",
        })
    }
}

impl Passwords {
    /// Hashes at most so many at a time.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub fn new(parallel: usize) -> Result<Self, PasswordError> {
        Self::with_cost(parallel, MEMORY_KIB, PASSES)
    }

    /// As [`Passwords::new`], with hashes that cost less or more. For tests, which hash a lot.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub fn with_cost(parallel: usize, memory_kib: u32, passes: u32) -> Result<Self, PasswordError> {
        let params =
            Params::new(memory_kib, passes, 1, None).map_err(|error| PasswordError::Hash(error.into()))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobody = hash(&argon2, &random_password()?)?.into();
        Ok(Self {
            argon2,
            permits: Arc::new(Semaphore::new(parallel.max(1))),
            nobody,
        })
    }

    /// The hash of a new password, to be stored.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub async fn hash(&self, password: String) -> Result<String, PasswordError> {
        let argon2 = self.argon2.clone();
        self.blocking(move || hash(&argon2, &password)).await
    }

    /// Whether a password is the one of a stored hash; `None`: there is no such user, which takes as long to say.
    ///
    /// # Errors
    /// [`PasswordError`].
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<Verdict, PasswordError> {
        let (argon2, nobody) = (self.argon2.clone(), Arc::clone(&self.nobody));
        self.blocking(move || match stored {
            Some(stored) => verify(&argon2, &password, &stored),
            None => verify(&argon2, &password, &nobody).map(|_| Verdict::Wrong),
        })
        .await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let permits = Arc::clone(&self.permits);
        let permit = permits
            .acquire_owned()
            .await
            .map_err(|_| PasswordError::Stopping)?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        });
        done.await.map_err(|_| PasswordError::Stopping)?
    }
}

/// A password that nobody guesses, for those who let one be made up.
///
/// # Errors
/// [`PasswordError::Randomness`].
pub fn random_password() -> Result<String, PasswordError> {
    let mut bytes = [0; RANDOM_LENGTH];
    getrandom::fill(&mut bytes).map_err(|_| PasswordError::Randomness)?;
    let character = |byte: &u8| ALPHABET.get(usize::from(byte % 64)).copied().map(char::from);
    Ok(bytes.iter().filter_map(character).collect())
}

fn hash(argon2: &Argon2<'_>, password: &str) -> Result<String, PasswordError> {
    let mut salt = [0; SALT_LENGTH];
    getrandom::fill(&mut salt).map_err(|_| PasswordError::Randomness)?;
    let hashed = argon2.hash_password_with_salt(password.as_bytes(), &salt);
    Ok(hashed.map_err(PasswordError::Hash)?.to_string())
}

fn verify(argon2: &Argon2<'_>, password: &str, stored: &str) -> Result<Verdict, PasswordError> {
    let rehashed = || hash(argon2, password).map(|new| Verdict::Right { rehashed: Some(new) });
    if let Some(is_right) = werkzeug::verify(password, stored) {
        return if is_right { rehashed() } else { Ok(Verdict::Wrong) };
    }
    let Ok(parsed) = PasswordHash::new(stored) else {
        return Ok(Verdict::Wrong);
    };
    if argon2.verify_password(password.as_bytes(), &parsed).is_err() {
        return Ok(Verdict::Wrong);
    }
    let is_current = parsed.algorithm == argon2::ARGON2ID_IDENT
        && Params::try_from(&parsed).is_ok_and(|params| costs(&params) == costs(argon2.params()));
    if is_current {
        return Ok(Verdict::Right { rehashed: None });
    }
    rehashed()
}

fn costs(params: &Params) -> (u32, u32, u32) {
    (params.m_cost(), params.t_cost(), params.p_cost())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cheap() -> Passwords {
        Passwords::with_cost(2, 64, 1).unwrap()
    }

    async fn is_right(passwords: &Passwords, password: &str, stored: &str) -> Verdict {
        let stored = Some(stored.to_owned());
        passwords.verify(password.to_owned(), stored).await.unwrap()
    }

    #[tokio::test]
    async fn a_password_is_verified_and_two_hashes_of_it_differ() {
        let passwords = cheap();
        let one = passwords.hash("secret".to_owned()).await.unwrap();
        let two = passwords.hash("secret".to_owned()).await.unwrap();
        assert!(one.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{one}");
        assert_ne!(one, two);
        assert_eq!(
            is_right(&passwords, "secret", &one).await,
            Verdict::Right { rehashed: None }
        );
        assert_eq!(is_right(&passwords, "Secret", &one).await, Verdict::Wrong);
        assert_eq!(is_right(&passwords, "", &one).await, Verdict::Wrong);
        assert_eq!(is_right(&passwords, "secret", "no hash").await, Verdict::Wrong);
        let nobody = passwords.verify("secret".to_owned(), None).await.unwrap();
        assert_eq!(nobody, Verdict::Wrong);
    }

    #[tokio::test]
    async fn hashes_of_airflow_and_those_of_another_cost_are_replaced_when_the_password_is_right() {
        let passwords = cheap();
        let dear = Passwords::with_cost(1, 128, 1).unwrap();
        let dear = dear.hash("s3cret p\u{e4}ssword".to_owned()).await.unwrap();
        for stored in [
            &dear,
            crate::werkzeug::tests::SCRYPT,
            crate::werkzeug::tests::PBKDF2,
        ] {
            assert_eq!(is_right(&passwords, "wrong", stored).await, Verdict::Wrong);
            let Verdict::Right { rehashed: Some(new) } =
                is_right(&passwords, "s3cret p\u{e4}ssword", stored).await
            else {
                panic!("`{stored}` is not verified or not replaced");
            };
            let again = is_right(&passwords, "s3cret p\u{e4}ssword", &new).await;
            assert_eq!(again, Verdict::Right { rehashed: None });
        }
    }

    #[test]
    fn passwords_that_are_made_up_differ() {
        let (one, two) = (random_password().unwrap(), random_password().unwrap());
        assert_eq!(one.len(), RANDOM_LENGTH);
        assert_ne!(one, two);
    }
}
