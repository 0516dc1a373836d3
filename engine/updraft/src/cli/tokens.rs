//! `users tokens ...`: tokens that users have for their programs.

use anyhow::{Context, Result, bail};
use jiff::SignedDuration;
use updraft_auth::{personal_token, token_hash};
use updraft_store::NewPersonalToken;

use super::app::{App, date_or_empty};
use super::args::{TokensCommand, TokensCreateArgs};
use super::{output, users};
use crate::cli::output::Rows;
use crate::row;

/// Runs a `users tokens` command.
///
/// # Errors
/// What the command cannot do.
pub(crate) async fn run(command: TokensCommand, app: &App) -> Result<()> {
    match command {
        TokensCommand::Create(args) => create(args, app).await,
        TokensCommand::List(args) => {
            let mut rows = Rows::default();
            for token in app.store.personal_tokens(None).await? {
                if args.username.as_ref().is_none_or(|name| *name == token.username) {
                    rows.push(row! {
                        "id": token.token_id,
                        "username": token.username,
                        "name": token.name,
                        "created": date_or_empty(Some(token.created_at)),
                        "expires": date_or_empty(token.expires_at),
                        "last_used": date_or_empty(token.last_used_at),
                    });
                }
            }
            rows.print(args.output.output)
        }
        TokensCommand::Revoke(args) => {
            let revoked = app.store.revoke_personal_token(args.token_id, None).await?;
            let revoked = revoked.with_context(|| {
                let number = args.token_id;
                format!("there is no token {number}; `updraft users tokens list` lists them")
            })?;
            let (name, of) = (revoked.name, revoked.username);
            output::print(&format!("Token \"{name}\" of user \"{of}\" revoked"))
        }
    }
}

/// The token alone is printed, so that it can be handed on.
async fn create(args: TokensCreateArgs, app: &App) -> Result<()> {
    let user = users::find(&args.whom, app).await?;
    if !user.is_active {
        bail!("User \"{}\" may not log in, and gets no token", user.username);
    }
    let (name, now) = (args.name.trim(), app.now());
    if name.is_empty() || name.chars().count() > 200 {
        bail!("the name of a token has 1 to 200 characters");
    }
    let days = SignedDuration::from_hours(i64::from(args.days) * 24);
    let expires_at = (args.days > 0).then(|| now.checked_add(days));
    let token = personal_token()?;
    let new = NewPersonalToken {
        user_id: user.user_id,
        name,
        token_hash: &token_hash(&token),
        expires_at: expires_at.transpose().context("`--days` is too large")?,
    };
    match app.store.create_personal_token(new, now).await? {
        Some(_) => output::print(&token),
        None => bail!("User \"{}\" has a token \"{name}\" already", user.username),
    }
}
