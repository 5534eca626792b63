"""The language model and the embeddings over HTTP, in the form of OpenAI's API (https://platform.openai.com/docs)."""
