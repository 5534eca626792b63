"""The support chatbot."""
