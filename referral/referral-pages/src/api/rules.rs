//! What a check asks, in words.

use referral_quality::declaration::{Check, Rule};

/// The rule as a sentence without its subject: `every candidate has an e-mail`.
pub(super) fn sentence(check: &Check) -> String {
    let column = check.column.replace('_', " ");
    let table = check.table.as_str();
    match &check.rule {
        Rule::Completeness => format!("every {table} has: {column}"),
        Rule::Uniqueness => format!("no two of {table} have the same {column}"),
        Rule::NearDuplicate => format!("no {table} looks like another one under another id"),
        Rule::Validity(pattern) => format!("{column} looks like {}", pattern.as_str()),
        Rule::Range { min, max } => match (min, max) {
            (Some(min), Some(max)) => format!("{column} lies between {min} and {max}"),
            (Some(min), None) => format!("{column} is {min} or more"),
            (None, Some(max)) => format!("{column} is {max} or less"),
            (None, None) => format!("{column} is any number"),
        },
        Rule::Referential => format!("the {column} of every {table} exists"),
        Rule::Freshness { max_age_hours } => {
            format!("the last complete sync of {table} is at most {max_age_hours} h old")
        }
        Rule::Volume { min_rows, max_drop } => format!(
            "there are at least {min_rows} of {table}, and not {:.0} % fewer than last time",
            max_drop * 100.0
        ),
        Rule::Embedding => match check.column.as_str() {
            "entity" => "every vector belongs to a record that exists".to_owned(),
            "dimensions" => "every vector has the length that the model makes".to_owned(),
            "unit_norm" => "every vector has norm 1".to_owned(),
            _ => "every vector was made of the text that the record has now".to_owned(),
        },
    }
}
