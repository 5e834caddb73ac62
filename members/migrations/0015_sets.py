import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import scrm.tenants.fields

# Bitmaps are dense already: compressing them again would only cost time on every read.
_EXTERNAL = """
    ALTER TABLE members_segmentset ALTER COLUMN base SET STORAGE EXTERNAL;
    ALTER TABLE members_segmentsnapshot ALTER COLUMN members SET STORAGE EXTERNAL;
"""


def _tenant() -> tuple[str, models.Field]:
    return (
        "tenant",
        models.ForeignKey(
            db_index=False,
            editable=False,
            on_delete=django.db.models.deletion.PROTECT,
            related_name="+",
            to="tenants.tenant",
        ),
    )


def _ours() -> list[tuple[str, models.Field]]:
    return [
        (
            "id",
            models.BigAutoField(
                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
            ),
        ),
        ("created_at", models.DateTimeField(auto_now_add=True)),
        ("updated_at", models.DateTimeField(auto_now=True)),
        _tenant(),
    ]


class Migration(migrations.Migration):
    """Who was in a segment each night, sets of members per condition, and what those do not know yet."""

    dependencies = [
        ("members", "0014_pulse"),
        ("tenants", "0003_append_only_and_channels"),
    ]

    operations = [
        migrations.CreateModel(
            name="SegmentSet",
            fields=[
                *_ours(),
                ("key", models.CharField(max_length=64)),
                ("grp", models.CharField(max_length=16)),
                ("for_date", models.DateField(null=True)),
                ("base", models.BinaryField()),
                ("count", models.IntegerField()),
                ("snapshot", models.TextField()),
                ("xid", models.BigIntegerField()),
                ("built_at", models.DateTimeField()),
            ],
        ),
        migrations.AddConstraint(
            model_name="segmentset",
            constraint=models.UniqueConstraint(fields=("tenant", "key"), name="segment_set_key"),
        ),
        migrations.CreateModel(
            name="SegmentSnapshot",
            fields=[
                *_ours(),
                (
                    "segment",
                    scrm.tenants.fields.TenantForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="snapshots",
                        to="members.segment",
                    ),
                ),
                ("for_date", models.DateField()),
                ("taken_at", models.DateTimeField()),
                ("count", models.IntegerField()),
                ("members", models.BinaryField()),
            ],
        ),
        migrations.AddConstraint(
            model_name="segmentsnapshot",
            constraint=models.UniqueConstraint(
                fields=("tenant", "segment", "for_date"), name="segment_snapshot_once"
            ),
        ),
        migrations.CreateModel(
            name="SetDirty",
            fields=[
                *_ours(),
                ("grp", models.CharField(max_length=16)),
                ("xid", models.BigIntegerField()),
                (
                    "member_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="setdirty",
            index=models.Index(fields=["tenant", "grp", "xid"], name="set_dirty_by_group"),
        ),
        migrations.RunSQL(_EXTERNAL, migrations.RunSQL.noop),
    ]
