# One file, one image per process: docker build --build-arg SERVICE=guardian --tag aethel/guardian:0.1.0 .
# A container listens on its own loopback until AETHEL_LISTEN says otherwise, for example 0.0.0.0:50053.
ARG BASE_IMAGE=python:3.11-slim-bookworm

FROM ${BASE_IMAGE} AS build
ARG SERVICE
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE audit_checker.py certificate_checker.py token_verifier.py ./
COPY aethel aethel
COPY services services
# Only the process that proves carries a solver. pip and setuptools are not needed afterwards.
RUN case "${SERVICE}" in \
        z3_expert) extras=mesh,otel,prover ;; \
        orchestrator) extras=mesh,otel,postgres ;; \
        sentinel|guardian) extras=mesh,otel ;; \
        http_face) extras=http,mesh,otel ;; \
        *) echo "SERVICE is '${SERVICE}', expected orchestrator, z3_expert, sentinel, guardian or http_face" >&2; exit 64 ;; \
    esac \
    && python3 -m venv /opt/aethel \
    && /opt/aethel/bin/pip install --no-cache-dir --constraint constraints.txt setuptools \
    && /opt/aethel/bin/pip install --no-cache-dir --constraint constraints.txt --no-build-isolation ".[${extras}]" \
    && /opt/aethel/bin/pip uninstall --yes setuptools pip \
    && printf '#!/bin/sh\nexec /opt/aethel/bin/python -m services.%s "$@"\n' "${SERVICE}" > /opt/aethel/bin/serve \
    && chmod 0755 /opt/aethel/bin/serve

FROM ${BASE_IMAGE}
COPY --from=build /opt/aethel /opt/aethel
ENV AETHEL_STATE_DIR=/var/lib/aethel \
    PATH=/opt/aethel/bin:${PATH} \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
RUN install --directory --owner=10001 --group=10001 --mode=0750 /var/lib/aethel
WORKDIR /var/lib/aethel
USER 10001:10001
ENTRYPOINT ["/opt/aethel/bin/serve"]
