"""Questions about one patient's record, answered by looking things up: no language model takes part."""
