"""What was agreed to and asked for stays as proof, under the member's key; free words go."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext_lazy as _

from members.privacy.models import Consent, ErasedIdentity, PrivacyRequest
from scrm.core.persons import Person, eraser_register, exporter_register, kept_register
from scrm.tenants.wording import label_of, texts_out


def _export(person: Person) -> Iterator[Mapping[str, object]]:
    rows = Consent.objects.filter(member_id__in=person.member_ids).order_by("at", "pk")
    yield from rows.values("purpose", "is_given", "at", "source", "text_version")


eraser_register(
    "privacy",
    order=70,
    label=_("隐私请求的备注"),
    erase=texts_out(PrivacyRequest, "reason"),
    tables=[label_of(PrivacyRequest)],
)
exporter_register("consents", order=25, label=_("同意记录"), export=_export)
kept_register(label_of(Consent), why="proof of what was agreed to, under the member's key")
kept_register(
    label_of(ErasedIdentity), why="keyed hashes, so that WeCom does not bring people back"
)
