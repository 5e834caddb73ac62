"""Every page of the console with the address it is visited at; a new page shows up here by itself.

An address needs nothing but ids, and `filled.py` has one for every kind. A page that wants another one,
has several faces, or is no page at all says so below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import URLPattern, reverse

from scrm.console import urls
from scrm.console.panels import panels_for
from tests.browser.filled import Filled

# Arguments that are not the usual ones of that name.
ARGUMENTS: Mapping[str, Mapping[str, str]] = {
    "scan-code": {"code_id": "scan_code_id"},
    "members-merge": {"member_id": "merge_target"},
    "members-consent": {"member_id": "privacy_member"},
    "members-export-person": {"member_id": "privacy_member"},
    "members-erase": {"member_id": "privacy_member"},
    "tags-figures-define": {"tag_id": "figures_tag"},
    "tags-merge": {"tag_id": "manual_tag"},
    "programme-edit": {"programme_id": "programme_draft"},
    "programme-submit": {"programme_id": "programme_draft"},
    "caution-give": {"key": "caution_key"},
    "settings-restore": {"number": "setting_version"},
    "push-edit": {"push_id": "push_draft"},
    "push-phone": {"push_id": "push_draft"},
    "push-cancel": {"push_id": "push_scheduled"},
    "push-delete": {"push_id": "push_draft"},
}
# Other faces of a page, as query strings; `{name}` is an id.
FACES: Mapping[str, Sequence[Mapping[str, str]]] = {
    "analytics-overview": [{"range": "90", "compare": "year"}],
    "analytics-rfm": [{"show": "net"}],
    "members-list": [
        {"q": "会员1", "wecom": "true", "f.orders.count": "gte:1", "sort": "-spent"},
        {"q": "nobody-is-called-this"},
    ],
    "members-merge": [{"source": "{merge_source}"}],
    "identity-conflicts": [{"state": "open"}],
    "privacy-requests": [{"state": "running"}],
    "privacy-consents": [{"given": "no"}],
    "pools-screening": [{"verdict": "pending"}, {"q": "000000000000"}],
    "pools-moves": [{"cause": "hand", "pool": "core"}],
    "scan-codes": [{"kind": "parcel_card"}, {"state": "archived"}],
    "orders-list": [{"channel": "tmall"}, {"q": "no-such-number"}],
    "exports-new": [
        {"kind": "members", "query": "gender=male"},
        {"kind": "members", "query": "ids={member_id}"},
    ],
    "push-edit": [{"step": step} for step in ("audience", "content", "time", "confirm")],
    "push-new": [{"segment": "{push_segment}"}],
    "push-list": [{"state": "draft"}],
    "push-recipients": [{"state": "failed"}],
    "segments-list": [{"q": "没有这个人群"}],
    "segments-compare": [{"first": "{segment_id}", "second": "{push_segment}"}],
    "segments-new": [{"rule": '{"all": [{"field": "orders.count", "op": "gte", "value": 1}]}'}],
    "tags-list": [{"kind": "rule"}, {"q": "没有这个标签"}],
    "benefits-list": [{"kind": "coupon"}, {"q": "没有这项权益"}],
    "plans-terms": [{"state": "active"}, {"q": "no-such-payment"}],
    "programme-edit": [{"step": step} for step in ("goal", "ladder", "benefits", "life_cycle")],
    "search": [{"q": "会员"}],
    "settings": [{"group": "points"}, {"q": "推送"}, {"q": "没有这个词"}],
    "settings-edit": [{"group": "analytics"}, {"group": "points"}],
    "settings-history": [{"key": "push.per_day"}],
    "channels": [{"state": "archived"}],
}
# The query without which a page has nothing to show.
NEEDS: Mapping[str, Mapping[str, str]] = {
    "members-tag": {"ids": "{member_id}"},
    "members-untag": {"ids": "{member_id}"},
    "members-pool": {"ids": "{member_id}"},
    "pools-screening-pass": {"ids": "{screening_id}"},
    "pools-screening-hold": {"ids": "{screening_id}"},
    "pools-screening-reject": {"ids": "{screening_id}"},
    "push-reach": {"segment": "{push_segment}"},
    "views-new": {"list": "members-list", "query": "wecom=true"},
    "settings-edit": {"key": "push.per_day"},
}
# No pages: writes (they lead on, or take only posts), parts of a page, files.
ACTS = frozenset(
    {
        "channel-state",
        "members-tier-unlock",
        "benefits-archive",
        "plans-close",
        "programme-discard",
        "programme-start",
        "pools-verdict",
        "scan-code-archive",
        "custom-field-archive",
        "custom-field-restore",
        "notes-pin",
        "notes-unpin",
        "notes-delete",
        "job-cancel",
        "job-retry",
        "event-retry",
        "events-retry",
        "module-switch",
        "night-retry",
        "notices-read",
        "views-delete",
        "views-default",
        "list-columns",
        "undo",
        "notice",
        "identity-conflict-apart",
        "contact-code-archive",
        "contact-code-retry",
        "invitation-send",
        "invitation-revoke",
        "person-activate",
        "person-deactivate",
        "approval-withdraw",
        "push-cancel",
        "push-delete",
        "push-remind",
        "push-refresh",
        "tags-pause",
        "tags-resume",
        "tags-wecom",
        "tags-retry",
        "tags-group-delete",
        "wecom-check",
        "wecom-sync",
        "wecom-callback-replay",
        "webhook-test",
        "webhook-pause",
        "webhook-resume",
        "webhook-delivery-replay",
    }
)
POSTED_PARTS: Mapping[str, Mapping[str, str]] = {
    "push-phone": {"text": "{昵称}，你好"},
    "segments-count": {"rule": '{"all": [{"field": "orders.count", "op": "gte", "value": 1}]}'},
}
PARTS = frozenset(
    {
        "home-checklist",
        "home-recent",
        "members-about",
        "members-benefits",
        "notices-menu",
        "notices-count",
        "push-reach",
        "push-progress",
        "tags-try",
        "segments-choices",
        "job-progress",
        "jobs-indicator",
    }
)
# What a click on a row shows; on its own it leads to the thing's page.
GLANCES = frozenset({"members-glance"})
FILES = frozenset({"file-download", "import-faults", "push-media", "analytics-overview-export"})
NO_PAGES = ACTS | PARTS | GLANCES | FILES | POSTED_PARTS.keys()


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One address; `target` is the element htmx would put the answer into."""

    name: str
    address: str
    target: str = ""
    data: Mapping[str, str] | None = None

    @property
    def key(self) -> str:
        """The same for every brand and size."""
        _path, _mark, query = self.address.partition("?")
        return f"{self.name}{f'?{query}' if query and 'ids=' not in query else ''}{f' → {self.target}' if self.target else ''}"


