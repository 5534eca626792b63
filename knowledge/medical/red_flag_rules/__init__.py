"""The rules of :mod:`..red_flags`, one file per subject.

Each follows the publication it names; ``follows=False`` marks one whose threshold or combination is ours.
``checked=True`` means that the wording of the criterion was compared with the source or a public copy of it (November
2026); for the others there is only the citation. Not reviewed by a clinician.

Fired rules are grouped by subject, in the order of :data:`RULES`.
"""

from .abdomen import ABDOMEN_RULES
from .cardiovascular import CARDIOVASCULAR_RULES
from .children import CHILDREN_RULES
from .infection_and_breathing import INFECTION_AND_BREATHING_RULES
from .metabolism import METABOLISM_RULES
from .nervous_system import NERVOUS_SYSTEM_RULES
from .poisoning_and_self_harm import POISONING_AND_SELF_HARM_RULES
from .pregnancy import PREGNANCY_RULES

RULES = (
    *CARDIOVASCULAR_RULES,
    *INFECTION_AND_BREATHING_RULES,
    *NERVOUS_SYSTEM_RULES,
    *METABOLISM_RULES,
    *POISONING_AND_SELF_HARM_RULES,
    *ABDOMEN_RULES,
    *PREGNANCY_RULES,
    *CHILDREN_RULES,
)
