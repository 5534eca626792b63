"""HTTP: the OpenAI-compatible API, metrics, health, and graceful shutdown."""
