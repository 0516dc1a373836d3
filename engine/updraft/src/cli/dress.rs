//! What people see on a terminal beyond Airflow's text: how long ago a time was, and states in colour.

use console::{Style, Term};
use jiff::Timestamp;

/// Units of time, the longest first, in seconds.
const UNITS: [(i64, &str); 4] = [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")];

/// How rows are dressed up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dress {
    now: Timestamp,
}

impl Dress {
    /// For a standard output that is a terminal; `None` if somebody else reads it.
    pub(crate) fn of_terminal(now: Timestamp) -> Option<Self> {
        Term::stdout().is_term().then_some(Self { now })
    }

    /// A cell with how long ago the time in it was, if it is one.
    pub(crate) fn cell(self, text: String) -> String {
        match text.parse::<Timestamp>() {
            Ok(at) => format!("{text}, {}", self.distance(at)),
            Err(_) => text,
        }
    }

    fn distance(self, at: Timestamp) -> String {
        let seconds = self.now.duration_since(at).as_secs();
        let unit = UNITS.iter().find(|(length, _)| seconds.abs() >= *length);
        let Some((length, unit)) = unit else {
            return "now".to_owned();
        };
        let count = seconds.abs() / length;
        let plural = if count == 1 { "" } else { "s" };
        if seconds < 0 {
            format!("in {count} {unit}{plural}")
        } else {
            format!("{count} {unit}{plural} ago")
        }
    }
}

/// A padded cell in the colour of the state that it holds, if it holds one.
pub(crate) fn paint(padded: String) -> String {
    match colour(padded.trim_end()) {
        Some(colour) => colour.apply_to(padded).to_string(),
        None => padded,
    }
}

/// The colour of a state of a run or a task.
fn colour(word: &str) -> Option<Style> {
    let plain = Style::new();
    Some(match word {
        "success" => plain.green(),
        "failed" | "upstream_failed" => plain.red(),
        "running" | "restarting" => plain.cyan(),
        "up_for_retry" | "up_for_reschedule" | "deferred" => plain.yellow(),
        "queued" | "scheduled" | "skipped" | "removed" => plain.dim(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_with_their_distance() {
        let dress = Dress {
            now: "2024-01-10T00:00:00Z".parse().unwrap(),
        };
        for (text, expected) in [
            ("2024-01-10T00:00:00+00:00", "2024-01-10T00:00:00+00:00, now"),
            (
                "2024-01-09T23:59:59+00:00",
                "2024-01-09T23:59:59+00:00, 1 second ago",
            ),
            (
                "2024-01-09T22:30:00+00:00",
                "2024-01-09T22:30:00+00:00, 1 hour ago",
            ),
            (
                "2024-01-08T00:00:00+01:00",
                "2024-01-08T00:00:00+01:00, 2 days ago",
            ),
            ("2024-01-10T00:05:59.5Z", "2024-01-10T00:05:59.5Z, in 5 minutes"),
            ("2024-01-10", "2024-01-10"),
            (
                "manual__2024-01-10T00:00:00+00:00",
                "manual__2024-01-10T00:00:00+00:00",
            ),
        ] {
            assert_eq!(dress.cell(text.to_owned()), expected);
        }
    }

    #[test]
    fn states_have_colours_and_other_words_have_none() {
        assert!(colour("success").is_some());
        assert!(colour("failed").is_some());
        assert!(colour("succeeded").is_none());
    }
}
