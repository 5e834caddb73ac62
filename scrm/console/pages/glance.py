"""A glance: what a click on a row shows in the drawer, with a way to the whole page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from typing_extensions import override

from scrm.console.elements import Action
from scrm.console.pages.base import ConsolePage
from scrm.console.requests import wants_fragment


class GlancePage(ConsolePage):
    """One thing in a drawer. `body_template` draws it with `context()`; heading and actions stand around.

    Opened as a page of its own it leads to `full_url()`, or draws itself in the frame when there is
    no other page about the thing.
    """

    template_name: ClassVar[str] = "console/glance_page.html"
    body_template: ClassVar[str] = ""

    def full_url(self) -> str:
        """The page about this thing; empty when this is it."""
        return ""

    def edit_url(self) -> str:
        """What the key `e` opens in the drawer."""
        return ""

    def glance_actions(self) -> Sequence[Action]:
        """Acts at the foot of the drawer, the primary one last."""
        return ()

    def visible_glance_actions(self) -> list[Action]:
        return [action for action in self.glance_actions() if self.may(action.permission)]

    @override
    def fragment_for(self, target: str) -> str:
        return "console/glance.html"

    @override
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        whole = self.full_url()
        if whole and not wants_fragment(self.request):
            return redirect(whole)
        return self.answer(self.context())
