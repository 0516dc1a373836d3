//! `eval` and `measure`: how good matches are, and how fast they are made.

use std::io::{self, Write};
use std::num::NonZeroUsize;

use anyhow::{Context, Result};
use referral_ml::bench::{embedding_speed, matching_speed};
use referral_ml::bert::{LocalModel, ModelFolder};
use referral_ml::evaluation::{Dataset, EmbeddedDataset, evaluate};
use referral_ml::workers::Workers;
use serde_json::json;

use super::services;
use crate::args::{EvalArgs, Format, MeasureCommand};
use crate::settings::Settings;

/// Words that are one token each.
const WORDS: [&str; 5] = ["house", "river", "winter", "music", "garden"];

/// The tokens that the model puts around every text.
const AROUND: usize = 2;

/// Prints the quality of rankings and of the threshold on labelled data, with plain cosine beside the formula.
///
/// # Errors
/// The data or the model cannot be read.
pub(crate) async fn eval(args: EvalArgs, settings: &Settings) -> Result<()> {
    let dataset =
        Dataset::read(&args.data).with_context(|| format!("cannot use `{}`", args.data.display()))?;
    let model = services::local_model(settings, services::workers(settings)?)?;
    let tell = |done: usize, total: usize| {
        if done.is_multiple_of(200) || done == total {
            tracing::info!("embedded {done} of {total} texts");
        }
    };
    let data = EmbeddedDataset::new(dataset, &model, tell)
        .await
        .context("cannot embed the texts")?;
    let report = evaluate(&data, &data.formula());
    match args.output {
        Format::Json => print(&serde_json::to_string(&report)?),
        Format::Table => print(&report.to_string()),
    }
}

/// Prints one figure as JSON.
///
/// # Errors
/// The model cannot be read.
pub(crate) fn measure(command: MeasureCommand, settings: &Settings) -> Result<()> {
    match command {
        MeasureCommand::Embeddings {
            model,
            texts,
            tokens,
            threads,
            passes,
        } => {
            let threads = NonZeroUsize::new(threads).unwrap_or(NonZeroUsize::MIN);
            let workers = Workers::start(threads).context("cannot start threads")?;
            let model = LocalModel::load(&ModelFolder::published(model), workers)
                .context("cannot load the embedding model")?;
            let texts: Vec<String> = (0..texts).map(|number| text(number, tokens)).collect();
            let mut speed = embedding_speed(&model, &texts)?;
            for _ in 1..passes.get() {
                let again = embedding_speed(&model, &texts)?;
                if again.wall_s < speed.wall_s {
                    speed = again;
                }
            }
            anyhow::ensure!(
                speed.tokens == texts.len() * tokens,
                "{} texts of {tokens} tokens became {} tokens",
                texts.len(),
                speed.tokens
            );
            let texts_per_s = speed.texts as f64 / speed.wall_s;
            print(
                &json!({ "texts_per_s": texts_per_s, "tokens": speed.tokens, "cpu_s": speed.cpu_s })
                    .to_string(),
            )
        }
        MeasureCommand::Matching {
            candidates,
            positions,
        } => {
            let speed = matching_speed(&services::workers(settings)?, candidates, positions);
            print(&serde_json::to_string(&speed)?)
        }
    }
}

/// A text that the model reads as so many tokens.
fn text(number: usize, tokens: usize) -> String {
    let words = (0..tokens.saturating_sub(AROUND)).map(|place| WORDS[(number + place) % WORDS.len()]);
    words.collect::<Vec<_>>().join(" ")
}

fn print(text: &str) -> Result<()> {
    match writeln!(io::stdout().lock(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
