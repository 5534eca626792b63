"""What those who run the support chat see: who waits, what was not answered, drafts, versions and figures."""
