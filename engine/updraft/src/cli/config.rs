//! `config ...`: what is set, and what of it does something.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use anyhow::{Result, bail};
use updraft_api::{Configuration, ConfigurationSection};
use updraft_model::CompatLevel;
use updraft_protocol::defaults;

use super::args::{ConfigCommand, ConfigGetValueArgs, ConfigLintArgs, ConfigListArgs, OfOptions};
use super::{config_update, output};
use crate::config::{self, Finding, Lookup, Name, Settings};

/// What is printed in the place of a secret.
const HIDDEN: &str = "< hidden >";

/// The source of what nobody has set.
const DEFAULT: &str = "default";

/// Runs a `config` command.
///
/// # Errors
/// The option is not set, or a command that gives its value fails.
pub(crate) fn run(command: &ConfigCommand, settings: &Settings) -> Result<()> {
    let file = settings.home.config_file(&settings.environment);
    let options = Options {
        lookup: Lookup::load(settings.environment.clone(), &file)?,
        settings,
        level: settings.dag_defaults.compat,
    };
    match command {
        ConfigCommand::GetValue(args) => options.print_one(args),
        ConfigCommand::List(args) => options.print_all(args),
        ConfigCommand::Lint(args) => lint(args, &settings.findings),
        ConfigCommand::Update(args) => config_update::run(args, settings),
    }
}

/// What the interface shows of what is set: `[api] expose_config` says whether. Secrets are hidden whatever it says; `None`: nothing is
/// shown.
///
/// # Errors
/// A command that gives the value of an option fails.
pub(crate) fn shown(settings: &Settings) -> Result<Option<Configuration>> {
    let file = settings.home.config_file(&settings.environment);
    let options = Options {
        lookup: Lookup::load(settings.environment.clone(), &file)?,
        settings,
        level: settings.dag_defaults.compat,
    };
    let exposed = options.find(("api", "expose_config"))?;
    let exposed = exposed.map(|found| found.value.to_lowercase());
    let is_exposed = |value: &str| value == "non-sensitive-only" || defaults::boolean(value) == Some(true);
    if !exposed.as_deref().is_some_and(is_exposed) {
        return Ok(None);
    }
    let mut sections = Vec::new();
    for (name, keys) in options.names(None, false) {
        let mut shown = Vec::new();
        for key in keys {
            if let Some(value) = options.shown((&name, &key))? {
                shown.push((key, value));
            }
        }
        sections.push(ConfigurationSection { name, options: shown });
    }
    Ok(Some(Configuration { sections }))
}

/// The options of this home.
struct Options<'a> {
    lookup: Lookup,
    settings: &'a Settings,
    level: CompatLevel,
}

/// A value, and where it comes from in Airflow's words.
struct Found {
    value: String,
    source: &'static str,
}

impl Found {
    /// The value, unless it is a secret. A default is none.
    fn shown(self, name: Name<'_>) -> String {
        if config::is_sensitive(name) && self.source != DEFAULT && !self.value.is_empty() {
            HIDDEN.to_owned()
        } else {
            self.value
        }
    }
}

impl Options<'_> {
    fn print_one(&self, args: &ConfigGetValueArgs) -> Result<()> {
        let (section, option) = (args.section.to_lowercase(), args.option.to_lowercase());
        match self.find((&section, &option))? {
            Some(found) => output::print(&found.value),
            None => bail!("The option [{section}/{option}] is not found in config."),
        }
    }

    fn find(&self, name: Name<'_>) -> Result<Option<Found>> {
        if let Some((value, source)) = self.lookup.find(name)? {
            let source = source.as_str();
            return Ok(Some(Found { value, source }));
        }
        Ok(self.default(name))
    }

    /// The default: ours where it is another one, else that of the Airflow whose meaning files have.
    fn default(&self, name: Name<'_>) -> Option<Found> {
        let value = match name {
            ("core" | "database", "sql_alchemy_conn") => self.settings.database_url.clone(),
            ("core", "fernet_key") => String::new(),
            ("webserver", "web_server_host") | ("api", "host") => self.settings.web_host.to_string(),
            _ => {
                let names = config::names_of(name);
                let default = names
                    .into_iter()
                    .find_map(|name| config::default(name, self.level))?;
                self.lookup.expand_default(default, &self.settings.home.path)
            }
        };
        Some(Found {
            value,
            source: DEFAULT,
        })
    }

    /// The value of an option, if it has one, without what is secret.
    fn shown(&self, name: Name<'_>) -> Result<Option<String>> {
        Ok(self.find(name)?.map(|found| found.shown(name)))
    }

    fn print_all(&self, args: &ConfigListArgs) -> Result<()> {
        let mut text = String::new();
        for (section, keys) in self.names(args.section.as_deref(), args.defaults) {
            writeln!(text, "[{section}]")?;
            for key in keys {
                self.write(&mut text, (&section, &key), args)?;
            }
            writeln!(text)?;
        }
        output::print(text.trim_end())
    }

    /// The names of all options, or those of one section; without what is set but unknown, if only defaults are wanted.
    fn names(&self, only: Option<&str>, only_known: bool) -> BTreeMap<String, BTreeSet<String>> {
        let mut sections: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut add = |section: &str, key: &str| {
            let is_wanted = only.is_none_or(|wanted| wanted == section);
            if is_wanted {
                sections
                    .entry(section.to_owned())
                    .or_default()
                    .insert(key.to_owned());
            }
        };
        for (section, key) in config::options(self.level) {
            add(section, key);
        }
        if !only_known {
            for setting in self.lookup.set() {
                add(&setting.section, &setting.key);
            }
        }
        sections
    }

    fn write(&self, text: &mut String, name: Name<'_>, args: &ConfigListArgs) -> Result<()> {
        let (section, key) = name;
        let found = if args.defaults {
            self.default(name)
        } else {
            self.find(name)?
        };
        let Some(found) = found else { return Ok(()) };
        let (source, value) = (found.source, found.shown(name));
        let mut is_commented = false;
        if args.include_env_vars {
            writeln!(text, "# Variable: {}", config::variable_name(section, key))?;
            is_commented = true;
        }
        if args.include_sources {
            writeln!(text, "# Source: {source}")?;
            is_commented = true;
        }
        let begin = if args.comment_out_everything { "# " } else { "" };
        let value = value.replace('%', "%%");
        let value = value.replace('\n', &format!("\n{begin}    "));
        writeln!(text, "{begin}{key} = {value}")?;
        if is_commented {
            writeln!(text)?;
        }
        Ok(())
    }
}

fn lint(args: &ConfigLintArgs, findings: &[Finding]) -> Result<()> {
    let found: Vec<&Finding> = findings
        .iter()
        .filter(|finding| is_wanted(finding, &args.of))
        .collect();
    if found.is_empty() {
        return output::print("No issues found in your airflow.cfg and environment.");
    }
    output::print("Found issues in your airflow.cfg and environment:")?;
    for finding in found {
        output::print(&format!("  - {finding}"))?;
    }
    Ok(())
}

/// Whether a finding is about what the arguments name.
pub(super) fn is_wanted(finding: &Finding, of: &OfOptions) -> bool {
    let (section, key) = (&finding.setting.section, &finding.setting.key);
    (of.section.is_empty() || of.section.contains(section))
        && (of.option.is_empty() || of.option.contains(key))
        && !of.ignore_section.contains(section)
        && !of.ignore_option.contains(key)
}
