FROM python:3.13-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements/base.txt /tmp/base.txt
RUN /venv/bin/pip install --quiet --require-hashes -r /tmp/base.txt

FROM python:3.13-slim-trixie
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=scrm.settings.production \
    SCRM_DATA=/app/var
# For `manage.py backup` and `restore`: of the server's major version.
RUN apt-get update -q && apt-get install -q -y --no-install-recommends postgresql-client-17 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /app scrm
WORKDIR /app
COPY --from=build /venv /venv
COPY --chown=scrm:scrm . /app
# Collecting assets needs settings, not servers; the addresses lead nowhere.
RUN mkdir -p /app/var /backup && chown scrm:scrm /app/var /backup
USER scrm
RUN DJANGO_SETTINGS_MODULE=scrm.settings.demo \
    DATABASE_URL=postgres://nobody@localhost/none REDIS_URL=redis://localhost/0 \
    python manage.py collectstatic --noinput --verbosity 0 --ignore=rest_framework --ignore=django_htmx
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "8", "--no-ws", "scrm.wsgi:application"]
