# Images of the servers, of the bench and of the balancer; docker-compose.yml builds them all, and
# `docker build --target sessiond .` builds one. A server's image holds its program, the usual certificate authorities
# and nothing else: no shell, no package that could be out of date, no root user.
#
# Every base is pinned by its tag, and not by a digest, which a stand-in does not have. The versions are those that the tests
# ran with: for anything but measuring, take the newest patch of a line that is still supported. Where no registry is in reach, scripts/images/standins.sh makes bases of the same names from
# the programs that are installed, and this file is used as it is. It needs no BuildKit.

FROM golang:1.26.8-bookworm AS build
WORKDIR /src
ENV CGO_ENABLED=0
COPY go.mod go.sum ./
RUN go mod download
COPY keyfile keyfile
COPY servers servers
COPY loadtest loadtest
RUN go build -trimpath -buildvcs=false -ldflags='-s -w' -o /out/ \
	./servers/sessiond ./servers/tokend ./servers/controld ./servers/balancerd ./servers/stored \
	&& go build -trimpath -buildvcs=false -ldflags='-s -w' -o /out/authlab ./loadtest \
	&& go clean -cache `# half a gigabyte that no layer needs` \
	&& mkdir -m 1777 /out/results `# a volume takes its mode from it; docker-compose.yml says who writes there`

FROM scratch AS server
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
USER 65532:65532

FROM server AS sessiond
COPY --from=build /out/sessiond /sessiond
ENTRYPOINT ["/sessiond"]

FROM server AS tokend
COPY --from=build /out/tokend /tokend
ENTRYPOINT ["/tokend"]

FROM server AS controld
COPY --from=build /out/controld /controld
ENTRYPOINT ["/controld"]

# The bench starts servers, a store and a balancer of its own, which it looks for beside itself.
FROM server AS authlab
COPY --from=build /out/ /
ENTRYPOINT ["/authlab"]

FROM haproxy:2.6.17-bookworm AS balancer
COPY scripts/compose/haproxy.cfg /usr/local/etc/haproxy/haproxy.cfg
USER 65532:65532
