"""How a prompt of each adapter is worded: as it was trained."""

import importlib.resources
import string
import tomllib
from dataclasses import dataclass
from functools import cache

from core.errors import SettingsError


@dataclass(frozen=True, slots=True)
class PromptTemplate:
    """A prompt with gaps.

    Attributes:
        name: ``DOMAIN.TASK``.
        says: what it asks for.
        template: the prompt; gaps are names in braces.
        answers: all answers that the adapter gives; empty if it answers freely.
    """

    name: str
    says: str
    template: str
    answers: tuple[str, ...] = ()

    @property
    def gaps(self) -> tuple[str, ...]:
        """Names of what has to be filled in."""
        return tuple(name for _, name, _, _ in string.Formatter().parse(self.template) if name)

    def fill(self, **values: str) -> str:
        """The prompt. Braces in the values stay as they are.

        Raises:
            SettingsError: a gap stays empty, or a value has no gap.
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
            f"{domain}.{task}", fields["says"], fields["template"], tuple(fields.get("answers", ()))
        )
        for domain, tasks in tomllib.loads(text).items()
        for task, fields in tasks.items()
    }
