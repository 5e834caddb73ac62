"""The two brands of the demo, and the people who work for them."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "private-domain-2026"  # noqa: S105 - printed by the demo, opens nothing else


@dataclass(frozen=True, kw_only=True)
class Login:
    """A person who may sign in to the demo, with roles of domain.md PL-09."""

    email: str
    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Member:
    """A member of staff in the sandboxed WeCom."""

    userid: str
    name: str
    gender: int


@dataclass(frozen=True, kw_only=True)
class Brand:
    """A tenant of the demo with its WeCom corp. Secrets are the sandbox's, nobody else's."""

    slug: str
    name: str
    timezone: str
    color: str
    industry: str
    corp_id: str
    agent_id: int
    secret: str
    token: str
    aes_key: str
    staff: tuple[Member, ...]
    logins: tuple[Login, ...]


RECORDS = Brand(
    slug="tingyu",
    name="听屿唱片",
    timezone="Asia/Shanghai",
    color="#1668dc",
    industry="retail",
    corp_id="wwdemotingyu0000001",
    agent_id=1000002,
    secret="demo-secret-of-the-record-shop-0123456789ab",  # noqa: S106
    token="tingyuCallbackToken01",  # noqa: S106
    aes_key="abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
    staff=(
        Member(userid="lin.xiao", name="林晓", gender=2),
        Member(userid="zhou.yi", name="周毅", gender=1),
        Member(userid="xu.jing", name="许静", gender=2),
        Member(userid="he.miao", name="何苗", gender=2),
        Member(userid="tang.rui", name="唐睿", gender=1),
        Member(userid="song.yan", name="宋妍", gender=2),
        Member(userid="fang.bo", name="方博", gender=1),
        Member(userid="su.qing", name="苏晴", gender=2),
    ),
    logins=(
        Login(email="lin@demo.example", name="林晓", roles=("tenant_admin",)),
        Login(email="chen@demo.example", name="陈会员", roles=("member_ops",)),
        Login(email="wu@demo.example", name="吴分析", roles=("analyst",)),
    ),
)
TEA = Brand(
    slug="yuzu-tea",
    name="柚屿茶 Yuzu Tea",
    timezone="America/Los_Angeles",
    color="#0a7d43",
    industry="tea",
    corp_id="wwdemoyuzutea000002",
    agent_id=1000003,
    secret="demo-secret-of-the-tea-house-0123456789abcd",  # noqa: S106
    token="yuzuCallbackToken02",  # noqa: S106
    aes_key="GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba",
    staff=(
        Member(userid="mia.gao", name="高米娅", gender=2),
        Member(userid="leo.qin", name="秦立", gender=1),
    ),
    logins=(
        Login(email="lin@demo.example", name="林晓", roles=("tenant_admin",)),
        Login(email="gao@demo.example", name="高米娅", roles=("private_domain_lead",)),
    ),
)
BRANDS = (RECORDS, TEA)
