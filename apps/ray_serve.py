"""The language model on a Ray cluster: ``serve run deploy/ray.yaml`` starts replicas of the model's API.

Only Ray imports this file, which comes with the extra ``ray``.
"""

from functools import cache
from typing import TYPE_CHECKING

from fastapi import FastAPI
from ray import serve

if TYPE_CHECKING:
    from .model_server import ModelServer


@cache
def _model() -> "ModelServer":
    from core.settings import load_settings  # in a replica, where the model is loaded

    from .model_server import build_model

    return build_model(load_settings())


def _build() -> FastAPI:
    from .api import create_model_app

    return create_model_app(_model())


class Replica:
    """Ray's part of a replica; the application is made by :func:`_build`."""

    def check_health(self) -> None:
        """Called by Ray, which replaces a replica whose check raises."""
        for check in _model().checks.values():
            check()


app = serve.deployment(name="R1")(serve.ingress(_build)(Replica)).bind()
