"""The editor's writes: one step of a draft at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from communities.outreach.models import Push
from communities.outreach.services.drafts import push_update
from communities.outreach.services.media import media_add


@transaction.atomic
def push_content_save(
    *, public_id: str, content: Mapping[str, Any], kept: Mapping[str, str]
) -> Push:
    """Text and attachments of the editor's form; `kept` names pictures the draft has already."""
    return push_update(
        public_id=public_id,
        changes={
            "text": content.get("text", "").replace("\r\n", "\n"),
            "attachments": attachments_of(content, kept=kept),
        },
    )


def attachments_of(content: Mapping[str, Any], *, kept: Mapping[str, str]) -> list[dict[str, Any]]:
    """WeCom's shape of what the form says; new pictures are kept first."""
    found: list[dict[str, Any]] = []
    image = _picture(content, "image", kept)
    if content.get("with_image") and image:
        found.append({"msgtype": "image", "image": {"media_id": image}})
    cover = _picture(content, "mini_cover", kept)
    if content.get("with_mini") and cover:
        card = {
            "title": content["mini_title"],
            "appid": content["mini_appid"],
            "page": content["mini_page"],
            "pic_media_id": cover,
        }
        found.append({"msgtype": "miniprogram", "miniprogram": card})
    if content.get("with_link") and content.get("link_title") and content.get("link_url"):
        link = {"title": content["link_title"], "url": content["link_url"]}
        if content.get("link_desc"):
            link["desc"] = content["link_desc"]
        found.append({"msgtype": "link", "link": link})
    return found


def _picture(content: Mapping[str, Any], name: str, kept: Mapping[str, str]) -> str:
    file = content.get(name)
    if not file or isinstance(file, str):
        # Nothing chosen anew: the form gives back the id it was shown with.
        return kept.get(name, "")
    return str(media_add(name=file.name, content=file.read()).public_id)


def form_values(push: Push) -> dict[str, Any]:
    """The draft as the editor's form shows it; pictures under the names of their fields."""
    values: dict[str, Any] = {"text": push.text}
    for item in push.attachments:
        kind = item.get("msgtype")
        body = item.get(str(kind), {})
        if kind == "link":
            values |= {
                "with_link": True,
                "link_title": body.get("title", ""),
                "link_url": body.get("url", ""),
                "link_desc": body.get("desc", ""),
            }
        elif kind == "miniprogram":
            values |= {
                "with_mini": True,
                "mini_title": body.get("title", ""),
                "mini_appid": body.get("appid", ""),
                "mini_page": body.get("page", ""),
                "mini_cover": body.get("pic_media_id", ""),
            }
        elif kind == "image":
            values |= {"with_image": True, "image": body.get("media_id", "")}
    return values
