"""What operators ask: `/healthz` and `/metrics`."""

from sanic import HTTPResponse, Request
from sanic.response import raw

from sanchat.errors import Forbidden, Unavailable
from sanchat.routes.admission import visitor_of
from sanchat.routes.answers import App, error_answer, json_answer, server_of


def install(app: App) -> None:
    @app.get("/healthz")
    async def health(request: Request) -> HTTPResponse:
        """200 while the store answers and the server is not on its way out."""
        server = server_of(request)
        if server.is_stopping:
            return error_answer(Unavailable("The server is stopping."))
        await server.store.last_act()
        return json_answer({"status": "ok"})

    @app.get("/metrics")
    async def metrics(request: Request) -> HTTPResponse:
        """Prometheus text; for administrators alone once the server has a public address."""
        server = server_of(request)
        if server.settings.is_public:
            visitor = await visitor_of(request, may_sign_in=False, scope="read")
            if visitor.session.user.role not in ("owner", "admin"):
                raise Forbidden("Metrics are for administrators.")
        return raw(server.metrics.text(), content_type="text/plain; version=0.0.4; charset=utf-8")
