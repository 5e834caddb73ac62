"""Member files in."""

from __future__ import annotations

from django.utils.translation import gettext_lazy
from typing_extensions import override

from members.people.importing import IMPORT
from scrm.console.routes import page
from scrm.console.shell.imports import UploadPage


@page("members/import/", name="members-import")
class MemberImportPage(UploadPage):
    """Hand over a file of people; who is known already is recognised, not doubled."""

    import_kind = IMPORT
    permission = "members.edit"
    nav_key = "members-list"
    title = gettext_lazy("导入会员")

    @override
    def cancel_url(self) -> str:
        return self.url("members-list")
