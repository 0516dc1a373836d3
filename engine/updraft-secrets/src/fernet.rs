//! Fernet: the symmetric encryption of Airflow's variables and connections.

use aes::Aes128;
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use std::fmt;

const VERSION: u8 = 0x80;
const IV_LENGTH: usize = 16;
/// Version, time and IV.
const HEADER_LENGTH: usize = 1 + 8 + IV_LENGTH;
const SIGNATURE_LENGTH: usize = 32;

/// URL-safe base64 that writes `=` at the end and does not insist on it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Encrypts with the first of its keys and decrypts with any of them, as `[core] fernet_key` says.
///
/// ```
/// use jiff::Timestamp;
/// use updraft_secrets::Fernet;
///
/// let fernet = Fernet::parse(&Fernet::generate_key()?)?.expect("a key is no empty list");
/// let token = fernet.encrypt("s3cret", Timestamp::UNIX_EPOCH)?;
/// assert_eq!(fernet.decrypt(&token)?, "s3cret");
/// # Ok::<(), updraft_secrets::FernetError>(())
/// ```
#[derive(Clone)]
pub struct Fernet {
    /// Never empty.
    keys: Vec<Key>,
}

/// The two halves of a key.
#[derive(Clone)]
struct Key {
    signing: [u8; 16],
    encryption: [u8; 16],
}

/// Why something cannot be encrypted or decrypted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FernetError {
    /// A key of the list is no key. Final. The key itself is not shown.
    #[error(
        "key {position} of `fernet_key` is not 32 bytes in URL-safe base64; `updraft` makes one when it initialises a home"
    )]
    Key {
        /// Its place in the list, from 1.
        position: usize,
    },
    /// None of the keys fits, or the token is damaged. Final.
    #[error(
        "the value cannot be decrypted with any key of `fernet_key`; add the key that it was encrypted with"
    )]
    Token,
    /// The operating system gave no randomness. A retry may help.
    #[error("the operating system gave no random bytes")]
    Randomness,
}

impl Fernet {
    /// Reads `[core] fernet_key`: keys separated by commas. `None` for an empty text: values are then stored as they are.
    ///
    /// # Errors
    /// [`FernetError::Key`].
    pub fn parse(keys: &str) -> Result<Option<Self>, FernetError> {
        if keys.trim().is_empty() {
            return Ok(None);
        }
        let keys: Result<Vec<Key>, FernetError> = keys
            .split(',')
            .enumerate()
            .map(|(index, text)| Key::parse(text.trim()).ok_or(FernetError::Key { position: index + 1 }))
            .collect();
        Ok(Some(Self { keys: keys? }))
    }

    /// A fresh key for `[core] fernet_key`.
    ///
    /// # Errors
    /// [`FernetError::Randomness`].
    pub fn generate_key() -> Result<String, FernetError> {
        Ok(BASE64.encode(random::<32>()?))
    }

    /// Encrypts with the first key. Two calls never give the same token.
    ///
    /// # Errors
    /// [`FernetError::Randomness`].
    pub fn encrypt(&self, text: &str, now: Timestamp) -> Result<String, FernetError> {
        Ok(self.encrypt_with(text, now, random()?))
    }

    /// As [`Fernet::encrypt`], with a given initialisation vector: for tests against known answers. Never use one twice.
    pub fn encrypt_with(&self, text: &str, now: Timestamp, iv: [u8; IV_LENGTH]) -> String {
        let key = self.keys.first().expect("a Fernet has at least one key");
        let mut token = Vec::with_capacity(HEADER_LENGTH + text.len() + 16 + SIGNATURE_LENGTH);
        token.push(VERSION);
        token.extend(u64::try_from(now.as_second()).unwrap_or(0).to_be_bytes());
        token.extend(iv);
        let encryptor = cbc::Encryptor::<Aes128>::new(&key.encryption.into(), &iv.into());
        token.extend(encryptor.encrypt_padded_vec::<Pkcs7>(text.as_bytes()));
        let signature = key.signature(&token).finalize().into_bytes();
        token.extend(signature);
        BASE64.encode(token)
    }

    /// Decrypts with whichever key fits; tokens never expire.
    ///
    /// # Errors
    /// [`FernetError::Token`].
    pub fn decrypt(&self, token: &str) -> Result<String, FernetError> {
        let bytes = BASE64.decode(token.trim()).map_err(|_| FernetError::Token)?;
        self.keys
            .iter()
            .find_map(|key| key.decrypt(&bytes))
            .ok_or(FernetError::Token)
    }
}

impl fmt::Debug for Fernet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Fernet({} keys)", self.keys.len())
    }
}

impl Key {
    fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64.decode(text).ok()?;
        let (signing, encryption) = bytes.split_first_chunk::<16>()?;
        Some(Self {
            signing: *signing,
            encryption: encryption.try_into().ok()?,
        })
    }

    fn signature(&self, message: &[u8]) -> Hmac<Sha256> {
        let mut signature =
            Hmac::<Sha256>::new_from_slice(&self.signing).expect("HMAC takes keys of any length");
        signature.update(message);
        signature
    }

    /// `None` if the signature is another key's, or the token is cut or damaged.
    fn decrypt(&self, token: &[u8]) -> Option<String> {
        let (message, signature) = token.split_last_chunk::<SIGNATURE_LENGTH>()?;
        self.signature(message).verify_slice(signature).ok()?;
        let (header, ciphertext) = message.split_at_checked(HEADER_LENGTH)?;
        let (version, header) = header.split_first()?;
        let iv = header.last_chunk::<IV_LENGTH>()?;
        if *version != VERSION {
            return None;
        }
        let decryptor = cbc::Decryptor::<Aes128>::new(&self.encryption.into(), &(*iv).into());
        let text = decryptor.decrypt_padded_vec::<Pkcs7>(ciphertext).ok()?;
        String::from_utf8(text).ok()
    }
}

fn random<const N: usize>() -> Result<[u8; N], FernetError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| FernetError::Randomness)?;
    Ok(bytes)
}
