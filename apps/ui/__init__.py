"""Parts that both screens share: theme, texts, start page."""
