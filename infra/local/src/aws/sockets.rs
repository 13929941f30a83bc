//! The management of open sockets: what API Gateway serves at `@connections` of a WebSocket API's stage.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use http::{Method, StatusCode};
use tokio::sync::mpsc::UnboundedSender;

use super::authorize::Permission;
use super::service::Failure;
use super::{ACCOUNT, REGION};
use crate::http_api::decode;

/// The largest message that API Gateway sends, in bytes.
const MESSAGE_MAX: usize = 128 * 1024;

/// What is done to a connection from this side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Push {
    Send(Bytes),
    Close,
}

/// The connections that are open, by their ids. Clones share them.
#[derive(Clone, Default)]
pub struct Sockets(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// Id and stage of the API.
    api: OnceLock<(String, String)>,
    open: Mutex<HashMap<String, UnboundedSender<Push>>>,
}

/// A call of the management API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    method: Method,
    stage: String,
    connection: String,
}

impl Target {
    pub(super) fn of(method: &Method, path: &str) -> Result<Self, Failure> {
        let path = decode(path, false);
        let found = path.trim_start_matches('/').split_once("/@connections/");
        let found = found.filter(|(_, id)| !id.is_empty() && [Method::POST, Method::DELETE].contains(method));
        let (stage, connection) = found.ok_or_else(|| {
            Failure::new(
                StatusCode::FORBIDDEN,
                "ForbiddenException",
                "POST and DELETE /{stage}/@connections/{id} are served.",
            )
        })?;
        Ok(Self { method: method.clone(), stage: stage.to_owned(), connection: connection.to_owned() })
    }

    pub(super) fn operation(&self) -> &'static str {
        if self.method == Method::POST { "PostToConnection" } else { "DeleteConnection" }
    }
}

impl Sockets {
    /// Says whose connections they are. The first call counts.
    pub(crate) fn provision(&self, api: &str, stage: &str) {
        self.0.api.get_or_init(|| (api.to_owned(), stage.to_owned()));
    }

    pub(crate) fn open(&self, connection: &str, out: UnboundedSender<Push>) {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner).insert(connection.to_owned(), out);
    }

    pub(crate) fn close(&self, connection: &str) {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner).remove(connection);
    }

    /// How many are open.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub(super) fn permission(&self, target: &Target) -> Permission {
        let api = self.0.api.get().map(|(api, _)| api.as_str()).unwrap_or_default();
        let Target { method, stage, connection } = target;
        let resource =
            format!("arn:aws:execute-api:{REGION}:{ACCOUNT}:{api}/{stage}/{method}/@connections/{connection}");
        Permission::new("execute-api:ManageConnections", resource)
    }

    pub(super) fn push(&self, target: &Target, body: &Bytes) -> Result<(), Failure> {
        let is_ours = self.0.api.get().is_some_and(|(_, stage)| *stage == target.stage);
        if !is_ours {
            return Err(Failure::new(StatusCode::FORBIDDEN, "ForbiddenException", "Forbidden"));
        }
        if body.len() > MESSAGE_MAX {
            let message = "The message is larger than 128 KiB.";
            return Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, "PayloadTooLargeException", message));
        }
        let push = if target.method == Method::POST { Push::Send(body.clone()) } else { Push::Close };
        let open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        let sent = open.get(&target.connection).is_some_and(|out| out.send(push).is_ok());
        if sent { Ok(()) } else { Err(Failure::new(StatusCode::GONE, "GoneException", "Gone")) }
    }
}
