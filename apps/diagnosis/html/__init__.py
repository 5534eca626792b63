"""The page's HTML: pure functions of a visit. Only the page imports it; shared wording is in :mod:`..words`."""
