//! TLS to an engine: the person's certificates, and what is wrong with them in words.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::domain::error::Result;

/// Why something cannot be used, and what to try.
type Refused = (String, String);

/// Files of a folder in docker's layout; a missing one is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Material {
    folder: PathBuf,
    ca: Option<PathBuf>,
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
    verify: bool,
}

impl Material {
    /// What the folder has.
    pub(super) fn of(folder: &Path, verify: bool) -> Self {
        let file = |name| Some(folder.join(name)).filter(|path| path.is_file());
        Self {
            folder: folder.to_owned(),
            ca: file("ca.pem"),
            cert: file("cert.pem"),
            key: file("key.pem"),
            verify,
        }
    }

    /// Whether there is no file at all.
    pub(super) fn is_empty(&self) -> bool {
        self.ca.is_none() && self.cert.is_none() && self.key.is_none()
    }

    /// Reads the files for connections to `host:port`.
    pub(super) fn load(&self, host: &str) -> Result<Tls, Refused> {
        let provider = Arc::new(ring::default_provider());
        let verifier: Arc<dyn ServerCertVerifier> = if self.verify {
            let trusted = || format!("{} has what is trusted", self.folder.display());
            verifier(self.roots()?, &provider).map_err(|why| (why, trusted()))?
        } else {
            Arc::new(Unchecked(Arc::clone(&provider)))
        };
        let pair = match (&self.cert, &self.key) {
            (Some(cert), Some(key)) => Some((cert.as_path(), key.as_path())),
            (Some(alone), None) | (None, Some(alone)) => {
                return Err(unusable(
                    alone,
                    &"the other of cert.pem and key.pem is missing",
                ));
            }
            (None, None) => None,
        };
        Ok(Tls {
            connector: connector(provider, verifier, pair)?,
            name: server_name(host)?,
            words: self.words(),
            verified: self.verify,
        })
    }

    fn roots(&self) -> Result<RootCertStore, Refused> {
        let mut roots = RootCertStore::empty();
        if let Some(ca) = &self.ca {
            for certificate in certificates(ca)? {
                roots.add(certificate).map_err(|e| unusable(ca, &e))?;
            }
            return Ok(roots);
        }
        add_the_systems(&mut roots);
        if roots.is_empty() {
            let why = format!("there is no ca.pem in {}", self.folder.display());
            return Err((
                why,
                "DOCKER_CERT_PATH names the folder of ca.pem, cert.pem and key.pem".into(),
            ));
        }
        Ok(roots)
    }

    fn words(&self) -> String {
        let server = match (&self.ca, self.verify) {
            (_, false) => "the server's certificate is NOT checked".to_owned(),
            (Some(ca), true) => format!("server checked by {}", ca.display()),
            (None, true) => "server checked by the system's certificates".to_owned(),
        };
        match &self.cert {
            Some(cert) => format!("TLS, {server}, known to it by {}", cert.display()),
            None => format!("TLS, {server}, no certificate of our own"),
        }
    }
}

/// The name by which the server at `host[:port]` is checked.
fn server_name(host: &str) -> Result<ServerName<'static>, Refused> {
    let name = match host.rsplit_once(':') {
        // The last colon of an IPv6 address in brackets is not before a port.
        Some((name, port)) if !port.ends_with(']') => name,
        Some(_) | None => host,
    };
    let name = name
        .trim_start_matches('[')
        .trim_end_matches(']')
        .to_owned();
    ServerName::try_from(name).map_err(|_| {
        (
            "no certificate can be for such a name".to_owned(),
            "check the host's name".to_owned(),
        )
    })
}

fn add_the_systems(roots: &mut RootCertStore) {
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
}

fn verifier(
    roots: RootCertStore,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, String> {
    let builder =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
    Ok(builder.build().map_err(|e| e.to_string())?)
}

/// A connector that checks servers by `verifier` and shows them the certificate of `pair`, a file and its key's.
fn connector(
    provider: Arc<CryptoProvider>,
    verifier: Arc<dyn ServerCertVerifier>,
    pair: Option<(&Path, &Path)>,
) -> Result<TlsConnector, Refused> {
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| {
            (
                e.to_string(),
                "this is a fault of devtwin's build".to_owned(),
            )
        })?;
    let builder = builder
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let config = match pair {
        Some((cert, key)) => {
            let chain = certificates(cert)?;
            let wrong = |e: &dyn fmt::Display| unusable(key, e);
            let secret = PrivateKeyDer::from_pem_file(key).map_err(|e| wrong(&e))?;
            builder
                .with_client_auth_cert(chain, secret)
                .map_err(|e| wrong(&e))?
        }
        None => builder.with_no_client_auth(),
    };
    Ok(TlsConnector::from(Arc::new(config)))
}

