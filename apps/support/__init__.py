"""The support chatbot.

A conversation:

    service           the chatbot behind every front end
    triage            what a message is, before anything is searched for
    answerer          answers a message from one version of the FAQ
    critical_replies  replies on critical topics
    asked             what a message asks for
    policy            the one action that it takes
    context           continuing or correcting an earlier question
    conversation      what was said, and what each reply did
    replies           replies made from search results
    words             their texts
    rewrite           follow-ups rewritten by the model
    compose           answers composed from vetted passages
    written           what the model writes, which the chat can do without
    company           the company that it speaks for
    bot               the chatbot for programs

A person takes over:

    chat              the conversation with the chatbot and, after a hand-off, a person
    posts             puts messages into the outbox
    outbox            sends e-mails and signed webhooks
    outbox_metrics    the outbox in Prometheus

Front ends:

    ui                the page
    html              its HTML
    widget            the widget for a company's own pages
    api               the API for other programs
    api_routes        its routes
    as_json           a conversation as the API shows it
    event_streams     server-sent events
    limits            rate limits

Storage:

    store             conversations, hand-offs and outgoing messages
    tables            its tables
    retention         deletes conversations when their time is over
"""
