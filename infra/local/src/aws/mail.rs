//! SES as far as it is needed: takes letters of plain text and keeps them, in memory, for whoever wants to see what was sent.

use std::sync::{Arc, Mutex, PoisonError};

use http::StatusCode;
use serde_json::{Value, json};

use super::authorize::Permission;
use super::service::Failure;
use super::{ACCOUNT, REGION};
use crate::random;

/// Only so many of the latest letters are kept.
const KEPT_MAX: usize = 1_000;

/// A letter that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    pub from: String,
    pub to: Vec<String>,
    pub subject: String,
    pub text: String,
}

/// What was sent. Clones share it.
#[derive(Clone, Default)]
pub struct Mail(Arc<Mutex<Vec<Letter>>>);

impl Mail {
    /// The letters, the oldest first.
    #[must_use]
    pub fn sent(&self) -> Vec<Letter> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Either of which suffices: SES goes by the identity that was verified, an address or its domain.
    pub(super) fn permissions(body: &Value) -> [Permission; 2] {
        let from = body["FromEmailAddress"].as_str().unwrap_or_default();
        let domain = from.rsplit('@').next().unwrap_or_default();
        [from, domain].map(|identity| {
            Permission::new("ses:SendEmail", format!("arn:aws:ses:{REGION}:{ACCOUNT}:identity/{identity}"))
        })
    }

    pub(super) fn send(&self, body: &Value) -> Result<Value, Failure> {
        let letter = read(body).ok_or_else(|| {
            let message = "A letter needs FromEmailAddress, Destination.ToAddresses, and Content.Simple with Subject and Body.Text.";
            Failure::new(StatusCode::BAD_REQUEST, "BadRequestException", message)
        })?;
        let mut sent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if sent.len() == KEPT_MAX {
            sent.remove(0);
        }
        sent.push(letter);
        Ok(json!({ "MessageId": random::uuid() }))
    }
}

fn read(body: &Value) -> Option<Letter> {
    let simple = &body["Content"]["Simple"];
    let to: Option<Vec<String>> =
        body["Destination"]["ToAddresses"].as_array()?.iter().map(|to| to.as_str().map(str::to_owned)).collect();
    Some(Letter {
        from: body["FromEmailAddress"].as_str()?.to_owned(),
        to: to.filter(|to| !to.is_empty() && to.iter().all(|to| to.contains('@')))?,
        subject: simple["Subject"]["Data"].as_str()?.to_owned(),
        text: simple["Body"]["Text"]["Data"].as_str()?.to_owned(),
    })
}
