"""Paths in object storage, with the methods of `pathlib` and a connection."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any, ClassVar
from urllib.parse import urlsplit

from updraft_airflow.storage.filesystems import LOCAL, attach


class StatResult(dict[str, Any]):
    """What is known of a file: by fsspec's names, and by those of `os.stat`."""

    @property
    def st_size(self) -> int:
        """Bytes."""
        return self.get("size") or 0

    @property
    def st_mode(self) -> int:
        """Kind and permissions, where there are such."""
        import stat

        return self.get("mode") or (stat.S_IFDIR if self.get("type") == "directory" else stat.S_IFREG)

    @property
    def st_mtime(self) -> float:
        """When it was changed last, in seconds; 0 if that is unknown."""
        names = ("mtime", "LastModified", "last_modified", "created")
        changed: Any = next((self[name] for name in names if self.get(name)), 0)
        return changed.timestamp() if hasattr(changed, "timestamp") else float(changed)


class ObjectStoragePath:
    """`scheme://connection@bucket/key`, or a path on this machine."""

    __version__: ClassVar[int] = 1
    sep: ClassVar[str] = "/"
    root_marker: ClassVar[str] = "/"

    def __init__(
        self, *args: Any, protocol: str | None = None, conn_id: str | None = None, **storage_options: Any
    ) -> None:
        first, *rest = args or (".",)
        if isinstance(first, ObjectStoragePath):
            scheme, bucket, key = first.protocol, first.bucket, f"/{first.key}"
            conn_id = conn_id if conn_id is not None else first.conn_id
            storage_options = {**first.storage_options, **storage_options}
        else:
            parts = urlsplit(os.fspath(first))
            user, _, bucket = parts.netloc.rpartition("@")
            conn_id = conn_id if conn_id is not None else user or None
            # A query or fragment is part of the key: only the scheme and the bucket are special.
            scheme, key = parts.scheme, os.fspath(first)
            if scheme:
                key = key.split("://", 1)[-1] if "://" in key else key.split(":", 1)[1]
                key = key[len(parts.netloc) :]
        self.protocol = protocol if protocol is not None else scheme
        self.conn_id, self.storage_options = conn_id, storage_options
        if self.protocol in LOCAL:
            bucket, key = "", os.path.abspath(key)
        self.bucket = bucket
        pure = PurePosixPath("/", key.lstrip("/"), *map(str, rest))
        self._pure = pure

    def _with(self, pure: PurePosixPath) -> ObjectStoragePath:
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        made._pure = pure
        return made

    def _of(self, path: str) -> ObjectStoragePath:
        """The path that the file system names so."""
        inner = path.split("://", 1)[-1]
        inner = inner if not self.bucket else inner.lstrip("/")[len(self.bucket) :]
        return self._with(PurePosixPath("/", inner.lstrip("/")))

    def _other(self, path: str | ObjectStoragePath) -> ObjectStoragePath:
        return path if isinstance(path, ObjectStoragePath) else ObjectStoragePath(path)

    # What it is called.

    @property
    def container(self) -> str:
        """The bucket."""
        return self.bucket

    @property
    def key(self) -> str:
        """The path in the bucket."""
        return str(self._pure)[1:]

    @property
    def namespace(self) -> str:
        """Scheme and bucket."""
        return f"{self.protocol}://{self.bucket}" if self.bucket else self.protocol

    @property
    def path(self) -> str:
        """What the file system calls it."""
        return f"{self.bucket}{self._pure if self.key else ''}" if self.bucket else str(self._pure)

    @property
    def name(self) -> str:
        """The last part; of a bucket its name."""
        return self._pure.name or self.bucket

    @property
    def stem(self) -> str:
        """The name without its last suffix."""
        return PurePosixPath(self.name).stem

    @property
    def suffix(self) -> str:
        """The last suffix, with its dot."""
        return self._pure.suffix

    @property
    def suffixes(self) -> list[str]:
        """All suffixes."""
        return self._pure.suffixes

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of the path, the bucket among them."""
        return ("/", *filter(None, (self.bucket,)), *self._pure.parts[1:])

    @property
    def parent(self) -> ObjectStoragePath:
        """The folder that it is in; that of a bucket is itself."""
        return self._with(self._pure.parent)

    @property
    def parents(self) -> tuple[ObjectStoragePath, ...]:
        """All folders that it is in."""
        return tuple(map(self._with, self._pure.parents))

    def joinpath(self, *parts: Any) -> ObjectStoragePath:
        """The path with further parts."""
        return self._with(self._pure.joinpath(*map(str, parts)))

    def __truediv__(self, part: Any) -> ObjectStoragePath:
        return self.joinpath(part)

    def with_name(self, name: str) -> ObjectStoragePath:
        """The same with another last part."""
        return self._with(self._pure.with_name(name))

    def with_stem(self, stem: str) -> ObjectStoragePath:
        """The same with another name before the last suffix."""
        return self._with(self._pure.with_stem(stem))

    def with_suffix(self, suffix: str) -> ObjectStoragePath:
        """The same with another last suffix."""
        return self._with(self._pure.with_suffix(suffix))

    def is_relative_to(self, other: str | ObjectStoragePath) -> bool:
        """Whether it is the other or in it."""
        other = self._other(other)
        return self.samestore(other) and self.bucket == other.bucket and self._pure.is_relative_to(other._pure)

    def relative_to(self, other: str | ObjectStoragePath) -> PurePosixPath:
        """Where it is in the other."""
        if not self.is_relative_to(other):
            raise ValueError(f"`{self}` is not in `{other}`")
        return self._pure.relative_to(self._other(other)._pure)

    def match(self, pattern: str) -> bool:
        """Whether its last parts fit the pattern."""
        return self._pure.match(pattern)

    def is_absolute(self) -> bool:
        """All are."""
        return True

    def absolute(self) -> ObjectStoragePath:
        """Itself."""
        return self

    resolve = absolute

    def as_uri(self) -> str:
        """With scheme and without connection."""
        return f"{self.protocol or 'file'}://{self.bucket}{self._pure if self.key else ''}"

    def as_posix(self) -> str:
        """The same as its text."""
        return str(self)

    def __str__(self) -> str:
        if not self.protocol:
            return str(self._pure)
        user = f"{self.conn_id}@" if self.conn_id else ""
        return f"{self.protocol}://{user}{self.bucket}{self._pure if self.key or not self.bucket else ''}"

    def __fspath__(self) -> str:
        return self.path if self.protocol in LOCAL else str(self)

    def __repr__(self) -> str:
        return f"ObjectStoragePath({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ObjectStoragePath) and self.samestore(other) and str(self) == str(other)

    def __lt__(self, other: ObjectStoragePath) -> bool:
        return str(self) < str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    @classmethod
    def cwd(cls) -> ObjectStoragePath:
        """The folder of this process."""
        return cls(os.getcwd())

    @classmethod
    def home(cls) -> ObjectStoragePath:
        """The home folder of who runs this process."""
        return cls(os.path.expanduser("~"))

    # What is there.

    @property
    def fs(self) -> Any:
        """The file system of fsspec."""
        return attach(self.protocol or "file", self.conn_id, storage_options=self.storage_options).fs

    def samestore(self, other: Any) -> bool:
        """Whether both are in the same file system."""
        mine = (self.protocol or "file", self.conn_id)
        return isinstance(other, ObjectStoragePath) and mine == (other.protocol or "file", other.conn_id)

    def samefile(self, other_path: Any) -> bool:
        """Whether both name the same file."""
        if not isinstance(other_path, ObjectStoragePath) or not self.samestore(other_path):
            return False
        mine, theirs = self.stat(), other_path.stat()
        return mine["ino"] == theirs["ino"] if "ino" in mine else self == other_path

    def exists(self) -> bool:
        """Whether it is there."""
        return self.fs.exists(self.path)

    def is_file(self) -> bool:
        """Whether it is a file."""
        return self.fs.isfile(self.path)

    def is_dir(self) -> bool:
        """Whether it is a folder."""
        return self.fs.isdir(self.path)

    def stat(self) -> StatResult:
        """What is known of it. Raises FileNotFoundError if it is not there."""
        return StatResult({**self.fs.info(self.path), "protocol": self.protocol, "conn_id": self.conn_id})

    def size(self) -> int:
        """Bytes of the file."""
        return self.fs.size(self.path)

    def checksum(self) -> int:
        """A number that changes with the file."""
        return self.fs.checksum(self.path)

    def ukey(self) -> str:
        """A text that changes with the file."""
        return self.fs.ukey(self.path)

    def sign(self, expiration: int = 100, **kwargs: Any) -> str:
        """An address at which the file may be read for so many seconds."""
        return self.fs.sign(self.path, expiration=expiration, **kwargs)

    def iterdir(self) -> Iterator[ObjectStoragePath]:
        """What is in the folder."""
        if not self.is_dir():
            raise NotADirectoryError(str(self))
        return (self._of(path) for path in self.fs.ls(self.path, detail=False))

    def glob(self, pattern: str, **_: Any) -> Iterator[ObjectStoragePath]:
        """What in the folder fits the pattern."""
        return map(self._of, self.fs.glob(f"{self.path.rstrip('/')}/{pattern}"))

    def rglob(self, pattern: str, **_: Any) -> Iterator[ObjectStoragePath]:
        """What in the folder, or in one below it, fits the pattern."""
        return self.glob(f"**/{pattern}")

    def walk(self, **kwargs: Any) -> Iterator[tuple[ObjectStoragePath, list[str], list[str]]]:
        """The folders from here on, each with the names of its folders and files."""
        for path, folders, files in self.fs.walk(self.path, **kwargs):
            yield self._of(path), list(folders), list(files)

    # Reading and writing.

    def open(self, mode: str = "r", **kwargs: Any) -> Any:
        """Opens the file."""
        if "buffering" in kwargs:
            kwargs["block_size"] = kwargs.pop("buffering")
        return self.fs.open(self.path, mode=mode, **kwargs)

    def read_text(self, encoding: str | None = None, errors: str | None = None) -> str:
        """All of the file as text."""
        with self.open("r", encoding=encoding or "utf-8", errors=errors) as file:
            return file.read()

    def read_bytes(self) -> bytes:
        """All of the file."""
        with self.open("rb") as file:
            return file.read()

    def read_block(self, offset: int, length: int, delimiter: bytes | None = None) -> bytes:
        """A part of the file; with a delimiter it begins and ends after one."""
        return self.fs.read_block(self.path, offset=offset, length=length, delimiter=delimiter)

    def write_text(self, data: str, encoding: str | None = None, errors: str | None = None) -> int:
        """Makes the text the content of the file."""
        with self.open("w", encoding=encoding or "utf-8", errors=errors) as file:
            return file.write(data)

    def write_bytes(self, data: bytes) -> int:
        """Makes the bytes the content of the file."""
        with self.open("wb") as file:
            return file.write(data)

    def touch(self, mode: int = 0o666, exist_ok: bool = True, truncate: bool = False) -> None:
        """Makes an empty file, if there is none."""
        there = self.exists()
        if there and not exist_ok:
            raise FileExistsError(str(self))
        if truncate or not there:
            self.fs.touch(self.path, truncate=True)

    def mkdir(self, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        """Makes the folder."""
        if self.exists():
            if not exist_ok or not self.is_dir():
                raise FileExistsError(str(self))
            return
        self.fs.makedirs(self.path, exist_ok=exist_ok) if parents else self.fs.mkdir(self.path, create_parents=False)

    def unlink(self, missing_ok: bool = False) -> None:
        """Deletes the file."""
        if self.exists():
            self.fs.rm(self.path, recursive=False)
        elif not missing_ok:
            raise FileNotFoundError(str(self))

    def rmdir(self, recursive: bool = True) -> None:
        """Deletes the folder, with what is in it."""
        if not self.is_dir():
            raise NotADirectoryError(str(self))
        if not recursive and next(self.iterdir(), None) is not None:
            raise OSError(f"`{self}` is not empty")
        self.fs.rm(self.path, recursive=True)

    def rename(self, target: str | ObjectStoragePath, **kwargs: Any) -> ObjectStoragePath:
        """Gives it another name in its file system; returns the path that it has then."""
        to = target if isinstance(target, ObjectStoragePath) else self._sibling(target)
        if not self.samestore(to):
            raise ValueError(f"`{to}` is in another store: use `move`")
        self.fs.mv(self.path, to.path, **kwargs)
        return to

    replace = rename

    def _sibling(self, target: str) -> ObjectStoragePath:
        return ObjectStoragePath(target) if "://" in target else self.parent / target

    def copy(self, dst: str | ObjectStoragePath, recursive: bool = False, **kwargs: Any) -> None:
        """Copies it to another path, also of another store."""
        to = self._other(dst)
        if self.samestore(to):
            self.fs.copy(self.path, to.path, recursive=recursive, **kwargs)
        elif self.protocol in LOCAL:
            to.fs.put(self.path, to.path, recursive=recursive, **kwargs)
        elif to.protocol in LOCAL:
            self.fs.get(self.path, to.path, recursive=recursive, **kwargs)
        elif not self.exists():
            raise FileNotFoundError(f"{self} does not exist")
        elif self.is_dir():
            self._copy_folder(to, recursive=recursive)
        else:
            self._copy_file(to)

    def _copy_folder(self, to: ObjectStoragePath, *, recursive: bool) -> None:
        if to.is_file():
            raise ValueError("Cannot copy directory to a file.")
        to.mkdir(exist_ok=True, parents=True)
        for found in map(self._of, self.fs.find(self.path, maxdepth=None if recursive else 1)):
            found._copy_file(to / str(found.relative_to(self)))

    def _copy_file(self, to: ObjectStoragePath) -> None:
        to = to / self.name if not to.key or to.is_dir() else to
        with self.open("rb") as source, to.open("wb") as target:
            shutil.copyfileobj(source, target)

    def copy_into(self, target_dir: str | ObjectStoragePath, recursive: bool = False, **kwargs: Any) -> None:
        """Copies it into a folder."""
        self.copy(self._folder(target_dir) / self.name, recursive=recursive, **kwargs)

    def move(self, path: str | ObjectStoragePath, recursive: bool = False, **kwargs: Any) -> None:
        """Moves it to another path, also of another store."""
        to = self._other(path)
        if self.samestore(to):
            self.fs.mv(self.path, to.path, recursive=recursive, **kwargs)
            return
        self.copy(to, recursive=recursive, **kwargs)
        self.rmdir() if self.is_dir() else self.unlink()

    def move_into(self, target_dir: str | ObjectStoragePath, recursive: bool = False, **kwargs: Any) -> None:
        """Moves it into a folder."""
        self.move(self._folder(target_dir) / self.name, recursive=recursive, **kwargs)

    def _folder(self, path: str | ObjectStoragePath) -> ObjectStoragePath:
        folder = self._other(path)
        if not folder.is_dir():
            raise NotADirectoryError(f"`{folder}` is no folder")
        return folder

    # As an XCom.

    def serialize(self) -> dict[str, Any]:
        """What makes it again."""
        return {"path": str(self), "conn_id": self.conn_id, "kwargs": dict(self.storage_options)}

    @classmethod
    def deserialize(cls, data: dict[str, Any], version: int) -> ObjectStoragePath:
        """Makes it again."""
        if version > cls.__version__:
            raise ValueError(f"cannot read version {version} of a path with version {cls.__version__}")
        return ObjectStoragePath(data["path"], conn_id=data.get("conn_id"), **data.get("kwargs") or {})
