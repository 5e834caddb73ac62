"""Give the sandbox each brand's corp: staff, customers and who follows whom."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from scrm.wecom.sandbox.control_types import (
    AgentSeed,
    CorpSeed,
    CustomerSeed,
    DepartmentSeed,
    RelationSeed,
    StaffSeed,
    TagGroupSeed,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from demo.brands import Brand
    from demo.people import Person
    from scrm.wecom.sandbox.control import SandboxControl

_PART = 500
_SECOND_STAFF_PERCENT = 12


def corp_seed(
    *, control: SandboxControl, brand: Brand, people: Sequence[tuple[Person, int]]
) -> None:
    """Create the corp and the friendships; ``people`` come with the unix time they were added."""
    control.seed(
        CorpSeed(
            corp_id=brand.corp_id,
            name=brand.name,
            agents=(AgentSeed(agent_id=brand.agent_id, secret=brand.secret),),
            departments=tuple(DepartmentSeed(*told) for told in brand.departments),
            staff=tuple(
                StaffSeed(
                    userid=one.userid,
                    name=one.name,
                    department=(one.department,),
                    gender=one.gender,
                )
                for one in brand.staff
            ),
            tag_groups=(TagGroupSeed(name="意向", tags=("高意向", "观望", "沉默")),),
        )
    )
    for at in range(0, len(people), _PART):
        part = people[at : at + _PART]
        control.seed(
            CorpSeed(
                corp_id=brand.corp_id,
                customers=tuple(
                    CustomerSeed(
                        external_userid=one.external_userid,
                        name=one.name,
                        unionid=one.unionid,
                        gender=one.gender,
                        phone=one.phone,
                    )
                    for one, _added in part
                ),
                relations=tuple(
                    relation for one, added in part for relation in _relations(brand, one, added)
                ),
            )
        )


def _relations(brand: Brand, one: Person, added: int) -> Iterator[RelationSeed]:
    """One friend among the staff for everybody, a second for some."""
    digest = hashlib.sha256(one.external_userid.encode()).digest()
    first = digest[0] % len(brand.staff)
    yield RelationSeed(
        userid=brand.staff[first].userid,
        external_userid=one.external_userid,
        createtime=added,
        remark_mobiles=(one.phone,),
        last_chat_at=added,
    )
    if digest[1] % 100 < _SECOND_STAFF_PERCENT:
        yield RelationSeed(
            userid=brand.staff[(first + 1) % len(brand.staff)].userid,
            external_userid=one.external_userid,
            createtime=added + 86_400,
            last_chat_at=added,
        )
