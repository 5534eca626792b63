"""Turns requests into tokens, and tokens into answers.

    request        what goes in and what comes out; what an engine must do
    open           the engine that the settings name
    named          the same for scripts that name a model

An engine in this process:

    runner         the loop: a thread takes all requests through one batch
    scheduler      which requests run next, and which give way when memory runs short
    sequence       a request on its way
    cache          blocks of the KV cache, and beginnings of prompts that are in it
    template       a conversation as text, and as tokens
    prompt_lookup  guesses tokens that are then checked together
    sampling       draws the next token
    schema         which tokens a JSON schema lets come next
    text           tokens to text, thoughts and stop texts told apart

A server with the OpenAI API:

    remote         asks it
    remote_errors  its errors, as the suite's
    background     coroutines for threads, with a time limit
"""
