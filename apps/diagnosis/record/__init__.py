"""The view of a patient's record: questions, summary, problem list and timeline, each line with its source."""
