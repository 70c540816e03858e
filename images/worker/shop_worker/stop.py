"""Being asked to stop, in a way that also ends a wait."""

import select
import signal
import socket


class Stop:
    """Set by SIGTERM or SIGINT. Work in hand is finished; a wait ends at once."""

    def __init__(self) -> None:
        self.asked = False
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        signal.set_wakeup_fd(self._writer.fileno())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def wait(self, seconds: float, *also: int) -> None:
        """Returns when asked to stop, when a file descriptor in `also` has news, or in time."""
        if not self.asked:
            select.select([self._reader.fileno(), *also], [], [], seconds)

    def _ask(self, *_: object) -> None:
        self.asked = True
