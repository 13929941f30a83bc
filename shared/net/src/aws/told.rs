//! What tells people something: an e-mail by SES, a message to an open socket of API Gateway. Both are asked for once: an answer
//! that is lost may have been a success, and nobody wants to be told twice.
use bytes::Bytes;
use http::Request;
use http::header::CONTENT_TYPE;
use serde_json::json;

use super::{Aws, Service};
use crate::error::AwsError;
use crate::http_client::escape;

const GONE: u16 = 410;

/// A letter of plain text.
#[derive(Clone, Copy, Debug)]
pub struct Mail<'a> {
    pub from: &'a str,
    pub to: &'a str,
    pub subject: &'a str,
    pub text: &'a str,
}

/// Whether a socket was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    Yes,
    /// It was closed, and never comes again.
    Gone,
}

impl Aws {
    pub async fn send_mail(&self, mail: &Mail<'_>) -> Result<(), AwsError> {
        const OPERATION: &str = "SendEmail";
        let part = |text: &str| json!({"Data": text, "Charset": "UTF-8"});
        let body = json!({
            "FromEmailAddress": mail.from, "Destination": {"ToAddresses": [mail.to]},
            "Content": {"Simple": {"Subject": part(mail.subject), "Body": {"Text": part(mail.text)}}},
        });
        let uri = format!("{}/v2/email/outbound-emails", self.origin(Service::Ses));
        let request = Request::post(uri).header(CONTENT_TYPE, Service::Ses.content_type());
        self.ask_once(Service::Ses, OPERATION, request.body(Bytes::from(body.to_string()))).await
    }

    /// Sends to an open socket. `api`: where its stage is, such as `https://abc.execute-api.eu-central-1.amazonaws.com/live`.
    pub async fn post_to_socket(&self, api: &str, connection: &str, data: Bytes) -> Result<Reached, AwsError> {
        let request = Request::post(self.socket(api, connection)).header(CONTENT_TYPE, Service::Sockets.content_type());
        match self.ask_once(Service::Sockets, "PostToConnection", request.body(data)).await {
            Ok(()) => Ok(Reached::Yes),
            Err(AwsError::Refused { status: GONE, .. }) => Ok(Reached::Gone),
            Err(error) => Err(error),
        }
    }

    /// Closes a socket; one that is closed already stays so.
    pub async fn close_socket(&self, api: &str, connection: &str) -> Result<(), AwsError> {
        const OPERATION: &str = "DeleteConnection";
        let request = Request::delete(self.socket(api, connection)).body(Bytes::new());
        match self.ask_once(Service::Sockets, OPERATION, request).await {
            Err(AwsError::Refused { status: GONE, .. }) => Ok(()),
            done => done,
        }
    }

    fn socket(&self, api: &str, connection: &str) -> String {
        let (origin, stage) = stage(api);
        let origin = self.endpoint.as_deref().map_or(origin, |endpoint| endpoint.trim_end_matches('/'));
        format!("{origin}/{stage}/@connections/{}", escape(connection))
    }

    async fn ask_once(
        &self,
        service: Service,
        operation: &'static str,
        request: Result<Request<Bytes>, http::Error>,
    ) -> Result<(), AwsError> {
        let request = request.map_err(|source| AwsError::Sign { operation, source: source.into() })?;
        self.call_once(service, operation, request).await.map(|_| ())
    }
}

/// The origin of an address, and the name of its stage, which is all of its path.
fn stage(api: &str) -> (&str, &str) {
    let host = api.find("://").map_or(0, |at| at.saturating_add(3));
    let slash = api.get(host..).and_then(|rest| rest.find('/')).map(|at| at.saturating_add(host));
    let (origin, path) = slash.and_then(|at| api.split_at_checked(at)).unwrap_or((api, ""));
    (origin, path.trim_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::stage;

    #[test]
    fn an_address_has_its_stage_behind_its_origin() {
        for (api, origin, name) in [
            (
                "https://a.execute-api.eu-central-1.amazonaws.com/live",
                "https://a.execute-api.eu-central-1.amazonaws.com",
                "live",
            ),
            ("http://127.0.0.1:80/live/", "http://127.0.0.1:80", "live"),
            ("http://127.0.0.1:80", "http://127.0.0.1:80", ""),
        ] {
            assert_eq!(stage(api), (origin, name), "{api}");
        }
    }
}
