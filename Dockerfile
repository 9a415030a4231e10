# syntax=docker/dockerfile:1

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
# The caches are the builder's own and no part of a layer: hence the copy to a place that stays.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/target \
    cargo build --profile dist --locked --bin handover --target-dir /target \
    && install -D /target/dist/handover /out/handover \
    && mkdir /out/data

# glibc, certificate authorities and nothing else: no shell, no package manager.
FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /out/handover /usr/local/bin/handover
# 65532 is "nonroot" of the base image; a number, so that an orchestrator can see that it is not root.
COPY --from=build --chown=65532:65532 /out/data /data
USER 65532:65532
ENV HANDOVER_LISTEN=0.0.0.0:8080 \
    HANDOVER_DATA_DIR=/data
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 CMD ["handover", "healthcheck"]
ENTRYPOINT ["handover"]
CMD ["serve"]
