from django.db import migrations, models
from django.db.models.functions import Greatest, Least


class Migration(migrations.Migration):
    """One open doubt about two members, whichever of them it would keep."""

    dependencies = [("members", "0017_touch_campaign")]

    operations = [
        migrations.RemoveConstraint(
            model_name="identityconflict",
            name="identity_conflict_once",
        ),
        migrations.AddConstraint(
            model_name="identityconflict",
            constraint=models.UniqueConstraint(
                models.F("tenant"),
                Least("kept", "other"),
                Greatest("kept", "other"),
                condition=models.Q(("state", "open")),
                name="identity_conflict_of_two",
            ),
        ),
    ]
