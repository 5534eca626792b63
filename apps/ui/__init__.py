"""What the screens share: theme, texts, languages, and the pages of plain HTML."""
