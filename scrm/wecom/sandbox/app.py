"""The sandbox as one object: which door a request goes through."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import segno

from scrm.wecom.sandbox import api_door, control_door
from scrm.wecom.sandbox.emitter import Emitter
from scrm.wecom.sandbox.endpoints.media import media_path
from scrm.wecom.sandbox.entities import ContactWay, Media
from scrm.wecom.sandbox.journal import Journal
from scrm.wecom.sandbox.oauth import PATHS as OAUTH_PATHS
from scrm.wecom.sandbox.oauth import OAuthDoor
from scrm.wecom.sandbox.options import Options
from scrm.wecom.sandbox.wire import Response
from scrm.wecom.sandbox.world import World

if TYPE_CHECKING:
    from scrm.wecom.sandbox.wire import Request

PAGE = Path(__file__).parent / "page"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
ASSETS = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/assets/sandbox.css": ("sandbox.css", "text/css; charset=utf-8"),
    "/favicon.ico": ("favicon.svg", "image/svg+xml"),
} | {
    f"/assets/{path.name}": (path.name, "text/javascript; charset=utf-8")
    for path in sorted(PAGE.glob("*.js"))
}
NOT_FOUND = "没有这个页面"


class Sandbox:
    """State, emitter and doors over one data folder."""

    def __init__(self, folder: Path) -> None:
        self.world = World(Journal(folder))
        self.options = Options(self.world.clock)
        self.emitter = Emitter(self.options, self.world.clock)
        self._folder = folder
        self._api = api_door.ApiDoor(self.world, self.options, folder)
        self._oauth = OAuthDoor(self.world)
        self._control = control_door.ControlDoor(self.world, self.options, self.emitter, self._api)

    def handle(self, request: Request) -> Response:
        path = request.path
        if path.startswith(api_door.PREFIX):
            return self._api.handle(request)
        if path.startswith(control_door.PREFIX):
            return self._control.handle(request)
        if path in OAUTH_PATHS:
            return self._oauth.handle(request)
        if path in ASSETS:
            return _asset(path)
        if path.startswith("/wwhead/"):
            return self._qr(request)
        if path.startswith("/wwmedia/"):
            return self._image(path.rsplit("/", 1)[-1])
        if path.startswith("/q/"):
            return Response(302, headers={"Location": f"/#code={path.rsplit('/', 1)[-1]}"})
        return Response(404, NOT_FOUND.encode(), "text/plain; charset=utf-8")

    def close(self) -> None:
        self.emitter.stop()
        with self.world.lock:
            self.world.close()

    def _qr(self, request: Request) -> Response:
        """The picture of a contact code; scanning it leads to the page with the code chosen."""
        config_id = request.path.rsplit("/", 1)[-1].removesuffix(".svg")
        with self.world.lock:
            known = any(corp.get(ContactWay, config_id) for corp in self.world.corps.values())
        if not known:
            return Response(404, "二维码已失效".encode(), "text/plain; charset=utf-8")
        code = segno.make(f"{request.base_url}/q/{config_id}", error="m")
        picture = code.svg_inline(scale=6, border=3, dark="#1d2129", light="#fff", omitsize=False)
        body = picture.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
        return Response(200, body.encode(), "image/svg+xml", {"Cache-Control": "no-store"})

    def _image(self, media_id: str) -> Response:
        with self.world.lock:
            found = [c.get(Media, media_id) for c in self.world.corps.values()]
        media = next((m for m in found if m is not None and m.type == "image"), None)
        if media is None:
            return Response(404, NOT_FOUND.encode(), "text/plain; charset=utf-8")
        return Response(200, media_path(self._folder, media_id).read_bytes(), media.content_type)


def _asset(path: str) -> Response:
    name, kind = ASSETS[path]
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": POLICY}
    headers["X-Content-Type-Options"] = "nosniff"
    return Response(200, (PAGE / name).read_bytes(), kind, headers)
