"""R1 as a transformers model: attention, numeric precision, loading."""
