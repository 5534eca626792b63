"""A page of a company's own, with the widget."""


def company_html(url: str, language: str) -> str:
    """A page of the company's own, with the widget."""
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Company</title><h1>Our company</h1>'
        f'<link rel="icon" href="data:,"><script src="{url}/widget.js" async></script></html>'
    )
