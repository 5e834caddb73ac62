"""Who came by a contact code keeps counting, under a name that leads to nobody."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from communities.acquisition.models import ContactCode, ContactCodeScan
from scrm.core.persons import Person, eraser_register, kept_register
from scrm.tenants.wording import label_of


def _scans(person: Person, limit: int) -> int:
    externals = person.values_of("external_userid")
    rows = ContactCodeScan.objects.filter(external_userid__in=externals).order_by("pk")
    keys = list(rows.values_list("pk", flat=True)[:limit])
    for key in keys:
        ContactCodeScan.objects.filter(pk=key).update(external_userid=f"erased-{key}")
    return len(keys)


eraser_register(
    "scans", order=225, label=_("渠道码扫码记录"), erase=_scans, tables=[label_of(ContactCodeScan)]
)
kept_register(label_of(ContactCode), why="the brand's own codes, staff and texts")
