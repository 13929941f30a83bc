//! What is asked of Meta while the caller waits: only what is read and not kept.
use net::Http;
use runtime::Secret;
use serde_json::Value;
use whatsapp::client::{Client, ClientError, Token};
use whatsapp::errors::Class;

use crate::problem::Problem;

/// The Graph API, as the business's token sees it.
#[derive(Clone)]
pub struct Meta {
    token: Secret,
    graph: (Http, String, String),
}

/// What may be asked, with Meta's own parameters.
pub(crate) enum Question<'a> {
    Library(&'a [(&'a str, String)]),
    Previews { waba_id: &'a str, parameters: &'a [(&'a str, String)] },
}

impl Question<'_> {
    async fn put_to(&self, client: &Client) -> Result<Value, ClientError> {
        match self {
            Question::Library(parameters) => client.template_library(parameters).await,
            Question::Previews { waba_id, parameters } => client.template_previews(waba_id, parameters).await,
        }
    }
}

impl Meta {
    /// `graph` is how to reach it: the address, and the version.
    pub fn new(token: Secret, graph: (Http, String, String)) -> Meta {
        Meta { token, graph }
    }

    /// A token that was rotated is read again once.
    pub(crate) async fn asked(&self, question: &Question<'_>) -> Result<Value, Problem> {
        match question.put_to(&self.client().await?).await {
            Err(error) if error.is_about_credentials() => {
                self.token.refresh().await.map_err(|error| Problem::Unavailable(error.into()))?;
                question.put_to(&self.client().await?).await.map_err(refused)
            }
            outcome => outcome.map_err(refused),
        }
    }

    async fn client(&self) -> Result<Client, Problem> {
        let token = self.token.get().await.map_err(|error| Problem::Unavailable(error.into()))?;
        let token = Token::new(token.trim()).ok_or_else(|| Problem::Internal("the access token is none".into()))?;
        let (http, url, version) = &self.graph;
        Ok(Client::new(http.clone(), url, version, token))
    }
}

/// What a caller can change is told; what passes, or is ours to put right, is not their fault.
fn refused(error: ClientError) -> Problem {
    if let ClientError::Refused(refusal) = &error
        && refusal.class() == Some(Class::Permanent)
        && !refusal.is_transient
    {
        return Problem::RefusedByMeta(refusal.explained());
    }
    Problem::Unavailable(error.into())
}
