"""Shapes of tags on the wire."""

from __future__ import annotations

from rest_framework import serializers

from members.tags.definitions import definition_words
from members.tags.models import Tag, TagKind, TagState, TagVersion
from members.tags.rules import COMPUTED
from scrm.api.serializers import (
    FreeObject,
    ListQuery,
    Moment,
    QuerySerializer,
    StrictBoolean,
    StrictChoice,
    StrictList,
    StrictSerializer,
    StrictString,
)

_DEFINITION = (
    '{"rule": {...}} for a rule, as in segments; {"measure": "spend_30", "from": 1, "to": 99900} or '
    '{"measure": "gender", "in": ["female"]} for a statistical tag, money in fen; {"algorithm": key}; '
    "{} for tags put on by hand."
)
_MADE = (TagKind.MANUAL, *COMPUTED)


class TagGroupIn(StrictSerializer):
    """A heading."""

    name = StrictString(max_length=40)


class TagGroupOut(StrictSerializer):
    """A heading that tags stand under."""

    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    tags = serializers.IntegerField(source="tag_count", default=0)
    is_wecom = serializers.SerializerMethodField()

    def get_is_wecom(self, group: object) -> bool:
        return bool(getattr(group, "wecom_group_id", ""))


class TagQuery(ListQuery):
    """Narrow the list."""

    kind = StrictChoice(choices=TagKind.choices, required=False)
    group = StrictString(max_length=40, required=False)
    q = StrictString(max_length=40, required=False, help_text="A part of the name.")


class TagIn(StrictSerializer):
    """A new tag."""

    name = StrictString(max_length=40)
    kind = StrictChoice(choices=[(kind, kind) for kind in _MADE], required=False)
    group = StrictString(max_length=40, required=False, help_text="Id of a tag group.")
    description = StrictString(max_length=200, required=False, allow_blank=True)
    definition = FreeObject(required=False, help_text=_DEFINITION)
    reason = StrictString(
        max_length=300, required=False, allow_blank=True, help_text="For who approves a rule."
    )


class TagPatch(StrictSerializer):
    """What may be changed without a new version; left out stays."""

    name = StrictString(max_length=40, required=False)
    group = StrictString(max_length=40, required=False, help_text="Id of a tag group.")
    description = StrictString(max_length=200, required=False, allow_blank=True)


class TagDeletion(QuerySerializer):
    """Whether the tag may be taken off those who wear it."""

    sure = StrictBoolean(required=False, default=False)


class TagOut(StrictSerializer):
    """A tag; ``definition`` is what holds now, in words in the caller's language."""

    id = serializers.CharField(source="public_id")
    name = serializers.CharField()
    kind = serializers.ChoiceField(choices=TagKind.choices)
    state = serializers.ChoiceField(choices=TagState.choices)
    group = serializers.CharField(source="group.public_id")
    group_name = serializers.CharField(source="group.name")
    description = serializers.CharField()
    definition = FreeObject(help_text=_DEFINITION)
    words = serializers.SerializerMethodField()
    version = serializers.IntegerField()
    evaluated_at = Moment(allow_null=True)
    created_at = Moment()

    def get_words(self, tag: Tag) -> str:
        return definition_words(tag.kind, tag.definition)


class DefinitionIn(StrictSerializer):
    """A definition for the next version."""

    definition = FreeObject(help_text=_DEFINITION)
    reason = StrictString(max_length=300, required=False, allow_blank=True)


class VersionOut(StrictSerializer):
    """One definition; not active yet while ``activated_at`` is null."""

    number = serializers.IntegerField()
    definition = FreeObject(help_text=_DEFINITION)
    words = serializers.SerializerMethodField()
    author = serializers.CharField()
    approver = serializers.CharField()
    created_at = Moment()
    activated_at = Moment(allow_null=True)
    ended_at = Moment(allow_null=True)

    def get_words(self, version: TagVersion) -> str:
        return definition_words(version.tag.kind, version.definition)


class TryIn(StrictSerializer):
    """A definition to try out."""

    kind = StrictChoice(choices=[(kind, kind) for kind in COMPUTED])
    definition = FreeObject(help_text=_DEFINITION)


class SampleOut(StrictSerializer):
    """One of the members found."""

    id = serializers.CharField(source="public_id")
    display_name = serializers.CharField()


class TriedOut(StrictSerializer):
    """``count`` is null when counting took more than two seconds."""

    words = serializers.CharField()
    count = serializers.IntegerField(allow_null=True)
    samples = SampleOut(many=True)


class TagDayOut(StrictSerializer):
    """How many wore the tag at the end of a local day."""

    as_of = serializers.DateField()
    count = serializers.IntegerField()


class MergeIn(StrictSerializer):
    """The tag that stays."""

    into = StrictString(max_length=40, help_text="Id of the tag that stays.")


class MergeOut(StrictSerializer):
    """A merge that was done; its id takes it back."""

    id = serializers.CharField(source="merge.public_id")
    members = serializers.IntegerField(help_text="Who wears the other tag from now on.")
    both = serializers.IntegerField(help_text="Who had worn both.")


class RuleRemoval(StrictSerializer):
    """What becomes of those whom the definition had tagged."""

    undo = StrictBoolean(help_text="Take the tag off them; otherwise they keep it.")


class RemovedOut(StrictSerializer):
    """How many members it was about."""

    members = serializers.IntegerField()


class MemberTagOut(StrictSerializer):
    """A tag that a member wears; ``value`` is the figure of a statistical tag."""

    id = serializers.CharField(source="tag.public_id")
    name = serializers.CharField(source="tag.name")
    kind = serializers.ChoiceField(choices=TagKind.choices, source="tag.kind")
    source = serializers.CharField()  # type: ignore[assignment]  # a field of the wire
    value = serializers.IntegerField(allow_null=True)
    version = serializers.IntegerField(allow_null=True)
    at = Moment()


class MemberTagsIn(StrictSerializer):
    """Tags by name; unknown ones are made."""

    tags = StrictList(child=StrictString(max_length=40), max_length=50)


class MemberTagsOut(StrictSerializer):
    """All tags of a member."""

    tags = MemberTagOut(many=True)
