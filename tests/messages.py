"""Messages of customers in tables, which are easier to read and to add to than lists of quoted strings."""


def messages(table: str) -> list[str]:
    """The messages of a table: several stand in a line, with a bar between two."""
    return [message for line in table.strip().splitlines() for message in line.split(" | ")]
