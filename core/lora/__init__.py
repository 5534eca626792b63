"""Low-rank adapters in peft's format: trained, scored, merged, and many of them in one batch.

An adapter:

    adapter         read and written: a folder with a config and weights
    bank            beside a model that serves: a slot each, and every request names its own
    low_rank        truncated to a lower rank
    merge           added to its base for good

What it learns from:

    rows            rows and plain texts, from files
    vocabulary      terms that get tokens of their own
    encode          rows to tokens, as the engine reads them
    checks          refuses what cannot be learnt, tells what looks odd
    batches         which rows run together
    regularisation  texts on which it must predict as its base does

A training:

    config          the adapter's shape, and the recipe
    trainer         the loop
    network         the frozen base and the adapter that learns
    fused           a map of both as one operation of autograd
    checkpoint      all that the next step depends on
    interrupt       Ctrl-C while a step runs
    history         what was told of each step, and the recent trainings
    progress_bar    in the terminal
    card            the files beside the adapter: recipe, model card
    plot            and curves

What it is worth:

    questions       with a list of answers each, from files
    choices         both in tokens, and whether they can be told apart
    judge           the likeliest of these answers, and the one that the model writes
    perplexity      how well a text is predicted
    baselines       answers that need no language model
    metrics         scores, and how sure they are
    evaluation      an adapter beside the model alone and the baselines
"""
