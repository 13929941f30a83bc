//! The pooled HTTP/1.1 client. A connection that failed to open is told apart from an answer that did not come.
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use futures::{StreamExt, stream};
use http::{Request, Response, Uri};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, BodyStream, Full, Limited, StreamBody};
use hyper::body::Frame;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, pem::PemObject};

use crate::error::{BodyError, SendError, SetupError};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// Shorter than the keep-alive of AWS's and Meta's front ends, so that a pooled connection is rarely a dead one.
const IDLE_TIMEOUT: Duration = Duration::from_secs(15);
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A body that passes through in pieces and is never whole in memory.
pub type Stream = UnsyncBoxBody<Bytes, BodyError>;

/// A cheap handle on one connection pool.
#[derive(Clone, Debug)]
pub struct Http {
    client: Client<HttpsConnector<HttpConnector>, Stream>,
}

/// A body that is in memory already.
pub fn whole(body: impl Into<Bytes>) -> Stream {
    Full::new(body.into()).map_err(|never| match never {}).boxed_unsync()
}

/// `body` between two pieces.
pub fn enclosed(before: String, body: Stream, after: String) -> Stream {
    let edge = |text: String| stream::iter([Ok(Frame::data(Bytes::from(text)))]);
    StreamBody::new(edge(before).chain(BodyStream::new(body)).chain(edge(after))).boxed_unsync()
}

/// `body`, of which each piece is shown to `see` as it passes.
pub fn observed(body: Stream, mut see: impl FnMut(&Bytes) + Send + 'static) -> Stream {
    let show = move |frame: Frame<Bytes>| {
        frame.data_ref().into_iter().for_each(&mut see);
        frame
    };
    body.map_frame(show).boxed_unsync()
}

/// The beginning of `body`, of at least `bytes` if it has as many, and all of it again.
pub async fn begun(mut body: Stream, bytes: usize) -> Result<(Bytes, Stream), BodyError> {
    let mut read = Vec::new();
    while read.len() < bytes {
        let Some(frame) = body.frame().await else { break };
        if let Ok(piece) = frame?.into_data() {
            read.extend_from_slice(&piece);
        }
    }
    let read = Bytes::from(read);
    let start = stream::iter([Ok(Frame::data(read.clone()))]);
    Ok((read, StreamBody::new(start.chain(BodyStream::new(body))).boxed_unsync()))
}

/// An id or a cursor as one segment of an address, whatever it holds.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

impl Http {
    /// `ca_bundle` replaces the compiled-in roots by the certificates of a PEM file.
    pub fn new(ca_bundle: Option<&Path>) -> Result<Http, SetupError> {
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .build(https(HttpConnector::new(), ca_bundle)?);
        Ok(Http { client })
    }

    /// Sends a request and reads the whole answer, within `timeout`.
    pub async fn send(&self, request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>, SendError> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let exchange = async {
            let (head, body) = self.exchange(request.map(whole)).await?.into_parts();
            let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
            let body = body.map_err(|source| SendError::Unanswered { host: host.clone(), source })?;
            Ok(Response::from_parts(head, body.to_bytes()))
        };
        let answer = tokio::time::timeout(timeout, exchange).await;
        answer.unwrap_or_else(|elapsed| Err(SendError::Unanswered { host: host.clone(), source: elapsed.into() }))
    }

    /// Sends a request whose body and whose answer's body pass through in pieces. The caller bounds the time.
    pub async fn exchange(&self, request: Request<Stream>) -> Result<Response<Stream>, SendError> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        match self.client.request(request).await {
            Ok(answer) => Ok(answer.map(|body| body.map_err(|error| BodyError(error.into())).boxed_unsync())),
            Err(error) if error.is_connect() => Err(SendError::NotSent { host, source: error.into() }),
            Err(error) => Err(SendError::Unanswered { host, source: error.into() }),
        }
    }

    /// Opens a connection to `origin` and leaves it in the pool; during init this costs nothing of the first request.
    pub async fn warm(&self, origin: &Uri) {
        let Ok(request) = Request::get(format!("{}ping", origin)).body(Bytes::new()) else { return };
        // Whatever the answer is, the connection is open; a failure shows again, and is told, at the first real call.
        drop(self.send(request, CONNECT_TIMEOUT).await);
    }
}

/// `connector`, over TLS where the address asks for it.
pub(crate) fn https<R>(
    mut connector: HttpConnector<R>,
    ca_bundle: Option<&Path>,
) -> Result<HttpsConnector<HttpConnector<R>>, SetupError> {
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
    let tls = HttpsConnectorBuilder::new().with_tls_config(tls_config(ca_bundle)?);
    Ok(tls.https_or_http().enable_http1().wrap_connector(connector))
}

fn tls_config(ca_bundle: Option<&Path>) -> Result<ClientConfig, SetupError> {
    let mut roots = RootCertStore::empty();
    match ca_bundle {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(path) => {
            let failed = |source| SetupError::CaBundle { path: path.to_owned(), source };
            for certificate in CertificateDer::pem_file_iter(path).map_err(|error| failed(error.into()))? {
                roots.add(certificate.map_err(|error| failed(error.into()))?).map_err(|error| failed(error.into()))?;
            }
        }
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| SetupError::Tls(error.into()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
