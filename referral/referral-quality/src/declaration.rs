//! The checks as people write them: one TOML file, read and validated whole before anything is evaluated.

use std::collections::BTreeSet;

use regex::Regex;
use serde::Deserialize;

/// The checks that ship with the program.
const BUILT_IN: &str = include_str!("checks.toml");

/// Which rows a check reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Table {
    /// People who are neither deleted nor anonymised.
    Candidate,
    /// Jobs that are not deleted.
    Position,
    /// The vectors of both.
    Embedding,
    /// Matches that are not withdrawn.
    Match,
}

impl Table {
    /// The name in the declaration and in results.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Candidate => "candidate",
            Self::Position => "position",
            Self::Embedding => "embedding",
            Self::Match => "match",
        }
    }
}

/// What a failed check means for the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It is reported.
    Warn,
    /// It is reported and stops the DAG.
    Fail,
}

impl Severity {
    /// The name in the declaration and in results.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// What a check asks.
#[derive(Debug, Clone)]
pub enum Rule {
    /// The column is present.
    Completeness,
    /// No other row has the same value.
    Uniqueness,
    /// No other candidate looks like the same person.
    NearDuplicate,
    /// A present value matches.
    Validity(Regex),
    /// A present number lies between the bounds, each inclusive.
    Range {
        /// Lower bound.
        min: Option<f64>,
        /// Upper bound.
        max: Option<f64>,
    },
    /// The id leads to a row that exists and is not deleted.
    Referential,
    /// The newest value is at most this many hours old.
    Freshness {
        /// Hours.
        max_age_hours: f64,
    },
    /// The table is large enough, and not much smaller than at the last run.
    Volume {
        /// Least number of rows.
        min_rows: u64,
        /// Largest share of rows that may be missing against the last run.
        max_drop: f64,
    },
    /// The vector has the property that the column names.
    Embedding,
}

/// One check, validated.
#[derive(Debug, Clone)]
pub struct Check {
    /// Its name, unique.
    pub name: String,
    /// The rows it reads.
    pub table: Table,
    /// The column it reads; empty for checks of the whole table.
    pub column: String,
    /// What it asks.
    pub rule: Rule,
    /// The share of rows that may fail.
    pub max_failed: f64,
    /// What a failure means.
    pub severity: Severity,
    /// Whether failing rows are kept out of matching.
    pub quarantine: bool,
}

/// Why a declaration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DeclarationError {
    /// It is no TOML of the expected form.
    #[error("the declaration of checks cannot be read")]
    Syntax(#[from] toml::de::Error),
    /// A check lacks something, has too much, or names an unknown column.
    #[error("check `{name}`: {why}")]
    Check {
        /// Which check.
        name: String,
        /// What is wrong, and what would be right.
        why: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    check: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Completeness,
    Uniqueness,
    NearDuplicate,
    Validity,
    Range,
    Referential,
    Freshness,
    Volume,
    Embedding,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    table: Table,
    kind: Kind,
    column: Option<String>,
    pattern: Option<String>,
    min: Option<f64>,
    max: Option<f64>,
    max_age_hours: Option<f64>,
    min_rows: Option<u64>,
    max_drop: Option<f64>,
    max_failed: Option<f64>,
    severity: Severity,
    #[serde(default)]
    quarantine: bool,
}

/// The checks that ship with the program.
///
/// # Panics
/// Never in a tested program: the built-in file is read by a test.
pub fn built_in() -> Vec<Check> {
    parse(BUILT_IN).expect("the built-in declaration is valid: a test reads it")
}

/// Reads a declaration.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn parse(text: &str) -> Result<Vec<Check>, DeclarationError> {
    let file: File = toml::from_str(text)?;
    let mut names = BTreeSet::new();
    file.check
        .into_iter()
        .map(|entry| {
            let name = entry.name.clone();
            if !names.insert(name.clone()) {
                return Err(DeclarationError::Check {
                    name,
                    why: "is declared twice".to_owned(),
                });
            }
            entry.check().map_err(|why| DeclarationError::Check { name, why })
        })
        .collect()
}

/// The columns that a kind of check can read in a table.
fn columns(table: Table, kind: &Kind) -> &'static [&'static str] {
    match (table, kind) {
        (Table::Candidate, Kind::Completeness) => &[
            "name",
            "contact",
            "email",
            "phone_e164",
            "occupation",
            "skills",
            "embedding_text",
            "resume_text",
        ],
        (Table::Candidate, Kind::Uniqueness) => &["email", "phone_e164"],
        (Table::Candidate, Kind::Validity) => &["email", "phone_e164", "country_code"],
        (Table::Candidate, Kind::Range) => &["experience_years", "salary_yearly", "skills"],
        (Table::Position, Kind::Completeness) => &[
            "title",
            "description_text",
            "required_skills",
            "embedding_text",
            "client_name",
        ],
        (Table::Position, Kind::Validity) => &["country_code"],
        (Table::Position, Kind::Range) => &[
            "min_years",
            "salary_yearly_min",
            "salary_yearly_max",
            "salary_span",
            "openings",
        ],
        (Table::Embedding, Kind::Referential) => &["entity"],
        (Table::Embedding, Kind::Embedding) => &["dimensions", "unit_norm", "current"],
        (Table::Match, Kind::Referential) => &["candidate", "position"],
        (Table::Match, Kind::Range) => &["score"],
        _ => &[],
    }
}

