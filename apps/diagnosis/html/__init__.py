"""The page's HTML: pure functions of a visit. Only the page imports it; what others say too is in :mod:`..words`."""
