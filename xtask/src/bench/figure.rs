//! A measured figure and how it is printed.

use serde::Serialize;

/// One figure, with the peer's where there is one.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Figure {
    /// What was run.
    pub(super) shape: &'static str,
    /// The database: `sqlite`, `postgres` or `none`.
    pub(super) store: &'static str,
    /// The kind of task: `native`, `python` or `none`.
    pub(super) tasks: &'static str,
    /// What was measured.
    pub(super) metric: &'static str,
    /// How much.
    pub(super) value: f64,
    /// Of what.
    pub(super) unit: &'static str,
    /// What it is compared with.
    pub(super) peer: Option<String>,
    /// The same of the peer, taken in the same call.
    pub(super) peer_value: Option<f64>,
    /// How many runs the median is of.
    pub(super) runs: u32,
}

impl Figure {
    /// A figure without a peer.
    pub(super) fn new(shape: &'static str, metric: &'static str, value: f64, unit: &'static str) -> Self {
        let (store, tasks) = ("none", "none");
        Self {
            shape,
            store,
            tasks,
            metric,
            value,
            unit,
            peer: None,
            peer_value: None,
            runs: 1,
        }
    }
}

/// Prints figures as they come.
pub(super) struct Figures {
    json: bool,
}

impl Figures {
    /// A printer of text or of JSON lines.
    pub(super) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints a figure.
    pub(super) fn add(&mut self, figure: &Figure) {
        if self.json {
            println!("{}", serde_json::json!(figure));
            return;
        }
        let Figure {
            shape,
            store,
            metric,
            value,
            unit,
            ..
        } = figure;
        let peer = match (&figure.peer, figure.peer_value) {
            (Some(peer), Some(of_peer)) => format!("; {peer} {of_peer:.3} ({:.2} x)", value / of_peer),
            _ => String::new(),
        };
        println!(
            "{shape:<22} {store:<9} {metric:<18} {value:>12.3} {unit}{peer} (median of {})",
            figure.runs
        );
    }
}

/// The middle value.
pub(super) fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// The value below which the given share lies.
pub(super) fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (share * sorted.len().saturating_sub(1) as f64).round() as usize;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}
