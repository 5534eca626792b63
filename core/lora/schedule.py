"""How many steps a training has, after which of them the validation rows are read, and how long it still takes."""

import math
from dataclasses import dataclass

from .checkpoint import Progress
from .config import Recipe


@dataclass(frozen=True, slots=True)
class Schedule:
    """That of a recipe on some examples.

    Attributes:
        recipe: of the training.
        examples: how many there are to learn from.
    """

    recipe: Recipe
    examples: int

    @property
    def steps(self) -> int:
        """Steps of the whole training, if nothing ends it early."""
        return self.steps_of_epoch * self.recipe.num_train_epochs

    @property
    def steps_of_epoch(self) -> int:
        """Steps in which all examples are read once."""
        size, together = self.recipe.per_device_train_batch_size, self.recipe.gradient_accumulation_steps
        return math.ceil(math.ceil(self.examples / size) / together)

    def in_epoch(self, progress: Progress) -> int:
        """Steps done in the epoch that runs."""
        return progress.step - progress.epoch * self.steps_of_epoch

    def reads_validation(self, in_epoch: int) -> bool:
        """Whether the validation rows are read after this step of an epoch: always after the last."""
        left, every = self.steps_of_epoch - in_epoch, self._steps_between_readings
        return left == 0 or (in_epoch % every == 0 and left >= every)

    def seconds_left(self, progress: Progress) -> float:
        """Seconds until the last step, at the pace so far, with the readings of the validation rows."""
        steps = self.steps - progress.step
        readings = math.ceil(steps * (self.steps_of_epoch // self._steps_between_readings) / self.steps_of_epoch)
        return steps * progress.seconds / progress.step + readings * progress.reading

    @property
    def _steps_between_readings(self) -> int:
        return max(1, self.steps_of_epoch // self.recipe.evaluations)