impl Entry {
    fn check(self) -> Result<Check, String> {
        let whole_table = matches!(self.kind, Kind::Volume | Kind::NearDuplicate | Kind::Freshness);
        let column = match (&self.column, whole_table) {
            (Some(_), true) => return Err("reads the whole table and takes no `column`".to_owned()),
            (None, true) => String::new(),
            (column, false) => {
                let known = columns(self.table, &self.kind);
                let column = column.clone().unwrap_or_default();
                if !known.contains(&column.as_str()) {
                    return Err(format!(
                        "`column` is `{column}`, expected one of: {}",
                        known.join(", ")
                    ));
                }
                column
            }
        };
        if matches!(self.kind, Kind::NearDuplicate) && self.table != Table::Candidate {
            return Err("only candidates can be near duplicates".to_owned());
        }
        if matches!(self.kind, Kind::Freshness) && !matches!(self.table, Table::Candidate | Table::Position) {
            return Err("only candidates and positions are synced".to_owned());
        }
        if self.quarantine && !matches!(self.table, Table::Candidate | Table::Position) {
            return Err("only candidates and positions can be quarantined".to_owned());
        }
        let max_failed = share("max_failed", self.max_failed.unwrap_or(0.0))?;
        let (table, severity, quarantine, name) =
            (self.table, self.severity, self.quarantine, self.name.clone());
        Ok(Check {
            name,
            table,
            column,
            rule: self.rule()?,
            max_failed,
            severity,
            quarantine,
        })
    }

    fn rule(self) -> Result<Rule, String> {
        let need = |what: &str| format!("needs `{what}`");
        Ok(match self.kind {
            Kind::Completeness => Rule::Completeness,
            Kind::Uniqueness => Rule::Uniqueness,
            Kind::NearDuplicate => Rule::NearDuplicate,
            Kind::Referential => Rule::Referential,
            Kind::Embedding => Rule::Embedding,
            Kind::Validity => {
                let pattern = self.pattern.ok_or_else(|| need("pattern"))?;
                Rule::Validity(
                    Regex::new(&pattern).map_err(|error| format!("`pattern` is no expression: {error}"))?,
                )
            }
            Kind::Range if self.min.is_none() && self.max.is_none() => {
                return Err("needs `min` or `max`".to_owned());
            }
            Kind::Range => Rule::Range {
                min: self.min,
                max: self.max,
            },
            Kind::Freshness => Rule::Freshness {
                max_age_hours: self.max_age_hours.ok_or_else(|| need("max_age_hours"))?,
            },
            Kind::Volume => Rule::Volume {
                min_rows: self.min_rows.unwrap_or(0),
                max_drop: share("max_drop", self.max_drop.unwrap_or(1.0))?,
            },
        })
    }
}

fn share(name: &str, value: f64) -> Result<f64, String> {
    if (0.0..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err(format!("`{name}` is {value}, expected a share from 0 to 1"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_declaration_is_valid_and_covers_every_kind() {
        let checks = built_in();
        assert!(checks.len() >= 20);
        let has = |wanted: fn(&Rule) -> bool| checks.iter().any(|check| wanted(&check.rule));
        assert!(
            has(|rule| matches!(rule, Rule::Completeness)) && has(|rule| matches!(rule, Rule::Uniqueness))
        );
        assert!(
            has(|rule| matches!(rule, Rule::NearDuplicate)) && has(|rule| matches!(rule, Rule::Validity(_)))
        );
        assert!(
            has(|rule| matches!(rule, Rule::Range { .. })) && has(|rule| matches!(rule, Rule::Referential))
        );
        assert!(
            has(|rule| matches!(rule, Rule::Freshness { .. }))
                && has(|rule| matches!(rule, Rule::Volume { .. }))
        );
        assert!(has(|rule| matches!(rule, Rule::Embedding)));
    }

    #[test]
    fn mistakes_name_the_check_and_what_would_be_right() {
        let declare = |body: &str| format!("[[check]]\nname = \"a\"\nseverity = \"warn\"\n{body}");
        let error = |body: &str| parse(&declare(body)).unwrap_err().to_string();
        insta::assert_snapshot!(
            error("table = \"match\"\nkind = \"range\"\ncolumn = \"points\"\nmin = 0"),
            @"check `a`: `column` is `points`, expected one of: score"
        );
        insta::assert_snapshot!(
            error("table = \"candidate\"\nkind = \"validity\"\ncolumn = \"email\""),
            @"check `a`: needs `pattern`"
        );
        insta::assert_snapshot!(
            error("table = \"match\"\nkind = \"range\"\ncolumn = \"score\"\nmin = 0\nquarantine = true"),
            @"check `a`: only candidates and positions can be quarantined"
        );
        assert!(parse("[[check]]\nname = \"a\"\nnonsense = 1").is_err());
    }
}
