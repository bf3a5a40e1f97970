# syntax=docker/dockerfile:1
# Two stages: the first builds with the presets and scripts of the repository, the second holds the program and the
# libraries it is linked to. tests/e2e/check_image.sh compares the package list below with what the program needs.
# A release build passes the base image with its digest: --build-arg DEBIAN_IMAGE=debian:12-slim@sha256:…
ARG DEBIAN_IMAGE=debian:12-slim

FROM ${DEBIAN_IMAGE} AS build
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
WORKDIR /src
COPY scripts/lib.sh scripts/packages.txt scripts/
RUN source scripts/lib.sh && install_packages packages.txt
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake
COPY third_party third_party
COPY config config
COPY include include
COPY src src
COPY scripts/build scripts/build
RUN --mount=type=cache,target=/root/.cache/ccache \
    ./scripts/build && strip -o /kgrca build/release/kgrca && /kgrca version

FROM ${DEBIAN_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="KG-RCA" \
      org.opencontainers.image.description="Names the change that caused an incident in Kubernetes, how sure it is, and why" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.base.name="docker.io/library/debian:12-slim"
# runtime packages: begin
RUN apt-get update && apt-get install -y --no-install-recommends \
      ca-certificates \
      libabsl20220623 \
      libboost-json1.81.0 \
      libfmt9 \
      libmimalloc2.0 \
      libprometheus-cpp-core1.0 \
      libre2-9 \
      librocksdb7.8 \
      libsimdjson14 \
      libsnappy1v5 \
      libspdlog1.10 \
      libssl3 \
      libstdc++6 \
      libyaml-cpp0.7 \
      libzstd1 \
      zlib1g \
    && rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old /var/log/* \
    && install -d -o 65532 -g 65532 -m 0750 /data
# runtime packages: end
COPY --from=build /kgrca /usr/local/bin/kgrca
COPY LICENSE /usr/share/doc/kgrca/LICENSE
ENV KGRCA_DATA_DIR=/data \
    KGRCA_SERVER_LISTEN=0.0.0.0:8080
VOLUME ["/data"]
EXPOSE 8080
USER 65532:65532
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["kgrca", "healthcheck"]
ENTRYPOINT ["kgrca"]
CMD ["serve"]
