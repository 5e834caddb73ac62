"""Where people come from: the brand's channels (PL-12) by the words operators know."""

from __future__ import annotations

from collections.abc import Callable

from scrm.tenants.channels import channel_choices, channel_label


def source_label(code: str) -> str:
    """The channel's name; a code nobody registered is shown as it is."""
    return channel_label(code)


def source_choices() -> list[tuple[str, str]]:
    """What may be chosen for somebody new; for forms."""
    return channel_choices()


def source_choices_ever() -> list[tuple[str, str]]:
    """What anybody may have come by, archived channels too; for rules and filters."""
    return channel_choices(with_archived=True)


# Whoever makes codes that people scan knows which channel a `state` stands for, and what for.
_state_readers: list[Callable[[str], str]] = []
_campaign_readers: list[Callable[[str], str]] = []


def state_reader_register(reader: Callable[[str], str]) -> None:
    """``reader(state)`` returns the source a WeCom `state` stands for: a code of the channel registry, or
    an empty string."""
    _state_readers.append(reader)


def campaign_reader_register(reader: Callable[[str], str]) -> None:
    """``reader(state)`` returns what the brand calls the occasion behind a `state`, or an empty string."""
    _campaign_readers.append(reader)


def source_of_state(state: str) -> str:
    """The source of a customer who came with this `state`; plain WeCom when nobody knows it."""
    if not state:
        return "wecom"
    return next((source for reader in _state_readers if (source := reader(state))), "wecom")


def campaign_of_state(state: str) -> str:
    """What the brand calls the occasion; empty when nobody knows this `state`."""
    if not state:
        return ""
    return next((name for reader in _campaign_readers if (name := reader(state))), "")
