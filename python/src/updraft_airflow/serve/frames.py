"""Frames: a 4-byte big-endian length, then a msgpack array.

A request is `[id, body]`, an answer `[id, body]` or `[id, nil, error]`, an order has the id 0.
"""

from __future__ import annotations

import struct
from typing import Any

import msgpack

LENGTH_MAX = 64 << 20
"""The largest frame that either side sends or accepts, in bytes without the length."""

_PREFIX = struct.Struct(">I")
_HEAD = 16
"""So many bytes hold the beginning of an array and an id for certain."""


class GarbageError(Exception):
    """The other side sends something that is no frame. Nothing more can be read from it."""


class TooLargeError(ValueError):
    """A message that is to be sent is larger than a frame may be."""


def encode(id: int, body: Any) -> bytes:
    """The bytes of a request or order, length included. Texts that are not Unicode are escaped, so that they can be sent."""
    packer = msgpack.Packer(datetime=True, unicode_errors="backslashreplace")
    content = packer.pack([id, body])
    if len(content) > LENGTH_MAX:
        raise TooLargeError(
            f"the message has {len(content)} bytes and the limit is 64 MiB; "
            "store the data elsewhere and pass on where it is"
        )
    return _PREFIX.pack(len(content)) + content


def head(frame: bytes) -> int:
    """The id of a frame, without a look at the rest."""
    unpacker = msgpack.Unpacker()
    unpacker.feed(frame[_PREFIX.size : _PREFIX.size + _HEAD])
    try:
        length = unpacker.read_array_header()
        found = unpacker.unpack() if length else None
    except Exception as error:
        raise GarbageError(f"a frame is not an array of a number and a body: {error}") from error
    if not isinstance(found, int) or isinstance(found, bool) or found < 0:
        raise GarbageError("a frame is not an array of a number and a body")
    return found


def decode(frame: bytes) -> tuple[int, Any, Any]:
    """Id, body and error of a frame; times are datetimes."""
    try:
        items = msgpack.unpackb(frame[_PREFIX.size :], timestamp=3)
    except Exception as error:
        raise GarbageError(f"a frame cannot be read: {error}") from error
    id = head(frame)
    _, body, error, *_ = [*items, None, None]
    return id, body, error


class Decoder:
    """Turns a stream of bytes into frames, in whatever pieces it arrives."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def push(self, piece: bytes) -> None:
        """Takes the next piece."""
        self._buffer += piece

    def next(self) -> bytes | None:
        """The next complete frame, length included; `None` until more bytes arrive."""
        if len(self._buffer) < _PREFIX.size:
            return None
        (length,) = _PREFIX.unpack_from(self._buffer)
        if length > LENGTH_MAX:
            raise GarbageError(f"a frame of {length} bytes, at most {LENGTH_MAX} are allowed")
        end = _PREFIX.size + length
        if len(self._buffer) < end:
            return None
        frame = bytes(self._buffer[:end])
        del self._buffer[:end]
        return frame
