//! What is said about a model folder that cannot be used.

use std::error::Error as _;
use std::fs;
use std::path::PathBuf;

use referral_ml::bert::{LocalModel, ModelFolder};
use tempfile::TempDir;

use crate::support::{model_path, workers};

/// The error for a folder with the real tokenizer and these weights (none: no file), the folder's path taken out.
fn error(weights: Option<&[u8]>, folder: fn(PathBuf) -> ModelFolder) -> String {
    let directory = TempDir::new().unwrap();
    fs::copy(
        model_path().join("tokenizer.json"),
        directory.path().join("tokenizer.json"),
    )
    .unwrap();
    if let Some(weights) = weights {
        fs::write(directory.path().join("model.safetensors"), weights).unwrap();
    }
    let folder = folder(directory.path().to_owned());
    let error = LocalModel::load(&folder, workers(1)).unwrap_err();
    let cause = error
        .source()
        .map(|source| format!(": {source}"))
        .unwrap_or_default();
    format!("{error}{cause}").replace(&directory.path().display().to_string(), "MODEL")
}

fn safetensors(header: &str, data: usize) -> Vec<u8> {
    let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
    bytes.extend(header.as_bytes());
    bytes.resize(bytes.len() + data, 0);
    bytes
}

#[test]
fn a_missing_file_is_named_with_the_command_that_fetches_it() {
    insta::assert_snapshot!(
        error(None, ModelFolder::published),
        @"model file `MODEL/model.safetensors` is missing; fetch the model with `cargo xtask model`"
    );
    insta::assert_snapshot!(
        error(None, |path| ModelFolder::published(path.join("elsewhere"))),
        @"model file `MODEL/elsewhere/tokenizer.json` is missing; fetch the model with `cargo xtask model`"
    );
}

#[test]
fn a_file_that_is_no_safetensors_file_is_damaged() {
    insta::assert_snapshot!(error(Some(b"PK"), ModelFolder::published), @"model file `MODEL/model.safetensors` is damaged (shorter than its header); fetch it again with `cargo xtask model`");
    insta::assert_snapshot!(error(Some(&[b'v'; 200]), ModelFolder::published), @"model file `MODEL/model.safetensors` is damaged (a header of 8536140394893047414 bytes, where at most 1048576 make sense); fetch it again with `cargo xtask model`");
    let header = r#"{"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]}}"#;
    insta::assert_snapshot!(error(Some(&safetensors(header, 7)), ModelFolder::published), @"model file `MODEL/model.safetensors` is damaged (72 bytes, where its header describes 81); fetch it again with `cargo xtask model`");
}

#[test]
fn weights_of_another_shape_are_refused_with_both_shapes() {
    let header =
        r#"{"embeddings.token_type_embeddings.weight":{"dtype":"F32","shape":[2,4],"data_offsets":[0,32]}}"#;
    insta::assert_snapshot!(error(Some(&safetensors(header, 32)), ModelFolder::custom), @"model file `MODEL/model.safetensors`: tensor `embeddings.token_type_embeddings.weight` has shape [2, 4], expected [2, 384]: not a model of the all-MiniLM-L6-v2 shape; fetch that with `cargo xtask model`");
    insta::assert_snapshot!(error(Some(&safetensors("{}", 0)), ModelFolder::custom), @"model file `MODEL/model.safetensors` has no float tensor `embeddings.token_type_embeddings.weight`: not a model of the all-MiniLM-L6-v2 shape; fetch that with `cargo xtask model`");
}

#[test]
fn weights_that_are_not_the_published_ones_need_a_folder_named_as_custom() {
    let mut weights = fs::read(model_path().join("model.safetensors")).unwrap();
    let last = weights.len() - 1;
    weights[last] ^= 1;
    insta::assert_snapshot!(error(Some(&weights), ModelFolder::published), @"model file `MODEL/model.safetensors` has SHA-256 `d6ae81ddde52f399234e73c4a62d788d4f8f50f39909bdd595eb35d42ef1d747`, expected `53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db`; fetch it again with `cargo xtask model`, or name the folder as a model of its own");

    let directory = TempDir::new().unwrap();
    fs::copy(
        model_path().join("tokenizer.json"),
        directory.path().join("tokenizer.json"),
    )
    .unwrap();
    fs::write(directory.path().join("model.safetensors"), &weights).unwrap();
    let folder = ModelFolder::custom(directory.path());
    assert!(LocalModel::load(&folder, workers(1)).is_ok());
}
