//! What shells and `man` know of the commands: completions and manual pages, made of the command line itself.

use std::io::{self, Write};
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::{Args, Command, CommandFactory};
use clap_complete::Shell;

use super::args::Cli;
use super::output;

/// `completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// `man`.
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The folder to write the pages into, one for each command; it is made if it is missing
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Prints what a shell is to know.
///
/// # Errors
/// Nobody reads it.
pub(crate) fn completions(args: &CompletionsArgs) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "updraft", &mut script);
    io::stdout().lock().write_all(&script)?;
    Ok(())
}

/// Prints every command with what it does.
///
/// # Errors
/// Nobody reads it.
pub(crate) fn cheat_sheet() -> Result<()> {
    let mut lines = Vec::new();
    list(&Cli::command(), "updraft", &mut lines);
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines: Vec<String> = lines
        .iter()
        .map(|(name, about)| format!("{name:<width$}  {about}"))
        .collect();
    output::print(&lines.join("\n"))
}

fn list(command: &Command, name: &str, lines: &mut Vec<(String, String)>) {
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let name = format!("{name} {}", sub.get_name());
        if sub.has_subcommands() {
            list(sub, &name, lines);
        } else {
            let about = sub.get_about().map(ToString::to_string).unwrap_or_default();
            lines.push((name, about));
        }
    }
}

/// Writes the manual pages: `updraft.1`, `updraft-dags.1`, `updraft-dags-trigger.1` and so on.
///
/// # Errors
/// The folder cannot be written.
pub(crate) fn man(args: &ManArgs) -> Result<()> {
    let folder = &args.folder;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    let mut command = Cli::command();
    command.build();
    let mut pages = Vec::new();
    gather(&command, "updraft", &mut pages);
    for (name, page) in &pages {
        let file = folder.join(format!("{name}.1"));
        std::fs::write(&file, page).with_context(|| format!("cannot write `{}`", file.display()))?;
    }
    output::print(&format!(
        "{} pages were written to {}",
        pages.len(),
        folder.display()
    ))
}

fn gather(command: &Command, name: &str, pages: &mut Vec<(String, Vec<u8>)>) {
    let mut page = Vec::new();
    // Writing into memory does not fail.
    let _ = clap_mangen::Man::new(command.clone())
        .title(name)
        .render(&mut page);
    pages.push((name.to_owned(), page));
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        gather(sub, &format!("{name}-{}", sub.get_name()), pages);
    }
}
