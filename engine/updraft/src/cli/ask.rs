//! Asks a person: before something is done that cannot be undone, and for passwords.

use std::io::{self, BufRead, IsTerminal, Write};

use anyhow::{Result, bail};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

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

/// A password, typed without being shown. Where the input is no terminal, its next line.
///
/// # Errors
/// Nobody can answer, because the input is no terminal and holds nothing.
pub(crate) fn password(question: &str) -> Result<String> {
    let mut out = io::stderr().lock();
    write!(out, "{question} ")?;
    out.flush()?;
    let shown = hide_typing()?;
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    if let Some(shown) = shown {
        tcsetattr(io::stdin(), OptionalActions::Now, &shown)?;
        writeln!(out)?;
    }
    if read? == 0 {
        bail!("nobody can answer here; pass `--password` or `--use-random-password`");
    }
    let answer = answer.trim_end_matches(['\r', '\n']);
    if answer.is_empty() {
        bail!("a password has at least one character");
    }
    Ok(answer.to_owned())
}

/// Has the terminal, if there is one, show nothing of what is typed; returns how it was before.
fn hide_typing() -> Result<Option<Termios>> {
    let input = io::stdin();
    if !input.is_terminal() {
        return Ok(None);
    }
    let shown = tcgetattr(&input)?;
    let mut hidden = shown.clone();
    hidden.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&input, OptionalActions::Now, &hidden)?;
    Ok(Some(shown))
}
