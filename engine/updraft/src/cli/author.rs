//! Who gives a command, and which: what the event log says of whatever the command changes.

use std::ffi::{OsStr, OsString};

use clap::{ArgMatches, Command};
use jiff::Timestamp;
use serde_json::{Map, Value};
use updraft_store::Author;

use crate::config::Environment;

/// The arguments whose values are not told. A test looks through all arguments for others that may be secret.
const SECRET: [&str; 9] = [
    "conf",
    "conn_extra",
    "conn_json",
    "conn_password",
    "conn_uri",
    "dag_run_conf",
    // The address of a database.
    "from",
    "password",
    "value",
];
const HIDDEN: &str = "***";
/// Where Python's `getpass.getuser` looks, and so Airflow, before it asks the system.
const USER_VARIABLES: [&str; 4] = ["LOGNAME", "USER", "LNAME", "USERNAME"];

/// A command that was given: the whole command line as its parser knows it, what was parsed, and the words.
pub(crate) struct Given<'a> {
    pub(crate) parser: &'a Command,
    pub(crate) matches: &'a ArgMatches,
    pub(crate) words: &'a [OsString],
}

/// Who gives this command here.
pub(crate) fn author(given: &Given<'_>, environment: &Environment, hostname: &str, now: Timestamp) -> Author {
    let (path, secrets) = path_and_secrets(given);
    let words = given.words.iter().skip(1).map(|word| without(word, &secrets));
    let words: Vec<String> = std::iter::once("updraft".to_owned()).chain(words).collect();
    let command = shlex::try_join(words.iter().map(String::as_str)).unwrap_or_else(|_| words.join(" "));
    let extra = [
        ("host_name", Value::from(hostname)),
        ("full_command", Value::from(command)),
    ];
    Author {
        owner: user_name(environment),
        event: event(&path),
        at: now,
        extra: extra
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect::<Map<_, _>>(),
    }
}

/// The names of the group and the command, and the values of secret arguments.
fn path_and_secrets<'a>(given: &Given<'a>) -> (Vec<&'a str>, Vec<&'a OsStr>) {
    let (mut parser, mut matches) = (given.parser, given.matches);
    let (mut path, mut secrets) = (Vec::new(), Vec::new());
    while let Some((name, inner)) = matches.subcommand() {
        let Some(found) = parser.find_subcommand(name) else {
            break;
        };
        (parser, matches) = (found, inner);
        path.push(name);
        for argument in parser.get_arguments() {
            let id = argument.get_id().as_str();
            if SECRET.contains(&id)
                && let Ok(Some(values)) = matches.try_get_raw(id)
            {
                // `-` stands for standard input.
                secrets.extend(values.filter(|value| !value.is_empty() && *value != "-"));
            }
        }
    }
    (path, secrets)
}

/// A word without what of it is secret: all of it, or what stands after its option.
fn without(word: &OsStr, secrets: &[&OsStr]) -> String {
    let word = word.to_string_lossy();
    for secret in secrets {
        let secret = secret.to_string_lossy();
        match word.strip_suffix(secret.as_ref()) {
            Some("") => return HIDDEN.to_owned(),
            Some(option) if option.starts_with('-') => return format!("{option}{HIDDEN}"),
            Some(_) | None => {}
        }
    }
    word.into_owned()
}

/// What Airflow 2.11 calls the command in its log: the name of the function that does it.
fn event(path: &[&str]) -> String {
    let name = match path {
        ["users", "reset-password"] => "user_reset_password".to_owned(),
        ["users", "add-role" | "remove-role"] => "users_manage_role".to_owned(),
        ["dags", rest @ ..] => format!("dag_{}", rest.join("_")),
        ["tasks", rest @ ..] => format!("task_{}", rest.join("_")),
        ["pools", rest @ ..] => format!("pool_{}", rest.join("_")),
        path => path.join("_"),
    };
    format!("cli_{}", name.replace('-', "_"))
}

