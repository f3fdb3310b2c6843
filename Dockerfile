# Doorward as a container: the static program alone, as a user who is not root, on a volume for its data.
#
#   docker build -t doorward .
#   docker run -p 8080:8080 -v doorward:/data -e DOORWARD_BASE_URL=https://accounts.example.org doorward

FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=
RUN CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o /out/doorward . \
 && mkdir -m 0700 /out/data

FROM scratch
# To ask mail servers and certificate authorities whether they are themselves.
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /out/doorward /doorward
# A new volume takes the folder's owner and mode.
COPY --from=build --chown=65532:65532 --chmod=0700 /out/data /data
USER 65532:65532
ENV DOORWARD_DATA=/data \
    DOORWARD_LISTEN=:8080 \
    TMPDIR=/data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s CMD ["/doorward", "healthcheck"]
ENTRYPOINT ["/doorward"]
