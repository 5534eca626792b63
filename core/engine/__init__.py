"""Turns requests into tokens, and tokens into answers.

    request        requests, answers and the engine's interface
    open           the engine that the settings name
    named          the same for scripts that name a model

An engine in this process:

    runner         the loop: one thread runs all requests in one batch
    scheduler      which requests run next, and which are preempted when memory runs short
    sequence       the state of a running request
    cache          blocks of the KV cache, with prefix caching
    template       a conversation as text, and as tokens
    prompt_lookup  guesses tokens that are then verified together
    sampling       draws the next token
    schema         which tokens a JSON schema allows next
    text           tokens to text; separates reasoning and stop texts

A server with the OpenAI API:

    remote         client for it
    remote_errors  its errors, as the suite's
    background     coroutines for threads, with a time limit
"""
