"""A company's questions and answers."""
