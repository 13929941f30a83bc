//! What an atom is, told from the change's field and the list that the atom stood in.

/// What an atom is. Its text ([`Kind::word`]) is what tasks carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Message,
    Status,
    /// A message that the business sent elsewhere: in its phone's app, or by another app.
    Echo,
    /// A message of the phone's history, or what a chunk of it says beside its messages.
    History,
    ContactSync,
    UserPreference,
    Call,
    Group,
    UserAction,
    AutomaticEvent,
    /// An error of the channel, with no message to hang on.
    ValueError,
    /// A change of the account, of a number or of the business.
    Account,
    Template,
    /// Anything in a thread that another responder owns.
    Standby,
    Handover,
    Flow,
    /// Not of `whatsapp_business_account`: the whole body.
    Foreign,
    /// A field, a list or a shape that is not known: kept raw.
    Unknown,
}

const WORDS: &[(Kind, &str)] = &[
    (Kind::Message, "message"),
    (Kind::Status, "status"),
    (Kind::Echo, "echo"),
    (Kind::History, "history"),
    (Kind::ContactSync, "contact_sync"),
    (Kind::UserPreference, "user_preference"),
    (Kind::Call, "call"),
    (Kind::Group, "group"),
    (Kind::UserAction, "user_action"),
    (Kind::AutomaticEvent, "automatic_event"),
    (Kind::ValueError, "value_error"),
    (Kind::Account, "account"),
    (Kind::Template, "template"),
    (Kind::Standby, "standby"),
    (Kind::Handover, "handover"),
    (Kind::Flow, "flow"),
    (Kind::Foreign, "foreign"),
    (Kind::Unknown, "unknown"),
];

impl Kind {
    pub fn word(self) -> &'static str {
        WORDS.iter().find(|(kind, _)| *kind == self).map_or("unknown", |(_, word)| word)
    }

    /// Reads [`Kind::word`]; any other text is `Unknown`.
    pub fn read(word: &str) -> Kind {
        WORDS.iter().find(|(_, known)| *known == word).map_or(Kind::Unknown, |(kind, _)| *kind)
    }

    /// What a change of `field` is as a whole.
    pub(super) fn of_field(field: &str) -> Kind {
        match field {
            "message_echoes" | "smb_message_echoes" => Kind::Echo,
            "smb_app_state_sync" => Kind::ContactSync,
            "history" => Kind::History,
            "standby" => Kind::Standby,
            "messaging_handovers" => Kind::Handover,
            "calls" => Kind::Call,
            "flows" => Kind::Flow,
            "user_preferences" => Kind::UserPreference,
            "automatic_events" => Kind::AutomaticEvent,
            "group_lifecycle_update"
            | "group_participants_update"
            | "group_settings_update"
            | "group_status_update" => Kind::Group,
            "message_template_status_update"
            | "message_template_quality_update"
            | "message_template_components_update"
            | "template_category_update"
            | "template_correct_category_detection" => Kind::Template,
            "account_update"
            | "account_alerts"
            | "account_review_update"
            | "account_settings_update"
            | "business_capability_update"
            | "business_status_update"
            | "business_username_updates"
            | "phone_number_name_update"
            | "phone_number_quality_update"
            | "partner_solutions"
            | "payment_configuration_update"
            | "security" => Kind::Account,
            _ => Kind::Unknown,
        }
    }

    /// What the items of the list `member` are, in a change that is `self` as a whole; `None` if it is no known list.
    pub(super) fn of_member(self, member: &str) -> Option<Kind> {
        let part = match member {
            "messages" => Kind::Message,
            "statuses" => Kind::Status,
            "message_echoes" => Kind::Echo,
            "history" => Kind::History,
            "state_sync" => Kind::ContactSync,
            "user_preferences" => Kind::UserPreference,
            "calls" => Kind::Call,
            "groups" => Kind::Group,
            "user_actions" => Kind::UserAction,
            "automatic_events" => Kind::AutomaticEvent,
            "errors" => Kind::ValueError,
            _ => return None,
        };
        // A message of the phone's history, or of a thread that is another responder's, is none that came in (P41).
        let kept_apart = match self {
            Kind::History | Kind::Echo => part == Kind::Message || part == Kind::Echo,
            Kind::Standby => part != Kind::ValueError,
            Kind::Call => part == Kind::Status,
            Kind::Message
            | Kind::Status
            | Kind::ContactSync
            | Kind::UserPreference
            | Kind::Group
            | Kind::UserAction
            | Kind::AutomaticEvent
            | Kind::ValueError
            | Kind::Account
            | Kind::Template
            | Kind::Handover
            | Kind::Flow
            | Kind::Foreign
            | Kind::Unknown => false,
        };
        Some(if kept_apart { self } else { part })
    }

    /// Whether a change of `field` is a bundle of lists rather than one fact.
    pub(super) fn is_bundle(field: &str) -> bool {
        match Kind::of_field(field) {
            Kind::Account | Kind::Template | Kind::Flow | Kind::Handover => false,
            Kind::Unknown => matches!(field, "messages" | ""),
            Kind::Message
            | Kind::Status
            | Kind::Echo
            | Kind::History
            | Kind::ContactSync
            | Kind::UserPreference
            | Kind::Call
            | Kind::Group
            | Kind::UserAction
            | Kind::AutomaticEvent
            | Kind::ValueError
            | Kind::Standby
            | Kind::Foreign => true,
        }
    }
}
