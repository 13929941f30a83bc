//! Who may do what: roles, and the keys that carry them.
use crate::ids::{ApiKeyId, GroupId, UserId};
use crate::{Time, words};

words! {
    pub enum Role {
        /// Everything, keys and money included.
        Admin = "admin",
        /// The work of the inbox: contacts, conversations, messages.
        Agent = "agent",
        /// Another system: what an agent may, and templates.
        Integration = "integration",
    }
}

words! {
    /// What a route asks of its caller's role.
    pub enum Permission {
        ReadInbox = "read the inbox",
        WriteInbox = "work in the inbox",
        ReadSetup = "read channels and templates",
        SyncTemplates = "sync templates",
        ManageTemplates = "manage templates",
        ManageSetup = "manage channels, users and keys",
        ReadCredits = "read credits",
        ManageCredits = "manage credits",
        ReadEvents = "read events",
        JudgeAttachments = "judge attachments",
    }
}

impl Role {
    pub fn may(self, permission: Permission) -> bool {
        use Permission::{
            JudgeAttachments, ManageCredits, ManageSetup, ManageTemplates, ReadCredits, ReadEvents, ReadInbox,
            ReadSetup, SyncTemplates, WriteInbox,
        };
        match (self, permission) {
            (Role::Admin, _) => true,
            (_, ReadInbox | WriteInbox | ReadSetup) => true,
            (Role::Integration, SyncTemplates | ManageTemplates | ReadCredits | ReadEvents | JudgeAttachments) => true,
            (Role::Integration, ManageSetup | ManageCredits) => false,
            (
                Role::Agent,
                SyncTemplates | ManageTemplates | ManageSetup | ReadCredits | ManageCredits | ReadEvents
                | JudgeAttachments,
            ) => false,
        }
    }
}

/// A key to the API. The key itself is shown once, when it is made; what is kept is its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub name: String,
    pub role: Role,
    pub created_at: Time,
    pub revoked_at: Option<Time>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub name: String,
    pub email: Option<String>,
    pub role: Role,
    pub groups: Vec<GroupId>,
    pub created_at: Time,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub id: GroupId,
    pub name: String,
    pub created_at: Time,
}

/// Who did something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    User(UserId),
    /// A key that acts for no user.
    Key(ApiKeyId),
    /// The administrator's key of the deployment, which has no row.
    Bootstrap,
}

impl Actor {
    const BOOTSTRAP: &'static str = "bootstrap";

    pub fn as_str(&self) -> &str {
        match self {
            Actor::User(id) => id.as_str(),
            Actor::Key(id) => id.as_str(),
            Actor::Bootstrap => Actor::BOOTSTRAP,
        }
    }

    pub fn parse(text: &str) -> Option<Actor> {
        if text == Actor::BOOTSTRAP {
            return Some(Actor::Bootstrap);
        }
        UserId::parse(text).map(Actor::User).or_else(|| ApiKeyId::parse(text).map(Actor::Key))
    }
}
