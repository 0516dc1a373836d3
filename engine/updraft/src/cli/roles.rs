//! `roles ...` and `sync-perm`: what people may do.
//!
//! Source of what is printed: Airflow 2.11's `airflow roles`, recorded by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use updraft_auth::{Action, Permission, Resource, built_in_roles};
use updraft_model::DagId;
use updraft_store::{DagFilter, PermissionRow, RoleRow};

use super::app::App;
use super::args::{
    Format, RolesAddPermsArgs, RolesCommand, RolesDelPermsArgs, RolesExportArgs, SyncPermArgs,
};
use super::{closest, output};
use crate::accounts;
use crate::cli::output::Rows;
use crate::config::Settings;
use crate::row;

/// Runs a `roles` command.
///
/// # Errors
/// What the command cannot do.
pub(crate) async fn run(command: RolesCommand, settings: Settings) -> Result<()> {
    let app = App::open(settings).await?;
    accounts::add_built_in_roles(&app.store).await?;
    match command {
        RolesCommand::List(args) if args.permission => {
            print_permissions(&app.store.roles().await?, args.output.output)
        }
        RolesCommand::List(args) => print(&app.store.roles().await?, args.output.output),
        RolesCommand::Create(args) => create(&args.role, &app).await,
        RolesCommand::Delete(args) => delete(&args.role, &app).await,
        RolesCommand::AddPerms(args) => add_permissions(&args, &app).await,
        RolesCommand::DelPerms(args) => remove_permissions(&args, &app).await,
        RolesCommand::Export(args) => export(&args, &app).await,
        RolesCommand::Import(args) => import(&args.file, &app).await,
    }
}

/// `sync-perm`: gives the built-in roles back what they have in a new database.
///
/// # Errors
/// The database cannot be written.
pub(crate) async fn sync(_: SyncPermArgs, settings: Settings) -> Result<()> {
    let app = App::open(settings).await?;
    accounts::add_built_in_roles(&app.store).await?;
    let added = app.store.add_permissions(&accounts::built_in_role_rows()).await?;
    output::print(&format!("Added {added} permission(s) to built-in roles"))
}

fn print(roles: &[RoleRow], format: Format) -> Result<()> {
    let mut rows = Rows::default();
    for role in roles {
        rows.push(row! { "name": role.name });
    }
    rows.print(format)
}

fn print_permissions(roles: &[RoleRow], format: Format) -> Result<()> {
    let mut rows = Rows::default();
    for role in roles {
        for (resource, actions) in by_resource(role) {
            rows.push(row! { "name": role.name, "resource": resource, "action": actions });
        }
    }
    rows.print(format)
}

/// The actions of a role on each resource, separated by commas.
fn by_resource(role: &RoleRow) -> BTreeMap<&str, String> {
    let mut found: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in &role.permissions {
        found.entry(&one.resource).or_default().push(&one.action);
    }
    let join = |(resource, mut actions): (_, Vec<&str>)| {
        actions.sort_unstable();
        (resource, actions.join(","))
    };
    found.into_iter().map(join).collect()
}

async fn create(names: &[String], app: &App) -> Result<()> {
    let role = |name: &String| RoleRow {
        name: name.clone(),
        permissions: Vec::new(),
    };
    let roles: Vec<RoleRow> = names.iter().map(role).collect();
    app.store.create_roles(&roles).await?;
    output::print(&format!("Added {} role(s)", names.len()))
}

async fn delete(names: &[String], app: &App) -> Result<()> {
    find(names, app).await?;
    app.store.delete_roles(names).await?;
    output::print(&format!("Deleted {} role(s)", names.len()))
}

/// The roles of these names.
async fn find(names: &[String], app: &App) -> Result<Vec<RoleRow>> {
    let known = app.store.roles().await?;
    let one = |name: &String| match known.iter().find(|role| role.name == *name) {
        Some(role) => Ok(role.clone()),
        None => {
            let hint = closest::hint(name, known.iter().map(|role| role.name.as_str()));
            bail!("Role named '{name}' does not exist{hint}")
        }
    };
    names.iter().map(one).collect()
}

async fn add_permissions(args: &RolesAddPermsArgs, app: &App) -> Result<()> {
    let roles = find(&args.role, app).await?;
    demand_resources(&args.resource, app).await?;
    let actions = actions(&args.action)?;
    let mut new = Vec::new();
    for role in &roles {
        let wanted = pairs(&args.resource, &actions);
        let is_new = |one: &PermissionRow| !role.permissions.contains(one);
        new.push(RoleRow {
            name: role.name.clone(),
            permissions: wanted.into_iter().filter(is_new).collect(),
        });
    }
    let count = app.store.add_permissions(&new).await?;
    tell("Added", "to", &new)?;
    output::print(&format!("Added {count} permission(s)"))
}

