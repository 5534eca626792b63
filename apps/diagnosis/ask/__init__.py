"""Questions about one patient's record, answered by look-up, without a language model."""
