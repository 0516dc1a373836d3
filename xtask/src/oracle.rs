//! Asks real Airflows again what `oracle/schedules.json`, `oracle/dags.json`, `oracle/examples.json`,
//! `oracle/execution-2026-06-30.json`, `oracle/airflow-*.sql` and the engine's table of settings say, and writes their answers there.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::{python, workspace};

/// Where the questions and the versions of Airflow stand.
const QUESTIONS: &str = "xtask/oracle";

/// The settings that there are, as the engine knows them.
const SETTINGS: &str = "engine/updraft/src/config/airflow.json";

/// What `oracle/dags.json` says of itself.
const ABOUT: &str = "What came of each DAG of xtask/oracle/dags when xtask/oracle/rules.py ran it with real Airflow, by version.";

/// What `oracle/examples.json` says of itself.
const ABOUT_EXAMPLES: &str =
    "How each of Airflow's own example DAGs ended when xtask/oracle/examples.py ran it with real Airflow.";

/// A generation of Airflow that is asked.
struct Generation {
    compat_level: &'static str,
    version: &'static str,
    /// The file that says what is installed.
    requirements: &'static str,
    /// Its example DAGs: what they are called in the answers, and their package.
    examples: &'static [(&'static str, &'static str)],
}

const GENERATIONS: [Generation; 2] = [
    Generation {
        compat_level: "2",
        version: "2.11.2",
        requirements: "requirements.txt",
        examples: &[("2.11.2", "airflow.example_dags")],
    },
    Generation {
        compat_level: "3",
        version: "3.3.2",
        requirements: "requirements-3.txt",
        examples: &[
            ("3.3.2", "airflow.example_dags"),
            ("standard", "airflow.providers.standard.example_dags"),
        ],
    },
];

/// Installs each Airflow into an environment of its own, and writes down what it answers.
///
/// # Errors
/// Airflow cannot be had, or does not answer.
pub(crate) fn record() -> Result<()> {
    let questions = workspace::root().join(QUESTIONS);
    let target = workspace::target()?.join("oracle");
    let mut settings = Vec::new();
    let mut rows = vec![format!("\"about\": \"{ABOUT}\"")];
    let mut examples = vec![format!("\"about\": \"{ABOUT_EXAMPLES}\"")];
    for generation in GENERATIONS {
        let place = target.join(generation.version);
        let python = generation.environment()?;
        // Its home is where it may write what it likes; it begins without what was run before.
        let home = place.join("home");
        if home.exists() {
            std::fs::remove_dir_all(&home)?;
        }
        if generation.compat_level == "2" {
            let answers = ask(Command::new(&python).arg(questions.join("schedules.py")), &home)?;
            write("oracle/schedules.json", &answers)?;
        }
        ask(
            Command::new(&python).args(["-m", "airflow", "db", "migrate"]),
            &home,
        )?;
        let question = |file: &str| {
            let mut question = Command::new(&python);
            question
                .arg(questions.join(file))
                .env("LEVEL", generation.compat_level)
                .env("PYTHONWARNINGS", "ignore");
            question
        };
        let answers = ask(&mut question("rules.py"), &home)?;
        rows.push(format!("\"{}\": {}", generation.version, answers.trim_end()));
        let answers = ask(&mut question("settings.py"), &home)?;
        settings.push(format!("\"{}\": {}", generation.version, answers.trim_end()));
        if generation.compat_level == "3" {
            let document = ask(&mut question("execution.py"), &home)?;
            write("oracle/execution-2026-06-30.json", &document)?;
        }
        // A home of its own: what was asked above has left rows in the other one.
        let filled = place.join("filled");
        if filled.exists() {
            std::fs::remove_dir_all(&filled)?;
        }
        let dump = format!("oracle/airflow-{}.sql", generation.version);
        let dump = workspace::root().join(dump);
        ask(question("database.py").arg(filled).arg(dump), &home)?;
        for (case, package) in generation.examples {
            let answers = ask(question("examples.py").arg(package), &home)?;
            examples.push(format!("\"{case}\": {}", answers.trim_end()));
        }
    }
    write(SETTINGS, &object(&settings))?;
    write("oracle/dags.json", &object(&rows))?;
    write("oracle/examples.json", &object(&examples))
}

impl Generation {
    /// The Python of an environment that has it.
    fn environment(&self) -> Result<PathBuf> {
        let place = workspace::target()?.join("oracle").join(self.version);
        let requirements = workspace::root().join(QUESTIONS).join(self.requirements);
        python::environment(&place.join("environment"), &requirements)
    }
}

/// The Python of an environment with a real Airflow 2, for tests beside it.
///
/// # Errors
/// It cannot be had.
pub(crate) fn environment_of_2() -> Result<PathBuf> {
    GENERATIONS[0].environment()
}

/// A JSON object of these rows.
fn object(rows: &[String]) -> String {
    format!("{{\n{}\n}}\n", rows.join(",\n"))
}

/// What a command of a real Airflow with this home prints.
fn ask(command: &mut Command, home: &Path) -> Result<String> {
    command
        .env("AIRFLOW_HOME", home)
        .env("AIRFLOW__CORE__LOAD_EXAMPLES", "False");
    workspace::output(command).context("Airflow does not answer")
}

/// Writes answers down.
fn write(file: &str, answers: &str) -> Result<()> {
    let path = workspace::root().join(file);
    std::fs::write(&path, answers).with_context(|| format!("cannot write `{}`", path.display()))?;
    println!("recorded: {}", path.display());
    Ok(())
}
