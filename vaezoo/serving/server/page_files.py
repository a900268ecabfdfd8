"""The files of the page at /."""

import hashlib
import re
from pathlib import Path

from vaezoo.serving.server.rest_answer import RestAnswer
from vaezoo.serving.serving_error import ServingError

_TYPES = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "ico": "image/x-icon",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "png": "image/png",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
    "woff2": "font/woff2",
}
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,100}\.([a-z0-9]+)")
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "font-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

PAGE_FOLDER = Path(__file__).parent.parent / "page"


def page_file(folder: Path, name: str, known_tag: str | None) -> RestAnswer:
    """A file of the page, which the browser asks for again only if it changed.

    Args:
        folder: Where the files are.
        name: The file's name; no other folder can be reached.
        known_tag: The `If-None-Match` of the request.

    Returns:
        The answer: the file; or 304 if the browser has it.

    Raises:
        ServingError: NOT_FOUND, if there is no such file.
    """
    match = _NAME.fullmatch(name)
    kind = _TYPES.get(match[1]) if match else None
    path = folder / name if kind else None
    if path is None or not path.is_file():
        raise ServingError("NOT_FOUND", f"Not found: {name[:100]!r}")
    content = path.read_bytes()
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {
        "Content-Type": kind,
        "Cache-Control": "no-cache",
        "ETag": tag,
        "Content-Security-Policy": _POLICY,
        "Referrer-Policy": "no-referrer",
    }
    known = {part.strip().removeprefix("W/") for part in (known_tag or "").split(",")}
    if tag in known:
        return RestAnswer(b"", 304, headers)
    return RestAnswer(content, 200, headers)
