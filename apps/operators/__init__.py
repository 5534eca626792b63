"""The operators' page of the support chat: who waits, what was not answered, drafts, versions and figures."""
