//! Configuration: `airflow.cfg`, `AIRFLOW__SECTION__KEY` and the typed settings the program runs on.

mod home;
mod ini;
mod lookup;
mod settings;

pub(crate) use lookup::Environment;
pub(crate) use settings::Settings;
