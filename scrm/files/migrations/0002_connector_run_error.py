from django.db import migrations, models


class Migration(migrations.Migration):
    """Runs that failed say why."""

    dependencies = [
        ("files", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="connectorrun",
            name="error",
            field=models.CharField(blank=True, db_default="", default="", max_length=500),
        ),
    ]
