//! `connections ...`: where outside systems are and how to log in there.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};
use updraft_scheduler::try_connection;
use updraft_secrets::{Connection, Masker, default_connections};
use updraft_store::ConnectionRow;

use super::app::App;
use super::args::{
    ConnectionsAddArgs, ConnectionsCommand, ConnectionsExportArgs, ConnectionsImportArgs, FileFormat, Format,
    Serialization,
};
use super::installation::{self, Installation};
use super::{closest, output, secret_files};
use crate::cli::output::Rows;
use crate::config::Settings;
use crate::row;

/// Airflow takes ids of so many characters.
const ID_LENGTH_MAX: usize = 200;

/// Runs a `connections` command.
///
/// # Errors
/// What the command cannot do.
pub(crate) async fn run(command: ConnectionsCommand, settings: Settings) -> Result<()> {
    let command = match command {
        ConnectionsCommand::Import(args) => {
            installation::must_be_here(&settings)?;
            return import(&args, &App::open(settings).await?).await;
        }
        ConnectionsCommand::Export(args) => {
            installation::must_be_here(&settings)?;
            return export(&args, &App::open(settings).await?).await;
        }
        ConnectionsCommand::CreateDefaultConnections(_) => {
            installation::must_be_here(&settings)?;
            return create_defaults(&App::open(settings).await?).await;
        }
        ConnectionsCommand::Test(args) => {
            installation::must_be_here(&settings)?;
            return test(&args.conn_id, &App::open(settings).await?).await;
        }
        other => other,
    };
    let app = installation::open(settings).await?;
    match command {
        ConnectionsCommand::List(args) => {
            let mut rows = app.connections().await?;
            rows.retain(|row| args.conn_id.as_ref().is_none_or(|wanted| *wanted == row.conn_id));
            print(&rows, args.output.output)
        }
        ConnectionsCommand::Get(args) => print(&[find(&args.conn_id, &*app).await?], args.output.output),
        ConnectionsCommand::Add(args) => add(*args, &*app).await,
        ConnectionsCommand::Delete(args) => {
            if !app.delete_connection(&args.conn_id).await? {
                bail!(
                    "Did not find a connection with `conn_id`={}{}",
                    args.conn_id,
                    hint(&args.conn_id, &*app).await?
                );
            }
            output::print(&format!(
                "Successfully deleted connection with `conn_id`={}",
                args.conn_id
            ))
        }
        ConnectionsCommand::Import(_)
        | ConnectionsCommand::Export(_)
        | ConnectionsCommand::CreateDefaultConnections(_)
        | ConnectionsCommand::Test(_) => Ok(()),
    }
}

async fn hint(conn_id: &str, installation: &dyn Installation) -> Result<String> {
    let known = installation.connections().await?;
    Ok(closest::hint(
        conn_id,
        known.iter().map(|row| row.conn_id.as_str()),
    ))
}

/// A connection as tasks find it.
async fn find(conn_id: &str, installation: &dyn Installation) -> Result<ConnectionRow> {
    match installation.connection(conn_id).await? {
        Some(found) => Ok(found),
        None => bail!(
            "Connection not found: `{conn_id}`{}",
            hint(conn_id, installation).await?
        ),
    }
}

fn print(found: &[ConnectionRow], format: Format) -> Result<()> {
    let mut rows = Rows::default();
    for (position, row) in found.iter().enumerate() {
        let connection = &row.connection;
        rows.push(row! {
            "id": position + 1,
            "conn_id": row.conn_id,
            "conn_type": connection.conn_type,
            "description": connection.description,
            "host": connection.host,
            "schema": connection.schema,
            "login": connection.login,
            "password": connection.password,
            "port": connection.port,
            "is_encrypted": row.is_encrypted,
            "is_extra_encrypted": row.is_extra_encrypted,
            "extra_dejson": connection.extra_fields(),
            "get_uri": connection.to_uri(),
        });
    }
    rows.print(format)
}

async fn add(args: ConnectionsAddArgs, installation: &dyn Installation) -> Result<()> {
    let conn_id = args.conn_id.clone();
    check(&conn_id)?;
    let connection = from_args(args)?;
    installation.add_connection(&conn_id, &connection).await?;
    let hidden = Connection {
        password: connection.password.as_ref().map(|_| "******".to_owned()),
        extra: None,
        ..connection
    };
    let uri = hidden.to_uri();
    output::print(&format!("Successfully added `conn_id`={conn_id} : {uri}"))
}

fn from_args(args: ConnectionsAddArgs) -> Result<Connection> {
    let mut connection = match (args.conn_uri, args.conn_json) {
        (Some(uri), _) => parsed(&secret_files::given(uri)?, "--conn-uri")?,
        (None, Some(json)) => parsed(&secret_files::given(json)?, "--conn-json")?,
        (None, None) => Connection {
            conn_type: args.conn_type,
            host: args.conn_host,
            login: args.conn_login,
            password: args.conn_password.map(secret_files::given).transpose()?,
            schema: args.conn_schema,
            port: args.conn_port,
            ..Connection::default()
        },
    };
    if args.conn_extra.is_some() {
        connection.extra = args.conn_extra;
    }
    if args.conn_description.is_some() {
        connection.description = args.conn_description;
    }
    Ok(connection)
}

