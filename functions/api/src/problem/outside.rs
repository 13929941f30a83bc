//! What is said no to of other systems: their addresses, and what they are told.
use lambda_http::http::StatusCode;

use super::FieldError;

#[derive(Debug)]
pub(crate) enum Outside {
    /// An address that is not called, and why.
    AddressRefused(Vec<FieldError>),
    DeliveryUnderWay,
    /// The id of what the secret is of.
    SecretShownOnce {
        id: String,
    },
    /// There may be no more of them.
    TooMany {
        what: &'static str,
        most: usize,
    },
    WebhookPaused,
}

impl Outside {
    pub(super) fn facts(&self) -> (&'static str, StatusCode, &'static str) {
        use StatusCode as S;
        match self {
            Outside::AddressRefused(_) => {
                ("address-refused", S::UNPROCESSABLE_ENTITY, "The address would not be called")
            }
            Outside::DeliveryUnderWay => ("delivery-under-way", S::CONFLICT, "It is being delivered"),
            Outside::SecretShownOnce { .. } => ("secret-shown-once", S::CONFLICT, "A secret is shown only once"),
            Outside::TooMany { .. } => ("too-many", S::UNPROCESSABLE_ENTITY, "There may be no more of them"),
            Outside::WebhookPaused => ("webhook-paused", S::CONFLICT, "The webhook is paused"),
        }
    }

    pub(super) fn detail(&self) -> String {
        match self {
            Outside::AddressRefused(errors) => {
                let each: Vec<String> =
                    errors.iter().map(|error| format!("{} {}", error.field, error.message)).collect();
                format!("{}.", each.join("; "))
            }
            Outside::DeliveryUnderWay => "Its state says how far it is.".to_owned(),
            Outside::SecretShownOnce { id } => format!(
                "The first request with this Idempotency-Key made {id}. If its answer was lost, give it another secret."
            ),
            Outside::TooMany { what, most } => format!("There are {most} of the kind {what} at most; delete one."),
            Outside::WebhookPaused => "Make it active first.".to_owned(),
        }
    }

    pub(super) fn errors(&self) -> &[FieldError] {
        match self {
            Outside::AddressRefused(errors) => errors,
            Outside::DeliveryUnderWay
            | Outside::SecretShownOnce { .. }
            | Outside::TooMany { .. }
            | Outside::WebhookPaused => &[],
        }
    }

    pub(super) fn id(&self) -> Option<&str> {
        match self {
            Outside::SecretShownOnce { id } => Some(id),
            Outside::AddressRefused(_)
            | Outside::DeliveryUnderWay
            | Outside::TooMany { .. }
            | Outside::WebhookPaused => None,
        }
    }
}
