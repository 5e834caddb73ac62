"""A person who has been in every room of a brand, and a dump of the brand that finds them anywhere."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import connection, models
from redis import Redis

from members.identity.merging import member_merge
from members.identity.models import MemberMerge
from members.identity.rules import Claim
from members.identity.services import identity_resolve
from members.people.models import Member
from members.people.rules import Profile
from members.privacy.models import PrivacyRequest
from members.privacy.services import erase_ask
from members.segments.services import segment_create
from members.tags.services import member_tag_add
from points.lots.services import points_grant, points_hold
from points.orders.services import orders_settle
from scrm.core import clock
from scrm.core.persons import ERASERS, words_in
from scrm.core.sealed import MARKED
from scrm.core.secrets import secret_open
from scrm.events.actor import acting_as
from scrm.events.audit import record
from scrm.events.jobs.runner import jobs_run_waiting
from scrm.files.models import FilePart, StoredFile
from scrm.files.sheets import workbook_write
from scrm.tenants.context import require_tenant_id
from scrm.tenants.models import Tenant
from scrm.wecom.contacts.rules import Rank
from scrm.wecom.contacts.services import Told, contacts_told
from scrm.wecom.gateway import Contact, Follow
from scrm.wecom.models import WeComCorp
from tests.factories.members import START, order
from tests.rules.walls.rows import row_make, tenant_models

PHONE, OTHER_PHONE = "13812345670", "13912345671"
NAME, SMALL_NAME, REMARK = "沈雨桐", "桐桐的小号", "沈小姐闺蜜"
EXTERNAL, UNION, OPENID = "wmShenYutong0001", "unionid-shen-0001", "openid-shen-0001"
ACCOUNT, MAIL = "acct-shen-777", "shen.yutong@example.com"
AVATAR = "https://wx.example/shen-avatar.png"
CORP = "wwcorp"
WORDS = (
    PHONE, OTHER_PHONE, NAME, SMALL_NAME, REMARK, EXTERNAL, UNION, OPENID, ACCOUNT, MAIL, AVATAR,
    "138****5670",
)  # fmt: skip
FOUND = words_in(WORDS)
# Words of the platform, never typed by anybody.
_MACHINE = frozenset(
    [
        "kind",
        "type",
        "state",
        "change",
        "action",
        "subscriber",
        "connector",
        "code",
        "content_type",
        "permission",
        "page",
        "mask",
        "once",
        "phase",
        "source_type",
        "cause",
        "door",
        "sink",
        "reason_code",
        "job_id",
        "file_id",
        "participant",
        "actor_kind",
        "actor_id",
        "decided_by",
        "requested_by",
        "requester_kind",
        "requester_id",
        "currency",
        "channel",
        "purpose",
        "source",
        "text_version",
        "job",
        "key_id",
        "userid",
        "sender",
        "deleted_by",
        "state_param",
        "corp_id",
        "scope",
        "value_hash",
        "started_by",
        "retry_of",
        "requester",
        "requested_label",
        "decided_label",
        "actor_label",
        "created_by",
        "author",
        "reverted_by",
        "request_hash",
        "outcome",
        "cursor",
        "counts",
        "subject",
        "msgid",
        "value_enc",
        "phone_enc",
        "words",
        "tally",
    ]
)


# -- the person ---------------------------------------------------------------------------------------------
def account(*claims: Claim, name: str) -> Member:
    return identity_resolve(
        claims=claims,
        source="tmall",
        occurred_at=START,
        profile=Profile(display_name=name, city="杭州"),
    )


def met_in_wecom() -> None:
    corp = WeComCorp.objects.create(
        corp_id=CORP, name="corp", agent_id=1, secret="s", token="t", aes_key="a" * 43
    )
    card = Contact(
        external_userid=EXTERNAL, kind=1, name=NAME, avatar=AVATAR, gender=2, unionid=UNION
    )
    contacts_told(corp=corp, told=[told_in_wecom(card, at=START)])


def told_in_wecom(card: Contact, *, at: datetime, rank: Rank | None = Rank.ADDED) -> Told:
    follow = Follow(
        userid="staff1", remark=REMARK, description=f"{NAME} 是 VIP", createtime=int(at.timestamp()),
        tag_ids=(), phones=(PHONE,), state="", add_way=1,
    )  # fmt: skip
    return Told(
        userid="staff1", external_userid=EXTERNAL, rank=rank, at=at, contact=card, follow=follow
    )


def person(brand: Tenant) -> Member:
    """One person in two accounts, merged, who has been about."""
    kept = account(
        Claim("phone", PHONE), Claim("unionid", UNION), Claim("business_account", ACCOUNT),
        Claim("email", MAIL), Claim("openid", OPENID, "wxapp"),
        Claim("external_userid", EXTERNAL, CORP), name=NAME,
    )  # fmt: skip
    small = account(Claim("phone", OTHER_PHONE), name=SMALL_NAME)
    met_in_wecom()
    made = [order(phone=PHONE, paid_fen=50_000), order(phone=OTHER_PHONE, paid_fen=20_000)]
    orders_settle([each.pk for each in made])
    member_tag_add([kept.pk], ["常客"], "operator")
    points_grant(member_id=kept.pk, points=100, reference="birthday:2026")
    member_merge(source=small.public_id, target=kept.public_id, reason=f"{NAME} 的小号")
    points_hold(member_id=kept.pk, points=30, reference="hold-1", reason=f"{NAME} 换货")
    segment_create(
        name="朋友", description=f"{NAME}和朋友",
        rule={"field": "member.name", "op": "in", "value": [NAME, "别人"]},
    )  # fmt: skip
    with acting_as("operator", id="1", label="客服"):
        record(
            "members.phone_shown", object_type="member", object_id=kept.public_id,
            after={"reason": f"{NAME} 来电，手机 {PHONE}"},
        )  # fmt: skip
    kept.refresh_from_db()
    files(kept)
    planted(kept)
    return kept


def files(member: Member) -> None:
    """An export as text, one as a workbook, and one without the person."""
    rows = [["昵称", "手机"], [NAME, PHONE]]
    text, book = io.StringIO(), io.BytesIO()
    csv.writer(text).writerows(rows)
    workbook_write(rows, book)
    for name, data in (
        ("a.csv", text.getvalue().encode()),
        ("b.xlsx", book.getvalue()),
        ("c.csv", "昵称\n别人\n".encode()),
    ):
        file = StoredFile.objects.create(
            name=name, content_type="text/csv", kind="members", permission="members.view",
            expires_at=clock.now() + timedelta(days=7), ready_at=clock.now(), reason="核对",
        )  # fmt: skip
        half = len(data) // 2
        FilePart.objects.create(file=file, number=0, data=data[:half])
        FilePart.objects.create(file=file, number=1, data=data[half:])


def planted(member: Member) -> None:
    """The person's words in every free column of every table that a room says it empties."""
    kept: dict[str, models.Model] = {
        "members.member": member,
        "members.membermerge": MemberMerge.objects.get(),
    }
    answered = {label for each in ERASERS.values() for label in each.tables}
    for model in tenant_models():
        label = model._meta.label_lower
        if label not in answered or label in {"members.member", "members.identity"}:
            continue
        columns = {
            field.name: _planted(field, label)
            for field in model._meta.local_concrete_fields
            if _is_free(field)
        }
        if label == "events.auditlog":
            model._base_manager.create(  # type: ignore[attr-defined]
                tenant_id=require_tenant_id(), actor_kind="operator", action="members.phone_shown",
                object_type="tags", object_id=f"标签 {NAME}", before={"x": [NAME]},
                after={"y": {"z": f"手机 {PHONE}"}, "reason": MAIL}, at=clock.now(),
            )  # fmt: skip
            continue
        if label in _FIGURES:
            continue
        row = kept.get(label) or _own(model, member) or row_make(model, kept)
        if columns:
            model._base_manager.filter(pk=row.pk).update(**columns)


