"""The ASGI application: both screens, the start page, health and metrics."""

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse
from starlette.middleware.trustedhost import TrustedHostMiddleware

from core.server.health import health_routes
from core.server.metrics import MetricsMiddleware
from core.settings import load_settings

from .access import RequireToken, SecurityHeaders
from .bootstrap import Suite, build_suite

_AREAS = frozenset({"support", "diagnosis", "healthz", "readyz", "metrics"})


def create_app(suite: Suite) -> FastAPI:
    """Mounts everything on one application."""
    import gradio as gr

    from .diagnosis.ui import build_diagnosis_page
    from .support.ui import build_support_page
    from .ui.start import start_page
    from .ui.theme import favicon, mount_options

    app = FastAPI(title="R1 Suite", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(health_routes(suite.checks))
    app.include_router(suite.metrics.routes())

    @app.get("/", response_class=HTMLResponse, include_in_schema=False)
    def start(request: Request) -> str:
        wanted = request.query_params.get("lang") or request.headers.get("accept-language", "")
        return start_page(suite, "zh" if wanted.lower().startswith("zh") else "en")

    @app.get("/favicon.ico", include_in_schema=False)
    def icon() -> FileResponse:
        return FileResponse(favicon(), media_type="image/svg+xml")

    options = mount_options()
    support, diagnosis = suite.support, suite.diagnosis
    gr.mount_gradio_app(app, build_support_page(support, suite.metrics), path="/support", **options)
    gr.mount_gradio_app(
        app, build_diagnosis_page(diagnosis, suite.metrics, suite.settings), path="/diagnosis", **options
    )

    # The last one added sees a request first.
    app.add_middleware(SecurityHeaders)
    if suite.settings.access_token is not None:
        app.add_middleware(RequireToken, token=suite.settings.access_token.get_secret_value())
    if suite.settings.on_loopback:  # a foreign host name on loopback is DNS rebinding
        hosts = ["127.0.0.1", "localhost", "[::1]", suite.settings.host]
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False)
    app.add_middleware(MetricsMiddleware, metrics=suite.metrics, areas=_AREAS)
    return app


def from_environment() -> FastAPI:
    """The application for any ASGI server: ``uvicorn --factory apps.api:from_environment``."""
    return create_app(build_suite(load_settings()))