async fn remove_permissions(args: &RolesDelPermsArgs, app: &App) -> Result<()> {
    let roles = find(&args.role, app).await?;
    demand_resources(&args.resource, app).await?;
    let actions = actions(&args.action)?;
    let mut gone = Vec::new();
    for role in &roles {
        let is_meant = |one: &&PermissionRow| {
            args.resource.contains(&one.resource)
                && (actions.is_empty() || actions.iter().any(|action| action.as_str() == one.action))
        };
        gone.push(RoleRow {
            name: role.name.clone(),
            permissions: role.permissions.iter().filter(is_meant).cloned().collect(),
        });
    }
    let count = app.store.remove_permissions(&gone).await?;
    tell("Deleted", "from", &gone)?;
    output::print(&format!("Deleted {count} permission(s)"))
}

fn tell(done: &str, preposition: &str, roles: &[RoleRow]) -> Result<()> {
    for role in roles {
        for one in &role.permissions {
            let permission = Permission {
                action: one.action.parse()?,
                resource: Resource::of(one.resource.as_str()),
            };
            output::print(&format!("{done} {permission} {preposition} role {}", role.name))?;
        }
    }
    Ok(())
}

fn actions(names: &[String]) -> Result<Vec<Action>> {
    let one = |name: &String| {
        name.parse()
            .with_context(|| format!("Action named '{name}' does not exist"))
    };
    names.iter().map(one).collect()
}

fn pairs(resources: &[String], actions: &[Action]) -> Vec<PermissionRow> {
    let of_resource = |resource: &String| {
        let one = |action: &Action| PermissionRow {
            action: action.as_str().to_owned(),
            resource: resource.clone(),
        };
        actions.iter().map(one).collect::<Vec<_>>()
    };
    resources.iter().flat_map(of_resource).collect()
}

/// A resource is one that a role knows, or a DAG; so a slip of the pen grants nothing.
async fn demand_resources(wanted: &[String], app: &App) -> Result<()> {
    let mut known: BTreeSet<String> = built_in_roles()
        .into_iter()
        .flat_map(|role| role.permissions)
        .map(|one| one.resource.to_string())
        .collect();
    let roles = app.store.roles().await?;
    known.extend(
        roles
            .into_iter()
            .flat_map(|role| role.permissions)
            .map(|one| one.resource),
    );
    let every = DagFilter {
        with_inactive: true,
        ..DagFilter::default()
    };
    let dag = |dag_id: &DagId| Resource::dag(dag_id).to_string();
    known.extend(app.store.dags(every).await?.iter().map(|row| dag(&row.dag_id)));
    match wanted.iter().find(|name| !known.contains(*name)) {
        Some(name) => {
            let hint = closest::hint(name, known.iter().map(String::as_str));
            bail!("Resource named '{name}' does not exist{hint}")
        }
        None => Ok(()),
    }
}

/// A role and its actions on one resource, in a file; the form of Airflow's `roles export`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileRole {
    name: String,
    /// Empty for a role that may nothing.
    resource: String,
    /// Separated by commas.
    action: String,
}

async fn export(args: &RolesExportArgs, app: &App) -> Result<()> {
    let built_in: Vec<&str> = built_in_roles().iter().map(|role| role.name).collect();
    let roles = app.store.roles().await?;
    let own: Vec<&RoleRow> = roles
        .iter()
        .filter(|role| !built_in.contains(&role.name.as_str()))
        .collect();
    let mut lines = Vec::new();
    for role in &own {
        let mut resources = by_resource(role);
        if resources.is_empty() {
            resources.insert("", String::new());
        }
        lines.extend(resources.into_iter().map(|(resource, action)| FileRole {
            name: role.name.clone(),
            resource: resource.to_owned(),
            action,
        }));
    }
    let text = if args.pretty {
        pretty(&lines)?
    } else {
        serde_json::to_string(&lines)?
    };
    std::fs::write(&args.file, text + "\n")
        .with_context(|| format!("cannot write `{}`", args.file.display()))?;
    output::print(&format!(
        "{} roles with {} linked permissions successfully exported to {}",
        own.len(),
        lines.len(),
        args.file.display()
    ))
}

fn pretty(lines: &[FileRole]) -> Result<String> {
    let mut text = Vec::new();
    let format = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    lines.serialize(&mut serde_json::Serializer::with_formatter(&mut text, format))?;
    Ok(String::from_utf8(text)?)
}

async fn import(file: &Path, app: &App) -> Result<()> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    let lines: Vec<FileRole> = serde_json::from_str(&text).with_context(|| {
        format!(
            "`{}` does not hold roles as `roles export` writes them",
            file.display()
        )
    })?;
    let mut roles: BTreeMap<String, Vec<PermissionRow>> = BTreeMap::new();
    for line in lines {
        let permissions = roles.entry(line.name).or_default();
        if !line.resource.is_empty() && !line.action.is_empty() {
            let named: Vec<String> = line.action.split(',').map(str::to_owned).collect();
            permissions.extend(pairs(&[line.resource], &actions(&named)?));
        }
    }
    let roles: Vec<RoleRow> = roles
        .into_iter()
        .map(|(name, permissions)| RoleRow { name, permissions })
        .collect();
    app.store.create_roles(&roles).await?;
    output::print("roles and permissions successfully imported")
}
