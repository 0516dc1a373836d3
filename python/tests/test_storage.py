"""Paths in object storage: names and connections, and what can be done with files of one store and of two."""

import pytest
from airflow.sdk import ObjectStoragePath
from airflow.sdk.io import attach, get_fs, has_fs
from fsspec.implementations.memory import MemoryFileSystem

from updraft_airflow.runtime import serde
from updraft_airflow.storage import filesystems


@pytest.fixture(autouse=True)
def memory(monkeypatch):
    """A store in memory, for paths with `memory://`, that is empty and known to this test alone."""
    monkeypatch.setattr(filesystems, "_attached", {})
    store = MemoryFileSystem()
    monkeypatch.setattr(MemoryFileSystem, "store", {})
    monkeypatch.setattr(MemoryFileSystem, "pseudo_dirs", [""])
    attach("memory", fs=store)
    attach("memory", "c", fs=store)


@pytest.fixture(params=["memory", "file"])
def folder(request, tmp_path):
    """A folder that is not there yet."""
    return ObjectStoragePath("memory://bucket/in/it" if request.param == "memory" else f"file://{tmp_path}/in/it")


def test_the_parts_of_a_path_have_names():
    path = ObjectStoragePath("s3://conn@bucket/dir/file.tar.gz")
    told = (path.protocol, path.conn_id, path.bucket, path.container, path.key, path.namespace, path.path)
    assert told == ("s3", "conn", "bucket", "bucket", "dir/file.tar.gz", "s3://bucket", "bucket/dir/file.tar.gz")
    assert (path.name, path.stem, path.suffix, path.suffixes) == ("file.tar.gz", "file.tar", ".gz", [".tar", ".gz"])
    assert path.parts == ("/", "bucket", "dir", "file.tar.gz")
    assert str(path.parent / "x" / "y.z") == "s3://conn@bucket/dir/x/y.z"
    assert [str(one) for one in path.parents] == ["s3://conn@bucket/dir", "s3://conn@bucket"]
    assert str(path.with_suffix(".zip").with_stem("a")) == "s3://conn@bucket/dir/a.zip"
    assert path.as_uri() == "s3://bucket/dir/file.tar.gz"
    assert str(path.relative_to("s3://conn@bucket/dir")) == "file.tar.gz"
    assert ObjectStoragePath("s3://b/x?a#b").key == "x?a#b"


def test_paths_are_equal_if_place_and_connection_are():
    path = ObjectStoragePath("s3://bucket/key", conn_id="c")
    assert path == ObjectStoragePath("s3://c@bucket/key") == ObjectStoragePath(path)
    assert len({path, ObjectStoragePath("s3://c@bucket/key"), ObjectStoragePath("s3://bucket/key")}) == 2
    assert path != "s3://c@bucket/key"


def test_paths_are_xcoms():
    path = ObjectStoragePath("s3://conn@bucket/key", anon=True)
    again = serde.deserialize(serde.serialize(path))
    assert (again, again.storage_options) == (path, {"anon": True})


def test_files_are_written_read_listed_and_deleted(folder):
    one = folder / "one.txt"
    assert not folder.exists()
    folder.mkdir(parents=True)
    with pytest.raises(FileExistsError):
        folder.mkdir()
    folder.mkdir(exist_ok=True)
    assert (one.write_text("hello"), one.read_text(), one.read_bytes(), one.size()) == (5, "hello", b"hello", 5)
    assert (one.stat().st_size, one.is_file(), one.is_dir(), folder.is_dir()) == (5, True, False, True)
    assert one.read_block(1, 2) == b"el"
    (folder / "sub").mkdir()
    (folder / "sub" / "deep.txt").touch()
    assert sorted(one.name for one in folder.iterdir()) == ["one.txt", "sub"]
    assert [path.name for path in folder.glob("*.txt")] == ["one.txt"]
    assert sorted(path.name for path in folder.rglob("*.txt")) == ["deep.txt", "one.txt"]
    assert [(path.name, *names) for path, *names in folder.walk()] == [
        ("it", ["sub"], ["one.txt"]),
        ("sub", [], ["deep.txt"]),
    ]
    with pytest.raises(OSError, match="is not empty"):
        folder.rmdir(recursive=False)
    one.unlink()
    with pytest.raises(FileNotFoundError):
        one.unlink()
    one.unlink(missing_ok=True)
    folder.rmdir()
    assert not folder.exists()


@pytest.mark.parametrize("other", ["memory://bucket/other", "memory://c@bucket/other", "file"])
def test_files_are_copied_and_moved_within_and_between_stores(folder, other, tmp_path):
    target = ObjectStoragePath(f"file://{tmp_path}/other" if other == "file" else other)
    for one in (folder, target):
        one.mkdir(parents=True)
    (folder / "a").write_text("1")
    (folder / "a").copy(target / "b")
    (folder / "a").copy_into(target)
    assert [(target / name).read_text() for name in "ab"] == ["1", "1"]
    (folder / "a").move(target / "c")
    assert not (folder / "a").exists()
    assert (target / "c").read_text() == "1"
    renamed = (target / "c").rename("d")
    assert (renamed.name, renamed.read_text(), (target / "c").exists()) == ("d", "1", False)


def test_a_scheme_without_a_provider_is_an_error_that_says_so():
    assert has_fs("file")
    assert not has_fs("nope")
    with pytest.raises(ValueError, match="no filesystem registered for scheme nope"):
        get_fs("nope")
    ObjectStoragePath("nope://bucket/key")
