//! `users ...`: who may log in, and with which roles.
//!
//! Source of what is printed: Airflow 2.11's `airflow users`, recorded by hand.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use updraft_auth::random_password;
use updraft_store::{UserDetails, UserRow};

use super::app::App;
use super::args::{Format, PasswordArgs, UsersCommand, UsersCreateArgs, UsersRoleArgs, Whom};
use super::{ask, output, tokens};
use crate::accounts;
use crate::cli::output::Rows;
use crate::config::Settings;
use crate::row;

/// Runs a `users` command.
///
/// # Errors
/// What the command cannot do.
pub(crate) async fn run(command: UsersCommand, settings: Settings) -> Result<()> {
    let app = App::open(settings).await?;
    accounts::add_built_in_roles(&app.store).await?;
    match command {
        UsersCommand::List(args) => print(&app.store.users().await?, args.output.output),
        UsersCommand::Create(args) => create(args, &app).await,
        UsersCommand::ResetPassword(args) => reset_password(&args.whom, &args.password, &app).await,
        UsersCommand::Delete(args) => delete(&args.whom, &app).await,
        UsersCommand::AddRole(args) => change_role(&args, RoleChange::Add, &app).await,
        UsersCommand::RemoveRole(args) => change_role(&args, RoleChange::Remove, &app).await,
        UsersCommand::Import(args) => import(&args.import, &app).await,
        UsersCommand::Export(args) => export(&args.export, &app).await,
        UsersCommand::Tokens(command) => tokens::run(command, &app).await,
    }
}

fn print(users: &[UserRow], format: Format) -> Result<()> {
    let mut rows = Rows::default();
    for user in users {
        rows.push(row! {
            "id": user.user_id,
            "username": user.username,
            "email": user.email,
            "first_name": user.first_name,
            "last_name": user.last_name,
            "roles": user.roles,
        });
    }
    rows.print(format)
}

async fn create(args: UsersCreateArgs, app: &App) -> Result<()> {
    let roles = [args.role.clone()];
    demand_roles(&roles, app).await?;
    if app.store.user_by_name(&args.username).await?.is_some() {
        return output::print(&format!("{} already exist in the db", args.username));
    }
    let (password, is_made_up) = password(&args.password)?;
    let hash = accounts::passwords()?.hash(password.clone()).await?;
    let user = UserDetails {
        username: &args.username,
        email: &args.email,
        first_name: &args.firstname,
        last_name: &args.lastname,
        is_active: true,
        roles: &roles,
    };
    app.store
        .create_user(user, Some(&hash), app.now())
        .await
        .context("Failed to create user")?;
    output::print(&format!(
        "User \"{}\" created with role \"{}\"",
        args.username, args.role
    ))?;
    tell_password(&password, is_made_up)
}

async fn reset_password(whom: &Whom, args: &PasswordArgs, app: &App) -> Result<()> {
    let user = find(whom, app).await?;
    let (password, is_made_up) = password(args)?;
    let hash = accounts::passwords()?.hash(password.clone()).await?;
    app.store.set_password(user.user_id, &hash, app.now()).await?;
    output::print(&format!("User \"{}\" password reset successfully", user.username))?;
    tell_password(&password, is_made_up)
}

async fn delete(whom: &Whom, app: &App) -> Result<()> {
    let user = find(whom, app).await?;
    app.store.delete_user(user.user_id).await?;
    output::print(&format!("User \"{}\" deleted", user.username))
}

/// What is done with a role of a user.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RoleChange {
    Add,
    Remove,
}

async fn change_role(args: &UsersRoleArgs, change: RoleChange, app: &App) -> Result<()> {
    let user = find(&args.whom, app).await?;
    demand_roles(std::slice::from_ref(&args.role), app).await?;
    let (name, role) = (&user.username, &args.role);
    let mut roles = user.roles.clone();
    let done = match (change, roles.contains(role)) {
        (RoleChange::Add, true) => bail!("User \"{name}\" is already a member of role \"{role}\""),
        (RoleChange::Remove, false) => bail!("User \"{name}\" is not a member of role \"{role}\""),
        (RoleChange::Add, false) => {
            roles.push(role.clone());
            format!("User \"{name}\" added to role \"{role}\"")
        }
        (RoleChange::Remove, true) => {
            roles.retain(|one| one != role);
            format!("User \"{name}\" removed from role \"{role}\"")
        }
    };
    let changed = UserDetails {
        roles: &roles,
        ..user.details()
    };
    app.store.update_user(user.user_id, changed, app.now()).await?;
    output::print(&done)
}

