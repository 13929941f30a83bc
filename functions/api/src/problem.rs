//! Every way in which the API says no. To add one: a variant, and what the compiler asks for.
//!
//! Guarantee: what a caller reads names what they did or what they can do; the causes of an internal error go to the log.
use axum::extract::Request;
use domain::Time;
use domain::attachment::AttachmentState;
use domain::ids::UserId;
use domain::message::{Fault, State};
use domain::sending::Refusal;
use domain::template::order::Denied;
use lambda_http::http::StatusCode;
use runtime::VaultError;
use store::StoreError;

use crate::input::BODY_MAX;

mod forbidden;
mod outside;
mod response;
mod template;
mod text;

pub(crate) use forbidden::Forbidden;
pub(crate) use outside::Outside;
pub(crate) use response::{FieldError, ProblemBody};
pub(crate) use text::TextProblem;

type Source = Box<dyn std::error::Error + Send + Sync>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unauthenticated {
    #[error("One Authorization header with a bearer key is needed.")]
    Missing,
    #[error("The Authorization header must read: Bearer <key>.")]
    Malformed,
    #[error("This key is not known, was revoked, or acts for a user who is not active.")]
    Refused,
    #[error("This token is not one of the identity provider's for this API, or not yet.")]
    TokenRefused,
    #[error("This token has expired.")]
    TokenExpired,
}

#[derive(Debug)]
pub(crate) enum Problem {
    InvalidInput(Vec<FieldError>),
    MalformedJson {
        line: usize,
        column: usize,
        reason: String,
    },
    Unauthenticated(Unauthenticated),
    Forbidden(Forbidden),
    NotFound {
        what: &'static str,
        id: String,
    },
    NoSuchRoute {
        method: String,
        path: String,
    },
    MethodNotAllowed {
        method: String,
        path: String,
    },
    AlreadyExists {
        what: &'static str,
        id: String,
    },
    KeyShownOnce {
        id: String,
    },
    NotScheduled {
        state: State,
    },
    NotInDoubt {
        state: State,
    },
    NotRetriable {
        state: AttachmentState,
    },
    NotScanned {
        state: AttachmentState,
    },
    AttachmentNotReady(Vec<FieldError>),
    /// WhatsApp does not take such a file.
    FileRefused(Vec<FieldError>),
    TooEarly {
        not_before: Time,
    },
    ChangedMeanwhile,
    /// Another user has the conversation.
    AlreadyTaken {
        by: UserId,
    },
    /// Only a user has or can do it, and the caller is none.
    UserNeeded,
    ViewNotYours,
    GroupInUse,
    OnYourself,
    /// The identity provider knows them, and we do not.
    UnknownUser,
    BodyTooLarge,
    UnsupportedMediaType,
    UnknownReference(Vec<FieldError>),
    InvalidMessage(Vec<FieldError>),
    TooLong(Vec<FieldError>),
    TemplateParameters(Vec<FieldError>),
    Text(TextProblem),
    /// What Meta would say against a template.
    TemplateRules(Vec<FieldError>),
    /// All that is wrong with a card of rates.
    InvalidRates(Vec<FieldError>),
    TemplateDenied(Denied),
    RefusedByMeta(Fault),
    SendRefused(Refusal),
    Outside(Outside),
    OtherCurrency {
        wallet: String,
    },
    NoActiveChannel,
    PaymentsNotConfigured,
    NoSavedCard,
    NoWallet,
    IdempotencyKeyReused,
    /// Something that we need did not answer; trying again helps.
    Unavailable(Source),
    Internal(Source),
}

impl Problem {
    /// One field that is wrong.
    pub(crate) fn field(name: impl Into<String>, message: impl Into<String>) -> Problem {
        Problem::InvalidInput(vec![FieldError::new(name, message)])
    }

    /// A field that names something which does not exist.
    pub(crate) fn unknown(name: impl Into<String>, message: impl Into<String>) -> Problem {
        Problem::UnknownReference(vec![FieldError::new(name, message)])
    }

    /// The same about fields of other names.
    pub(crate) fn renamed(mut self, rename: impl Fn(&str) -> String) -> Problem {
        if let Problem::InvalidInput(errors)
        | Problem::UnknownReference(errors)
        | Problem::InvalidMessage(errors)
        | Problem::TooLong(errors)
        | Problem::AttachmentNotReady(errors)
        | Problem::FileRefused(errors) = &mut self
        {
            errors.iter_mut().for_each(|error| error.field = rename(&error.field));
        }
        self
    }

