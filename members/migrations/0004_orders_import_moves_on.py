from django.db import migrations


class Migration(migrations.Migration):
    """Uploaded rows and refused rows live in scrm.files now, for every kind of import."""

    dependencies = [
        ("members", "0003_order_cash_by_day"),
    ]

    operations = [
        migrations.DeleteModel(name="OrderImportChunk"),
        migrations.DeleteModel(name="OrderImportFault"),
    ]
