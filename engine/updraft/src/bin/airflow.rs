//! `airflow`: the name people type. Runs the `updraft` program that lies beside it with the same arguments.

use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let Ok(own) = std::env::current_exe() else {
        return refuse("cannot find where this program lies");
    };
    let program = own.with_file_name("updraft");
    let error = Command::new(&program).args(std::env::args_os().skip(1)).exec();
    refuse(&format!(
        "cannot run `{}`: {error}. Install `updraft` beside `airflow`.",
        program.display()
    ))
}

#[expect(
    clippy::print_stderr,
    reason = "this program has no logging: one line tells why it could not start"
)]
fn refuse(why: &str) -> ExitCode {
    eprintln!("airflow: {why}");
    ExitCode::FAILURE
}
