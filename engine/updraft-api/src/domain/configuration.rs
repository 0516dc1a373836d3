//! What is set, as far as it is shown. Secrets never are: whoever makes this hides them.

use std::fmt::Write;

use crate::api::Api;
use crate::failure::Failure;

/// What is set, section by section. Nothing of it is secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Configuration {
    /// The sections, in the order in which they are shown.
    pub sections: Vec<ConfigurationSection>,
}

/// The options of a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigurationSection {
    /// Its name.
    pub name: String,
    /// Keys and values, in the order in which they are shown.
    pub options: Vec<(String, String)>,
}

/// Everything that is set, or one section of it.
pub(crate) fn whole(api: &Api, section: Option<&str>) -> Result<Vec<ConfigurationSection>, Failure> {
    let shown = shown(api)?;
    match section {
        None => Ok(shown.sections.clone()),
        Some(name) => Ok(vec![find(shown, name)?.clone()]),
    }
}

/// One option.
pub(crate) fn one(api: &Api, section: &str, option: &str) -> Result<ConfigurationSection, Failure> {
    let unknown = || Failure::NotFound(format!("The option [{section}/{option}] is not found in config."));
    let found = find(shown(api)?, section).map_err(|_| unknown())?;
    let option = found
        .options
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(option));
    Ok(ConfigurationSection {
        name: found.name.clone(),
        options: vec![option.ok_or_else(unknown)?.clone()],
    })
}

/// Sections as a file has them.
pub(crate) fn text(sections: &[ConfigurationSection]) -> String {
    let mut text = String::new();
    for section in sections {
        // Writing to a text cannot fail.
        let _ = writeln!(text, "[{}]", section.name);
        for (key, value) in &section.options {
            let _ = writeln!(text, "{key} = {value}");
        }
        text.push('\n');
    }
    text
}

fn shown(api: &Api) -> Result<&Configuration, Failure> {
    let hidden =
        "Your Airflow administrator chose not to expose the configuration, most likely for security reasons.";
    api.parts().configuration.as_ref().ok_or(Failure::Denied(hidden))
}

fn find<'c>(configuration: &'c Configuration, name: &str) -> Result<&'c ConfigurationSection, Failure> {
    let mut sections = configuration.sections.iter();
    let found = sections.find(|section| section.name.eq_ignore_ascii_case(name));
    found.ok_or_else(|| Failure::NotFound(format!("section={name} not found.")))
}
