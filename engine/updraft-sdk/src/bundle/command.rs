//! The arguments of a bundle program.

use serde_json::{Map, Value};

/// What a bundle program can be told to do.
pub(super) const USAGE: &str = "\
usage: PROGRAM COMMAND

  list [-o plain|json]    show the DAGs of this bundle
  validate                check the DAGs; exits with 1 if something is wrong
  test DAG TASK [DATE] [--map-index N] [--conf JSON]
                          run one task here and now, without an engine: XComs stay in memory,
                          Variables come from AIRFLOW_VAR_NAME, Connections from AIRFLOW_CONN_ID (JSON)
  serve [--parent PID]    serve the supervisor on standard input; for the engine";

#[derive(Debug, PartialEq)]
pub(super) enum Command {
    Serve(ServeArguments),
    List { json: bool },
    Validate,
    Test(TestArguments),
    Help,
}

/// How the engine starts the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ServeArguments {
    /// The process that this one must not outlive.
    pub(crate) parent: Option<u32>,
}

/// Which task to run by hand.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TestArguments {
    pub(crate) dag_id: String,
    pub(crate) task_id: String,
    pub(crate) logical_date: Option<String>,
    /// Which copy of a mapped task.
    pub(crate) map_index: Option<i32>,
    pub(crate) conf: Map<String, Value>,
}

impl Command {
    /// Reads the arguments; an error says what is wrong with them.
    pub(super) fn parse(arguments: &[String]) -> Result<Self, String> {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["serve"] => Ok(Self::Serve(ServeArguments { parent: None })),
            ["serve", "--parent", pid] => match pid.parse() {
                Ok(parent) => Ok(Self::Serve(ServeArguments { parent: Some(parent) })),
                Err(_) => Err(format!("`{pid}` is no process id")),
            },
            ["list"] | ["list", "-o", "plain"] => Ok(Self::List { json: false }),
            ["list", "-o", "json"] => Ok(Self::List { json: true }),
            ["validate"] => Ok(Self::Validate),
            ["test", rest @ ..] => test(rest).map(Self::Test),
            [] | ["help" | "-h" | "--help"] => Ok(Self::Help),
            _ => Err(format!("`{}` is not understood", words.join(" "))),
        }
    }
}

fn test(words: &[&str]) -> Result<TestArguments, String> {
    let (words, conf) = match words {
        [words @ .., "--conf", conf] => (
            words,
            serde_json::from_str(conf).map_err(|error| format!("--conf is no JSON object: {error}"))?,
        ),
        words => (words, Map::new()),
    };
    let (words, map_index) = match words {
        [words @ .., "--map-index", index] => match index.parse() {
            Ok(index) => (words, Some(index)),
            Err(_) => return Err(format!("`{index}` is no map index")),
        },
        words => (words, None),
    };
    let (dag_id, task_id, logical_date) = match words {
        [dag_id, task_id] => (dag_id, task_id, None),
        [dag_id, task_id, date] => (dag_id, task_id, Some((*date).to_owned())),
        _ => return Err("`test` needs a DAG and a task".to_owned()),
    };
    Ok(TestArguments {
        dag_id: (*dag_id).to_owned(),
        task_id: (*task_id).to_owned(),
        logical_date,
        map_index,
        conf,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, String> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Command::parse(&words)
    }

    #[test]
    fn commands_are_understood() {
        assert_eq!(
            parse("serve --parent 7"),
            Ok(Command::Serve(ServeArguments { parent: Some(7) }))
        );
        assert_eq!(parse("list -o json"), Ok(Command::List { json: true }));
        assert_eq!(parse("validate"), Ok(Command::Validate));
        assert_eq!(parse(""), Ok(Command::Help));
        let test = TestArguments {
            dag_id: "etl".to_owned(),
            task_id: "sync".to_owned(),
            logical_date: Some("2024-01-12".to_owned()),
            map_index: Some(3),
            conf: Map::from_iter([("limit".to_owned(), Value::from(1))]),
        };
        assert_eq!(
            parse(r#"test etl sync 2024-01-12 --map-index 3 --conf {"limit":1}"#),
            Ok(Command::Test(test))
        );
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(parse("lst").unwrap_err(), "`lst` is not understood");
        assert_eq!(
            parse("list --json").unwrap_err(),
            "`list --json` is not understood"
        );
        assert_eq!(parse("serve --parent me").unwrap_err(), "`me` is no process id");
        assert_eq!(parse("test etl").unwrap_err(), "`test` needs a DAG and a task");
        assert!(
            parse("test etl sync --conf x")
                .unwrap_err()
                .starts_with("--conf is no JSON object")
        );
    }
}