class NoRecipe(LookupError):
    """A page whose address cannot be made: give `filled.py` such a thing, or say here what it needs."""


def patterns() -> dict[str, URLPattern]:
    """Every address below a brand, by name."""
    return {str(found.name): found for found in urls.urlpatterns[-1].url_patterns}  # type: ignore[union-attr]


def pages(filled: Filled) -> list[Visit]:
    """Every whole page in every face."""
    found = []
    for name in patterns():
        if name in NO_PAGES:
            continue
        needs = NEEDS.get(name, {})
        found.append(visit(filled, name, **needs))
        found += [visit(filled, name, **{**needs, **face}) for face in FACES.get(name, ())]
    return found


def parts(filled: Filled) -> list[Visit]:
    """What htmx fetches: lists, tabs, and the parts with an address of their own."""
    found = [
        visit(filled, name, **NEEDS.get(name, {})) for name in sorted(PARTS & patterns().keys())
    ]
    found += [
        visit(filled, name, data=data) for name, data in POSTED_PARTS.items() if name in patterns()
    ]
    found += [
        visit(filled, name, target="drawer-body") for name in sorted(GLANCES & patterns().keys())
    ]
    for name, pattern in patterns().items():
        view = getattr(pattern.callback, "view_class", None)
        if hasattr(view, "rows_make"):
            found.append(visit(filled, name, target="results"))
            found.append(visit(filled, name, target="listing"))
            found += [visit(filled, name, target=f"options-{key}") for key in long_menus(view)]
    tabs = ["timeline", *(panel.key for panel in panels_for(slot="tab", may=lambda _name: True))]
    found += [visit(filled, "members-detail", target="tab-panel", tab=key) for key in tabs]
    found += [visit(filled, "members-about", part=part) for part in ("cards", "persona", "rooms")]
    return found


def long_menus(view: Any) -> list[str]:
    """Filters whose options a list fetches when the menu is opened."""
    return ["source", "tag"] if view.url_name == "members-list" else []


def visit(
    filled: Filled,
    name: str,
    *,
    target: str = "",
    data: Mapping[str, str] | None = None,
    **query: str,
) -> Visit:
    """The address of a page of this brand."""
    path = reverse(f"console:{name}", kwargs=arguments(filled, name))
    asked = {
        key: value.format_map(filled.ids) if "{" in value and '"' not in value else value
        for key, value in query.items()
    }
    address = f"{path}?{urlencode(asked)}" if asked else path
    return Visit(name=name, address=address, target=target, data=data)


def arguments(filled: Filled, name: str) -> dict[str, Any]:
    pattern = patterns()[name]
    own = ARGUMENTS.get(name, {})
    values: dict[str, Any] = {"tenant_slug": filled.tenant.slug}
    for argument in pattern.pattern.converters:
        key = own.get(argument, argument)
        if key not in filled.ids:
            raise NoRecipe(f"{name}: nothing to fill <{argument}> with")
        values[argument] = filled.ids[key]
    return values