fn parsed(text: &str, flag: &str) -> Result<Connection> {
    text.parse()
        .with_context(|| format!("what is given for `{flag}` is not usable"))
}

/// Tries a connection, and says what came of it without its secrets.
async fn test(conn_id: &str, app: &App) -> Result<()> {
    let connection = find(conn_id, app).await?.connection;
    let mut masker = Masker::new(&[]);
    masker.add_connection(&connection);
    match try_connection(&connection).await {
        Ok(said) => output::print(&masker.mask(&said)),
        Err(reason) => bail!("connection `{conn_id}` cannot be used: {}", masker.mask(&reason)),
    }
}

/// Adds those connections of Airflow's list that are not there.
async fn create_defaults(app: &App) -> Result<()> {
    let mut added = 0;
    for (conn_id, connection) in default_connections() {
        if app.store.connection(&conn_id).await?.is_none() {
            app.store.set_connection(&conn_id, &connection, app.now()).await?;
            added += 1;
        }
    }
    output::print(&format!("{added} default connections were added"))
}

/// What Airflow takes as an id.
fn check(conn_id: &str) -> Result<()> {
    let is_usual = |letter: char| letter.is_alphanumeric() || "_#!()-.:/\\".contains(letter);
    let length = conn_id.chars().count();
    if length == 0 || length > ID_LENGTH_MAX || !conn_id.chars().all(is_usual) {
        bail!(
            "`{conn_id}` is no id of a connection: that has 1 to {ID_LENGTH_MAX} letters, digits and characters of _#!()-.:/\\"
        );
    }
    Ok(())
}

async fn import(args: &ConnectionsImportArgs, app: &App) -> Result<()> {
    let found = updraft_vaults::read_file(&args.file)?;
    let connections: Result<Vec<(String, Connection)>> = found
        .into_iter()
        .map(|(conn_id, value)| {
            check(&conn_id)?;
            let connection = from_file(value).with_context(|| format!("connection `{conn_id}`"))?;
            Ok((conn_id, connection))
        })
        .collect();
    // All are right, or none is made.
    let connections = connections.with_context(|| format!("`{}` is not imported", args.file.display()))?;
    let known = app.store.connections().await?;
    for (conn_id, connection) in connections {
        if !args.overwrite && known.iter().any(|row| row.conn_id == conn_id) {
            output::print(&format!(
                "Could not import connection {conn_id}: connection already exists."
            ))?;
            continue;
        }
        app.store.set_connection(&conn_id, &connection, app.now()).await?;
        output::print(&format!("Imported connection {conn_id}"))?;
    }
    Ok(())
}

/// A connection in a file: a URI or JSON as text, or its fields.
fn from_file(value: Value) -> Result<Connection> {
    Ok(match value {
        Value::String(text) => text.parse()?,
        Value::Object(mut fields) => {
            // Airflow's own names of some fields.
            fields.remove("conn_id");
            if let Some(extra) = fields.remove("extra_dejson") {
                fields.entry("extra").or_insert(extra);
            }
            Value::Object(fields).to_string().parse()?
        }
        _ => bail!("it is neither a text nor an object"),
    })
}

async fn export(args: &ConnectionsExportArgs, app: &App) -> Result<()> {
    let format = match args.file_format {
        Some(format) => format,
        None if secret_files::is_standard(&args.file) => FileFormat::Json,
        None => secret_files::format_of(&args.file)?,
    };
    if args.serialization_format.is_some() && format != FileFormat::Env {
        bail!("Option `--serialization-format` may only be used with file type `env`.");
    }
    let rows = app.store.connections().await?;
    let text = match format {
        FileFormat::Json => serde_json::to_string_pretty(&objects(&rows))?,
        FileFormat::Yaml => serde_yaml_ng::to_string(&objects(&rows))?.trim_end().to_owned(),
        FileFormat::Env => lines(&rows, args.serialization_format.unwrap_or(Serialization::Uri)),
    };
    write(&args.file, &text)
}

fn write(file: &Path, text: &str) -> Result<()> {
    secret_files::write(file, text, "Connections successfully exported")
}

fn objects(rows: &[ConnectionRow]) -> Map<String, Value> {
    rows.iter()
        .map(|row| {
            let connection = &row.connection;
            let fields = json!({
                "conn_type": connection.conn_type,
                "description": connection.description,
                "login": connection.login,
                "password": connection.password,
                "host": connection.host,
                "port": connection.port,
                "schema": connection.schema,
                "extra": connection.extra,
            });
            (row.conn_id.clone(), fields)
        })
        .collect()
}

fn lines(rows: &[ConnectionRow], serialization: Serialization) -> String {
    let line = |row: &ConnectionRow| match serialization {
        Serialization::Uri => format!("{}={}", row.conn_id, row.connection.to_uri()),
        Serialization::Json => format!("{}={}", row.conn_id, row.connection.to_json()),
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
