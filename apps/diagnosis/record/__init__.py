"""The view of a patient's record: questions, problem list, timeline and summary, each line with its source."""
