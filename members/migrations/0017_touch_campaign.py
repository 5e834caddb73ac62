from django.db import migrations, models


class Migration(migrations.Migration):
    """What the brand calls the occasion by which somebody arrived; a contact code is no channel."""

    dependencies = [("members", "0012_profile")]

    operations = [
        migrations.AddField(
            model_name="sourcetouch",
            name="campaign",
            field=models.CharField(blank=True, db_default="", default="", max_length=60),
        ),
    ]
