"""Which reviews a page may continue, and what happens to the one that it shows."""

import asyncio
from html import escape

from apps.ui.parts import done_html
from apps.ui.texts import t

from .decision_panel import Footer
from .html.kept import continued_html
from .open_patients import OpenPatient
from .view import OpenPage


class KeptReviews:
    """The open patients of whoever holds a page; only what the footer still allows of them is shown again."""

    def __init__(self, footer: Footer) -> None:
        self._patients, self._footer = footer.patients, footer

    def offered(self, page: OpenPage) -> tuple[OpenPatient, ...]:
        """Reviews that can be continued; of those that the hospital has open, where somebody has signed in there."""
        if page.visit or page.step:
            return ()
        return self._patients.of(page.holder, f"Patient/{page.launched}" if page.launched else "")

    def of_server(self, page: OpenPage, patient: str) -> tuple[OpenPatient, ...]:
        """The review of a patient of the FHIR server, by id, if there is one."""
        return self._patients.of(page.holder, f"Patient/{patient}")

    async def keep(self, page: OpenPage, patient: OpenPatient) -> None:
        """Keeps a patient who was read, instead of the one before."""
        left, page.left = page.left, None
        kept = await asyncio.to_thread(self._patients.keep, page.holder, patient)
        if left and left is not kept:
            self._patients.drop(page.holder, left)
        if kept is not patient and page.open is patient:  # another window was faster
            page.join(kept)

    async def keep_on(self, page: OpenPage, patient: OpenPatient) -> None:
        """Keeps a patient who was changed; others may have taken the room meanwhile."""
        await asyncio.to_thread(self._patients.keep, page.holder, patient)

    async def go_on(self, page: OpenPage, patient: OpenPatient) -> None:
        """Shows a patient who is under review, with what may be shown of it now."""
        page.join(patient)
        page.outcome = continued_html(patient, page.language)
        async with patient.changing:
            if seen := patient.visit:
                page.replace(seen, await asyncio.to_thread(self._footer.current, seen))
        page.left = None

    def give_up(self, page: OpenPage, patient: OpenPatient) -> None:
        """Gives up a review for good, the one shown or one that is offered."""
        self._patients.drop(page.holder, patient)
        if page.open is patient:
            page.begin()
            page.left = None
        page.outcome = done_html(escape(t("visit.closed_now", page.language)))
