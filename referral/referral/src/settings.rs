//! What the program is told from outside: the environment variables of the recruiting pipeline.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use url::Url;

/// The process environment as it was when the program started.
pub(crate) type Environment = BTreeMap<String, String>;

/// Reads typed values out of the environment.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    environment: Environment,
}

impl Settings {
    /// Settings read from this environment.
    pub(crate) fn new(environment: Environment) -> Self {
        Self { environment }
    }

    /// A variable that is set and not empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.environment
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// A variable that must be set.
    ///
    /// # Errors
    /// It is not; `why` says what it is for.
    pub(crate) fn required(&self, name: &str, why: &str) -> Result<&str> {
        self.text(name)
            .with_context(|| format!("`{name}` is not set: {why}"))
    }

    /// A variable that parses as `T`, or the default.
    ///
    /// # Errors
    /// It is set to something else.
    pub(crate) fn parsed<T: std::str::FromStr>(&self, name: &str, default: T, expected: &str) -> Result<T> {
        match self.text(name) {
            None => Ok(default),
            Some(value) => match value.parse() {
                Ok(value) => Ok(value),
                Err(_) => bail!("`{name}` is `{value}`, expected {expected}"),
            },
        }
    }

    /// Names with commas between them, or the default.
    pub(crate) fn names(&self, name: &str, default: &str) -> BTreeSet<String> {
        let names = self.text(name).unwrap_or(default).split(',').map(str::trim);
        names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }

    /// An address, or the default.
    ///
    /// # Errors
    /// It is set to something that is no http or https address.
    pub(crate) fn url(&self, name: &str, default: &str) -> Result<Url> {
        let value = self.text(name).unwrap_or(default);
        let slash = if value.ends_with('/') { "" } else { "/" };
        match Url::parse(&format!("{value}{slash}")) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url),
            _ => bail!("`{name}` is `{value}`, expected an address such as `{default}`"),
        }
    }

    /// `MATCHING_SCORE_THRESHOLD`: points from 0 to 100 at which a pair counts as a match. Default 70.
    ///
    /// # Errors
    /// It is no such number.
    pub(crate) fn threshold(&self) -> Result<f64> {
        let name = "MATCHING_SCORE_THRESHOLD";
        let value: f64 = self.parsed(name, 70.0, "a number from 0 to 100")?;
        if !(0.0..=100.0).contains(&value) {
            bail!("`{name}` is `{value}`, expected a number from 0 to 100");
        }
        Ok(value)
    }

    /// `REFERRAL_DATA`: the folder of the SQLite database. Default `data` in the current folder.
    pub(crate) fn data_folder(&self) -> PathBuf {
        PathBuf::from(self.text("REFERRAL_DATA").unwrap_or("data"))
    }

    /// The SQLAlchemy URL of the application database: PostgreSQL from `DB_HOST`, `DB_PORT`, `DB_NAME`, `DB_USER` and
    /// `DB_PASSWORD`; without `DB_HOST` the SQLite file `referral.db` in the data folder. Holds the password.
    ///
    /// # Errors
    /// `DB_HOST` is set and the others do not make an address.
    pub(crate) fn database_url(&self) -> Result<String> {
        let Some(host) = self.text("DB_HOST") else {
            let folder = std::path::absolute(self.data_folder())?;
            return Ok(format!("sqlite:///{}", folder.join("referral.db").display()));
        };
        let port: u16 = self.parsed("DB_PORT", 5432, "a port")?;
        let user = self.required("DB_USER", "the account that owns the application database")?;
        let name = self.required("DB_NAME", "the database of the application")?;
        let mut url = Url::parse(&format!("postgresql://{host}:{port}/"))
            .with_context(|| format!("`DB_HOST` is `{host}`, expected a host name"))?;
        let refused = || anyhow::anyhow!("`DB_HOST`, `DB_USER` and `DB_PASSWORD` do not make an address");
        url.set_username(user).map_err(|()| refused())?;
        url.set_password(self.text("DB_PASSWORD"))
            .map_err(|()| refused())?;
        url.set_path(name);
        Ok(url.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        Settings::new(
            pairs
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn the_database_is_sqlite_without_a_host_and_postgres_with_one() {
        let lite = settings(&[("REFERRAL_DATA", "/srv/data")])
            .database_url()
            .unwrap();
        assert_eq!(lite, "sqlite:////srv/data/referral.db");
        let full = [
            ("DB_HOST", "db.example"),
            ("DB_NAME", "referral"),
            ("DB_USER", "ann"),
            ("DB_PASSWORD", "p@ss/word"),
        ];
        assert_eq!(
            settings(&full).database_url().unwrap(),
            "postgresql://ann:p%40ss%2Fword@db.example:5432/referral"
        );
        let error = settings(&full[..1]).database_url().unwrap_err().to_string();
        assert_eq!(
            error,
            "`DB_USER` is not set: the account that owns the application database"
        );
    }

    #[test]
    fn values_out_of_range_say_what_is_expected() {
        let error = settings(&[("MATCHING_SCORE_THRESHOLD", "170")])
            .threshold()
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "`MATCHING_SCORE_THRESHOLD` is `170`, expected a number from 0 to 100"
        );
        let error = settings(&[("ML_SERVICE_URL", "nowhere")]).url("ML_SERVICE_URL", "http://127.0.0.1:8000");
        assert!(
            error
                .unwrap_err()
                .to_string()
                .contains("expected an address such as")
        );
    }
}
