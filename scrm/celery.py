"""The worker's application. Tasks are doorbells: everything that must happen is a row (engagement.md 3.3)."""

from __future__ import annotations

import os
from typing import Any

from celery import Celery, Task
from celery.signals import heartbeat_sent, setup_logging, worker_init
from typing_extensions import override

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "scrm.settings.production")


class SpannedTask(Task):  # type: ignore[type-arg]  # generic in its stubs only
    """A task that is a span where a deployment asks for traces."""

    abstract = True

    @override
    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from scrm.core import telemetry  # noqa: PLC0415 - needs Django to be set up

        with telemetry.span("task", name=self.name):
            return self.run(*args, **kwargs)


class ScrmCelery(Celery):
    """Celery that knows which faults mean that the broker is away."""

    task_cls = "scrm.celery:SpannedTask"

    @property
    def connection_errors(self) -> tuple[type[BaseException], ...]:
        """Exceptions of a lost broker, for callers that poll again anyway."""
        from kombu.exceptions import OperationalError  # noqa: PLC0415
        from redis.exceptions import RedisError  # noqa: PLC0415

        return (OperationalError, RedisError, ConnectionError, TimeoutError, OSError)


app = ScrmCelery("scrm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def _require_walls(**_kwargs: Any) -> None:
    """End the worker when a wall is missing: Celery only logs what a signal's receiver raises."""
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415 - needs Django to be set up

    from scrm.core.checks import require_settings  # noqa: PLC0415
    from scrm.tenants.walls import require_walls  # noqa: PLC0415

    try:
        require_settings()
        require_walls()
    except ImproperlyConfigured as fault:
        raise SystemExit(str(fault)) from fault


@setup_logging.connect
def _keep_logging(**_kwargs: Any) -> None:
    """Workers write as the settings say: with a receiver here Celery sets up no handlers of its own."""


@heartbeat_sent.connect
def _say_alive(**_kwargs: Any) -> None:
    """Every two seconds, from the process that consumes the queues; what watches waits for thirty."""
    from scrm.events.pulse import beat  # noqa: PLC0415

    beat(*(f"worker-{queue}" for queue in app.amqp.queues.consume_from))
