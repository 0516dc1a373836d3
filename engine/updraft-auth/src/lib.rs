//! Who may do what: passwords, roles, permissions and tokens.
//!
//! - [`Permission`] is an [`Action`] on a [`Resource`], in the words of Airflow's auth manager for users and roles (FAB).
//! - [`built_in_roles`] are Admin, Op, User, Viewer and Public, with the permissions they have in Airflow 2.11.
//! - [`Identity`] is somebody who has logged in; [`Identity::allows`] is the only place where it is decided what somebody may do,
//!   and what nothing allows is denied.
//! - [`Passwords`] hashes and verifies passwords, a few at a time and never on the threads that serve.
//! - [`TokenKey`] signs and verifies the tokens that are given out for a log-in.
//! - [`TaskTokens`] does that for the attempts and workers of Airflow's Task Execution API.
//! - [`random_token`] and its kin are for sessions, [`personal_token`] is for programs.
//! - [`JwkSet`] verifies what an identity provider (OpenID Connect) says of somebody, [`RoleMapping`] makes roles of it.
//! - [`Attempts`] slows down those who guess.
//!
//! Nothing here reads a database, the process's environment or a clock.

mod attempts;
mod identity;
mod oidc;
mod password;
mod permission;
mod role;
mod session;
mod signing;
mod task_token;
mod token;
mod werkzeug;

pub use attempts::{Attempts, AttemptsRule};
pub use identity::{Dags, Identity};
pub use oidc::{IdToken, Jwk, JwkSet, OidcError, Pkce, RoleMapping};
pub use password::{PasswordError, Passwords, Verdict, random_password};
pub use permission::{Action, Permission, Resource, UnknownAction};
pub use role::{BuiltInRole, built_in_roles};
pub use session::{is_personal_token, is_same_token, personal_token, random_token, token_hash};
pub use signing::{InvalidKey, SigningKey};
pub use task_token::{TaskClaims, TaskScope, TaskTokenRule, TaskTokens};
pub use token::{Claims, TokenError, TokenKey};
