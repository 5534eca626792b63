"""Low-rank adapters: read and written in peft's format, many in one batch."""
