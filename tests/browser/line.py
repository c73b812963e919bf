"""A line to the hub that can be cut: it relays connections on loopback until so many bytes have gone up, then none."""

import contextlib
import socket
import threading
from urllib.parse import urlsplit

_BLOCK = 256 * 1024


class Line:
    """Relays to the hub at `url`. `cut_after` bytes sent upwards it breaks all connections and takes no more, until
    `mend` is called."""

    def __init__(self, url: str) -> None:
        target = urlsplit(url)
        self._target = (target.hostname, target.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.sent = 0
        self.is_cut = False
        self._limit: int | None = None
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_after(self, count: int) -> None:
        with self._lock:
            self.sent, self._limit = 0, count

    def mend(self) -> None:
        with self._lock:
            self.sent, self._limit, self.is_cut = 0, None, False

    def close(self) -> None:
        self._listener.close()
        self._end()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self.is_cut:
                client.close()
                continue
            hub = socket.create_connection(self._target)
            with self._lock:
                self._open |= {client, hub}
            for source, to, up in ((client, hub, True), (hub, client, False)):
                threading.Thread(target=self._relay, args=(source, to, up), daemon=True).start()

    def _relay(self, source: socket.socket, to: socket.socket, up: bool) -> None:
        with contextlib.suppress(OSError):
            while block := source.recv(_BLOCK):
                if up and self._counts(len(block)):
                    break
                to.sendall(block)
            else:
                to.shutdown(socket.SHUT_WR)
                return
        if self.is_cut:
            self._end()

    def _counts(self, count: int) -> bool:
        """Counts what goes up; true once it is too much."""
        with self._lock:
            self.sent += count
            if self._limit is not None and self.sent > self._limit:
                self.is_cut = True
            return self.is_cut

    def _end(self) -> None:
        with self._lock:
            for side in self._open:
                with contextlib.suppress(OSError):
                    side.shutdown(socket.SHUT_RDWR)
                side.close()
            self._open.clear()
