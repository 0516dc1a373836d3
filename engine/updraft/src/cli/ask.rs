//! Asks a person before something is done that cannot be undone.

use std::io::{self, BufRead, IsTerminal, Write};

use anyhow::{Result, bail};

/// Whether the answer is yes.
///
/// # Errors
/// Nobody can answer, because the input is no terminal and holds nothing.
pub(crate) fn yes(question: &str) -> Result<bool> {
    let mut out = io::stderr().lock();
    write!(out, "{question} ")?;
    out.flush()?;
    let mut answer = String::new();
    if io::stdin().lock().read_line(&mut answer)? == 0 && !io::stdin().is_terminal() {
        bail!("nobody can answer here; pass `-y` to go ahead without being asked");
    }
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
