"""Load the demo once: brands and logins at once, the long work as jobs that people can watch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from demo.brands import BRANDS, PASSWORD, RECORDS, Brand
from demo.friends import friend_numbers, friends
from demo.jobs import NIGHT
from demo.orders import TEA_FRIENDS, record_shop_lines, tea_house_lines
from demo.people import person
from demo.programme import programme_make
from demo.tiers import RECORDS_LADDER, TEA_LADDER, ladder_make
from demo.wecom_seed import corp_seed
from members.orders.importing import order_import_start
from scrm.access.keys import api_key_create
from scrm.access.models import Operator
from scrm.access.services import membership_grant
from scrm.access.signin.scanned import scanned_bind
from scrm.core import clock
from scrm.events.actor import acting_as
from scrm.events.jobs.services import job_start
from scrm.tenants.context import tenant_scope
from scrm.tenants.models import Tenant
from scrm.tenants.services import tenant_create
from scrm.wecom.binding.services import corp_bind
from scrm.wecom.models import WeComCorp
from scrm.wecom.sandbox.control import SandboxControl

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.people import Person


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """What the loader tells whoever started it."""

    logins: tuple[str, ...]
    is_new: bool


def demo_load(*, say: Callable[[str], None]) -> Loaded:
    """Make what is missing; a second call finds everything and only points WeCom at our address."""
    control = SandboxControl(settings.WECOM_BASE_URL)
    control.wait_until_ready(seconds=30)
    made = [_brand_load(brand, control=control, say=say) for brand in BRANDS]
    return Loaded(logins=_logins_text([key for key in made if key]), is_new=any(made))


def _brand_load(brand: Brand, *, control: SandboxControl, say: Callable[[str], None]) -> str:
    """Load one brand; returns its fresh API key, or nothing if the brand was there already."""
    tenant = Tenant.objects.filter(slug=brand.slug).first()
    is_new = tenant is None
    if tenant is None:
        tenant = tenant_create(
            slug=brand.slug,
            name=brand.name,
            timezone=brand.timezone,
            color=brand.color,
            industry=brand.industry,
        )
        for login in brand.logins:
            operator = _login(login.email, login.name, login.roles, tenant)
            # Who works at the counter too may scan with WeCom instead of typing the password.
            userid = next((one.userid for one in brand.staff if one.name == login.name), "")
            scanned_bind(operator=operator, tenant=tenant, userid=userid)
        say(f"{brand.name}: brand and logins made")
    key = ""
    with tenant_scope(tenant), acting_as("system", label="演示数据"):
        if is_new:
            key = api_key_create(name="演示密钥", scopes=["*"]).secret
            _people_and_orders(brand, control=control, say=say)
        corp = WeComCorp.objects.filter(corp_id=brand.corp_id).first()
        if corp is not None:
            _callback(control, brand, tenant, corp)
    return key


def _people_and_orders(
    brand: Brand, *, control: SandboxControl, say: Callable[[str], None]
) -> None:
    now = clock.now()
    yesterday = clock.local_date(now, brand.timezone) - timedelta(days=1)
    people: list[tuple[Person, int]]
    if brand is RECORDS:
        numbers = friend_numbers(brand=brand, yesterday=yesterday)
        people = friends(brand=brand, numbers=numbers, now=now)
        lines = record_shop_lines(brand=brand, yesterday=yesterday, friends=frozenset(numbers))
    else:
        numbers = [f"{number:05d}" for number in range(1, TEA_FRIENDS + 1)]
        people = [
            (person(brand.slug, n), int((now - timedelta(days=30)).timestamp())) for n in numbers
        ]
        lines = tea_house_lines(brand=brand, yesterday=yesterday)
    corp_seed(control=control, brand=brand, people=people)
    corp_bind(
        corp_id=brand.corp_id,
        name=brand.name,
        agent_id=brand.agent_id,
        secret=brand.secret,
        token=brand.token,
        aes_key=brand.aes_key,
    )
    say(f"{brand.name}: {len(people)} customers in the sandboxed WeCom")
    with transaction.atomic():
        ladder_make(**(RECORDS_LADDER if brand is RECORDS else TEA_LADDER))
        programme_make()
        job = order_import_start(
            lines=lines, channel="mini_program", label=f"{brand.slug}-orders.csv"
        )
        job_start(NIGHT)
    say(f"{brand.name}: {job.total} orders wait to be imported")


def _callback(control: SandboxControl, brand: Brand, tenant: Tenant, corp: WeComCorp) -> None:
    """Ports differ from start to start, so the address is told every time."""
    control.set_callback(
        brand.corp_id,
        brand.agent_id,
        url=f"{settings.PUBLIC_BASE_URL}/wecom/{tenant.slug}/{corp.public_id}/callback",
        token=brand.token,
        aes_key=brand.aes_key,
    )


def _login(email: str, name: str, roles: tuple[str, ...], tenant: Tenant) -> Operator:
    operator = Operator.objects.filter(email=email).first()
    if operator is None:
        operator = Operator.objects.create_user(email=email, password=PASSWORD, name=name)
    membership_grant(operator=operator, tenant=tenant, roles=roles)
    return operator


def _logins_text(keys: list[str]) -> tuple[str, ...]:
    people = {login.email: login.roles for brand in BRANDS for login in brand.logins}
    lines = [
        f"login     {email}  {PASSWORD}  ({', '.join(roles)})" for email, roles in people.items()
    ]
    return tuple(lines + [f"API key   {key}" for key in keys])
