//! `[api_auth]`: what tokens are signed with.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use updraft_auth::SigningKey;

use super::lookup::ConfigError;
use super::settings::Reader;

/// What tokens are signed with. `Debug` is not there, as it would show the secret.
#[derive(Clone)]
pub(crate) struct TokenSettings {
    /// `[api_auth] jwt_secret`, else `[webserver] secret_key`.
    secret: String,
    /// `[api_auth] jwt_private_key_path`, which comes before the secret, as in Airflow.
    key_file: Option<PathBuf>,
    /// `[api_auth] jwt_algorithm`; `None`: the one that the key is for.
    algorithm: Option<String>,
    /// `[api_auth] jwt_kid`; `None`: as Airflow names the key.
    name: Option<String>,
}

impl TokenSettings {
    /// The key; `None` if there is neither a file nor a secret.
    ///
    /// # Errors
    /// The file cannot be read, holds no such key, or the key is for another algorithm than the one that is set.
    pub(crate) fn open(&self) -> Result<Option<SigningKey>> {
        let key = match &self.key_file {
            Some(path) => {
                let about = || {
                    format!(
                        "`[api_auth] jwt_private_key_path` is not usable: `{}`",
                        path.display()
                    )
                };
                let text = fs::read_to_string(path).with_context(about)?;
                SigningKey::of_pem(&text).with_context(about)?
            }
            None if self.secret.is_empty() => return Ok(None),
            None => SigningKey::of_secret(self.secret.as_bytes()),
        };
        if let Some(algorithm) = &self.algorithm
            && *algorithm != key.algorithm()
        {
            bail!(
                "`[api_auth] jwt_algorithm` is `{algorithm}`, and what tokens are signed with is for `{}`: leave the option out, \
                 or set `jwt_private_key_path` (RS256 and EdDSA) or `jwt_secret` (HS512) to a key that is for it",
                key.algorithm()
            );
        }
        Ok(Some(match &self.name {
            Some(name) => key.named(name.clone()),
            None => key,
        }))
    }
}

impl Reader<'_> {
    pub(super) fn tokens(&self) -> Result<TokenSettings, ConfigError> {
        let some = |text: String| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let algorithm = |text: &str| match text.trim() {
            "" | "GUESS" => Some(None),
            name @ ("HS512" | "RS256" | "EdDSA") => Some(Some(name.to_owned())),
            _ => None,
        };
        let known = "`GUESS`, `HS512`, `RS256` or `EdDSA`";
        let other_secret = self.text("webserver", "secret_key", "")?;
        let has_file = some(self.text("api_auth", "jwt_private_key_path", "")?).is_some();
        let key_file = || self.folder("api_auth", "jwt_private_key_path", "");
        Ok(TokenSettings {
            secret: self.text("api_auth", "jwt_secret", &other_secret)?,
            key_file: has_file.then(key_file).transpose()?,
            algorithm: self
                .value("api_auth", "jwt_algorithm", algorithm, known)?
                .flatten(),
            name: some(self.text("api_auth", "jwt_kid", "")?),
        })
    }
}
