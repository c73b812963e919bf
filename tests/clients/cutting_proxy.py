"""A relay that breaks one connection in the middle of an answer, as a bad network would, and notes what is asked next."""

import re
import socket
import threading

_RANGE = re.compile(rb"\r\nrange:\s*bytes=(\d+)-", re.IGNORECASE)
_BLOCK = 64 * 1024


class CuttingProxy:
    """Relays connections on loopback to `target` (set once known). Armed, it cuts the next long answer, once."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.target: tuple[str, int] | None = None
        self.cuts = 0
        self._asked = bytearray()
        self._cut_after: int | None = None
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def arm(self, cut_after: int) -> None:
        """From now on remember requests, and cut the first connection that has answered `cut_after` bytes."""
        with self._lock:
            self._asked.clear()
            self._cut_after = cut_after

    def range_starts(self) -> list[int]:
        """Where the range requests began that came in since `arm`."""
        with self._lock:
            return [int(start) for start in _RANGE.findall(bytes(self._asked))]

    def close(self) -> None:
        """Takes no more connections."""
        self._listener.close()

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
                    if self._cut_after is not None or self.cuts:
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
                if self._time_to_cut(passed):
                    break
        except OSError:
            pass
        # An orderly end, well before the promised length: what a restarting server or a load balancer does.
        for side in (client, hub):
            try:
                side.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            side.close()

    def _time_to_cut(self, passed: int) -> bool:
        with self._lock:
            if self._cut_after is None or passed < self._cut_after:
                return False
            self._cut_after = None
            self.cuts += 1
            return True
