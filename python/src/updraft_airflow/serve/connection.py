"""A socket that is never waited for: what it does not take is kept until it does."""

from __future__ import annotations

import select
import socket

from updraft_airflow.serve.frames import Decoder

_PIECE = 64 << 10


class Connection:
    """One end of a socket that carries frames. Reading and writing say at once how far they have come."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._decoder = Decoder()
        self._outgoing = bytearray()
        self.is_open = True

    def fileno(self) -> int:
        """The file descriptor."""
        return self._end.fileno()

    @property
    def is_behind(self) -> bool:
        """Whether there are bytes that the socket has not taken yet."""
        return bool(self._outgoing)

    @property
    def events(self) -> int:
        """What to poll for."""
        return select.POLLIN | (select.POLLOUT if self._outgoing else 0)

    def receive(self) -> bool:
        """Reads what is there; false if nothing was. The end of the stream closes this end."""
        try:
            piece = self._end.recv(_PIECE, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            piece = b""
        self._decoder.push(piece)
        if not piece:
            self.is_open = False
        return bool(piece)

    def next(self) -> bytes | None:
        """The next complete frame that was received."""
        return self._decoder.next()

    def send(self, frame: bytes) -> None:
        """Sends a frame, as far as the socket takes it; the rest follows in `flush`."""
        self._outgoing += frame
        self.flush()

    def flush(self) -> None:
        """Sends more of what is left. If nobody listens any more it is dropped, and reading shows the end."""
        while self._outgoing:
            try:
                sent = self._end.send(self._outgoing, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
            except BlockingIOError:
                return
            except OSError:
                self._outgoing.clear()
                return
            del self._outgoing[:sent]

    def close(self) -> None:
        """Closes the socket."""
        self.is_open = False
        self._end.close()
