//! Embeddings and matching, measured inside `referral measure`, beside ONNX Runtime.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use super::figure::{Figure, Figures, median};
use super::peer;
use crate::{model, workspace};

/// Tokens of each text: the longest the model takes.
const TOKENS: u32 = 256;

/// Texts per run.
const TEXTS: u32 = 48;

/// Passes over the texts, of which the fastest counts: as many as the peer makes, one for each size of batch it tries.
const PASSES: u32 = 3;

/// Threads: all that the machine has.
fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Texts per second, ours and ONNX Runtime's in turn, so that both meet the same load of the machine.
pub(super) fn embeddings(programs: &Path, runs: u32, figures: &mut Figures) -> Result<()> {
    let folder = model::fetch()?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let mut command = Command::new(programs.join("referral"));
        command.args([
            "measure",
            "embeddings",
            "--texts",
            &TEXTS.to_string(),
            "--tokens",
            &TOKENS.to_string(),
            "--passes",
            &PASSES.to_string(),
        ]);
        command
            .args(["--threads", &threads().to_string()])
            .arg("--model")
            .arg(&folder);
        ours.push(number(&mut command, "texts_per_s")?);
        theirs.push(peer::texts_per_s(&folder, threads(), TEXTS, TOKENS)?);
    }
    let figure = Figure::new("embed_256_tokens", "texts_per_s", median(&ours), "1/s");
    figures.add(&Figure {
        peer: Some("onnxruntime f32".to_owned()),
        peer_value: Some(median(&theirs)),
        runs,
        ..figure
    });
    Ok(())
}

/// Processor seconds of matching 100,000 candidates with 1,000 positions.
pub(super) fn matching(programs: &Path, runs: u32, figures: &mut Figures) -> Result<()> {
    let (mut processor, mut wall) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        let mut command = Command::new(programs.join("referral"));
        command.args([
            "measure",
            "matching",
            "--candidates",
            "100000",
            "--positions",
            "1000",
        ]);
        let text = workspace::output(&mut command)?;
        let value: Value = serde_json::from_str(&text)?;
        processor.push(value["cpu_s"].as_f64().context("no cpu_s")?);
        wall.push(value["wall_s"].as_f64().context("no wall_s")?);
    }
    figures.add(&Figure {
        runs,
        ..Figure::new("match_100k_x_1k", "cpu_s", median(&processor), "s")
    });
    figures.add(&Figure {
        runs,
        ..Figure::new("match_100k_x_1k", "wall_s", median(&wall), "s")
    });
    Ok(())
}

fn number(command: &mut Command, name: &str) -> Result<f64> {
    let text = workspace::output(command)?;
    let value: Value = serde_json::from_str(&text).with_context(|| format!("not JSON: {text}"))?;
    value[name]
        .as_f64()
        .with_context(|| format!("no `{name}` in {value}"))
}
