//! Settings that cannot be used: the error names the variable and what it should be, and nothing panics.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use tempfile::TempDir;

use crate::harness::{etl_environment, run};

/// The complaint about arguments and environment; `FOLDER` stands for the test's folder in both directions.
fn complaint(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let folder = TempDir::new().unwrap();
    let path = folder.path().to_str().unwrap();
    std::fs::write(folder.path().join("file"), "text").unwrap();
    std::fs::create_dir(folder.path().join("model")).unwrap();
    std::fs::write(folder.path().join("model/tokenizer.json"), "{}").unwrap();
    let environment: Vec<(&str, String)> = environment
        .iter()
        .map(|(name, value)| (*name, value.replace("FOLDER", path)))
        .collect();
    let ended = run(arguments, &environment);
    assert!(!ended.succeeded, "{ended:?}");
    assert!(!ended.stderr.contains("panicked"), "{}", ended.stderr);
    let last = ended.stderr.lines().last().unwrap_or_default();
    last.replace(path, "FOLDER")
}

/// The environment of an ETL service with one variable changed.
fn etl_with<'a>(name: &'static str, value: &'a str) -> Vec<(&'static str, &'a str)> {
    let mut environment = etl_environment("http://127.0.0.1:1/", "secret", "FOLDER");
    environment.retain(|(known, _)| *known != name);
    environment.push((name, value));
    environment
}

const ETL: [&str; 3] = ["etl", "--port", "0"];
const ML: [&str; 3] = ["ml", "--port", "0"];

#[test]
fn the_etl_service_says_which_setting_is_wrong() {
    let etl = |name, value| complaint(&ETL, &etl_with(name, value));
    insta::assert_snapshot!(etl("BULLHORN_REST_URL", ""), @"error: `BULLHORN_REST_URL` is not set: where Bullhorn is, such as https://rest.bullhornstaffing.com/rest-services/");
    insta::assert_snapshot!(etl("BULLHORN_REST_URL", "somewhere"), @"error: cannot set up the Bullhorn client for `BULLHORN_REST_URL`, which is `somewhere`: the Bullhorn address cannot be used: this is not a web address: relative URL without a base");
    insta::assert_snapshot!(etl("BULLHORN_REST_URL", "http://bullhorn.example/"), @"error: cannot set up the Bullhorn client for `BULLHORN_REST_URL`, which is `http://bullhorn.example/`: the Bullhorn address cannot be used: `http://bullhorn.example` is not encrypted; use https, or allow plain http for a sandbox on a trusted network");
    insta::assert_snapshot!(etl("BULLHORN_PASSWORD", ""), @"error: `BULLHORN_PASSWORD` is not set: the API user's credentials come from Bullhorn's support");
    insta::assert_snapshot!(etl("REFERRAL_DATA", "FOLDER/file"), @"error: cannot create the folder `FOLDER/file` that `REFERRAL_DATA` names: File exists (os error 17)");
    insta::assert_snapshot!(etl("DB_HOST", "db.example"), @"error: `DB_USER` is not set: the account that owns the application database");
    insta::assert_snapshot!(etl("REFERRAL_LOG", "info,=="), @"error: `REFERRAL_LOG` is `info,==`, expected a level such as `info` or `debug`: invalid filter directive");
    let mut postgres = etl_with("DB_HOST", "127.0.0.1");
    postgres.extend([
        ("DB_USER", "ann"),
        ("DB_NAME", "referral"),
        ("DB_PASSWORD", "a-secret"),
    ]);
    postgres.push(("DB_PORT", "many"));
    insta::assert_snapshot!(complaint(&ETL, &postgres), @"error: `DB_PORT` is `many`, expected a port");
    postgres.pop();
    postgres.push(("DB_PORT", "1"));
    let unreachable = complaint(&ETL, &postgres);
    assert!(!unreachable.contains("a-secret"), "{unreachable}");
    insta::assert_snapshot!(unreachable, @"error: cannot use the application database: database `127.0.0.1:1/referral` cannot be reached; does the server run, and are host, port and TLS settings right?: Connection refused (os error 111)");
}

