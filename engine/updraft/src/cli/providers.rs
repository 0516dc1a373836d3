//! `providers ...`: what the providers say of themselves that are installed in the environment of DAG files. The columns are Airflow 2.11's.

use anyhow::{Result, bail};
use serde_json::{Map, Value};

use super::args::{Format, ProvidersCommand, ProvidersGetArgs};
use super::closest;
use super::output::Rows;
use super::python_program::{InstalledProvider, load_providers};
use crate::config::Settings;
use crate::row;

/// Runs a `providers` command.
///
/// # Errors
/// There is no Python, or no such provider.
pub(crate) fn run(command: &ProvidersCommand, settings: &Settings) -> Result<()> {
    let providers = load_providers(settings)?;
    let list = |key: &str, column: &str, output: Format| offered(&providers, key, column).print(output);
    match command {
        ProvidersCommand::List(args) => {
            let mut rows = Rows::default();
            for provider in &providers {
                rows.push(row! {
                    "package_name": provider.package_name,
                    "description": provider.description,
                    "version": provider.version,
                });
            }
            rows.print(args.output.output)
        }
        ProvidersCommand::Get(args) => get(args, &providers),
        ProvidersCommand::Hooks(args) => hooks(&providers).print(args.output.output),
        ProvidersCommand::Triggers(args) => triggers(&providers).print(args.output.output),
        ProvidersCommand::Notifications(args) => {
            list("notifications", "notification_class_name", args.output.output)
        }
        ProvidersCommand::Links(args) => list("extra-links", "extra_link_class_name", args.output.output),
        ProvidersCommand::Logging(args) => list("logging", "logging_class_name", args.output.output),
        ProvidersCommand::Secrets(args) => list(
            "secrets-backends",
            "secrets_backend_class_name",
            args.output.output,
        ),
        ProvidersCommand::Auth(args) => list("auth-backends", "api_auth_backend_module", args.output.output),
        ProvidersCommand::AuthManagers(args) => {
            list("auth-managers", "auth_managers_module", args.output.output)
        }
        ProvidersCommand::Executors(args) => list("executors", "executor_class_names", args.output.output),
        ProvidersCommand::Configs(args) => configs(&providers).print(args.output.output),
    }
}

fn get(args: &ProvidersGetArgs, providers: &[InstalledProvider]) -> Result<()> {
    let found = providers
        .iter()
        .find(|provider| provider.package_name == args.provider_name);
    let Some(provider) = found else {
        let known = providers.iter().map(|provider| provider.package_name.as_str());
        bail!(
            "No such provider installed: {}{}",
            args.provider_name,
            closest::close(&args.provider_name, known)
        );
    };
    let mut rows = Rows::default();
    rows.push(if args.full {
        provider.info.clone()
    } else {
        row! { "Provider": provider.package_name, "Version": provider.version }
    });
    rows.print(args.output.output)
}

/// The names of classes or modules in a list of each provider.
fn offered(providers: &[InstalledProvider], key: &str, column: &str) -> Rows {
    let mut rows = Rows::default();
    for provider in providers {
        for name in items(&provider.info, key) {
            let mut row = Map::new();
            row.insert(column.to_owned(), name.clone());
            rows.push(row);
        }
    }
    rows
}

fn hooks(providers: &[InstalledProvider]) -> Rows {
    let mut rows = Rows::default();
    for provider in providers {
        for hook in items(&provider.info, "connection-types") {
            rows.push(row! {
                "connection_type": hook["connection-type"],
                "class": hook["hook-class-name"],
                "package_name": provider.package_name,
            });
        }
    }
    rows
}

fn triggers(providers: &[InstalledProvider]) -> Rows {
    let mut rows = Rows::default();
    for provider in providers {
        for trigger in items(&provider.info, "triggers") {
            rows.push(row! {
                "package_name": provider.package_name,
                "integration_name": trigger["integration-name"],
                "modules": trigger["python-modules"],
            });
        }
    }
    rows
}

fn configs(providers: &[InstalledProvider]) -> Rows {
    let mut rows = Rows::default();
    for provider in providers {
        if let Some(Value::Object(sections)) = provider.info.get("config") {
            rows.push(row! {
                "provider": provider.package_name,
                "sections": sections.keys().collect::<Vec<_>>(),
            });
        }
    }
    rows
}

fn items<'p>(info: &'p Map<String, Value>, key: &str) -> &'p [Value] {
    info.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_providers_say_is_told_in_rows() {
        let info = json!({
            "connection-types": [{ "connection-type": "http", "hook-class-name": "a.HttpHook" }],
            "triggers": [{ "integration-name": "HTTP", "python-modules": ["a.triggers"] }],
            "secrets-backends": ["a.Vault"],
            "config": { "http": {} },
        });
        let provider = InstalledProvider {
            package_name: "a-http".to_owned(),
            description: "of HTTP".to_owned(),
            version: "1.0".to_owned(),
            info: info.as_object().unwrap().clone(),
        };
        let all = [provider];
        let told = |rows: Rows| rows.render(Format::Json, None).unwrap();
        assert_eq!(
            told(hooks(&all)),
            r#"[{"connection_type":"http","class":"a.HttpHook","package_name":"a-http"}]"#
        );
        assert_eq!(
            told(triggers(&all)),
            r#"[{"package_name":"a-http","integration_name":"HTTP","modules":["a.triggers"]}]"#
        );
        assert_eq!(
            told(offered(&all, "secrets-backends", "class")),
            r#"[{"class":"a.Vault"}]"#
        );
        assert_eq!(told(offered(&all, "logging", "class")), "[]");
        assert_eq!(
            told(configs(&all)),
            r#"[{"provider":"a-http","sections":["http"]}]"#
        );
    }
}
