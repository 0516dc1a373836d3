//! `report`: what a run brought, and the best matches with their explanations.

use std::io::{self, IsTerminal, Write};

use anyhow::Result;
use comfy_table::{ContentArrangement, Table, presets};
use referral_store::reading::MatchView;
use referral_store::work_run::WorkKind;
use referral_store::{EntityKind, ReferralStore, RunId};
use serde_json::{Map, Value, json};

use super::services;
use crate::args::{Format, ReportArgs};
use crate::settings::Settings;

/// How wide tables are where there is no terminal to ask.
const WIDTH_WITHOUT_TERMINAL: u16 = 120;

/// Counts of a sync, in the order in which people read them.
const SYNC_COUNTS: [&str; 7] = [
    "fetched",
    "inserted",
    "updated",
    "unchanged",
    "deleted",
    "anonymised",
    "quarantined",
];

/// Prints the report.
///
/// # Errors
/// The application database cannot be read.
pub(crate) async fn run(args: ReportArgs, settings: &Settings) -> Result<()> {
    let store = services::open_store(settings).await?;
    let report = report(&store, &args).await?;
    let mut out = io::stdout().lock();
    let text = match args.output {
        Format::Json => serde_json::to_string(&report)?,
        Format::Table => {
            let width = (!out.is_terminal()).then_some(WIDTH_WITHOUT_TERMINAL);
            tables(&report, width)
        }
    };
    match writeln!(out, "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

async fn report(store: &ReferralStore, args: &ReportArgs) -> Result<Value> {
    let totals = store.totals().await?;
    let best: Vec<Value> = store.best_matches(args.best).await?.iter().map(matched).collect();
    let mut report = json!({
        "counts": {
            "candidates": totals.candidates,
            "positions": totals.positions,
            "candidate_embeddings": totals.candidate_embeddings,
            "position_embeddings": totals.position_embeddings,
            "matches": totals.matches,
        },
        "open_positions": totals.open_positions,
        "best": best,
    });
    if let Some(run_id) = &args.run_id {
        let run_id = RunId::parse(run_id)?;
        report["run"] = Value::from(of_run(store, &run_id).await?);
    }
    Ok(report)
}

/// What a run did, by operation; operations that it did not reach are absent.
async fn of_run(store: &ReferralStore, run_id: &RunId) -> Result<Map<String, Value>> {
    let mut done = Map::new();
    for (kind, name) in [
        (EntityKind::Candidate, "candidates"),
        (EntityKind::Position, "positions"),
    ] {
        if let Some(run) = store.sync_run(kind, run_id).await? {
            let counts = run.counts;
            done.insert(
                name.to_owned(),
                json!({
                    "mode": run.mode.as_str(), "fetched": counts.fetched, "inserted": counts.inserted,
                    "updated": counts.updated, "unchanged": counts.unchanged, "deleted": counts.deleted,
                    "anonymised": counts.anonymised, "quarantined": counts.quarantined,
                }),
            );
        }
    }
    let work = [
        (WorkKind::CandidateEmbeddings, "candidate_embeddings"),
        (WorkKind::PositionEmbeddings, "position_embeddings"),
        (WorkKind::Matches, "matches"),
    ];
    for (kind, name) in work {
        if let Some(run) = store.work_run(kind, run_id).await? {
            done.insert(name.to_owned(), Value::from(run.counts));
        }
    }
    Ok(done)
}

fn matched(view: &MatchView) -> Value {
    json!({
        "position_id": view.position_id,
        "position": view.position_title,
        "client": view.client_name,
        "candidate_id": view.candidate_id,
        "candidate": view.candidate_name,
        "occupation": view.candidate_occupation,
        "score": view.score as f64 / 100.0,
        "cosine": view.cosine,
        "parts": view.parts,
        "matched_skills": view.matched_skills,
        "missing_skills": view.missing_skills,
        "gates": view.gates,
    })
}

/// `width` in columns; `None` for that of the terminal.
fn tables(report: &Value, width: Option<u16>) -> String {
    let mut text = String::new();
    if let Some(run) = report["run"].as_object() {
        text.push_str(&format!("{}\n\n", run_table(run, width)));
    }
    let totals: Vec<String> = report["counts"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, count)| format!("{} {count}", name.replace('_', " ")))
        .collect();
    text.push_str(&format!("In the database: {}\n\n", totals.join(", ")));
    text.push_str(&best_table(
        report["best"].as_array().map_or(&[][..], Vec::as_slice),
        width,
    ));
    text
}

fn table(header: &[&str], width: Option<u16>) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_BORDERS_ONLY)
        .set_content_arrangement(ContentArrangement::Dynamic);
    if let Some(width) = width {
        table.set_width(width);
    }
    table.set_header(header.to_vec());
    table
}

fn run_table(run: &Map<String, Value>, width: Option<u16>) -> Table {
    let mut table = table(&["", "counts"], width);
    for (name, counts) in run {
        let order = |key: &str| {
            SYNC_COUNTS
                .iter()
                .position(|known| *known == key)
                .unwrap_or(SYNC_COUNTS.len())
        };
        let mut pairs: Vec<(&String, &Value)> = counts.as_object().into_iter().flatten().collect();
        pairs.sort_by_key(|(key, _)| order(key));
        let words: Vec<String> = pairs
            .iter()
            .map(|(key, value)| format!("{key} {}", plain(value)))
            .collect();
        table.add_row([name.replace('_', " "), words.join(", ")]);
    }
    table
}

fn best_table(best: &[Value], width: Option<u16>) -> String {
    if best.is_empty() {
        return "No pair is at or above the threshold.".to_owned();
    }
    let mut table = table(&["score", "position", "candidate", "why"], width);
    for one in best {
        let parts: Vec<String> = one["parts"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|part| {
                let points = part["points"].as_f64().unwrap_or_default() / 100.0;
                format!("{} {points:.1}", plain(&part["name"]).replace('_', " "))
            })
            .collect();
        let missing: Vec<String> = one["missing_skills"]
            .as_array()
            .into_iter()
            .flatten()
            .map(plain)
            .collect();
        let missing = if missing.is_empty() {
            String::new()
        } else {
            format!("; lacks {}", missing.join(", "))
        };
        table.add_row([
            // One decimal, rounded down, so that 69.96 never reads 70.0.
            format!(
                "{:.1}",
                (one["score"].as_f64().unwrap_or_default() * 10.0).floor() / 10.0
            ),
            format!("{} ({})", plain(&one["position"]), plain(&one["client"])),
            format!("{}, {}", plain(&one["candidate"]), plain(&one["occupation"])),
            format!("{}{missing}", parts.join(" + ")),
        ]);
    }
    table.to_string()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(
        || {
            if value.is_null() {
                "-".to_owned()
            } else {
                value.to_string()
            }
        },
        str::to_owned,
    )
}
