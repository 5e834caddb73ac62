"""The table of every address, one module per app; `test_walls_urls.py` visits all of it.

Each module has `ROWS` and may have `objects()`, which runs inside brand A's scope and returns names for
ids; `{name}` in a row's `path` values, `query`, `data` and `body` stands for such an id. A row says what
the owner gets; what others get follows: a colleague without the right 403, a stranger with an id of
A's 404, nobody 401 (API) or the sign-in page (console).

    from tests.rules.urls.rows import Api, Page

    def objects() -> dict[str, str]:
        return {"tag": tag_create(name="vip").public_id}

    ROWS = [
        Api("tags"),                                                   # GET /api/v1/tags
        Api("tags", "POST", body={"name": "new"}, owner=201),
        Api("tag", path={"public_id": "{tag}"}),
        Page("tags-list"),                                             # /console/<brand>/tags/
        Page("tag-edit", "POST", path={"public_id": "{tag}"}, data={"name": "x"}, owner=302),
    ]
"""
