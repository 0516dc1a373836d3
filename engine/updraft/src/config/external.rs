//! `[updraft] auth_*` and `oidc_*`: who lets people in besides their passwords.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use axum::http::HeaderName;
use updraft_api::{BaseUrl, External, Network, Oidc, OidcOptions, ProxyAuth};
use updraft_auth::RoleMapping;

use super::lookup::ConfigError;
use super::settings::Reader;

const SECTION: &str = "updraft";

/// Who lets people in besides their passwords. By default nobody does.
#[derive(Debug, Clone)]
pub(crate) struct ExternalSettings {
    /// `[updraft] auth_proxy_*`.
    proxy: Option<ProxyAuth>,
    /// `[updraft] oidc_*`.
    oidc: Option<OidcOptions>,
    /// `[updraft] auth_roles_mapping` and `auth_default_role`.
    roles: RoleMapping,
}

impl ExternalSettings {
    /// What the servers ask.
    ///
    /// # Errors
    /// The identity provider is not one that can be believed.
    pub(crate) fn open(&self) -> Result<External> {
        let oidc = self.oidc.clone().map(Oidc::new).transpose();
        Ok(External {
            proxy: self.proxy.clone(),
            oidc: oidc.context("`[updraft] oidc_issuer` is not usable")?,
            roles: self.roles.clone(),
        })
    }
}

impl Reader<'_> {
    pub(super) fn external(&self, web: &BaseUrl) -> Result<ExternalSettings, ConfigError> {
        let mapping = |text: &str| serde_json::from_str::<BTreeMap<String, Vec<String>>>(text).ok();
        let expected = "a JSON object of lists, such as `{\"operators\": [\"Op\"]}`";
        let groups = self.value(SECTION, "auth_roles_mapping", mapping, expected)?;
        let default = self.text(SECTION, "auth_default_role", "Public")?;
        Ok(ExternalSettings {
            proxy: self.proxy()?,
            oidc: self.oidc(web)?,
            roles: RoleMapping {
                groups: groups.unwrap_or_default(),
                default: vec![default.trim().to_owned()],
            },
        })
    }

    fn proxy(&self) -> Result<Option<ProxyAuth>, ConfigError> {
        let header = |text: &str| text.trim().parse::<HeaderName>().ok();
        let name = "the name of a header";
        let networks = |text: &str| -> Option<Vec<Network>> {
            let found: Result<Vec<Network>, _> = text.split(',').map(str::parse).collect();
            found.ok()
        };
        let addresses = "addresses and networks with commas between them, such as `127.0.0.1, 10.0.0.0/8`";
        let Some(user_header) = self.value(SECTION, "auth_proxy_header", header, name)? else {
            return Ok(None);
        };
        let trusted = self.value(SECTION, "auth_proxy_trusted", networks, addresses)?;
        Ok(Some(ProxyAuth {
            user_header,
            groups_header: self.value(SECTION, "auth_proxy_groups_header", header, name)?,
            trusted: trusted.ok_or(ConfigError::Value {
                section: SECTION,
                key: "auth_proxy_trusted",
                value: String::new(),
                expected: "the addresses of the proxies that are believed, since `auth_proxy_header` is set",
            })?,
        }))
    }

    fn oidc(&self, web: &BaseUrl) -> Result<Option<OidcOptions>, ConfigError> {
        let issuer = self.text(SECTION, "oidc_issuer", "")?;
        if issuer.is_empty() {
            return Ok(None);
        }
        let client_id = self.text(SECTION, "oidc_client_id", "")?;
        if client_id.is_empty() {
            return Err(ConfigError::Value {
                section: SECTION,
                key: "oidc_client_id",
                value: client_id,
                expected: "what the identity provider calls this installation, since `oidc_issuer` is set",
            });
        }
        if web.host.is_empty() {
            return Err(ConfigError::Value {
                section: "webserver",
                key: "base_url",
                value: String::new(),
                expected: "the address that the identity provider sends people back to, since `[updraft] oidc_issuer` is set",
            });
        }
        let some = |text: String| (!text.is_empty()).then_some(text);
        Ok(Some(OidcOptions {
            issuer,
            client_id,
            client_secret: some(self.text(SECTION, "oidc_client_secret", "")?),
            scopes: self.text(SECTION, "oidc_scopes", "openid profile email")?,
            name: self.text(SECTION, "oidc_name", "single sign-on")?,
            username_claim: self.text(SECTION, "oidc_username_claim", "preferred_username")?,
            groups_claim: some(self.text(SECTION, "oidc_groups_claim", "")?),
            may_link: self.boolean(SECTION, "oidc_link_users", false)?,
        }))
    }
}
