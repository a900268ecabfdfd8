"""The error of a request, with where it was sent."""

from vaezoo.serving.serving_error import ServingError


class RequestError(ServingError):
    """A request without a result: the server's own words, or why there are none.

    Args:
        code: The canonical code of gRPC, such as "NOT_FOUND".
        message: What the server said; or what to check if it said nothing.
        url: Where the request went.
        status: The HTTP status of the answer; None if there was no HTTP answer.
        retry_after: Seconds after which it may be sent again; None if that is useless.
        too_large: Whether the request had too many bytes, so that fewer rows may pass.
    """

    def __init__(
        self,
        code: str,
        message: str,
        url: str = "",
        status: int | None = None,
        retry_after: float | None = None,
        too_large: bool = False,
    ) -> None:
        super().__init__(code, message)
        self.url = url
        self.status = status
        self.retry_after = retry_after
        self.too_large = too_large

    @property
    def http_status(self) -> int:
        """The status of the answer, or what the code is over REST."""
        return super().http_status if self.status is None else self.status

    def __str__(self) -> str:
        where = f" from {self.url}" if self.url else ""
        status = "" if self.status is None else f", HTTP {self.status}"
        return f"{self.message} ({self.code}{status}{where})"

    def __reduce__(self) -> tuple:
        arguments = (self.url, self.status, self.retry_after, self.too_large)
        return type(self), (self.code, self.message, *arguments)
