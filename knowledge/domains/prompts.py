"""Prompt templates of the adapters, worded as in training."""

import importlib.resources
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from core.errors import SettingsError


@dataclass(frozen=True, slots=True)
class PromptTemplate:
    """A prompt with placeholders.

    Attributes:
        name: ``DOMAIN.TASK``.
        template: the prompt; placeholders are names in braces.
        answers: all answers that the adapter gives; empty if it answers freely.
        meanings: answer -> meaning, for answers that do not mean what they say.
    """

    name: str
    template: str
    answers: tuple[str, ...] = ()
    meanings: Mapping[str, str] = field(default_factory=dict)

    @property
    def gaps(self) -> tuple[str, ...]:
        """Names of the placeholders."""
        return tuple(name for _, name, _, _ in string.Formatter().parse(self.template) if name)

    def fill(self, **values: str) -> str:
        """The prompt. Braces in the values stay as they are.

        Raises:
            SettingsError: a placeholder has no value, or a value no placeholder.
        """
        if values.keys() != set(self.gaps):
            raise SettingsError(f"The prompt {self.name} takes {', '.join(self.gaps)}")
        return self.template.format(**values)


@cache
def prompt_templates() -> dict[str, PromptTemplate]:
    """All templates by name."""
    text = (importlib.resources.files(__package__) / "prompts.toml").read_text("utf-8")
    return {
        f"{domain}.{task}": PromptTemplate(
            name=f"{domain}.{task}",
            template=fields["template"],
            answers=tuple(fields.get("answers", ())),
            meanings=fields.get("meanings", {}),
        )
        for domain, tasks in tomllib.loads(text).items()
        for task, fields in tasks.items()
    }
