//! Which civil times an expression matches: `croniter.json`.

use jiff::civil::DateTime;
use serde::Deserialize;
use updraft_model::{CronExpression, NoMatchingDate};

use super::{Comparison, read};

#[derive(Deserialize)]
struct Recording {
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    expr: String,
    /// The expression is refused; the other fields are absent then.
    error: Option<String>,
    from: Option<DateTime>,
    next: Option<Matches>,
    prev: Option<Matches>,
}

/// What was found one after the other, or the text `no date`.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Matches {
    Found(Vec<DateTime>),
    None(String),
}

impl Matches {
    fn walk(from: DateTime, step: impl Fn(DateTime) -> Result<DateTime, NoMatchingDate>) -> Self {
        let found: Result<Vec<DateTime>, NoMatchingDate> =
            std::iter::successors(Some(step(from)), |at| at.as_ref().ok().map(|at| step(*at)))
                .take(4)
                .collect();
        found.map_or_else(|_| Self::None("no date".to_owned()), Self::Found)
    }
}

#[test]
fn cron_matches_are_as_the_croniter_oracle_says() {
    let mut comparison = Comparison::of("croniter.json");
    for row in read::<Recording>("croniter.json").rows {
        let name = format!("`{}` at {:?}", row.expr, row.from);
        let cron = CronExpression::parse(&row.expr, "a dag");
        let recorded = (row.error.is_some(), row.next, row.prev);
        let matches = row.from.zip(cron.as_ref().ok());
        let ours = (
            cron.is_err(),
            matches.map(|(from, cron)| Matches::walk(from, |at| cron.next(at))),
            matches.map(|(from, cron)| Matches::walk(from, |at| cron.prev(at))),
        );
        comparison.row(name, &recorded, &ours);
    }
    comparison.finish();
}
