//! Configuration: `airflow.cfg`, `AIRFLOW__SECTION__KEY` and the typed settings the program runs on.

mod external;
mod home;
mod ini;
mod lint;
mod lookup;
mod reference;
mod secrets;
mod settings;
mod tokens;

pub(crate) use lint::Finding;
pub(crate) use lookup::{Environment, Lookup, variable_name};
pub(crate) use reference::{Name, Problem, default, is_sensitive, names_of, options};
pub(crate) use secrets::{Places, SecretsSettings, surroundings};
pub(crate) use settings::Settings;
