//! What a DAG means where it does not say it: settings of the installation that the program of a bundle needs to describe
//! its DAGs. They travel as environment variables, under the names that they have anyway.

use std::collections::BTreeMap;

use updraft_model::CompatLevel;

/// The variable of `[updraft] compat`.
pub const COMPAT: &str = "AIRFLOW__UPDRAFT__COMPAT";

/// The variable of `[scheduler] catchup_by_default`.
pub const CATCHUP_BY_DEFAULT: &str = "AIRFLOW__SCHEDULER__CATCHUP_BY_DEFAULT";

/// What a DAG means where it does not say it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DagDefaults {
    /// Which Airflow generation's meaning it has.
    pub compat: CompatLevel,
    /// Whether it makes up for missed runs; `None`: as its level has it.
    pub catchup: Option<bool>,
}

/// A setting that has no meaning.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is `{value}`, expected {expected}")]
pub struct WrongDefault {
    /// The variable.
    pub name: &'static str,
    /// Its value.
    pub value: String,
    /// What would be right.
    pub expected: &'static str,
}

impl DagDefaults {
    /// The variables that tell a program all of this.
    pub fn to_variables(self) -> BTreeMap<String, String> {
        let compat = (COMPAT.to_owned(), u8::from(self.compat).to_string());
        let catchup = |catchup: bool| (CATCHUP_BY_DEFAULT.to_owned(), catchup.to_string());
        [compat].into_iter().chain(self.catchup.map(catchup)).collect()
    }

    /// Reads the variables; one that is absent leaves what [`DagDefaults::default`] says.
    ///
    /// # Errors
    /// The first that has no meaning.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Result<Self, WrongDefault> {
        let wrong = |name, value, expected| WrongDefault {
            name,
            value,
            expected,
        };
        let mut defaults = Self::default();
        if let Some(value) = variable(COMPAT) {
            defaults.compat = compat(&value).ok_or_else(|| wrong(COMPAT, value, COMPAT_LEVELS))?;
        }
        if let Some(value) = variable(CATCHUP_BY_DEFAULT) {
            let catchup = boolean(&value);
            defaults.catchup = Some(catchup.ok_or_else(|| wrong(CATCHUP_BY_DEFAULT, value, BOOLEANS))?);
        }
        Ok(defaults)
    }
}

/// What `[updraft] compat` may be, in words.
pub const COMPAT_LEVELS: &str = "2 or 3";

/// What a boolean may be, in words.
pub const BOOLEANS: &str = "true or false";

/// The level that a setting names.
pub fn compat(value: &str) -> Option<CompatLevel> {
    CompatLevel::try_from(value.trim().parse::<u8>().ok()?).ok()
}

/// Airflow's booleans: `t`, `true`, `1`, `f`, `false`, `0`, in any case; text after `#` is cut.
pub fn boolean(value: &str) -> Option<bool> {
    let word = value.split('#').next().unwrap_or_default().trim().to_lowercase();
    match word.as_str() {
        "t" | "true" | "1" => Some(true),
        "f" | "false" | "0" => Some(false),
        _ => None,
    }
}
