"""A relay on loopback that counts the bytes clients send, headers included."""

import contextlib
import socket
import threading

_BLOCK = 256 * 1024


class CountingProxy:
    """Relays connections to `port` on loopback; `sent` is what clients have sent so far."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.sent = 0
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Takes no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            hub = socket.create_connection(("127.0.0.1", self.port))
            for side in (client, hub):
                side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._relay, args=(client, hub, True), daemon=True).start()
            threading.Thread(target=self._relay, args=(hub, client, False), daemon=True).start()

    def _relay(self, source: socket.socket, target: socket.socket, count: bool) -> None:
        try:
            while block := source.recv(_BLOCK):
                if count:
                    with self._lock:
                        self.sent += len(block)
                target.sendall(block)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            # One side is gone; the other must hear of it.
            for side in (source, target):
                with contextlib.suppress(OSError):
                    side.shutdown(socket.SHUT_RDWR)
