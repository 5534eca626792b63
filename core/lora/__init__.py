"""Low-rank adapters in peft's format: trained, scored, merged, and many of them in one batch.

An adapter:

    adapter         reading and writing: a folder with a config and weights
    bank            the loaded adapters of a serving model, chosen by each request
    low_rank        truncation to a lower rank
    merge           adding an adapter to its base permanently

Training data:

    rows            rows and plain texts, from files
    vocabulary      terms that get their own tokens
    encode          rows to tokens, as the engine reads them
    checks          rejects rows that cannot be learnt, warns of suspicious ones
    batches         which rows run together
    regularisation  texts on which the adapter must predict like its base

Training:

    config          the adapter's shape, and the recipe
    trainer         the loop
    schedule        the learning rate, and when to evaluate and save
    network         the frozen base and the trainable adapter
    fused           a linear map and its adapter as one autograd operation
    checkpoint      everything that the next step depends on
    interrupt       Ctrl-C during a step
    history         the report of each step, and the recent trainings
    progress_bar    in the terminal
    card            the files next to the adapter: recipe, model card
    plot            the training curves

Evaluation:

    questions       multiple-choice questions, from files
    choices         questions and choices in tokens, and whether they differ
    judge           the likeliest choice, and the one that the model writes
    perplexity      how well a text is predicted
    baselines       answers without a language model
    metrics         scores and their confidence intervals
    evaluation      an adapter compared with the model alone and the baselines
"""
