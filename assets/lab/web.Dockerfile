# {lab}/web:latest: an application without a shell, as a vendor of distroless images makes it.
FROM scratch
ADD web.tar /
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/bin SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
LABEL org.opencontainers.image.title=web
EXPOSE 8080
USER 65532
ENTRYPOINT ["/usr/bin/web"]