/// For connections to the registry `host[:port]`: checked by what the system trusts and by the authorities in
/// docker's folders for it (`certs.d/HOST/*.crt`), known to it by the first `*.cert` there that has its `*.key`.
pub(super) fn of_registry(host: &str, folders: &[PathBuf]) -> Result<Tls, Refused> {
    let mut roots = RootCertStore::empty();
    add_the_systems(&mut roots);
    let mut pair = None;
    let files = folders.iter().flat_map(|folder| files(&folder.join(host)));
    for file in files {
        match file.extension().and_then(|e| e.to_str()) {
            Some("crt") => {
                for certificate in certificates(&file)? {
                    roots.add(certificate).map_err(|e| unusable(&file, &e))?;
                }
            }
            Some("cert") if pair.is_none() => {
                let key = file.with_extension("key");
                pair = key.is_file().then_some((file, key));
            }
            Some(_) | None => {}
        }
    }
    let provider = Arc::new(ring::default_provider());
    let checked = verifier(roots, &provider).map_err(|why| {
        let hint = "install the system's certificates (ca-certificates)";
        (why, hint.to_owned())
    })?;
    let pair = pair.as_ref().map(|(c, k)| (c.as_path(), k.as_path()));
    Ok(Tls {
        connector: connector(provider, checked, pair)?,
        name: server_name(host)?,
        words: "TLS".into(),
        verified: true,
    })
}

/// The files of a folder, by name; none where it cannot be read.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|e| e.path()).filter(|p| p.is_file()).collect();
    files.sort();
    files
}

fn unusable(file: &Path, why: &dyn fmt::Display) -> Refused {
    (
        format!("{} cannot be used: {why}", file.display()),
        "it must be PEM, and the key without a password".to_owned(),
    )
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, Refused> {
    let all = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let all = all.map_err(|e| unusable(file, &e))?;
    if all.is_empty() {
        return Err(unusable(file, &"there is no certificate in it"));
    }
    Ok(all)
}

/// How to speak TLS to one server. Its `Debug` tells no key.
#[derive(Clone)]
pub(super) struct Tls {
    connector: TlsConnector,
    name: ServerName<'static>,
    /// By what the server is checked, and what shows it who we are.
    pub(super) words: String,
    /// Whether the server is checked at all.
    pub(super) verified: bool,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tls").field(&self.words).finish()
    }
}

impl Tls {
    pub(super) async fn connect(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.connector.connect(self.name.clone(), stream).await
    }
}

/// What went wrong with TLS, and what to try; none when it was something else.
pub(super) fn trouble(err: &io::Error) -> Option<(String, &'static str)> {
    let err = err.get_ref()?.downcast_ref::<rustls::Error>()?;
    Some(match err {
        rustls::Error::InvalidCertificate(
            CertificateError::UnknownIssuer | CertificateError::BadSignature,
        ) => (
            "the server's certificate is of an authority that is not known here".into(),
            "is it the right engine? DOCKER_CERT_PATH names the folder of its ca.pem",
        ),
        rustls::Error::InvalidCertificate(
            CertificateError::Expired | CertificateError::ExpiredContext { .. },
        ) => (
            "the server's certificate has expired".into(),
            "renew it on the engine's machine, and check both clocks",
        ),
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => (
            "the server's certificate is for another name".into(),
            "use the name or address that the certificate is made for",
        ),
        rustls::Error::InvalidCertificate(why) => (
            format!("the server's certificate is not accepted: {why}"),
            "check the certificate on the engine's machine",
        ),
        rustls::Error::InvalidMessage(_) => (
            "the other side does not speak TLS".into(),
            "is the port right? 2376 is the usual one for TLS; for plain tcp unset DOCKER_TLS_VERIFY",
        ),
        rustls::Error::AlertReceived(alert) => (
            format!("the engine refused our certificate ({alert:?})"),
            "DOCKER_CERT_PATH names the folder of cert.pem and key.pem that its authority has signed",
        ),
        other => (
            other.to_string(),
            "check ca.pem, cert.pem and key.pem in DOCKER_CERT_PATH or in the docker context",
        ),
    })
}

/// Takes any certificate: only for a context that says so (`SkipTLSVerify`).
#[derive(Debug)]
struct Unchecked(Arc<CryptoProvider>);

impl ServerCertVerifier for Unchecked {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, dss, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, dss, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_cannot_be_used_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        let why = || {
            let material = Material::of(dir.path(), true);
            material.load("h:1").map(|_| ()).unwrap_err().0
        };
        write("ca.pem", "no certificate");
        assert!(
            why().contains("ca.pem cannot be used: there is no certificate in it"),
            "{}",
            why()
        );
        std::fs::remove_file(dir.path().join("ca.pem")).unwrap();
        let unchecked = || {
            Material::of(dir.path(), false)
                .load("h:1")
                .map(|tls| tls.words)
        };
        assert!(unchecked().unwrap().contains("NOT checked"));
        write("key.pem", "");
        assert!(unchecked().unwrap_err().0.contains("is missing"));
        write(
            "cert.pem",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        );
        assert!(
            unchecked()
                .unwrap_err()
                .0
                .contains("key.pem cannot be used")
        );
    }

    #[test]
    fn addresses_and_names_can_be_checked_and_others_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let load = |host: &str| Material::of(dir.path(), false).load(host);
        for host in [
            "127.0.0.1:2376",
            "[::1]:2376",
            "engine.example:1",
            "engine:1",
        ] {
            assert!(load(host).is_ok(), "{host}");
        }
        assert!(load("-x-.:1").is_err());
    }
}
