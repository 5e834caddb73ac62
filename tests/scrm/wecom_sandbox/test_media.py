from __future__ import annotations

import json

import pytest

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


def _upload(api, path: str, data: bytes, *, name: str = "封面.png", **query) -> dict:
    boundary = "xBOUNDARYx"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="media"; filename="{name}"\r\nContent-Type: image/png\r\n\r\n'
    body = head.encode() + data + f"\r\n--{boundary}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return json.loads(api.raw("POST", path, query, body, headers)[2])


def test_an_image_goes_up_and_comes_back_whole_or_in_part(api) -> None:
    made = _upload(api, "media/upload", PNG, type="image")
    assert made["type"] == "image"
    assert isinstance(made["created_at"], str)
    query = {"media_id": made["media_id"]}
    status, headers, body = api.raw("GET", "media/get", query)
    assert (status, headers["Content-Type"], body) == (200, "image/png", PNG)
    status, headers, body = api.raw("GET", "media/get", query, None, {"Range": "bytes=0-7"})
    assert (status, body, headers["Content-Range"]) == (206, PNG[:8], f"bytes 0-7/{len(PNG)}")


@pytest.mark.parametrize(
    "data, kind, code",
    [
        (b"", "image", 44001),
        (b"abc", "image", 40006),
        (b"not a picture", "image", 40004),
        (PNG, "other", 40005),
        (b"#!AMR" + b"0" * 2**21, "voice", 45001),
    ],
)
def test_bad_uploads_have_their_codes(api, data, kind, code) -> None:
    assert _upload(api, "media/upload", data, type=kind)["errcode"] == code


def test_media_expires_after_three_days_and_spaces_do_not_mix(api, sandbox) -> None:
    media_id = _upload(api, "media/upload", PNG, type="image")["media_id"]
    other = _upload(api, "media/upload_attachment", PNG, media_type="image", attachment_type=1)
    assert isinstance(other["created_at"], int)

    def send(an_id: str) -> int:
        image = {"msgtype": "image", "image": {"media_id": an_id}}
        return api.post(
            "externalcontact/add_msg_template", {"sender": "li.na", "attachments": [image]}
        )["errcode"]

    assert send(media_id) == 0
    assert send(other["media_id"]) == 40007
    sandbox.clock_advance(3 * 86400 + 1)
    api.sign_in()
    assert send(media_id) == 40145


def test_uploadimg_gives_a_lasting_address(api) -> None:
    url = _upload(api, "media/uploadimg", PNG)["url"]
    status, _, body = api.fetch(url)
    assert (status, body) == (200, PNG)