/// The user of the operating system.
fn user_name(environment: &Environment) -> String {
    let named = USER_VARIABLES.iter().find_map(|name| environment.get(*name));
    let named = named.filter(|name| !name.is_empty()).cloned();
    named.unwrap_or_else(|| {
        let number = rustix::process::getuid().as_raw();
        let known = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        name_of(&known, number).unwrap_or_else(|| number.to_string())
    })
}

/// The name of a user in the list of users that the system has.
fn name_of(known: &str, number: u32) -> Option<String> {
    known.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(number)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::args::Cli;

    fn given(words: &[&str]) -> Author {
        let parser = Cli::command();
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        let matches = parser.clone().try_get_matches_from(&words).unwrap();
        let given = Given {
            parser: &parser,
            matches: &matches,
            words: &words,
        };
        let environment = [("USER".to_owned(), "ada".to_owned())].into();
        author(&given, &environment, "here", Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn commands_are_told_without_their_secrets() {
        for (words, event, command) in [
            (
                vec!["airflow", "variables", "set", "password", "open sesame"],
                "cli_variables_set",
                "updraft variables set password ***",
            ),
            (
                vec!["updraft", "users", "reset-password", "-u", "ada", "-popensesame"],
                "cli_user_reset_password",
                "updraft users reset-password -u ada -p***",
            ),
            (
                vec!["updraft", "connections", "add", "c", "--conn-uri=http://u:p@h"],
                "cli_connections_add",
                "updraft connections add c --conn-uri=***",
            ),
            (
                vec![
                    "updraft",
                    "db",
                    "import",
                    "--from",
                    "postgres://u:p@h/airflow",
                    "-y",
                ],
                "cli_db_import",
                "updraft db import --from *** -y",
            ),
            (
                vec!["updraft", "pools", "set", "big pool", "8", "for much"],
                "cli_pool_set",
                "updraft pools set 'big pool' 8 'for much'",
            ),
        ] {
            let author = given(&words);
            assert_eq!((author.owner.as_str(), author.event.as_str()), ("ada", event));
            let told = author.extra["full_command"].as_str().unwrap();
            assert_eq!(
                told.replace("'***'", "***")
                    .replace("***'", "***")
                    .replace("'-", "-"),
                command
            );
            assert_eq!(author.extra["host_name"], "here");
        }
    }

    /// Arguments whose names sound secret, and that tell nothing secret.
    const HARMLESS: [&str; 8] = [
        "action_on_existing_key",
        "default",
        "fernet_key_file",
        "json",
        "key",
        "serialization_format",
        "token_id",
        "use_random_password",
    ];

    #[test]
    fn every_argument_that_may_be_secret_is_hidden() {
        fn look(parent: &str, command: &Command, found: &mut Vec<String>) {
            for argument in command.get_arguments() {
                let id = argument.get_id().as_str();
                let sounds = [
                    "pass", "secret", "uri", "json", "extra", "value", "conf", "token", "key",
                ];
                let is_known = SECRET.contains(&id) || HARMLESS.contains(&id);
                // The uri of an asset is a name; that of a connection holds its password.
                let is_known = is_known || (id == "uri" && parent == "assets");
                let takes_value = argument.get_action().takes_values();
                if takes_value && !is_known && sounds.iter().any(|sound| id.contains(sound)) {
                    found.push(format!("{} {id}", command.get_name()));
                }
            }
            for inner in command.get_subcommands() {
                look(command.get_name(), inner, found);
            }
        }
        let mut found = Vec::new();
        look("", &Cli::command(), &mut found);
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn users_have_the_names_that_the_system_has_for_them() {
        let known = "root:x:0:0:root:/root:/bin/sh\nbroken\nada:x:1815:100::/home/ada:/bin/sh\n";
        assert_eq!(name_of(known, 1815).as_deref(), Some("ada"));
        assert_eq!(name_of(known, 7), None);
    }
}
