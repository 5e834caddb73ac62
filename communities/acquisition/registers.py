"""What contact codes tell lower rooms: the occasion behind a `state`, and what to say to newcomers."""

from __future__ import annotations

from communities.acquisition.selectors import contact_code_of_state
from members.people.sources import campaign_reader_register
from scrm.wecom.welcome import WelcomeContent, welcome_provider_register


def campaign_of_code(state: str) -> str:
    """The name of the code; the channel is WeCom."""
    code = contact_code_of_state(state)
    return code.name if code is not None else ""


@welcome_provider_register
def welcome_of_code(corp_id: str, userid: str, state: str) -> WelcomeContent | None:  # noqa: ARG001 - the registry's signature
    """The code's own words; other ways in are greeted by others."""
    code = contact_code_of_state(state, corp_id=corp_id)
    if code is None or not code.welcome_text:
        return None
    return WelcomeContent(text=code.welcome_text)


campaign_reader_register(campaign_of_code)
