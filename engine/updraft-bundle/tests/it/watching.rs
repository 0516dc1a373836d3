//! The watcher tells what happens.

use std::time::Duration;

use updraft_bundle::SourceWatcher;

use crate::folder::Folder;

#[tokio::test]
async fn changes_are_told_as_they_happen() {
    let folder = Folder::new();
    folder.bundle("a.bundle.toml", "a");
    let mut watcher = SourceWatcher::start(folder.scanner(), Duration::from_millis(5));
    assert_eq!(folder.describe(&watcher.changed().await), "a.bundle.toml: a");
    folder.bundle("b.bundle.toml", "b");
    assert_eq!(folder.describe(&watcher.changed().await), "b.bundle.toml: b");
    folder.remove("a.bundle.toml");
    assert_eq!(folder.describe(&watcher.changed().await), "a.bundle.toml removed");
}

#[tokio::test]
async fn an_empty_folder_is_told_too() {
    let folder = Folder::new();
    let mut watcher = SourceWatcher::start(folder.scanner(), Duration::from_hours(1));
    assert_eq!(watcher.changed().await, []);
}
