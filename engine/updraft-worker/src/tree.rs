//! Which processes descend from which: procfs.

use std::collections::HashMap;
use std::fs;

use rustix::process::Pid;

/// The processes that descend from one, parents before children; those that have ended but were not waited for are
/// left out.
///
/// What cannot be read has ended in the meantime.
pub(crate) fn descendants(root: Pid) -> Vec<Pid> {
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(pid) = open.pop() {
        let Some(children) = children(pid) else {
            return scan(root);
        };
        found.extend(children.iter().copied().filter(|child| is_alive(*child)));
        // Also those that have ended may have threads with children.
        open.extend(children);
    }
    found
}

/// The children of all threads of a process; `None` if this kernel does not list them.
pub(crate) fn children(pid: Pid) -> Option<Vec<Pid>> {
    let pid = pid.as_raw_nonzero();
    let Ok(threads) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return Some(Vec::new());
    };
    let mut children = Vec::new();
    for thread in threads.flatten() {
        match fs::read_to_string(thread.path().join("children")) {
            Ok(list) => children.extend(list.split_ascii_whitespace().filter_map(parse)),
            // Either the thread has ended, or the kernel was built without such lists.
            Err(_) if thread.path().exists() => return None,
            Err(_) => {}
        }
    }
    Some(children)
}

fn parse(text: &str) -> Option<Pid> {
    Pid::from_raw(text.parse().ok()?)
}

fn is_alive(pid: Pid) -> bool {
    stat(pid).is_some_and(|(state, _)| !matches!(state, 'Z' | 'X'))
}

/// State and parent of a process.
fn stat(pid: Pid) -> Option<(char, Pid)> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    // The name in the second field may hold anything, also parentheses and spaces.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, parse(fields.next()?)?))
}

/// The same by looking at every process there is.
fn scan(root: Pid) -> Vec<Pid> {
    let mut by_parent: HashMap<Pid, Vec<(Pid, char)>> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        if let Some(pid) = entry.file_name().to_str().and_then(parse)
            && let Some((state, parent)) = stat(pid)
        {
            by_parent.entry(parent).or_default().push((pid, state));
        }
    }
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(pid) = open.pop() {
        for (child, state) in by_parent.remove(&pid).unwrap_or_default() {
            if !matches!(state, 'Z' | 'X') {
                found.push(child);
            }
            open.push(child);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::process::{Command, Stdio};

    use rustix::process::getpid;

    use super::*;

    #[test]
    fn both_ways_find_children_and_grandchildren() {
        // The shell starts a process and waits; it says so when it has.
        let mut child = Command::new("sh")
            .args(["-c", "sleep 60 & echo ready; wait"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut ready = [0; 5];
        child.stdout.as_mut().unwrap().read_exact(&mut ready).unwrap();
        let (listed, scanned) = (descendants(getpid()), scan(getpid()));
        let grandchildren = descendants(Pid::from_child(&child));
        for pid in &grandchildren {
            rustix::process::kill_process(*pid, rustix::process::Signal::KILL).unwrap();
        }
        child.wait().unwrap();
        assert_eq!(grandchildren.len(), 1);
        for found in [listed, scanned] {
            assert!(
                found.contains(&Pid::from_child(&child)) && found.contains(&grandchildren[0]),
                "{found:?}"
            );
        }
    }
}
