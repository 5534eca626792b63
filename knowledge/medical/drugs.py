"""The drugs of ``drugs.toml``: ingredients with their other names, and classes, in English and Chinese."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class DrugClass:
    """A class of drugs.

    Attributes:
        name: English name, unique, for display.
        words: all wordings of it, English first.
        members: names of its ingredients, those of the classes inside it included.
    """

    name: str
    words: tuple[str, ...]
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drugs:
    """Content of the table.

    Attributes:
        ingredients: name -> all wordings of it, the name first, and those of the products that contain it.
        products: names of the ingredients, joined by " + " -> wordings of the product.
        classes: smaller ones first.
    """

    ingredients: Mapping[str, tuple[str, ...]]
    products: Mapping[str, tuple[str, ...]]
    classes: tuple[DrugClass, ...]


@cache
def load_drugs() -> Drugs:
    """The table, read once."""
    rows = tomllib.loads((files(__package__) / "drugs.toml").read_text("utf-8"))
    ingredients = {name: (name, *others) for name, others in rows["ingredients"].items()}
    products = {name: tuple(words) for name, words in rows["products"].items()}
    for name, words in products.items():
        for ingredient in name.split(" + "):
            ingredients[ingredient] += words
    classes: dict[str, DrugClass] = {}
    for row in rows["class"]:
        inside = [member for other in row.get("within", ()) for member in classes[other].members]
        members = tuple(dict.fromkeys([*inside, *row["members"]]))
        classes[row["key"]] = DrugClass(row["key"], (row["key"], *row["en"], *row["zh"]), members)
    return Drugs(ingredients, products, tuple(classes.values()))