_BRANDS_OWN = {
    ("communities.push", "name"),
    ("communities.push", "text"),
    ("members.segment", "name"),
}
# Tables whose rows must add up: what the person really did is in them.
_FIGURES = {"points.pointsaccount", "points.lot", "points.spend", "members.growthentry"}


def _own(model: type[models.Model], member: Member) -> models.Model | None:
    """The row that the person has already, where there is one each."""
    if not any(field.name == "member" for field in model._meta.local_fields):
        return None
    rows = model._base_manager.filter(tenant_id=require_tenant_id(), member_id=member.pk)
    return rows.first()


def _is_free(field: Any) -> bool:
    if field.name in _MACHINE or field.choices or field.name.endswith("public_id"):
        return False
    if isinstance(field, models.JSONField):
        return True
    if isinstance(field, models.TextField):
        return True
    return isinstance(field, models.CharField) and (field.max_length or 0) >= 60


def _planted(field: Any, label: str) -> Any:
    if field.name == "external_userid":
        return EXTERNAL
    if isinstance(field, models.JSONField):
        if field.name == "rule":
            return {"any": [{"field": "member.name", "op": "in", "value": [NAME, PHONE]}]}
        if label == "communities.push":
            return [{"title": PHONE}]
        return {"q": [f"给 {NAME} 打 {PHONE}", {"mail": MAIL}]} if field.name != "cells" else [NAME]
    if field.name == "phones":
        return json.dumps([PHONE])
    if label == "files.importpiece":
        return json.dumps([[1, [NAME, PHONE]], [2, ["别人", "13700000000"]]])
    # The brand's own texts are searched for what belongs to nobody else; a name may be any word in them.
    name = "" if (label, field.name) in _BRANDS_OWN else NAME
    return f"{name} {PHONE} {UNION}"[: field.max_length or 200]