    /// The last part of the `type`, the status, the title.
    fn facts(&self) -> (&'static str, StatusCode, &'static str) {
        use StatusCode as S;
        let unfit = S::UNPROCESSABLE_ENTITY;
        match self {
            Problem::InvalidInput(_) => ("invalid-input", S::BAD_REQUEST, "The input is not valid"),
            Problem::MalformedJson { .. } => ("malformed-json", S::BAD_REQUEST, "The body is not JSON"),
            Problem::Unauthenticated(_) => ("unauthenticated", S::UNAUTHORIZED, "A valid API key is needed"),
            Problem::Forbidden(why) => why.facts(),
            Problem::NotFound { .. } => ("not-found", S::NOT_FOUND, "There is no such thing"),
            Problem::NoSuchRoute { .. } => ("no-such-route", S::NOT_FOUND, "There is no such route"),
            Problem::MethodNotAllowed { .. } => {
                ("method-not-allowed", S::METHOD_NOT_ALLOWED, "The route has no such method")
            }
            Problem::AlreadyExists { .. } => ("already-exists", S::CONFLICT, "It exists already"),
            Problem::Text(problem) => problem.facts(),
            Problem::NotScheduled { .. } => ("not-scheduled", S::CONFLICT, "The message is not scheduled"),
            Problem::KeyShownOnce { .. } => ("key-shown-once", S::CONFLICT, "A key is shown only once"),
            Problem::NotInDoubt { .. } => ("not-in-doubt", S::CONFLICT, "The message is not in doubt"),
            Problem::NotRetriable { .. } => {
                ("attachment-not-failed", S::CONFLICT, "The attachment did not fail to be fetched")
            }
            Problem::NotScanned { .. } => {
                ("attachment-not-scanned", S::CONFLICT, "The attachment waits for no verdict")
            }
            Problem::AttachmentNotReady(_) => ("attachment-not-ready", unfit, "The attachment is not ready"),
            Problem::FileRefused(_) => ("file-refused", unfit, "WhatsApp would refuse the file"),
            Problem::TooEarly { .. } => ("too-early", S::CONFLICT, "WhatsApp may still settle the message"),
            Problem::ChangedMeanwhile => ("changed-meanwhile", S::CONFLICT, "Others changed it at the same time"),
            Problem::AlreadyTaken { .. } => ("already-taken", S::CONFLICT, "Somebody else has the conversation"),
            Problem::UserNeeded => ("user-needed", unfit, "Only a user can do this"),
            Problem::ViewNotYours => ("view-not-yours", S::FORBIDDEN, "The view belongs to others"),
            Problem::GroupInUse => ("group-in-use", S::CONFLICT, "The group is still in use"),
            Problem::OnYourself => ("not-on-yourself", S::CONFLICT, "Nobody takes their own rights away"),
            Problem::UnknownUser => ("unknown-user", S::FORBIDDEN, "Nobody here is who the token says"),
            Problem::BodyTooLarge => ("body-too-large", S::PAYLOAD_TOO_LARGE, "The body is too large"),
            Problem::UnsupportedMediaType => {
                ("unsupported-media-type", S::UNSUPPORTED_MEDIA_TYPE, "The body must be JSON")
            }
            Problem::UnknownReference(_) => {
                ("unknown-reference", unfit, "The input names something that does not exist")
            }
            Problem::InvalidMessage(_) => ("invalid-message", unfit, "WhatsApp would refuse the message"),
            Problem::TooLong(_) => ("too-long", unfit, "The message is too long"),
            Problem::TemplateParameters(_) => ("template-parameters", unfit, "The message does not fit its template"),
            Problem::TemplateRules(_) => ("template-rules", unfit, "WhatsApp would refuse the template"),
            Problem::InvalidRates(_) => ("invalid-rates", unfit, "The card of rates cannot be used"),
            Problem::TemplateDenied(denied) => template::facts(denied),
            Problem::Outside(refusal) => refusal.facts(),
            Problem::RefusedByMeta(_) => ("refused-by-meta", unfit, "WhatsApp refused the request"),
            Problem::SendRefused(refusal) => (refusal.code(), unfit, "The message cannot be sent now"),
            Problem::OtherCurrency { .. } => ("other-currency", unfit, "The wallet has another currency"),
            Problem::NoActiveChannel => {
                ("no-active-channel", unfit, "There is no channel that credit could be spent on")
            }
            Problem::PaymentsNotConfigured => ("payments-not-configured", unfit, "No payment provider is set up"),
            Problem::NoSavedCard => ("no-saved-card", unfit, "There is no saved card"),
            Problem::NoWallet => ("no-wallet", unfit, "There is no credit yet"),
            Problem::IdempotencyKeyReused => {
                ("idempotency-key-reused", unfit, "The Idempotency-Key was used for another request")
            }
            Problem::Unavailable(_) => ("unavailable", S::SERVICE_UNAVAILABLE, "Not available at the moment"),
            Problem::Internal(_) => ("internal", S::INTERNAL_SERVER_ERROR, "Something went wrong on our side"),
        }
    }

