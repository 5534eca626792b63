"""A company's questions and answers: read, published, searched, and answered only where that is safe.

Entries and versions:

    sources           reads JSON, CSV, XLSX, Markdown, HTML and PDF files, or a folder of them
    library           versions: drafted by one person, published by another, kept forever
    live              the published version that a running server answers from
    difference        what changed between two versions
    answer_tests      questions whose answers a company wants to be sure of
    trial             the tests before publication
    taken_by_rules    wordings that the chat's rules intercept before any search

Before a search, what a message is:

    critical_topics   critical topics, requests for a person and account matters, by rules
    critical_meaning  critical topics in other wordings, by meaning
    dialogue_acts     messages that ask nothing: thanks, greetings, reproaches
    meaning           the small networks that both of these use
    questions         several questions in one message
    question_forms    whether a text asks, and where in a message a question may begin
    wish              a request for a person at the end of a message
    followup          follow-ups made standalone
    correction        corrections of the previous question
    chosen_title      which offered title the customer chooses
    organisations     questions about another organisation
    measures          short questions about how much or how long

Search:

    search            the entries that answer a question
    texts             the texts that are searched
    wording           wordings in the form in which they are compared
    regime            how a library is searched, by its size and the question's language
    readers           the models that each language is searched with
    features          what speaks for an entry
    learnt            models that a library learns from its wordings
    cohesion          how similar the wordings of an entry are
    in_context        search for a message that may depend on the one before
    answerability     the calibrated probability of an answer, and its three bands

After a search:

    groundedness      checks that a rewording says what its sources say
    clusters          unanswered questions that ask the same
"""
