"""Member files: recognise or make whoever a row is about, fill what is not known, put tags on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.utils.translation import gettext as _plain
from django.utils.translation import gettext_lazy as _

from members.identity.rules import Claim, claim_normal
from members.identity.services import Arrival
from members.people.arriving import arrivals_take
from members.people.rules import Profile
from members.people.sources import source_choices
from members.profile.fields import PREFIX
from members.profile.models import CustomField
from members.profile.rules import Value, value_read
from members.profile.selectors import fields_in_use, spec_of
from members.profile.services import custom_values_put
from members.tags.services import member_tag_add
from scrm.core import clock
from scrm.core.errors import DomainError, InvalidValue
from scrm.files.errors import RowRefused
from scrm.files.imports import ImportColumn, ImportOption, import_register
from scrm.tenants.context import current_tenant

IMPORT = "members"
_CLAIMS = ("business_account", "unionid", "phone", "email")
_GENDERS = {"男": "male", "male": "male", "女": "female", "female": "female"}
_LONGEST = {"name": 80, "city": 40, "occupation": 40}
_MOST_TAGS = 20
_LONGEST_TAG = 40


@dataclass(frozen=True, kw_only=True)
class _Row:
    place: int
    arrival: Arrival
    tags: tuple[str, ...]
    custom: tuple[tuple[CustomField, Value], ...]


def members_import_take(
    rows: Sequence[Mapping[str, str]], options: Mapping[str, str]
) -> list[DomainError | None]:
    """Take rows of one piece in. The same row twice changes nothing more."""
    outcomes: list[DomainError | None] = [None] * len(rows)
    sound: list[_Row] = []
    fields = list(fields_in_use())
    for place, values in enumerate(rows):
        try:
            sound.append(_read(place, values, source=options["source"], fields=fields))
        except DomainError as refusal:
            outcomes[place] = refusal
    tagged: dict[tuple[str, ...], list[int]] = {}
    taken = arrivals_take([row.arrival for row in sound])
    for row, found in zip(sound, taken, strict=True):
        if row.tags:
            tagged.setdefault(row.tags, []).append(found.member_id)
    for names, member_ids in sorted(tagged.items()):
        member_tag_add(member_ids, names, "import")
    custom_values_put(
        [
            (found.member_id, field, value)
            for row, found in zip(sound, taken, strict=True)
            for field, value in row.custom
        ]
    )
    return outcomes


def _read(
    place: int, values: Mapping[str, str], *, source: str, fields: Sequence[CustomField]
) -> _Row:
    claims = [Claim(kind, values[kind]) for kind in _CLAIMS if values.get(kind)]
    if values.get("external_userid"):
        claims.append(
            Claim("external_userid", values["external_userid"], values.get("corp_id", ""))
        )
    if not claims:
        raise RowRefused(_plain("这一行没有手机号、账号或其他标识"))
    for claim in claims:
        claim_normal(claim)
    for column, longest in _LONGEST.items():
        if len(values.get(column, "")) > longest:
            raise RowRefused(_plain("内容太长"), pointer=f"/{column}")
    at = _moment(values.get("registered_at", ""))
    if at > clock.now():
        raise RowRefused(_plain("时间在未来"), pointer="/registered_at")
    profile = Profile(
        display_name=values.get("name", ""),
        gender=_GENDERS.get(values.get("gender", "").lower(), ""),
        birthday=_birthday(values.get("birthday", "")),
        city=values.get("city", ""),
        occupation=values.get("occupation", ""),
    )
    arrival = Arrival(claims=tuple(claims), source=source, occurred_at=at, profile=profile)
    return _Row(
        place=place,
        arrival=arrival,
        tags=_tags(values.get("tags", "")),
        custom=tuple(_custom(values, fields)),
    )


def _custom(
    values: Mapping[str, str], fields: Sequence[CustomField]
) -> Iterator[tuple[CustomField, Value]]:
    """What the file says in the brand's own fields; an empty cell says nothing."""
    for field in fields:
        key = f"{PREFIX}{field.key}"
        value = value_read(spec_of(field), values.get(key, ""), pointer=f"/{key}")
        if value is not None:
            yield field, value


def _custom_columns() -> list[ImportColumn]:
    """One for each of the brand's own fields."""
    return [
        ImportColumn(
            key=f"{PREFIX}{field.key}", label=field.label, aliases=(field.label, field.key)
        )
        for field in fields_in_use()
    ]


def _tags(text: str) -> tuple[str, ...]:
    for mark in ("，", "、", ";", "；", "|"):
        text = text.replace(mark, ",")
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if len(names) > _MOST_TAGS or any(len(name) > _LONGEST_TAG for name in names):
        raise InvalidValue(_plain("最多 20 个标签，每个 1 到 40 个字"), pointer="/tags")
    return names


def _birthday(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text.replace("/", "-"))
    except ValueError as error:
        raise RowRefused(_plain("不是日期，应写作 1990-05-31"), pointer="/birthday") from error


def _moment(text: str) -> datetime:
    """Noon of a bare day in the brand's zone; without one, the beginning of today, so that a repeat is one."""
    zone = current_tenant().timezone
    if not text:
        return clock.local_midnight(clock.local_date(clock.now(), zone), zone)
    try:
        at = datetime.fromisoformat(text.replace("/", "-"))
        if at.tzinfo is None:
            is_day = len(text) == len(date.min.isoformat())
            at = at.replace(tzinfo=clock.zone_info(zone), hour=12 if is_day else at.hour)
        return at.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise RowRefused(
            _plain("不是时间，应写作 2026-01-31 09:30"), pointer="/registered_at"
        ) from error


def members_import_declare() -> None:
    """Called once, at start."""
    import_register(
        IMPORT,
        _("导入会员"),
        permission="members.edit",
        columns=(
            ImportColumn(key="phone", label=_("手机号"), aliases=("手机号", "手机", "电话", "mobile")),
            ImportColumn(key="business_account", label=_("会员账号"), aliases=("会员账号", "账号")),
            ImportColumn(key="unionid", label=_("UnionID"), aliases=("UnionID",)),
            ImportColumn(key="email", label=_("邮箱"), aliases=("邮箱", "e-mail", "mail")),
            ImportColumn(key="external_userid", label=_("外部联系人ID"), aliases=("外部联系人ID",)),
            ImportColumn(key="corp_id", label=_("企业ID"), aliases=("企业ID",)),
            ImportColumn(key="name", label=_("姓名"), aliases=("姓名", "昵称", "nickname", "display_name")),
            ImportColumn(key="gender", label=_("性别"), aliases=("性别", "sex")),
            ImportColumn(key="birthday", label=_("生日"), aliases=("生日", "出生日期")),
            ImportColumn(key="city", label=_("城市"), aliases=("城市",)),
            ImportColumn(key="occupation", label=_("职业"), aliases=("职业", "job")),
            ImportColumn(key="registered_at", label=_("入会时间"), aliases=("入会时间", "注册时间", "joined_at")),
            ImportColumn(key="tags", label=_("标签"), aliases=("标签", "tag")),
        ),
        take=members_import_take,
        more_columns=_custom_columns,
        options=(
            ImportOption(key="source", label=_("渠道"), choices=source_choices, default="import"),
        ),
        one_of=("phone", "business_account", "unionid", "email", "external_userid"),
    )  # fmt: skip
