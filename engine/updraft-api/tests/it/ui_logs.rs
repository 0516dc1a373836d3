//! Logs as the web interface asks for them.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::symlink;

use axum::body::to_bytes;
use axum::http::StatusCode;
use futures::StreamExt;
use serde_json::{Value, json};
use updraft_model::{TaskInstanceState, WaitTimes};
use updraft_store::NewWait;

use crate::support::on_both;
use crate::tried::{Tried, address, second};

const INFO: u64 = 20;
const WARNING: u64 = 30;
const ERROR: u64 = 40;

/// An entry as the engine writes it.
fn entry(level: &str, text: &str) -> String {
    format!("[2024-01-12T06:00:00.000+0000] {{a.rs:7}} {level} - {text}\n")
}

/// A try of task `a` that has succeeded, with a log of eight lines.
async fn ended(tried: &Tried<'_>) {
    let attempt = tried.begin("a", None, 1, 0).await;
    tried.end(attempt, TaskInstanceState::Success, 9).await;
    tried.write_log(
        1,
        &[
            (entry("INFO", "begins").as_bytes(), INFO),
            (
                entry("WARNING", "odd\r\nERROR - only a word\n\0\u{1b}[31m\u{1f600}").as_bytes(),
                WARNING,
            ),
            (entry("ERROR", "<img onerror=alert(1)>").as_bytes(), ERROR),
            (
                b"[2024-01-12T06:00:00.000+0000] {a.rs:7} ERROR - \xff\xfe\n".as_slice(),
                INFO,
            ),
            (entry("INFO", "needle in a Haystack").as_bytes(), INFO),
            (entry("ERROR", "ends").as_bytes(), ERROR),
        ],
    );
}

async fn text(tried: &Tried<'_>, what: &str, header: (&str, &str)) -> (StatusCode, Vec<u8>) {
    let response = tried.world.open(&format!("{}/{what}", address(1)), header).await;
    let status = response.status();
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, bytes.to_vec())
}

