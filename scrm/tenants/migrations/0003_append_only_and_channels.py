from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations

from scrm.tenants.append_only import append_only
from scrm.tenants.catalogue import CHANNELS


def channels_seed(apps: Any, schema_editor: Any) -> None:
    """Brands that exist already get the channels that a new one begins with."""
    tenant, channel = apps.get_model("tenants", "Tenant"), apps.get_model("tenants", "Channel")
    database = schema_editor.connection.alias
    channel.objects.using(database).bulk_create(
        (
            channel(tenant_id=key, code=known.code, kind=known.kind)
            for key in tenant.objects.using(database).values_list("pk", flat=True)
            for known in CHANNELS
        ),
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies: ClassVar = [("tenants", "0002_settings_channels")]
    operations: ClassVar = [
        append_only("tenants_settingversion"),
        append_only("tenants_acknowledgement"),
        migrations.RunPython(channels_seed, migrations.RunPython.noop),
    ]
