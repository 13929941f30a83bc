//! The Graph client with the token as it was last read, and what to do when Meta refuses it (P28).
use std::sync::{Arc, PoisonError};

use whatsapp::client::{Client, Token};

use crate::Sender;
use crate::error::SendError;

impl Sender {
    pub(crate) async fn client(&self) -> Result<(Arc<str>, Client), SendError> {
        let held = self.client.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match held {
            Some(held) => Ok(held),
            None => self.client_of(self.token.get().await?),
        }
    }

    /// With the token as it is in the parameter now.
    pub(crate) async fn fresh_client(&self) -> Result<(Arc<str>, Client), SendError> {
        self.client_of(self.token.refresh().await?)
    }

    /// Whether there is another token by now than the one that was refused.
    pub(crate) async fn was_replaced(&self, refused: &str) -> Result<bool, SendError> {
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(*self.token.refresh().await? != *refused)
    }

    fn client_of(&self, text: Arc<str>) -> Result<(Arc<str>, Client), SendError> {
        let token = Token::new(text.trim()).ok_or(SendError::Token)?;
        let client = Client::new(self.graph.http.clone(), &self.graph.url, &self.graph.version, token);
        let held = (text, client);
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = Some(held.clone());
        Ok(held)
    }
}
