"""The page and its files, served as they lie, under addresses that change with their content.

Only the comments for developers stay behind: they are a fifth of the first load.
"""

import gzip
import hashlib
import mimetypes
import re
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from sanic import HTTPResponse, Request
from sanic.response import raw

from sanchat.paths import data_dir
from sanchat.routes.admission import renew_cookie
from sanchat.routes.answers import App

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "connect-src 'self'; font-src 'none'; media-src 'self'; manifest-src 'self'; "
    "worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types lit-html sanchat"
)
ISOLATION = {"cross-origin-opener-policy": "same-origin"}
LOOPBACK = ("127.0.0.1", "localhost", "::1")
WORKER_HEADERS = {
    "cache-control": "no-cache",
    "content-security-policy": "default-src 'none'; connect-src 'self'",
}
DEVELOPERS_ONLY = ("node_modules", "tools", "package.json", "package-lock.json", "tsconfig.json")
OWN_CODE = "js/"
COMMENT = re.compile(rb"^[ \t]*/\*\*(?:[^*]|\*(?!/))*\*/[ \t]*$", re.MULTILINE)
PREFIX = b"/static/build/"  # what index.html writes, and the build takes the place of
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
}


class Page:
    """All files of `web/`, read and compressed once. `build` names this very content.

    `title` is that of the page until its script sets one.
    """

    def __init__(self, folder: Path | None = None, *, title: str = "sanchat") -> None:
        folder = folder or data_dir("web")
        names = sorted(
            path.relative_to(folder).as_posix()
            for part in folder.iterdir()
            if part.name not in DEVELOPERS_ONLY
            for path in (part, *part.rglob("*"))
            if path.is_file() and path.suffix in TYPES and path.name != "index.html"
        )
        contents = {name: (folder / name).read_bytes() for name in names}
        index = folder / "index.html"
        html = index.read_bytes() if index.is_file() else b"<!doctype html><title>sanchat</title>"
        digest = hashlib.sha256(html)
        for name, content in contents.items():
            digest.update(name.encode() + b"\0" + content)
        self.build = digest.hexdigest()[:12]
        html = html.replace(b"<title>sanchat<", f"<title>{escape(title)}<".encode())
        self.html = _Asset(html.replace(PREFIX, f"/static/{self.build}/".encode()), ".html")
        self._assets = {
            name: _Asset(
                without_comments(content) if name.startswith(OWN_CODE) else content,
                Path(name).suffix,
            )
            for name, content in contents.items()
        }

    def asset(self, name: str) -> "_Asset | None":
        return self._assets.get(name)


def without_comments(code: bytes) -> bytes:
    """Without the `/** … */` that stand on lines of their own. The lines stay, so that what the
    browser says of line 12 is true of the file."""
    return COMMENT.sub(lambda comment: b"\n" * comment[0].count(b"\n"), code)


class _Asset:
    def __init__(self, content: bytes, suffix: str) -> None:
        self.content = content
        self.type = TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")
        squeezed = gzip.compress(content, 9, mtime=0)
        self.gzipped = squeezed if len(squeezed) < len(content) * 0.95 else None

    def answer(self, request: Request, headers: dict[str, str]) -> HTTPResponse:
        headers = headers | {"vary": "accept-encoding"}
        if self.gzipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
            headers["content-encoding"] = "gzip"
            return raw(self.gzipped, content_type=self.type, headers=headers)
        return raw(self.content, content_type=self.type, headers=headers)


def install(app: App, page: Page, *, is_https: bool) -> None:
    html_headers = {"cache-control": "no-cache", "content-security-policy": POLICY}

    async def show(request: Request) -> HTTPResponse:
        # On plain http, but for this machine, browsers ignore it and complain to the console.
        is_isolated = is_https or urlsplit(f"//{request.host}").hostname in LOOPBACK
        answer = page.html.answer(request, html_headers | (ISOLATION if is_isolated else {}))
        await renew_cookie(request, answer)
        return answer

    @app.get("/")
    async def home(request: Request) -> HTTPResponse:
        return await show(request)

    @app.get("/r/<room:str>")
    async def room(request: Request, room: str) -> HTTPResponse:
        return await show(request)

    @app.get("/static/<build:str>/<name:path>")
    async def static(request: Request, build: str, name: str) -> HTTPResponse:
        """Only names that were read at the start exist: no path leads anywhere else."""
        asset = page.asset(name)
        if asset is None:
            return raw(b"", status=404, content_type="text/plain")
        # An old build's address may be asked for after an upgrade: serve, but let nobody keep it.
        is_current = build == page.build
        cache = "public, max-age=31536000, immutable" if is_current else "no-store"
        return asset.answer(request, {"cache-control": cache})

    @app.get("/worker.js")
    async def worker(request: Request) -> HTTPResponse:
        """Without a build in its address: a worker is replaced in its place."""
        asset = page.asset("worker.js")
        if asset is None:
            return raw(b"", status=404, content_type="text/plain")
        return asset.answer(request, WORKER_HEADERS)

    @app.get("/favicon.ico")
    async def favicon(request: Request) -> HTTPResponse:
        asset = page.asset("favicon.svg")
        if asset is None:
            return raw(b"", status=404, content_type="text/plain")
        return asset.answer(request, {"cache-control": "public, max-age=86400"})
