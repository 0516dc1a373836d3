//! How a token is got: given, read from a file, or by logging in.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::kwargs::{InvalidKwargs, Kwargs};
use crate::open::Surroundings;

/// Where Kubernetes puts the token of a service account.
const KUBERNETES_JWT: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// How a token is got.
pub(super) enum Login {
    /// It is given.
    Token(Given),
    /// A call of a login method gets it.
    Call {
        /// Where the method is mounted.
        mount: String,
        /// What is behind `login` in the path.
        user: Option<String>,
        /// What proves who we are.
        proof: Proof,
    },
}

/// What is given, or stands in a file that somebody else may renew.
pub(super) enum Given {
    /// The secret itself.
    Value(String),
    /// The file that holds it.
    File(PathBuf),
}

/// What proves who we are.
pub(super) enum Proof {
    /// `approle`.
    AppRole {
        role_id: String,
        secret_id: Option<String>,
    },
    /// `kubernetes` and `jwt`.
    Jwt { role: String, jwt: Given },
    /// `userpass` and `ldap`.
    Password(String),
    /// `github`.
    Token(Given),
}

impl Given {
    pub(super) fn read(&self) -> Result<String, String> {
        match self {
            Self::Value(text) => Ok(text.clone()),
            Self::File(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|error| format!("`{}` cannot be read: {error}", path.display()))?;
                match text.trim() {
                    "" => Err(format!("`{}` is empty", path.display())),
                    text => Ok(text.to_owned()),
                }
            }
        }
    }
}

impl Login {
    /// `auth_type` and what belongs to it.
    pub(super) fn take(kwargs: &mut Kwargs, around: &Surroundings) -> Result<Self, InvalidKwargs> {
        let auth_type = kwargs.text("auth_type")?;
        let auth_type = auth_type.as_deref().unwrap_or("token");
        let mount = kwargs.text("auth_mount_point")?;
        // All are taken whatever the type is, so that one settings file may hold more than is used.
        let token = given(kwargs, "token", "token_path")?;
        let (role_id, secret_id) = (kwargs.text("role_id")?, kwargs.text("secret_id")?);
        let (username, password) = (kwargs.text("username")?, kwargs.text("password")?);
        let (kubernetes_role, jwt_role) = (kwargs.text("kubernetes_role")?, kwargs.text("jwt_role")?);
        let kubernetes_jwt = kwargs.text("kubernetes_jwt_path")?;
        let jwt = given(kwargs, "jwt_token", "jwt_token_path")?;
        let call = |proof, user| Self::Call {
            mount: mount.unwrap_or_else(|| auth_type.to_owned()),
            user,
            proof,
        };
        Ok(match auth_type {
            "token" => {
                let token = token.or_else(|| around.get("VAULT_TOKEN").cloned().map(Given::Value));
                Self::Token(token.ok_or(missing(
                    "token",
                    "`auth_type` is token, and there is no `token_path`",
                ))?)
            }
            "approle" => {
                let role_id = role_id.ok_or(missing("role_id", "`auth_type` is approle"))?;
                call(Proof::AppRole { role_id, secret_id }, None)
            }
            "kubernetes" => {
                let role = kubernetes_role.ok_or(missing("kubernetes_role", "`auth_type` is kubernetes"))?;
                let path = kubernetes_jwt.as_deref().unwrap_or(KUBERNETES_JWT);
                let jwt = Given::File(Path::new(path).to_owned());
                call(Proof::Jwt { role, jwt }, None)
            }
            "jwt" => {
                let role = jwt_role.ok_or(missing("jwt_role", "`auth_type` is jwt"))?;
                let jwt = jwt.ok_or(missing(
                    "jwt_token",
                    "`auth_type` is jwt, and there is no `jwt_token_path`",
                ))?;
                call(Proof::Jwt { role, jwt }, None)
            }
            "userpass" | "ldap" => {
                let username = username.ok_or(missing("username", "`auth_type` is userpass or ldap"))?;
                let password = password.ok_or(missing("password", "`auth_type` is userpass or ldap"))?;
                call(Proof::Password(password), Some(username))
            }
            "github" => {
                let token = token.ok_or(missing("token", "`auth_type` is github"))?;
                call(Proof::Token(token), None)
            }
            _ => {
                return Err(InvalidKwargs::Value {
                    name: "auth_type",
                    expected: "token, approle, kubernetes, jwt, userpass, ldap or github; others are not supported here",
                });
            }
        })
    }

    /// How errors call it.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Token(Given::Value(_)) => "the token that is given".to_owned(),
            Self::Token(Given::File(path)) => format!("the token in `{}`", path.display()),
            Self::Call { mount, .. } => format!("the login at `auth/{mount}`"),
        }
    }
}

impl Proof {
    /// What is sent to log in.
    pub(super) fn body(&self) -> Result<Value, String> {
        Ok(match self {
            Self::AppRole { role_id, secret_id } => match secret_id {
                Some(secret_id) => json!({ "role_id": role_id, "secret_id": secret_id }),
                None => json!({ "role_id": role_id }),
            },
            Self::Jwt { role, jwt } => json!({ "role": role, "jwt": jwt.read()? }),
            Self::Password(password) => json!({ "password": password }),
            Self::Token(token) => json!({ "token": token.read()? }),
        })
    }
}

fn given(
    kwargs: &mut Kwargs,
    value: &'static str,
    path: &'static str,
) -> Result<Option<Given>, InvalidKwargs> {
    let (value, path) = (kwargs.text(value)?, kwargs.text(path)?);
    let path = path.map(|path| Given::File(path.into()));
    Ok(value.map(Given::Value).or(path))
}

const fn missing(name: &'static str, why: &'static str) -> InvalidKwargs {
    InvalidKwargs::Missing { name, why }
}
