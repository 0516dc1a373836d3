//! The password hashes of an Airflow database: `method$salt$hash`, as werkzeug writes them.
//!
//! Source: werkzeug 2 and 3, `werkzeug/security.py`: `scrypt:n:r:p` (their default now) and `pbkdf2:sha256:iterations` (before), also
//! with sha512.

use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;

/// Hashes that cost more are refused, whoever wrote them: memory is `128 * n * r` bytes.
const SCRYPT_MEMORY_MAX: u64 = 256 << 20;
const PARALLEL_MAX: u32 = 16;
const ITERATIONS_MAX: u32 = 10_000_000;

/// Whether the password is the one of the hash; `None` if this is no hash of werkzeug.
pub(crate) fn verify(password: &str, stored: &str) -> Option<bool> {
    let (method, rest) = stored.split_once('$')?;
    let (salt, expected) = rest.split_once('$')?;
    let expected = hex(expected)?;
    let mut words = method.split(':');
    let computed = match (
        words.next()?,
        words.next(),
        words.next(),
        words.next(),
        words.next(),
    ) {
        ("scrypt", Some(n), Some(r), Some(p), None) => {
            let cost = [n.parse().ok()?, r.parse().ok()?, p.parse().ok()?];
            scrypt(password, salt, cost, expected.len())?
        }
        ("pbkdf2", Some(digest), Some(iterations), None, None) => {
            let iterations: u32 = iterations.parse().ok()?;
            pbkdf2(password, salt, (digest, iterations), expected.len())?
        }
        _ => return None,
    };
    Some(computed.ct_eq(&expected).into())
}

fn scrypt(password: &str, salt: &str, [n, r, p]: [u32; 3], length: usize) -> Option<Vec<u8>> {
    let memory = u64::from(n).checked_mul(u64::from(r))?.checked_mul(128)?;
    if !n.is_power_of_two() || memory > SCRYPT_MEMORY_MAX || p > PARALLEL_MAX {
        return None;
    }
    let params = scrypt::Params::new(n.trailing_zeros() as u8, r, p).ok()?;
    let mut computed = vec![0; length];
    scrypt::scrypt(password.as_bytes(), salt.as_bytes(), &params, &mut computed).ok()?;
    Some(computed)
}

fn pbkdf2(password: &str, salt: &str, (digest, iterations): (&str, u32), length: usize) -> Option<Vec<u8>> {
    if iterations == 0 || iterations > ITERATIONS_MAX {
        return None;
    }
    let (password, salt) = (password.as_bytes(), salt.as_bytes());
    let mut computed = vec![0; length];
    match digest {
        "sha256" => pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, iterations, &mut computed),
        "sha512" => pbkdf2::pbkdf2_hmac::<Sha512>(password, salt, iterations, &mut computed),
        _ => return None,
    }
    Some(computed)
}

/// Bytes written as pairs of hexadecimal digits; `None` for anything else, and for nothing.
fn hex(text: &str) -> Option<Vec<u8>> {
    if text.is_empty()
        || !text.len().is_multiple_of(2)
        || text.len() > 256
        || !text.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        return None;
    }
    let digit = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    (0..text.len()).step_by(2).map(digit).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Of `s3cret pässword`, made by werkzeug.
    pub(crate) const SCRYPT: &str = "scrypt:1024:8:1$yeQQKFgm7lruGXqQ$3b1beed5db235734219e6afa39b18b8cfdddb97a1508cbcce36d1ab1c9d8e486e9622c44403fc94046a4c44bd245f5da89d0ed988b661361bcccff80f3d63de5";
    pub(crate) const PBKDF2: &str = "pbkdf2:sha256:1000$SiTvxacXHhytjFwc$8d04991a7ff4ac06f6e72539ea2dd9910c0e3d4ea206230a95ca641b587e6cb6";
    const PBKDF2_512: &str = "pbkdf2:sha512:1000$ThkYFjgPZr5AKiWU$c57f3870c0380027d1a8d694ec9fadb41d351c2f2427a7056de77557cfce0d965b4d41e633faaa510e75ed0d7a0893adc91535131e8861de7a32e61ef62d0eba";

    #[test]
    fn hashes_of_werkzeug_are_verified() {
        for stored in [SCRYPT, PBKDF2, PBKDF2_512] {
            assert_eq!(verify("s3cret p\u{e4}ssword", stored), Some(true), "{stored}");
            assert_eq!(verify("s3cret password", stored), Some(false), "{stored}");
        }
    }

    #[test]
    fn what_is_none_of_its_hashes_or_costs_too_much_is_not_taken_for_one() {
        let not_ours = [
            "",
            "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaA",
            "scrypt:1024:8$salt$00ff",
            "scrypt:1000:8:1$salt$00ff",
            "scrypt:16777216:64:1$salt$00ff",
            "pbkdf2:md5:1000$salt$00ff",
            "pbkdf2:sha256:0$salt$00ff",
            "pbkdf2:sha256:4000000000$salt$00ff",
            "pbkdf2:sha256:1000$salt$0",
            "pbkdf2:sha256:1000$salt$",
            "pbkdf2:sha256:1000$salt$+f",
            "sha256$salt$00ff",
        ];
        for stored in not_ours {
            assert_eq!(verify("password", stored), None, "{stored}");
        }
    }
}
