"""What a message asks beside a wish for a person."""

from dataclasses import dataclass

from knowledge.faq.question_forms import asks, endings

from .policy import Action


@dataclass(frozen=True, slots=True)
class Asked:
    """A message as the search takes it.

    Attributes:
        message: as written, with personal data masked.
        parts: its questions, if there are several.
        instead: of each part, what is done instead of a search; None for most.
        before_wish: what is said before the wish for a person; empty if that is all, or if there is none.
        wish: the wish for a person; empty for most messages.
    """

    message: str
    parts: tuple[str, ...]
    instead: tuple[Action | None, ...]
    before_wish: str
    wish: str

    @property
    def text(self) -> str:
        """What is searched for: the only part that is not for a person, or what is said before the wish for one."""
        others = [part for part, action in zip(self.parts, self.instead, strict=True) if action is not Action.HAND_OFF]
        return others[0] if len(others) == 1 < len(self.parts) else self.before_wish or self.message

    @property
    def only_wishes(self) -> bool:
        """Whether a person is asked for and nothing else."""
        return bool(self.wish) and not any(map(asks, (self.before_wish, *endings(self.before_wish))))
