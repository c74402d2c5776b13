# {lab}/web:latest-dev: the same application with a shell and a package manager.
ARG BASE=scratch
FROM ${BASE}
ADD web-dev.tar /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
LABEL org.opencontainers.image.title=web
EXPOSE 8080
USER 65532
ENTRYPOINT ["/usr/bin/web"]