    fn detail(&self) -> String {
        match self {
            Problem::InvalidInput(errors)
            | Problem::UnknownReference(errors)
            | Problem::InvalidMessage(errors)
            | Problem::TooLong(errors)
            | Problem::AttachmentNotReady(errors)
            | Problem::FileRefused(errors)
            | Problem::TemplateRules(errors)
            | Problem::InvalidRates(errors)
            | Problem::TemplateParameters(errors) => {
                let each: Vec<String> =
                    errors.iter().map(|error| format!("{} {}", error.field, error.message)).collect();
                format!("{}.", each.join("; "))
            }
            Problem::MalformedJson { line, column, reason } => format!("Line {line}, column {column}: {reason}."),
            Problem::Unauthenticated(reason) => reason.to_string(),
            Problem::Forbidden(why) => why.detail(),
            Problem::NotFound { what, id } => format!("No {what} has the id {id}."),
            Problem::NoSuchRoute { method, path } => format!("{method} {path} is not a route of this API."),
            Problem::MethodNotAllowed { method, path } => {
                format!("{path} does not take {method}; the Allow header names what it takes.")
            }
            Problem::AlreadyExists { what, id } => format!("The {what} is there already: {id}."),
            Problem::Text(problem) => problem.detail(),
            Problem::NotScheduled { state } => {
                format!("Its state is {state}; only a scheduled message can be cancelled.")
            }
            Problem::KeyShownOnce { id } => format!(
                "The first request with this Idempotency-Key made key {id}. If its answer was lost, revoke that key and make another with a new Idempotency-Key."
            ),
            Problem::NotInDoubt { state } => format!("Its state is {state}; only a message in doubt can be resolved."),
            Problem::NotRetriable { state } => {
                format!("Its state is {state}; only what is failed, expired or too_big can be tried again.")
            }
            Problem::NotScanned { state } => {
                format!("Its state is {state}; only a stored file of a deployment that asks for scans is judged.")
            }
            Problem::TooEarly { not_before } => format!("Not before {not_before}."),
            Problem::ChangedMeanwhile => "Try again.".to_owned(),
            Problem::AlreadyTaken { by } => format!("The user {by} has it."),
            Problem::UserNeeded => "Come with a key that acts for a user.".to_owned(),
            Problem::ViewNotYours => {
                "A view is changed by those whose it is, one of all by who sees everything, and a built-in one by nobody.".to_owned()
            }
            Problem::GroupInUse => "Take its users out of it, and let no channel assign to it.".to_owned(),
            Problem::OnYourself => "Ask another administrator.".to_owned(),
            Problem::UnknownUser => "The token is good, but no active user has its subject as external_id, or its verified e-mail. Ask an administrator to add you.".to_owned(),
            Problem::BodyTooLarge => format!("At most {BODY_MAX} bytes are taken."),
            Problem::UnsupportedMediaType => {
                "Send a body with Content-Type: application/json, or text/csv for a table.".to_owned()
            }
            Problem::TemplateDenied(denied) => template::detail(denied),
            Problem::Outside(refusal) => refusal.detail(),
            Problem::RefusedByMeta(fault) => template::words(fault),
            Problem::SendRefused(refusal) => refusal.explain(),
            Problem::OtherCurrency { wallet } => format!("The wallet is kept in {wallet}."),
            Problem::NoActiveChannel => "Connect a channel, or make one active, first.".to_owned(),
            Problem::PaymentsNotConfigured => "Store the provider's API key in its parameter first.".to_owned(),
            Problem::NoSavedCard => "Buy credit with save_card first.".to_owned(),
            Problem::NoWallet => "Buy credit first: that decides the currency of the wallet.".to_owned(),
            Problem::IdempotencyKeyReused => "Use a new key for a new request.".to_owned(),
            Problem::Unavailable(_) => "Try again in a moment.".to_owned(),
            Problem::Internal(_) => "It was logged. Trying again will probably not help.".to_owned(),
        }
    }
}

impl From<Unauthenticated> for Problem {
    fn from(reason: Unauthenticated) -> Problem {
        Problem::Unauthenticated(reason)
    }
}

impl From<Forbidden> for Problem {
    fn from(why: Forbidden) -> Problem {
        Problem::Forbidden(why)
    }
}

impl From<Outside> for Problem {
    fn from(refusal: Outside) -> Problem {
        Problem::Outside(refusal)
    }
}

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Problem {
        Problem::Unavailable(error.into())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Problem {
        match error {
            StoreError::Contended { .. } => Problem::ChangedMeanwhile,
            StoreError::Unavailable { .. } => Problem::Unavailable(error.into()),
            StoreError::Refused { .. } | StoreError::Row { .. } => Problem::Internal(error.into()),
        }
    }
}

pub(crate) async fn no_such_route(request: Request) -> Problem {
    Problem::NoSuchRoute { method: request.method().to_string(), path: request.uri().path().to_owned() }
}

pub(crate) async fn method_not_allowed(request: Request) -> Problem {
    Problem::MethodNotAllowed { method: request.method().to_string(), path: request.uri().path().to_owned() }
}
