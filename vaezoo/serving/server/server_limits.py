"""What a server allows its clients."""

import dataclasses
import os


@dataclasses.dataclass(frozen=True)
class ServerLimits:
    """The bounds of one server.

    Args:
        max_body_bytes: Size of a request's body; more is answered with 413.
        max_total_body_bytes: Of all bodies that are in memory; beyond it 429.
        max_rows: Rows of a predict request; more is answered with 400.
        max_running: Predictions that run at the same time.
        max_waiting: Predictions that wait for their turn; beyond it 429.
        max_connections: Open connections, each with a thread; beyond it 503.
        timeout: Seconds for a prediction, its waiting included; then 504.
        header_timeout: Seconds for a request's headers to arrive; then 408.
        body_timeout: Seconds for its body to arrive; then 408.
        write_timeout: Seconds for the client to take the answer.
        idle_timeout: Seconds between two requests on a connection.
    """

    max_body_bytes: int = 16 * 2**20
    max_total_body_bytes: int = 256 * 2**20
    max_rows: int = 1024
    max_running: int = dataclasses.field(default_factory=lambda: os.cpu_count() or 1)
    max_waiting: int = 256
    max_connections: int = 512
    timeout: float = 30.0
    header_timeout: float = 10.0
    body_timeout: float = 30.0
    write_timeout: float = 30.0
    idle_timeout: float = 60.0

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            fine = value >= 0 if field.name == "max_waiting" else value > 0
            if not fine:
                raise ValueError(
                    f"Expected limits above 0. Received: {field.name}={value}"
                )
