//! By which way of Meta's a message goes out, and whom it can reach. Decided when it is sent: a template's category may
//! have changed since the message was accepted.
use super::TemplateUse;
use crate::channel::{Channel, MarketingApi};
use crate::template::{AUTHENTICATION, MARKETING};

/// An address of Meta's that takes messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// The Cloud API.
    Messages,
    /// The Marketing Messages API: marketing templates only.
    Marketing,
}

impl Edge {
    #[must_use]
    pub fn other(self) -> Edge {
        match self {
            Edge::Messages => Edge::Marketing,
            Edge::Marketing => Edge::Messages,
        }
    }
}

/// The edge for the template's category as it is now.
pub fn edge(channel: &Channel, template: &TemplateUse) -> Edge {
    match (channel.marketing_api, template) {
        (MarketingApi::Auto, TemplateUse::Found(template)) if template.category == MARKETING => Edge::Marketing,
        (MarketingApi::Auto | MarketingApi::CloudApi, _) => Edge::Messages,
    }
}

/// The name of the template, if it goes to phones alone: the code of an authentication template is never sent to a user id
/// (131062, P32).
pub fn needs_phone(template: &TemplateUse) -> Option<&str> {
    match template {
        TemplateUse::Found(template) if template.category == AUTHENTICATION => Some(&template.name),
        TemplateUse::Found(_) | TemplateUse::None | TemplateUse::Missing { .. } => None,
    }
}
