//! What is said about sources that cannot be parsed.

use std::time::{Duration, Instant};

use crate::folder::Folder;

/// What a first scan says.
async fn scan(folder: &Folder) -> String {
    folder.describe(&folder.scanner().scan().await)
}

#[tokio::test]
async fn mistakes_in_bundle_files_are_named_with_a_way_out() {
    let folder = Folder::new();
    folder.write(
        "closest.bundle.toml",
        "program = 'x'\n\n[default_args]\nretry_dely = 2\n",
    );
    folder.write("missing.bundle.toml", "program = 'nowhere'\n");
    folder.write("path.bundle.toml", "program = '../bin/nowhere'\n");
    folder.write("syntax.bundle.toml", "program = \n");
    folder.write("data", "no program");
    folder.write("unusable.bundle.toml", "program = './data'\n");
    folder.script("text", "neither script nor program");
    folder.write("format.bundle.toml", "program = './text'\n");
    insta::assert_snapshot!(scan(&folder).await);
}

#[tokio::test]
async fn mistakes_in_programs_are_named_with_their_place() {
    let folder = Folder::new();
    folder.bundle("cycle.bundle.toml", "cycle");
    folder.bundle("twice.bundle.toml", "twice");
    insta::assert_snapshot!(scan(&folder).await);
}

#[tokio::test]
async fn a_program_that_ends_early_is_quoted() {
    let folder = Folder::new();
    folder.bundle("exit.bundle.toml", "exit");
    folder.script("silent", "#!/bin/sh\nkill -9 $$\n");
    folder.write("killed.bundle.toml", "program = './silent'\n");
    insta::assert_snapshot!(scan(&folder).await);
}

#[tokio::test]
async fn a_program_that_talks_nonsense_is_found_out() {
    let folder = Folder::new();
    // Writes to the socket, which is its standard input.
    folder.script(
        "garbage",
        "#!/bin/sh\nprintf '\\377\\377\\377\\377' >&0\nexec sleep 600\n",
    );
    folder.write("garbage.bundle.toml", "program = './garbage'\n");
    insta::assert_snapshot!(scan(&folder).await);
}

#[tokio::test]
async fn a_program_that_hangs_is_killed() {
    let mut folder = Folder::new();
    folder.options.parse_timeout = Duration::from_millis(500);
    folder.bundle("hang.bundle.toml", "hang");
    let start = Instant::now();
    insta::assert_snapshot!(scan(&folder).await);
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn a_dags_folder_that_is_missing_is_said_and_found_later() {
    let folder = Folder::new();
    std::fs::remove_dir(&folder.options.dags_folder).unwrap();
    let mut scanner = folder.scanner();
    insta::assert_snapshot!(folder.describe(&scanner.scan().await));
    folder.bundle("a.bundle.toml", "a");
    assert_eq!(folder.scan(&mut scanner).await, ". removed\na.bundle.toml: a");
}
