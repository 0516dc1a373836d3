//! The shepherd that the tests of this crate start processes under.

use std::process::ExitCode;

fn main() -> ExitCode {
    updraft_worker::shepherd::run(std::env::args_os().skip(1))
}
