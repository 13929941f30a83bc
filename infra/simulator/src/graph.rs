//! The Graph side: what a business calls. Every answer, also every refusal, has the form that Meta gives it.

pub(crate) mod accept;
mod analytics;
pub(crate) mod errors;
pub(crate) mod fault;
pub(crate) mod media;
pub(crate) mod nodes;
pub(crate) mod send;
pub(crate) mod template_check;
pub(crate) mod templates;
pub(crate) mod uploads;
pub(crate) mod validate;

use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequest, Request, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, Method, header};

use crate::config::Config;
use crate::core::Core;
use crate::socket::Link;
use errors::GraphError;

/// One call of the Graph API: `/{version}/{node}` or `/{version}/{node}/{edge}`.
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) version: String,
    pub(crate) node: String,
    pub(crate) edge: Option<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) link: Link,
}

impl Call {
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl FromRequest<Arc<Core>> for Call {
    type Rejection = GraphError;

    async fn from_request(request: Request, core: &Arc<Core>) -> Result<Self, GraphError> {
        let (method, uri, headers) = (request.method().clone(), request.uri().clone(), request.headers().clone());
        let link = request
            .extensions()
            .get::<ConnectInfo<Link>>()
            .map_or_else(Link::default, |ConnectInfo(link)| link.clone());
        let path = uri.path().to_owned();
        let mut segments = path.split('/').skip(1).map(str::to_owned);
        let (version, node, edge) = match (segments.next(), segments.next(), segments.next(), segments.next()) {
            (Some(version), Some(node), edge, None) => (version, node, edge),
            _ => return Err(GraphError::unknown_path(&path)),
        };
        let query = parameters(uri.query().unwrap_or_default());
        let body =
            Bytes::from_request(request, core).await.map_err(|error| GraphError::parameter(error.to_string()))?;
        Ok(Self { method, path, version, node, edge, query, headers, body, link })
    }
}

const TEMPLATE_EDGES: &[&str] = &[
    "message_templates",
    "message_template_library",
    "message_template_previews",
    "upsert_message_templates",
    "unpause",
];

/// Answers every call of the Graph side.
pub(crate) async fn answer(State(core): State<Arc<Core>>, call: Call) -> Response {
    let response = match (&call.method, call.edge.as_deref()) {
        (&Method::POST, Some("messages")) => send::handle(&core, &call, send::Door::Messages).await,
        (&Method::POST, Some("marketing_messages")) => send::handle(&core, &call, send::Door::Marketing).await,
        (&Method::POST, Some("media")) => media::upload(&core, &call).await,
        (_, Some(edge)) if TEMPLATE_EDGES.contains(&edge) => templates::handle(&core, &call).await,
        (&Method::POST, Some("uploads")) => uploads::handle(&core, &call).await,
        (&Method::GET, Some("phone_numbers")) => nodes::phone_numbers(&core, &call).await,
        (_, None) if uploads::is_session(&call) => uploads::handle(&core, &call).await,
        (_, None) if templates::is_concerned(&core, &call) => templates::handle(&core, &call).await,
        (_, None) => nodes::node(&core, &call).await,
        (_, Some(edge)) => match admit(&core, &call) {
            Ok(()) => GraphError::unsupported(&call.method, &format!("{}/{edge}", call.node)).into_response(),
            Err(refusal) => refusal.into_response(),
        },
    };
    stamp(&core, response)
}

/// Every answer names the version that it was made by.
fn stamp(core: &Core, mut response: Response) -> Response {
    let newest = core.config.graph_versions.last().and_then(|version| version.parse().ok());
    if let Some(version) = newest {
        response.headers_mut().insert("facebook-api-version", version);
    }
    response
}

/// Checks what every call needs: a version that is served and the token.
pub(crate) fn admit(core: &Core, call: &Call) -> Result<(), GraphError> {
    served(core, call)?;
    let authorization = call.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token =
        authorization.and_then(|value| value.strip_prefix("Bearer ")).or_else(|| call.parameter("access_token"));
    match token {
        None => Err(GraphError::no_token()),
        Some(token) if token == core.access_token() => Ok(()),
        Some(_) => Err(GraphError::bad_token()),
    }
}

/// Refuses a version that is not served.
pub(crate) fn served(core: &Core, call: &Call) -> Result<(), GraphError> {
    let is_served = is_served(&core.config, &call.version);
    is_served.then_some(()).ok_or_else(|| GraphError::unknown_path(&call.path))
}

/// A version that has ended is served by the oldest living one; one that does not exist yet is refused.
fn is_served(config: &Config, version: &str) -> bool {
    let number = |version: &str| -> Option<(u32, u32)> {
        let (major, minor) = version.strip_prefix('v')?.split_once('.')?;
        Some((major.parse().ok()?, minor.parse().ok()?))
    };
    let newest = config.graph_versions.iter().filter_map(|version| number(version)).max();
    number(version).is_some_and(|asked| newest.is_none_or(|newest| asked <= newest))
}

/// The parameters of a query string, decoded.
pub(crate) fn parameters(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.as_bytes();
        while let Some((&first, tail)) = rest.split_first() {
            rest = tail;
            let escaped = (first == b'%').then(|| tail.get(..2)).flatten().and_then(|two| hex::decode(two).ok());
            match escaped {
                Some(decoded) => {
                    bytes.extend(decoded);
                    rest = tail.get(2..).unwrap_or_default();
                }
                None => bytes.push(if first == b'+' { b' ' } else { first }),
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ended_versions_are_served_and_future_ones_are_not() {
        let config = Config::default();
        for (version, served) in [("v26.0", true), ("v19.0", true), ("v27.0", false), ("26.0", false), ("vx.0", false)]
        {
            assert_eq!(is_served(&config, version), served, "{version}");
        }
    }

    #[test]
    fn query_parameters_are_decoded() {
        let pairs = parameters("fields=id%2Cname&after=a+b&flag");
        let expected = [("fields", "id,name"), ("after", "a b"), ("flag", "")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
