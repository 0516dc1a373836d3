//! `config update`: gives options of `airflow.cfg` the names that they have by now.

use std::fs;
use std::ops::Range;

use anyhow::{Context, Result};

use super::args::ConfigUpdateArgs;
use super::config::is_wanted;
use super::output;
use crate::config::{Finding, Name, Problem, Settings};

/// Says what it would change; with `--fix` changes it, and keeps the old file beside the new one.
///
/// # Errors
/// The file cannot be read or written.
pub(super) fn run(args: &ConfigUpdateArgs, settings: &Settings) -> Result<()> {
    let path = settings.home.config_file(&settings.environment);
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        read => read.with_context(|| format!("cannot read `{}`", path.display()))?,
    };
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let mut changes = Vec::new();
    for finding in settings
        .findings
        .iter()
        .filter(|finding| is_wanted(finding, &args.of))
    {
        changes.extend(change(finding, &mut lines, args.all_recommendations));
    }
    if changes.is_empty() {
        return output::print("Nothing is to be updated in your airflow.cfg.");
    }
    for change in &changes {
        output::print(&format!("  - {change}"))?;
    }
    if !args.fix {
        return output::print("Nothing was changed; --fix does it.");
    }
    let backup = path.with_extension("cfg.bak");
    fs::write(&backup, &text).with_context(|| format!("cannot write `{}`", backup.display()))?;
    fs::write(&path, lines.join("\n") + "\n")
        .with_context(|| format!("cannot write `{}`", path.display()))?;
    output::print(&format!(
        "{} is updated; what it was is in {}",
        path.display(),
        backup.display()
    ))
}

/// Changes the lines as a finding wants it; returns what was changed, if something was.
fn change(finding: &Finding, lines: &mut Vec<String>, with_idle: bool) -> Option<String> {
    let setting = &finding.setting;
    let old = (setting.section.as_str(), setting.key.as_str());
    let found = match setting.variable {
        Some(_) => None,
        None => find(lines, old),
    };
    match finding.problem {
        Problem::Renamed(new) => {
            let names = format!("`[{}] {}` to `[{}] {}`", old.0, old.1, new.0, new.1);
            let found = found.filter(|_| find(lines, new).is_none())?;
            rename(lines, found, new);
            Some(names)
        }
        Problem::Idle if with_idle => {
            for line in lines.get_mut(found?).unwrap_or_default() {
                line.insert_str(0, "# ");
            }
            Some(format!(
                "`[{}] {}`, which has no effect, to a comment",
                old.0, old.1
            ))
        }
        Problem::Idle | Problem::Unknown => None,
    }
}

/// Moves an option to the end of its section, under its new name.
fn rename(lines: &mut Vec<String>, found: Range<usize>, (section, key): Name<'_>) {
    let mut option: Vec<String> = lines.drain(found).collect();
    if let Some(first) = option.first_mut() {
        let value = first.split_once(['=', ':']).map_or("", |(_, value)| value.trim());
        *first = format!("{key} = {value}");
    }
    let heading = lines.iter().position(|line| heading(line) == Some(section));
    let end = match heading {
        Some(heading) => {
            let rest = lines.iter().enumerate().skip(heading + 1);
            let mut last = heading;
            for (at, line) in rest.take_while(|(_, line)| self::heading(line).is_none()) {
                if !line.trim().is_empty() {
                    last = at;
                }
            }
            last + 1
        }
        None => {
            lines.extend([String::new(), format!("[{section}]")]);
            lines.len()
        }
    };
    lines.splice(end..end, option);
}

/// The lines of an option: its own, and those of its value that are indented.
fn find(lines: &[String], (section, key): Name<'_>) -> Option<Range<usize>> {
    let mut is_inside = false;
    for (at, line) in lines.iter().enumerate() {
        if let Some(name) = heading(line) {
            is_inside = name == section;
        } else if is_inside && !is_indented(line) && option(line).as_deref() == Some(key) {
            let more = lines
                .iter()
                .skip(at + 1)
                .take_while(|line| is_indented(line))
                .count();
            return Some(at..at + 1 + more);
        }
    }
    None
}

fn heading(line: &str) -> Option<&str> {
    line.trim().strip_prefix('[')?.strip_suffix(']')
}

fn option(line: &str) -> Option<String> {
    let is_comment = line.starts_with(['#', ';']);
    let (key, _) = line.split_once(['=', ':']).filter(|_| !is_comment)?;
    Some(key.trim().to_lowercase())
}

fn is_indented(line: &str) -> bool {
    line.starts_with([' ', '\t']) && !line.trim().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_move_with_all_lines_of_their_values() {
        let text = "# mine\n[core]\nold = a\n  b\nother = 1\n\n[new]\nx = 2\n";
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let found = find(&lines, ("core", "old")).unwrap();
        rename(&mut lines, found, ("new", "young"));
        let found = find(&lines, ("core", "other")).unwrap();
        rename(&mut lines, found, ("third", "one"));
        assert_eq!(
            lines.join("\n"),
            "# mine\n[core]\n\n[new]\nx = 2\nyoung = a\n  b\n\n[third]\none = 1"
        );
        assert_eq!(find(&lines, ("core", "x")), None);
    }
}
