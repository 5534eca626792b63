"""The language model on a Ray cluster: ``serve run deploy/ray.yaml`` starts replicas of the model's API.

Only Ray imports this file, which comes with the extra ``ray``.
"""

from fastapi import FastAPI
from ray import serve


def _build() -> FastAPI:
    from .api import model_from_environment  # in a replica, where the model is loaded

    return model_from_environment()


app = serve.deployment(name="R1")(serve.ingress(_build)()).bind()
