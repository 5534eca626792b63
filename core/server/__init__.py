"""HTTP: the OpenAI-compatible API, metrics, health, and an orderly end."""
