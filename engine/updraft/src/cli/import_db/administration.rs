//! Connections, variables, pools, people and roles.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use updraft_model::Pool;
use updraft_secrets::Connection;
use updraft_store::{PermissionRow, RoleRow, UserDetails};

use super::Part;
use super::source::{Row, Source, number, text, truth};
use crate::accounts;
use crate::cli::app::App;

/// A variable.
struct Variable {
    key: String,
    value: String,
    description: Option<String>,
}

/// Somebody.
struct Person {
    username: String,
    email: String,
    first_name: String,
    last_name: String,
    password_hash: Option<String>,
    is_active: bool,
    roles: Vec<String>,
}

/// What there is of it there.
pub(super) struct Administration {
    connections: Vec<(String, Connection)>,
    variables: Vec<Variable>,
    pools: Vec<Pool>,
    roles: Vec<RoleRow>,
    people: Vec<Person>,
}

/// Reads all of it; secrets are decrypted.
pub(super) async fn read(source: &Source) -> Result<Administration> {
    let connections = source
        .rows(
            "SELECT conn_id, conn_type, description, host, login, password, schema, port, is_encrypted, is_extra_encrypted, \
                    extra FROM connection ORDER BY conn_id",
        )
        .await?;
    let variables = source
        .rows("SELECT key, val, description, is_encrypted FROM variable ORDER BY key")
        .await?;
    let pools = source
        .rows("SELECT pool, slots, description, include_deferred FROM slot_pool ORDER BY pool")
        .await?;
    let (roles, people) = if source.has_users {
        (read_roles(source).await?, read_people(source).await?)
    } else {
        (Vec::new(), Vec::new())
    };
    let connection = |row: &Row| connection(row, source);
    let variable = |row: &Row| variable(row, source);
    Ok(Administration {
        connections: connections.iter().map(connection).collect::<Result<_>>()?,
        variables: variables.iter().map(variable).collect::<Result<_>>()?,
        pools: pools.iter().map(pool).collect(),
        roles,
        people,
    })
}

fn connection(row: &Row, source: &Source) -> Result<(String, Connection)> {
    let conn_id = text(row, "conn_id").context("a connection has no id")?;
    let of = format!("connection `{conn_id}`");
    let connection = Connection {
        conn_type: text(row, "conn_type"),
        description: text(row, "description"),
        host: text(row, "host"),
        login: text(row, "login"),
        password: source.secret(text(row, "password"), truth(row, "is_encrypted"), &of)?,
        schema: text(row, "schema"),
        port: number(row, "port").and_then(|port| port.try_into().ok()),
        extra: source.secret(text(row, "extra"), truth(row, "is_extra_encrypted"), &of)?,
    };
    Ok((conn_id, connection))
}

fn variable(row: &Row, source: &Source) -> Result<Variable> {
    let key = text(row, "key").context("a variable has no key")?;
    let of = format!("variable `{key}`");
    let value = source.secret(text(row, "val"), truth(row, "is_encrypted"), &of)?;
    Ok(Variable {
        value: value.unwrap_or_default(),
        description: text(row, "description"),
        key,
    })
}

fn pool(row: &Row) -> Pool {
    Pool {
        name: text(row, "pool").unwrap_or_default(),
        slots: number(row, "slots")
            .and_then(|slots| slots.try_into().ok())
            .unwrap_or(0),
        description: text(row, "description").unwrap_or_default(),
        include_deferred: truth(row, "include_deferred"),
    }
}

async fn read_roles(source: &Source) -> Result<Vec<RoleRow>> {
    let rows = source
        .rows(
            "SELECT r.name AS role, p.name AS action, v.name AS resource FROM ab_role r \
             LEFT JOIN ab_permission_view_role pvr ON pvr.role_id = r.id \
             LEFT JOIN ab_permission_view pv ON pv.id = pvr.permission_view_id \
             LEFT JOIN ab_permission p ON p.id = pv.permission_id \
             LEFT JOIN ab_view_menu v ON v.id = pv.view_menu_id ORDER BY r.name",
        )
        .await?;
    let mut roles: BTreeMap<String, Vec<PermissionRow>> = BTreeMap::new();
    for row in &rows {
        let Some(role) = text(row, "role") else { continue };
        let permissions = roles.entry(role).or_default();
        if let (Some(action), Some(resource)) = (text(row, "action"), text(row, "resource")) {
            permissions.push(PermissionRow { action, resource });
        }
    }
    let role = |(name, permissions)| RoleRow { name, permissions };
    Ok(roles.into_iter().map(role).collect())
}

