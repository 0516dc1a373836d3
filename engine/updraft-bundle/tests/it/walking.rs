//! Which files of the DAGs folder are sources.

use std::fs;
use std::os::unix::fs::symlink;

use updraft_bundle::IgnoreSyntax;

use crate::folder::Folder;

/// The sources that a scan finds. None of the programs exists, so all of them fail.
async fn sources(folder: &Folder) -> Vec<String> {
    let changes = folder.scanner().scan().await;
    changes.iter().map(|change| change.source().to_owned()).collect()
}

fn touch(folder: &Folder, paths: &[&str]) {
    for path in paths {
        folder.write(path, "program = 'nowhere'");
    }
}

#[tokio::test]
async fn sources_lie_anywhere_below_the_folder() {
    let folder = Folder::new();
    touch(
        &folder,
        &["b.bundle.toml", "a/x.bundle.toml", "a/b/y.bundle.toml"],
    );
    touch(
        &folder,
        &[
            "a.toml",
            "dag.py",
            ".bundle.toml",
            ".git/z.bundle.toml",
            "__pycache__/z.bundle.toml",
        ],
    );
    assert_eq!(
        sources(&folder).await,
        ["a/b/y.bundle.toml", "a/x.bundle.toml", "b.bundle.toml"]
    );
}

#[tokio::test]
async fn ignore_files_leave_out_files_and_folders_below_them() {
    let folder = Folder::new();
    touch(
        &folder,
        &[
            "keep.bundle.toml",
            "old_one.bundle.toml",
            "draft/x.bundle.toml",
            "team/draft.bundle.toml",
        ],
    );
    touch(
        &folder,
        &["team/a.bundle.toml", "team/b.bundle.toml", "b.bundle.toml"],
    );
    folder.write(
        ".airflowignore",
        "# not yet\nold_.*  # kept for reference\n^draft\n\n",
    );
    folder.write("team/.airflowignore", "^b\\.");
    let expected = [
        "b.bundle.toml",
        "keep.bundle.toml",
        "team/a.bundle.toml",
        "team/draft.bundle.toml",
    ];
    assert_eq!(sources(&folder).await, expected);
}

#[tokio::test]
async fn ignored_sources_are_named_by_globs_if_the_installation_says_so() {
    let mut folder = Folder::new();
    folder.options.ignore_syntax = IgnoreSyntax::Glob;
    touch(
        &folder,
        &[
            "a.bundle.toml",
            "b.bundle.toml",
            "team/a.bundle.toml",
            "team/c.bundle.toml",
            "old/a.bundle.toml",
        ],
    );
    folder.write(".airflowignore", "# not yet\na.*\nold/\n");
    folder.write("team/.airflowignore", "!a.*\nc.bundle.toml\n");
    assert_eq!(sources(&folder).await, ["b.bundle.toml", "team/a.bundle.toml"]);
}

#[tokio::test]
async fn a_bad_pattern_is_said_and_the_others_count() {
    let folder = Folder::new();
    folder.bundle("a.bundle.toml", "a");
    folder.bundle("b.bundle.toml", "b");
    folder.write(".airflowignore", "^b\n*_test\n");
    insta::assert_snapshot!(folder.describe(&folder.scanner().scan().await));
}

#[tokio::test]
async fn ignore_files_may_change() {
    let folder = Folder::new();
    folder.bundle("a.bundle.toml", "a");
    folder.bundle("b.bundle.toml", "b");
    let mut scanner = folder.scanner();
    scanner.scan().await;
    folder.write(".airflowignore", "^b");
    assert_eq!(folder.scan(&mut scanner).await, "b.bundle.toml removed");
    folder.write(".airflowignore", "^a");
    assert_eq!(
        folder.scan(&mut scanner).await,
        "a.bundle.toml removed\nb.bundle.toml: b"
    );
}

#[tokio::test]
async fn links_are_followed_but_not_in_circles() {
    let folder = Folder::new();
    let outside = folder.path("../outside");
    fs::create_dir(&outside).unwrap();
    touch(
        &folder,
        &[
            "a/x.bundle.toml",
            "../outside/y.bundle.toml",
            "../outside/z.bundle.toml",
        ],
    );
    symlink(folder.path("a"), folder.path("a/again")).unwrap();
    symlink(&folder.options.dags_folder, folder.path("root")).unwrap();
    symlink(&outside, folder.path("linked")).unwrap();
    symlink(outside.join("z.bundle.toml"), folder.path("z.bundle.toml")).unwrap();
    symlink("nowhere", folder.path("dangling.bundle.toml")).unwrap();
    let expected = [
        "a/x.bundle.toml",
        "linked/y.bundle.toml",
        "linked/z.bundle.toml",
        "z.bundle.toml",
    ];
    assert_eq!(sources(&folder).await, expected);
}
