"""A relay that breaks one connection in the middle of an answer, as a bad network would, and notes what is asked next."""

import re
import socket
import threading

_RANGE = re.compile(rb"\r\nrange:\s*bytes=(\d+)-", re.IGNORECASE)
_BLOCK = 64 * 1024


class BreakingProxy:
    """Relays connections on loopback to `target` (set once known). Armed, it breaks the next long answer, once."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.target: tuple[str, int] | None = None
        self.broken = False
        self._asked = bytearray()
        self._armed: tuple[str, int] | None = None
        self._silent: list[tuple[socket.socket, socket.socket]] = []
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, way: str, after: int) -> None:
        """Breaks the first connection that has answered `after` bytes: "end" closes it, "silence" leaves it hanging."""
        with self._lock:
            self._armed = (way, after)

    def range_starts(self) -> list[int]:
        """Where the range requests began that came in after the break."""
        with self._lock:
            return [int(start) for start in _RANGE.findall(bytes(self._asked))]

    def close(self) -> None:
        """Takes no more connections and ends the silent ones."""
        self._listener.close()
        for sides in self._silent:
            _end(*sides)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            assert self.target is not None
            hub = socket.create_connection(self.target)
            threading.Thread(target=self._relay_requests, args=(client, hub), daemon=True).start()
            threading.Thread(target=self._relay_answers, args=(hub, client), daemon=True).start()

    def _relay_requests(self, client: socket.socket, hub: socket.socket) -> None:
        try:
            while block := client.recv(_BLOCK):
                with self._lock:
                    if self.broken:
                        self._asked += block
                hub.sendall(block)
            hub.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def _relay_answers(self, hub: socket.socket, client: socket.socket) -> None:
        passed = 0
        try:
            while block := hub.recv(_BLOCK):
                client.sendall(block)
                passed += len(block)
                way = self._break(passed)
                if way == "silence":
                    self._silent.append((hub, client))
                    return
                if way == "end":
                    break
        except OSError:
            pass
        # An orderly end, well before the promised length: what a restarting server or a load balancer does.
        _end(client, hub)

    def _break(self, passed: int) -> str | None:
        with self._lock:
            if self._armed is None or passed < self._armed[1]:
                return None
            way, self._armed, self.broken = self._armed[0], None, True
            return way


def _end(*sides: socket.socket) -> None:
    for side in sides:
        try:
            side.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        side.close()
