//! `/tokens`: the tokens that somebody has made for programs.

use axum::http::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use updraft_store::PersonalTokenRow;

use crate::access::Needs;
use crate::authenticate::is_by_personal_token;
use crate::call::{Call, Created, Json, NoContent, Nothing};
use crate::domain::personal_tokens;
use crate::endpoint::{At, Endpoint};
use crate::failure::Failure;
use crate::time::{Given, V2Time};

/// Otherwise who has found a token that ends soon could make one that does not.
const BY_TOKEN: Failure = Failure::Refused("a token makes no tokens: log in with your password");

pub(super) fn endpoints() -> Vec<Endpoint> {
    let list_at = At(Method::GET, "/tokens", "list_tokens");
    let create_at = At(Method::POST, "/tokens", "create_personal_token");
    let revoke_at = At(Method::DELETE, "/tokens/{token_id}", "revoke_personal_token");
    vec![
        Endpoint::new(list_at, Needs::Login, &[401], list),
        Endpoint::new(create_at, Needs::Login, &[401, 403, 409, 422], create),
        Endpoint::new(revoke_at, Needs::Login, &[401, 403, 404, 422], revoke),
    ]
}

/// A token, without what it is.
#[derive(Serialize, JsonSchema)]
struct Token {
    token_id: i64,
    name: String,
    created_at: V2Time,
    /// None: it counts until it is revoked.
    expires_at: Option<V2Time>,
    /// To the minute.
    last_used_at: Option<V2Time>,
}

impl From<PersonalTokenRow> for Token {
    fn from(row: PersonalTokenRow) -> Self {
        Self {
            token_id: row.token_id,
            name: row.name,
            created_at: V2Time(row.created_at),
            expires_at: row.expires_at.map(V2Time),
            last_used_at: row.last_used_at.map(V2Time),
        }
    }
}

/// The tokens that somebody has.
#[derive(Serialize, JsonSchema)]
struct Tokens {
    tokens: Vec<Token>,
}

/// A token that somebody wants.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// At most 200 characters; no two tokens of a user are called alike.
    name: String,
    /// None: it counts until it is revoked.
    expires_at: Option<Given>,
}

/// A token that was made.
#[derive(Serialize, JsonSchema)]
struct Made {
    /// The token. It is told only now.
    access_token: String,
    token: Token,
}

#[derive(Deserialize, JsonSchema)]
struct ByNumber {
    token_id: i64,
}

async fn list(call: Call<Nothing, Nothing>) -> Result<Json<Tokens>, Failure> {
    let user_id = call.identity.user_id.ok_or(Failure::Forbidden)?;
    let tokens = personal_tokens::list(&call.api, user_id).await?;
    Ok(Json(Tokens {
        tokens: tokens.into_iter().map(Token::from).collect(),
    }))
}

async fn create(call: Call<Nothing, Nothing, Json<Wanted>>) -> Result<Created<Made>, Failure> {
    if is_by_personal_token(&call.headers) {
        return Err(BY_TOKEN);
    }
    let (call, Json(wanted)) = call.take_body();
    let expires_at = wanted.expires_at.map(|given| given.0);
    let made = personal_tokens::create(&call.actor(), &wanted.name, expires_at).await?;
    Ok(Created(Made {
        access_token: made.token,
        token: made.row.into(),
    }))
}

async fn revoke(call: Call<ByNumber, Nothing>) -> Result<NoContent, Failure> {
    personal_tokens::revoke(&call.actor(), call.path.token_id).await?;
    Ok(NoContent)
}
