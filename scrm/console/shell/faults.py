"""The page of an error of ours: it says the number under which it was logged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.html import format_html

if TYPE_CHECKING:
    from django.http import HttpRequest

log = structlog.get_logger(__name__)
# Needs no file, no catalogue and no address.
_BARE = (
    '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    "<title>系统出错了 · Something went wrong</title></head><body><h1>系统出错了</h1>"
    "<p>我们已经记录了这个问题，请稍后再试。</p>"
    '<p lang="en">Something went wrong on our side. It was logged; please try again later.</p>'
    '<p>{request_id}</p><p><a href="/console/">回到首页 · Home</a></p></body></html>'
)


def server_error(request: HttpRequest) -> HttpResponse:
    """Drawn without the request: whatever broke must not break this page too."""
    context = {
        "request_id": getattr(request, "request_id", ""),
        "here": request.get_full_path() if request.method == "GET" else "",
    }
    try:
        page = render_to_string("500.html", context)
    except Exception:
        # Perhaps the very thing that broke: a manifest of files that was never made, a template that is cut off.
        log.exception("fault_page_failed")
        page = format_html(_BARE, request_id=context["request_id"])
    return HttpResponse(page, status=500)