/// A user in a file; the form of Airflow's `users export`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileUser {
    email: String,
    firstname: String,
    #[serde(default)]
    id: Option<i64>,
    lastname: String,
    roles: Vec<String>,
    username: String,
}

async fn export(file: &Path, app: &App) -> Result<()> {
    let in_file = |user: UserRow| FileUser {
        email: user.email,
        firstname: user.first_name,
        id: Some(user.user_id),
        lastname: user.last_name,
        roles: user.roles,
        username: user.username,
    };
    let users: Vec<FileUser> = app.store.users().await?.into_iter().map(in_file).collect();
    let text = serde_json::to_string_pretty(&users)? + "\n";
    std::fs::write(file, text).with_context(|| format!("cannot write `{}`", file.display()))?;
    output::print(&format!(
        "{} users successfully exported to {}.",
        users.len(),
        file.display()
    ))
}

async fn import(file: &Path, app: &App) -> Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    let users: Vec<FileUser> = serde_json::from_str(&text).with_context(|| {
        format!(
            "`{}` does not hold users as `users export` writes them",
            file.display()
        )
    })?;
    // All are right, or none is made.
    for user in &users {
        if user.roles.is_empty() {
            bail!("user `{}` has no role", user.username);
        }
        demand_roles(&user.roles, app).await?;
        if let Some(known) = app.store.user_by_email(&user.email).await?
            && known.username != user.username
        {
            bail!(
                "Changing the username is not allowed - please delete and recreate the user with email '{}'",
                user.email
            );
        }
    }
    let (mut created, mut updated) = (Vec::new(), Vec::new());
    for user in &users {
        import_one(user, app, (&mut created, &mut updated)).await?;
    }
    for (what, emails) in [("Created", created), ("Updated", updated)] {
        if !emails.is_empty() {
            output::print(&format!("{what} the following users:\n\t{}", emails.join("\n\t")))?;
        }
    }
    Ok(())
}

async fn import_one(
    user: &FileUser,
    app: &App,
    (created, updated): (&mut Vec<String>, &mut Vec<String>),
) -> Result<()> {
    let known = app.store.user_by_email(&user.email).await?;
    let details = UserDetails {
        username: &user.username,
        email: &user.email,
        first_name: &user.firstname,
        last_name: &user.lastname,
        is_active: known.as_ref().is_none_or(|known| known.is_active),
        roles: &user.roles,
    };
    match known {
        Some(known) => {
            app.store.update_user(known.user_id, details, app.now()).await?;
            updated.push(user.email.clone());
        }
        // Nobody can log in until `reset-password`: a file holds no passwords.
        None => {
            app.store.create_user(details, None, app.now()).await?;
            created.push(user.email.clone());
        }
    }
    Ok(())
}

pub(super) async fn find(whom: &Whom, app: &App) -> Result<UserRow> {
    let found = match (&whom.username, &whom.email) {
        (Some(username), _) => app.store.user_by_name(username).await?,
        (None, Some(email)) => app.store.user_by_email(email).await?,
        (None, None) => bail!("Missing args: must supply one of --username or --email"),
    };
    let name = whom.username.as_ref().or(whom.email.as_ref());
    found.with_context(|| {
        let name = name.map(String::as_str).unwrap_or_default();
        format!("User \"{name}\" does not exist; `updraft users list` lists them")
    })
}

async fn demand_roles(wanted: &[String], app: &App) -> Result<()> {
    let known: Vec<String> = app
        .store
        .roles()
        .await?
        .into_iter()
        .map(|role| role.name)
        .collect();
    match wanted.iter().find(|role| !known.contains(role)) {
        Some(role) => bail!(
            "{role} is not a valid role. Valid roles are: [{}]",
            known.join(", ")
        ),
        None => Ok(()),
    }
}

/// The password that was given, made up or typed, and whether it was made up.
fn password(args: &PasswordArgs) -> Result<(String, bool)> {
    if args.use_random_password {
        return Ok((random_password()?, true));
    }
    if let Some(password) = &args.password {
        return Ok((password.clone(), false));
    }
    let password = ask::password("Password:")?;
    if password != ask::password("Repeat for confirmation:")? {
        bail!("Passwords did not match");
    }
    Ok((password, false))
}

/// A password that was made up is of no use to anybody who is not told.
fn tell_password(password: &str, is_made_up: bool) -> Result<()> {
    if is_made_up {
        output::print(&format!("Password: {password}"))?;
    }
    Ok(())
}
