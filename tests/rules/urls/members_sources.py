"""Addresses of scan codes."""

from __future__ import annotations

from members.sources.models import ScanCode
from members.sources.rules import Wanted
from members.sources.services import scan_codes_make
from tests.rules.urls.rows import Api, Page


def objects() -> dict[str, str]:
    codes = scan_codes_make([Wanted(kind="store", name=f"of A {n}") for n in range(3)])
    keys = ("scan_code", "scan_code_api", "scan_code_page")
    found = {key: code.public_id for key, code in zip(keys, codes, strict=True)}
    # Documented examples are asked again by other runs: they need the same token.
    ScanCode.objects.filter(pk=codes[0].pk).update(token="sc_2gce8mf8kja5fqe1")
    return {**found, "scan_state": "sc_2gce8mf8kja5fqe1"}


_WHO = [{"type": "phone", "value": "13800000001"}]

ROWS = [
    Api("scan-codes"),
    Api("scan-codes", "POST", body={"codes": [{"kind": "store", "name": "x"}]}, owner=201),
    Api("scan-code", path={"public_id": "{scan_code}"}),
    Api("scan-code", "DELETE", path={"public_id": "{scan_code_api}"}, owner=204),
    Api("scan-arrivals", "POST", body={"state": "{scan_state}", "identities": _WHO}),
    Page("scan-codes"),
    Page("scan-codes", query={"kind": "store", "state": "archived"}),
    Page("scan-code-new"),
    Page("scan-code-new", "POST", data={"kind": "store", "name": "x"}, owner=302),
    Page("scan-code", path={"code_id": "{scan_code}"}),
    Page("scan-code-archive", "POST", path={"code_id": "{scan_code_page}"}, owner=302),
]