fn json_lines(bytes: &[u8]) -> Vec<Value> {
    let lines = std::str::from_utf8(bytes).unwrap().lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn lines_are_told_with_the_levels_that_the_engine_wrote_and_whatever_is_in_them() {
    on_both(async |world| {
        let tried = Tried::make(world).await;
        ended(&tried).await;
        let told = tried.ask("lines", 200).await;
        assert_eq!(
            (&told["total"], &told["complete"], &told["from"]),
            (&json!(8), &json!(true), &json!(0))
        );
        assert_eq!(told["bytes"], fs::metadata(tried.log(1)).unwrap().len());
        let lines = told["lines"].as_array().unwrap();
        let levels: Vec<&Value> = lines.iter().map(|line| &line["level"]).collect();
        assert_eq!(
            json!(levels),
            json!(["info", "warning", null, null, "error", "info", "info", "error"])
        );
        let texts: Vec<&str> = lines.iter().map(|line| line["text"].as_str().unwrap()).collect();
        assert_eq!(
            texts,
            [
                "begins",
                "odd",
                "ERROR - only a word",
                "\0\u{1b}[31m\u{1f600}",
                "<img onerror=alert(1)>",
                "\u{fffd}\u{fffd}",
                "needle in a Haystack",
                "ends"
            ]
        );
        assert_eq!(
            (&lines[0]["at"], &lines[0]["source"]),
            (&json!("2024-01-12T06:00:00Z"), &json!("a.rs:7"))
        );
        let numbers = async |query: &str| {
            let told = tried.ask(&format!("lines?{query}"), 200).await;
            let lines = told["lines"].as_array().unwrap();
            lines
                .iter()
                .map(|line| line["n"].as_u64().unwrap())
                .collect::<Vec<_>>()
        };
        assert_eq!(numbers("from=2&n=3").await, [2, 3, 4]);
        assert_eq!(numbers("from=-2").await, [6, 7]);
        assert_eq!(numbers("from=-100&n=1").await, [0]);
        assert_eq!(numbers("from=100").await, [0; 0]);
    })
    .await;
}

#[tokio::test]
async fn levels_are_counted_and_the_next_one_is_found() {
    on_both(async |world| {
        let tried = Tried::make(world).await;
        ended(&tried).await;
        let expected = json!({
            "total": 8,
            "counts": { "debug": 0, "info": 3, "warning": 1, "error": 2, "critical": 0 },
            "first_error": 4,
            "marks": [[1, "warning"], [4, "error"], [7, "error"]],
        });
        assert_eq!(tried.ask("levels", 200).await, expected);
        for (query, line) in [
            ("line=0", json!(4)),
            ("level=error&line=4&dir=next", json!(7)),
            ("level=error&line=7&dir=next", Value::Null),
            ("level=warning&line=4&dir=prev", json!(1)),
        ] {
            assert_eq!(
                tried.ask(&format!("near?{query}"), 200).await["line"],
                line,
                "{query}"
            );
        }
        tried.ask("near?line=0&level=loud", 422).await;
    })
    .await;
}

#[tokio::test]
async fn a_search_tells_lines_and_how_many_there_are() {
    on_both(async |world| {
        let tried = Tried::make(world).await;
        ended(&tried).await;
        let hits = async |query: &str| {
            let (status, bytes) = text(&tried, &format!("search?{query}"), ("accept", "*/*")).await;
            assert_eq!(status, StatusCode::OK, "{query}");
            let mut lines = json_lines(&bytes);
            let end = lines.pop().unwrap();
            assert_eq!(end["done"], true);
            let numbers: Vec<u64> = lines.iter().map(|line| line["n"].as_u64().unwrap()).collect();
            (
                numbers,
                end["total"].as_u64().unwrap(),
                end["truncated"].as_bool().unwrap(),
            )
        };
        assert_eq!(hits("q=haystack").await, (vec![6], 1, false));
        assert_eq!(hits("q=haystack&case=1").await, (vec![], 0, false));
        assert_eq!(hits("q=Haystack&case=1").await, (vec![6], 1, false));
        assert_eq!(hits("q=ERROR").await, (vec![2, 4, 5, 7], 4, false));
        assert_eq!(hits("q=ERROR&case=1&from=5").await, (vec![5, 7], 2, false));
        assert_eq!(hits("q=ERROR&limit=1").await, (vec![2], 4, true));
        // Ends of lines are not part of them, and nothing matches over them.
        assert_eq!(hits("q=%5EERROR.*word%24&re=1").await, (vec![2], 1, false));
        assert_eq!(hits("q=odd%5Cs%2BERROR&re=1").await, (vec![], 0, false));
        for query in ["q=", "q=(&re=1", "q=((a%7B99%7D)%7B99%7D)%7B99%7D&re=1"] {
            tried.ask(&format!("search?{query}"), 422).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_log_is_sent_as_it_is_whole_and_in_ranges() {
    on_both(async |world| {
        let tried = Tried::make(world).await;
        ended(&tried).await;
        let log = fs::read(tried.log(1)).unwrap();
        let length = log.len();
        for (range, part) in [
            ("bytes=0-9", Some(0..10)),
            ("bytes=20-", Some(20..length)),
            ("bytes=-5", Some(length - 5..length)),
            ("bytes=3-999999", Some(3..length)),
            ("bytes=9-2", None),
            ("lines=1-2", None),
        ] {
            let (status, bytes) = text(&tried, "raw", ("range", range)).await;
            let wanted = part
                .clone()
                .map_or(StatusCode::OK, |_| StatusCode::PARTIAL_CONTENT);
            assert_eq!(status, wanted, "{range}");
            assert_eq!(bytes, log[part.unwrap_or(0..length)], "{range}");
        }
        assert_eq!(
            text(&tried, "raw", ("range", "bytes=999999-")).await.0,
            StatusCode::RANGE_NOT_SATISFIABLE
        );
        let response = world
            .open(&format!("{}/download", address(1)), ("accept", "*/*"))
            .await;
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(
            header("content-disposition"),
            "attachment; filename=\"sales.a.1.log\""
        );
        assert_eq!(header("content-type"), "text/plain; charset=utf-8");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(to_bytes(response.into_body(), usize::MAX).await.unwrap(), log);
    })
    .await;
}

#[tokio::test]
async fn a_line_of_a_mebibyte_is_cut_and_says_so() {
    on_both(async |world| {
        let tried = Tried::make(world).await;
        let attempt = tried.begin("a", None, 1, 0).await;
        tried.end(attempt, TaskInstanceState::Success, 9).await;
        let long = entry("INFO", &format!("{}needle", "\u{e9}".repeat(1 << 19)));
        tried.write_log(
            1,
            &[(long.as_bytes(), INFO), (entry("INFO", "next").as_bytes(), INFO)],
        );
        let told = tried.ask("lines", 200).await;
        let line = &told["lines"][0];
        assert_eq!(
            (&line["cut"], &line["bytes"]),
            (&json!(true), &json!(long.len() - 1))
        );
        assert!(line["text"].as_str().unwrap().chars().count() <= 20_000);
        assert_eq!(
            (&told["lines"][1]["text"], &told["lines"][1]["offset"]),
            (&json!("next"), &json!(long.len()))
        );
        let (_, bytes) = text(&tried, "search?q=needle", ("accept", "*/*")).await;
        assert_eq!(json_lines(&bytes)[0], json!({ "n": 0 }));
    })
    .await;
}

#[tokio::test]
async fn a_log_that_grows_or_shrinks_is_read_anew() {
    on_both(async |world| {
        let tried = Tried::make(world).await;
        ended(&tried).await;
        let total = async || tried.ask("levels", 200).await["total"].clone();
        assert_eq!(total().await, 8);
        let mut log = OpenOptions::new().append(true).open(tried.log(1)).unwrap();
        log.write_all(b"more\nwithout an end").unwrap();
        assert_eq!(total().await, 10);
        tried.write_log(1, &[(entry("WARNING", "anew").as_bytes(), WARNING)]);
        let expected = json!({ "debug": 0, "info": 0, "warning": 1, "error": 0, "critical": 0 });
        assert_eq!(tried.ask("levels", 200).await["counts"], expected);
    })
    .await;
}

#[tokio::test]
async fn nothing_outside_of_the_logs_folder_is_shown() {
    on_both(async |world| {
        let tried = Tried::make(world).await;
        ended(&tried).await;
        let outside = tempfile::tempdir().unwrap();
        let secret = outside.path().join("secret");
        fs::write(&secret, "do not show this\n").unwrap();
        fs::remove_file(tried.log(1)).unwrap();
        symlink(&secret, tried.log(1)).unwrap();
        for what in [
            "lines",
            "levels",
            "near?line=0",
            "search?q=show",
            "tail",
            "raw",
            "download",
        ] {
            let told = tried.ask(what, 404).await;
            assert!(
                told["detail"]
                    .as_str()
                    .unwrap()
                    .contains("not a file inside of the logs folder"),
                "{told}"
            );
        }
        // A folder on the way that leads elsewhere, and what is no file.
        let folder = tried.log(1).parent().unwrap().to_owned();
        fs::remove_dir_all(&folder).unwrap();
        fs::rename(&secret, outside.path().join("attempt=1.log")).unwrap();
        symlink(outside.path(), &folder).unwrap();
        tried.ask("raw", 404).await;
        fs::remove_file(&folder).unwrap();
        fs::create_dir_all(tried.log(1)).unwrap();
        tried.ask("lines", 404).await;
    })
    .await;
}

#[tokio::test]
async fn a_try_that_is_not_there_has_no_log_and_one_that_just_began_an_empty_one() {
    on_both(async |world| {
        let tried = Tried::make(world).await;
        tried.ask("lines", 404).await;
        let attempt = tried.begin("a", None, 1, 0).await;
        let told = tried.ask("lines", 200).await;
        assert_eq!((&told["total"], &told["complete"]), (&json!(0), &json!(false)));
        tried.end(attempt, TaskInstanceState::Success, 9).await;
        for what in ["lines", "raw", "tail", "search?q=x"] {
            let told = tried.ask(what, 404).await;
            assert!(
                told["detail"].as_str().unwrap().contains("another machine"),
                "{told}"
            );
        }
        world
            .admin(&format!("GET {}/lines", address(2)), Value::Null, 404)
            .await;
        world
            .admin("GET /ui/api/logs/sales/one/..%2Fa/-1/1/lines", Value::Null, 404)
            .await;
    })
    .await;
}

#[tokio::test]
async fn a_tail_tells_lines_as_they_are_written_and_ends_with_the_try() {
    on_both(async |world| {
        let tried = Tried::make(world).await;
        let attempt = tried.begin("a", None, 1, 0).await;
        let (first, second) = (entry("INFO", "first"), entry("ERROR", "second"));
        tried.write_log(1, &[(first.as_bytes(), INFO)]);
        let response = world
            .open(&format!("{}/tail", address(1)), ("accept", "*/*"))
            .await;
        let mut pieces = response.into_body().into_data_stream();
        let mut next = async || json_lines(&pieces.next().await.unwrap().unwrap());
        let shown = |lines: &[Value]| -> Vec<Value> {
            lines
                .iter()
                .map(|line| json!([line["n"], line["level"], line["text"]]))
                .collect()
        };
        assert_eq!(shown(&next().await), [json!([0, "info", "first"])]);
        tried.write_log(1, &[(first.as_bytes(), INFO), (second.as_bytes(), ERROR)]);
        assert_eq!(shown(&next().await), [json!([1, "error", "second"])]);
        let mut log = OpenOptions::new().append(true).open(tried.log(1)).unwrap();
        log.write_all(b"no end").unwrap();
        tried.end(attempt, TaskInstanceState::Failed, 9).await;
        assert_eq!(shown(&next().await), [json!([2, null, "no end"])]);
        assert_eq!(next().await, [json!({ "complete": true, "state": "failed" })]);
        assert!(pieces.next().await.is_none());
    })
    .await;
}

#[tokio::test]
async fn a_try_that_was_put_off_is_not_over() {
    on_both(async |world| {
        let tried = Tried::make(world).await;
        let attempt = tried.begin("a", None, 1, 0).await;
        tried.write_log(1, &[(entry("INFO", "looked").as_bytes(), INFO)]);
        tried.end(attempt, TaskInstanceState::UpForReschedule, 9).await;
        assert_eq!(tried.ask("lines", 200).await["complete"], false);
        let again = tried
            .begin("a", Some(TaskInstanceState::UpForReschedule), 1, 20)
            .await;
        tried.end(again, TaskInstanceState::UpForRetry, 30).await;
        assert_eq!(tried.ask("lines", 200).await["complete"], true);
    })
    .await;
}

#[tokio::test]
async fn a_run_that_failed_says_where_its_error_came_from() {
    on_both(async |world| {
        let tried = Tried::make(world).await;
        let attempt = tried.begin("a", None, 1, 0).await;
        let traceback = "Task failed with exception\nTraceback (most recent call last):\n  File \"etl.py\", line 3, in load\n    read()\nValueError: no rows";
        tried.write_log(
            1,
            &[
                (entry("INFO", "begins").as_bytes(), INFO),
                (entry("ERROR", traceback).as_bytes(), ERROR),
                (entry("ERROR", "attempt ended: failed").as_bytes(), ERROR),
            ],
        );
        tried.end(attempt, TaskInstanceState::Failed, 9).await;
        let told = async || {
            let run = world.admin("GET /ui/api/runs/sales/one", Value::Null, 200).await;
            run["failure"].clone()
        };
        let failure = told().await;
        assert_eq!((&failure["task_id"], &failure["log_line"]), (&json!("a"), &json!(1)));
        assert_eq!(failure["frames"], json!(["  File \"etl.py\", line 3, in load\n    read()"]));
        fs::remove_file(tried.log(1)).unwrap();
        let failure = told().await;
        assert_eq!((&failure["log_line"], &failure["frames"]), (&Value::Null, &json!([])));
    })
    .await;
}

#[tokio::test]
async fn a_deferred_task_says_what_it_waits_for_without_secrets() {
    on_both(async |world| {
        let tried = Tried::make(world).await;
        let attempt = tried.begin("a", None, 1, 0).await;
        let deferral = json!({
            "trigger": { "classpath": "x.triggers.Row", "kwargs": { "table": "sales", "password": "hunter2" } },
            "next_method": "go_on", "next_kwargs": {},
        });
        let wait = NewWait {
            deferral: serde_json::from_value(deferral).unwrap(),
            times: WaitTimes {
                times_out_at: Some(second(60)),
                ..WaitTimes::default()
            },
        };
        tried.defer(attempt, wait, 9).await;
        let task = "GET /ui/api/runs/sales/one/tasks/a/-1";
        let trigger = world.admin(task, Value::Null, 200).await["trigger"].clone();
        assert_eq!(
            (&trigger["class"], &trigger["kwargs"]),
            (&json!("x.triggers.Row"), &json!({ "table": "sales", "password": "***" }))
        );
        assert!(trigger["since"].is_string() && trigger["until"].is_string());
    })
    .await;
}