async fn read_people(source: &Source) -> Result<Vec<Person>> {
    let roles = source
        .rows("SELECT ur.user_id, r.name FROM ab_user_role ur JOIN ab_role r ON r.id = ur.role_id ORDER BY r.name")
        .await?;
    let people = source
        .rows("SELECT id, first_name, last_name, username, password, active, email FROM ab_user ORDER BY id")
        .await?;
    let person = |row: &Row| {
        let id = number(row, "id");
        let own = roles.iter().filter(|role| number(role, "user_id") == id);
        Person {
            username: text(row, "username").unwrap_or_default(),
            email: text(row, "email").unwrap_or_default(),
            first_name: text(row, "first_name").unwrap_or_default(),
            last_name: text(row, "last_name").unwrap_or_default(),
            password_hash: text(row, "password").filter(|hash| !hash.is_empty()),
            is_active: truth(row, "active"),
            roles: own.filter_map(|role| text(role, "name")).collect(),
        }
    };
    Ok(people.iter().map(person).collect())
}

/// What is here already.
struct Here {
    connections: BTreeSet<String>,
    variables: BTreeSet<String>,
    pools: BTreeSet<String>,
    roles: BTreeSet<String>,
    people: BTreeSet<String>,
    addresses: BTreeSet<String>,
}

async fn here(app: &App) -> Result<Here> {
    let store = &app.store;
    let users = store.users().await?;
    // The built-in roles are made before anything is taken over, with our permissions.
    let (roles, built_in) = (store.roles().await?, accounts::built_in_role_rows());
    Ok(Here {
        connections: store
            .connections()
            .await?
            .into_iter()
            .map(|row| row.conn_id)
            .collect(),
        variables: store
            .variable_keys("", (0, u32::MAX))
            .await?
            .0
            .into_iter()
            .collect(),
        pools: store.pools().await?.into_iter().map(|pool| pool.name).collect(),
        roles: roles.into_iter().chain(built_in).map(|role| role.name).collect(),
        people: users.iter().map(|user| user.username.clone()).collect(),
        addresses: users.into_iter().map(|user| user.email).collect(),
    })
}

impl Here {
    fn lacks(&self, person: &Person) -> bool {
        !self.people.contains(&person.username) && !self.addresses.contains(&person.email)
    }
}

impl Administration {
    /// How much of it is new here.
    pub(super) async fn plan(&self, app: &App) -> Result<Vec<Part>> {
        let here = here(app).await?;
        let part = |kind, found, new| Part {
            kind,
            found,
            new,
            note: String::new(),
        };
        let missing = |known: &BTreeSet<String>, names: &mut dyn Iterator<Item = &String>| {
            names.filter(|name| !known.contains(*name)).count()
        };
        let connections = missing(&here.connections, &mut self.connections.iter().map(|(id, _)| id));
        let variables = missing(&here.variables, &mut self.variables.iter().map(|one| &one.key));
        let pools = missing(&here.pools, &mut self.pools.iter().map(|pool| &pool.name));
        let roles = missing(&here.roles, &mut self.roles.iter().map(|role| &role.name));
        let people = self.people.iter().filter(|person| here.lacks(person)).count();
        Ok(vec![
            part("connections", self.connections.len(), connections),
            part("variables", self.variables.len(), variables),
            part("pools", self.pools.len(), pools),
            part("roles", self.roles.len(), roles),
            part("users", self.people.len(), people),
        ])
    }

    /// Writes what is new here; secrets are encrypted with the key of this installation.
    pub(super) async fn write(&self, app: &App) -> Result<()> {
        let (here, store, now) = (here(app).await?, &app.store, app.now());
        accounts::add_built_in_roles(store).await?;
        for (conn_id, connection) in &self.connections {
            if !here.connections.contains(conn_id) {
                store.set_connection(conn_id, connection, now).await?;
            }
        }
        for Variable {
            key,
            value,
            description,
        } in &self.variables
        {
            if !here.variables.contains(key) {
                store
                    .set_variable(key, value, description.as_deref(), now)
                    .await?;
            }
        }
        for pool in self.pools.iter().filter(|pool| !here.pools.contains(&pool.name)) {
            store.set_pool(pool).await?;
        }
        let roles: Vec<RoleRow> = self
            .roles
            .iter()
            .filter(|role| !here.roles.contains(&role.name))
            .cloned()
            .collect();
        store.create_roles(&roles).await?;
        for person in self.people.iter().filter(|person| here.lacks(person)) {
            let details = UserDetails {
                username: &person.username,
                email: &person.email,
                first_name: &person.first_name,
                last_name: &person.last_name,
                is_active: person.is_active,
                roles: &person.roles,
            };
            let made = store
                .create_user(details, person.password_hash.as_deref(), now)
                .await;
            made.with_context(|| format!("user `{}`", person.username))?;
        }
        Ok(())
    }
}
