"""How requests of several clients are put together."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class BatchingOptions:
    """Bounds of a batch.

    Args:
        max_rows: Rows of a batch; a request of more runs alone.
        max_delay: Seconds that a request waits for others to join it.
    """

    max_rows: int = 64
    max_delay: float = 0.002

    def __post_init__(self) -> None:
        if self.max_rows < 1 or not self.max_delay >= 0:
            raise ValueError(
                "Expected max_rows above 0 and max_delay of at least 0. Received: "
                f"max_rows={self.max_rows}, max_delay={self.max_delay}"
            )
