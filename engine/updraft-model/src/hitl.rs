//! Human in the loop: what tasks ask people, and what these answer.
//!
//! Source: `airflow/models/hitl.py` of Airflow 3.3 and the standard provider's `hitl` operators.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::kwargs::{ClassPaths, Kwargs, moment, parsed};
use crate::{AttemptId, TriggerProblem, isoformat};

/// The trigger of a task that waits for an answer.
pub(crate) const CLASS: ClassPaths = ClassPaths(&["airflow.providers.standard.triggers.hitl.HITLTrigger"]);

/// Somebody who may answer, or has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HitlUser {
    /// Who: the number of a user as text, or their name.
    pub id: String,
    /// What they are called.
    pub name: String,
}

/// What a task asks.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HitlQuestion {
    /// What can be chosen, one at least.
    pub options: Vec<String>,
    /// The question in a line.
    pub subject: String,
    /// More about it.
    pub body: Option<String>,
    /// What is chosen if nobody answers in time; nothing: then the task fails.
    pub defaults: Option<Vec<String>>,
    /// Whether several options may be chosen.
    pub multiple: bool,
    /// Fields to fill in, by name: their values, descriptions and schemas, or a plain value.
    pub params: Map<String, Value>,
    /// Who may answer; if none is named everybody may who may change tasks.
    pub assigned_users: Vec<HitlUser>,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct HitlAnswer {
    /// By whom; nobody if the time was over and the defaults were taken.
    pub responded_by: Option<HitlUser>,
    /// When.
    pub responded_at: Timestamp,
    /// What was chosen.
    pub chosen_options: Vec<String>,
    /// What was filled in.
    pub params_input: Map<String, Value>,
}

/// A wait for the answer to what an attempt has asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HitlWait {
    /// The attempt that has asked.
    pub asked_by: AttemptId,
    /// When the task goes on without an answer.
    pub until: Option<Timestamp>,
    /// How long it takes from one look to the next.
    pub poke_interval: Duration,
}

impl HitlQuestion {
    /// What is wrong with it, if something is.
    pub fn problem(&self) -> Option<String> {
        if self.options.is_empty() {
            return Some("a question to people has options, one at least".to_owned());
        }
        let defaults = self.defaults.as_deref()?;
        self.refuses(defaults)
            .map(|problem| format!("the defaults: {problem}"))
    }

    /// What is wrong with a choice among its options, if something is.
    pub fn refuses(&self, chosen: &[String]) -> Option<String> {
        if chosen.is_empty() {
            return Some("no option is chosen; choose one".to_owned());
        }
        let known: BTreeSet<&String> = self.options.iter().collect();
        let unknown: Vec<&String> = chosen.iter().filter(|option| !known.contains(option)).collect();
        if !unknown.is_empty() {
            return Some(format!(
                "Invalid options {unknown:?}; allowed options are {:?}.",
                self.options
            ));
        }
        let too_many = !self.multiple && chosen.len() > 1;
        too_many.then(|| {
            "Multiple options chosen but this Human-in-the-loop task accepts only a single option.".to_owned()
        })
    }
}

impl HitlAnswer {
    /// What the method is told with which the task goes on.
    pub fn event(&self) -> Value {
        json!({
            "chosen_options": self.chosen_options,
            "params_input": self.params_input,
            "responded_at": isoformat(self.responded_at),
            "responded_by_user": self.responded_by,
            "timedout": self.responded_by.is_none(),
        })
    }
}

impl HitlWait {
    pub(crate) fn of(kwargs: &Kwargs<'_>) -> Result<Self, TriggerProblem> {
        Ok(Self {
            asked_by: AttemptId(kwargs.required("ti_id", parsed)?),
            until: kwargs.optional("timeout_datetime", moment)?,
            poke_interval: kwargs.poke_interval()?,
        })
    }
}

/// Follows the words `it waits`.
impl fmt::Display for HitlWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("for the answer of people")?;
        match self.until {
            Some(until) => write!(f, ", until {}", isoformat(until)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_and_choices_are_checked() {
        let question = |multiple: bool, defaults: Option<&[&str]>| HitlQuestion {
            options: vec!["a".to_owned(), "b".to_owned()],
            subject: "which".to_owned(),
            body: None,
            defaults: defaults.map(|all| all.iter().map(ToString::to_string).collect()),
            multiple,
            params: Map::new(),
            assigned_users: Vec::new(),
        };
        assert_eq!(question(false, None).problem(), None);
        assert_eq!(question(true, Some(&["a", "b"])).problem(), None);
        let both = question(false, Some(&["a", "b"])).problem().unwrap();
        assert!(
            both.starts_with("the defaults: Multiple options chosen"),
            "{both}"
        );
        let unknown = question(true, None)
            .refuses(&["a".to_owned(), "c".to_owned()])
            .unwrap();
        assert_eq!(
            unknown,
            "Invalid options [\"c\"]; allowed options are [\"a\", \"b\"]."
        );
        assert!(question(true, None).refuses(&[]).is_some());
        let empty = HitlQuestion {
            options: Vec::new(),
            ..question(false, None)
        };
        assert!(empty.problem().is_some());
    }
}