#[test]
fn the_ml_service_says_which_setting_is_wrong_before_it_reads_a_model() {
    let ml = |name, value| complaint(&ML, &[("REFERRAL_DATA", "FOLDER"), (name, value)]);
    insta::assert_snapshot!(ml("MATCHING_SCORE_THRESHOLD", "170"), @"error: `MATCHING_SCORE_THRESHOLD` is `170`, expected a number from 0 to 100");
    insta::assert_snapshot!(ml("MATCHING_SCORE_THRESHOLD", "NaN"), @"error: `MATCHING_SCORE_THRESHOLD` is `NaN`, expected a number from 0 to 100");
    insta::assert_snapshot!(ml("MATCHING_SCORE_THRESHOLD", "high"), @"error: `MATCHING_SCORE_THRESHOLD` is `high`, expected a number from 0 to 100");
    insta::assert_snapshot!(ml("REFERRAL_THREADS", "0"), @"error: `REFERRAL_THREADS` is `0`, expected a number of threads, 1 or more");
    insta::assert_snapshot!(ml("REFERRAL_EMBEDDINGS_URL", "http://127.0.0.1:1/v1"), @"error: `REFERRAL_EMBEDDINGS_MODEL` is not set: the model's name on that server");
}

#[test]
fn a_model_that_is_missing_or_another_one_is_named_with_the_command_that_fetches_it() {
    let ml = |name, folder| complaint(&ML, &[("REFERRAL_DATA", "FOLDER"), (name, folder)]);
    insta::assert_snapshot!(ml("REFERRAL_MODEL", "FOLDER/nothing"), @"error: cannot load the embedding model: model file `FOLDER/nothing/tokenizer.json` is missing; fetch the model with `cargo xtask model`");
    insta::assert_snapshot!(ml("REFERRAL_MODEL", "FOLDER/model"), @"error: cannot load the embedding model: model file `FOLDER/model/tokenizer.json` has SHA-256 `44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a`, expected `be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037`; fetch it again with `cargo xtask model`, or name the folder as a model of its own");
    insta::assert_snapshot!(ml("REFERRAL_CUSTOM_MODEL", "FOLDER/model"), @"error: cannot load the embedding model: model file `FOLDER/model/tokenizer.json` is damaged (Model missing. at line 1 column 2); fetch it again with `cargo xtask model`");
}

#[test]
fn addresses_and_ports_that_cannot_be_used_are_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let text = complaint(&["sandbox", "--port", &port], &[]);
    insta::assert_snapshot!(text.replace(&port, "PORT"), @"error: cannot listen on 127.0.0.1:PORT; choose another port with `--port`: Address already in use (os error 98)");
    let open = ["etl", "--port", "0", "--host", "0.0.0.0"];
    insta::assert_snapshot!(complaint(&open, &etl_with("REFERRAL_DATA", "FOLDER")), @"error: `0.0.0.0` can be reached from other machines: set REFERRAL_SERVICE_TOKEN, or listen on 127.0.0.1");
    let task = ["bundle", "test", "bullhorn_sync_optimized", "find_matches"];
    insta::assert_snapshot!(complaint(&task, &[("ML_SERVICE_URL", "localhost:8000")]), @"error: `ML_SERVICE_URL` is `localhost:8000`, expected an address such as `http://127.0.0.1:8000`");
    insta::assert_snapshot!(complaint(&task, &[("REFERRAL_NOTIFY_EMAIL", "ann@example.com")]), @"error: `REFERRAL_SMTP_URL` is not set: `REFERRAL_NOTIFY_EMAIL` needs a mail server");
}

#[test]
fn a_variable_that_is_no_text_harms_nobody() {
    let folder = TempDir::new().unwrap();
    let environment = [
        ("REFERRAL_DATA", folder.path().as_os_str()),
        ("SOMETHING_ELSE", OsStr::from_bytes(b"\xff\xfe")),
    ];
    let ended = run(&["report"], &environment);
    assert!(ended.succeeded, "{ended:?}");
}
