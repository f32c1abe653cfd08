# The service: worker, api, codec server and command line; the command says which.

FROM python:3.13.15-slim-trixie AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ONLY_BINARY=:all:
WORKDIR /app
RUN python -m venv /opt/venv

# first what changes rarely: only what the lock has the hash of, and no tools of development
COPY pyproject.toml requirements.lock ./
COPY deploy/service_requirements.py deploy/
RUN python deploy/service_requirements.py > /tmp/service.lock \
 && /opt/venv/bin/pip install --require-hashes --requirement /tmp/service.lock

# the backend of the editable install stays in this stage
RUN python deploy/service_requirements.py hatchling editables > /tmp/backend.lock \
 && pip install --target /opt/backend --require-hashes --requirement /tmp/backend.lock

COPY LICENSE README.md ./
COPY deploy/healthcheck.py deploy/
COPY policies policies
COPY goodstanding goodstanding
COPY storage storage
COPY activities activities
COPY workflows workflows
COPY api api
COPY worker worker
COPY cli cli
RUN PYTHONPATH=/opt/backend /opt/venv/bin/pip install --no-build-isolation --no-deps --editable . \
 && python -m compileall -q . \
 # whatever the rights in the checkout: any user of the image may read, none may write
 && chmod -R u=rwX,go=rX /app

FROM python:3.13.15-slim-trixie

ENV PATH=/opt/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
RUN groupadd --gid 10001 goodstanding \
 && useradd --uid 10001 --gid goodstanding --no-create-home --home-dir /nonexistent \
    --shell /usr/sbin/nologin goodstanding
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app
WORKDIR /app
USER 10001:10001

EXPOSE 8080 8081 9090
# HEALTH_URL says whom to ask; without it the API
HEALTHCHECK --interval=10s --timeout=5s --retries=6 --start-period=30s \
  CMD ["python", "/app/deploy/healthcheck.py"]
ENTRYPOINT ["goodstanding"]
CMD ["--help"]