# -- the dump -----------------------------------------------------------------------------------------------
def dump() -> dict[str, list[str]]:
    """Every row of the brand, table by table, with whatever is sealed opened and zipped unzipped."""
    told: dict[str, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT table_name FROM information_schema.columns c"
            " JOIN pg_class p ON p.relname = c.table_name AND p.relkind = 'r'"
            " WHERE column_name = 'tenant_id' AND table_schema = 'public' ORDER BY 1"
        )
        tables = [row[0] for row in cursor.fetchall()]
        assert len(tables) > 60
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}" WHERE tenant_id = %s', [require_tenant_id()])
            names = [column.name for column in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    told.setdefault(f"{table}.{name}", []).extend(_texts(value))
        cursor.execute(
            "SELECT data FROM files_filepart WHERE tenant_id = %s", [require_tenant_id()]
        )
    told["files"] = [
        text
        for file in StoredFile.objects.all()
        for text in _texts(b"".join(bytes(p.data) for p in FilePart.objects.filter(file=file).order_by("number")))
    ]  # fmt: skip
    return told


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, (bytes, memoryview)):
        data = bytes(value)
        if data.startswith(b"PK\x03\x04"):
            try:
                with zipfile.ZipFile(io.BytesIO(data)) as book:
                    yield from (book.read(name).decode(errors="ignore") for name in book.namelist())
            except zipfile.BadZipFile:
                pass
        value = data.decode(errors="ignore")
    elif not isinstance(value, str):
        value = json.dumps(value, ensure_ascii=False, default=str)
    yield value
    for sealed in MARKED.findall(value):
        yield secret_open(sealed)
    if value.startswith("gAAAA"):
        try:
            keys = MultiFernet([Fernet(key) for key in settings.SCRM_SECRET_KEYS])
            yield keys.decrypt(value.encode()).decode()
        except InvalidToken:
            pass


def places() -> set[str]:
    """Where the person is."""
    return {name for name, texts in dump().items() if any(FOUND.search(text) for text in texts)}


def told_of() -> str:
    """The places with what stands there, for people who read a failing test."""
    return "\n".join(
        f"{name}: {text[:300]}"
        for name, texts in dump().items()
        for text in texts
        if FOUND.search(text)
    )


def erased(member: Member, *, number: str = "") -> PrivacyRequest:
    """Ask for the erase and let the job run."""
    request = erase_ask(
        member=member.public_id, number=number or member.member_no, reason=f"{NAME} 来电要求"
    )
    jobs_run_waiting()
    request.refresh_from_db()
    return request


def cached() -> list[str]:
    redis = Redis.from_url(settings.REDIS_URL)
    return [str(key) + str(redis.dump(key)) for key in redis.scan_iter()]
