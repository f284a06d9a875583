"""What operators ask: `/healthz` and `/metrics`."""

import hmac
from typing import Any

from sanic import HTTPResponse, Request
from sanic.response import raw

from sanchat.errors import Forbidden, Unavailable
from sanchat.forwarded import is_trusted
from sanchat.routes.admission import address_of, scheme_of, visitor_of
from sanchat.routes.answers import App, error_answer, json_answer, server_of
from sanchat.server import Server
from sanchat.store.life import probe_of


def install(app: App) -> None:
    @app.get("/healthz")
    async def health(request: Request) -> HTTPResponse:
        """200 while the store answers and the server is not on its way out.

        Tells `sanchat-admin doctor`, which proves that it may read the database's files, what the
        server sees of a request.
        """
        server = server_of(request)
        if server.is_stopping:
            return error_answer(Unavailable("The server is stopping."))
        await server.store.last_act()
        fields: dict[str, Any] = {"status": "ok"}
        probe = request.headers.get("x-sanchat-probe", "")
        if probe and hmac.compare_digest(probe.encode(), _probe(server).encode()):
            fields["seen"] = _seen(server, request)
        return json_answer(fields)

    @app.get("/metrics")
    async def metrics(request: Request) -> HTTPResponse:
        """Prometheus text; for administrators alone once the server has a public address."""
        server = server_of(request)
        if server.settings.is_public:
            visitor = await visitor_of(request, may_sign_in=False, scope="read")
            if visitor.session.user.role not in ("owner", "admin"):
                raise Forbidden("Metrics are for administrators.")
        return raw(server.metrics.text(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _probe(server: Server) -> str:
    return probe_of(server.settings.database) or "nobody"


def _seen(server: Server, request: Request) -> dict[str, Any]:
    trusted = server.settings.trusted_proxy
    said = (name for name in ("x-forwarded-for", "forwarded") if name in request.headers)
    return {
        "peer": request.ip,
        "address": address_of(request),
        "scheme": scheme_of(request),
        "forwarded": any(said),
        "trusted": is_trusted(request.ip or "", trusted),
    }
