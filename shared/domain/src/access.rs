//! Who may do what, and whose work they see: roles, scopes, reach, and the keys that carry them.
use crate::channel::Assignee;
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
    /// What a route asks of its caller. The words are the scopes of keys.
    pub enum Permission {
        JudgeAttachments = "attachments:judge",
        ReadAudit = "audit:read",
        ReadCredits = "credits:read",
        ManageCredits = "credits:write",
        ReadEvents = "events:read",
        ReadInbox = "inbox:read",
        WriteInbox = "inbox:write",
        ReadSetup = "setup:read",
        ManageSetup = "setup:write",
        SyncTemplates = "templates:sync",
        ManageTemplates = "templates:write",
        ManageWebhooks = "webhooks:write",
    }
}

impl Permission {
    /// What it allows, as the end of a sentence about who may not.
    pub fn meaning(self) -> &'static str {
        match self {
            Permission::JudgeAttachments => "judge attachments",
            Permission::ReadAudit => "read the audit log",
            Permission::ReadCredits => "read credits",
            Permission::ManageCredits => "manage credits",
            Permission::ReadEvents => "read events",
            Permission::ReadInbox => "read the inbox",
            Permission::WriteInbox => "work in the inbox",
            Permission::ReadSetup => "read channels and templates",
            Permission::ManageSetup => "manage channels, users and keys",
            Permission::SyncTemplates => "sync templates",
            Permission::ManageTemplates => "manage templates",
            Permission::ManageWebhooks => "manage webhooks and document sources",
        }
    }
}

impl Role {
    /// All that it may.
    pub fn permissions(self) -> Vec<Permission> {
        Permission::ALL.iter().copied().filter(|permission| self.may(*permission)).collect()
    }

    pub fn may(self, permission: Permission) -> bool {
        use Permission::{
            JudgeAttachments, ManageCredits, ManageSetup, ManageTemplates, ManageWebhooks, ReadAudit, ReadCredits,
            ReadEvents, ReadInbox, ReadSetup, SyncTemplates, WriteInbox,
        };
        match (self, permission) {
            (Role::Admin, _) => true,
            (_, ReadInbox | WriteInbox | ReadSetup) => true,
            (
                Role::Integration,
                SyncTemplates | ManageTemplates | ReadCredits | ReadEvents | JudgeAttachments | ManageWebhooks,
            ) => true,
            (Role::Integration, ManageSetup | ManageCredits | ReadAudit) => false,
            (
                Role::Agent,
                SyncTemplates | ManageTemplates | ManageSetup | ReadAudit | ReadCredits | ManageCredits | ReadEvents
                | JudgeAttachments | ManageWebhooks,
            ) => false,
        }
    }
}

words! {
    /// Whose work an agent sees.
    #[derive(Default)]
    pub enum Reach {
        /// Their own.
        Own = "own",
        /// Also that of their groups, and of everybody in them.
        Group = "group",
        #[default]
        All = "all",
    }
}

/// What of the inbox somebody sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sight {
    All,
    /// What is given to the user, to one of the groups, to one of their members, or to all who have the role.
    Only {
        user: UserId,
        groups: Vec<GroupId>,
        members: Vec<UserId>,
        role: Option<Role>,
    },
}

impl Sight {
    /// `members`: who is in the user's groups; asked for only where [`User::looks_at_groups`] says so.
    pub fn of(user: &User, members: Vec<UserId>) -> Sight {
        match (user.role, user.reach) {
            (Role::Admin | Role::Integration, _) | (Role::Agent, Reach::All) => Sight::All,
            (Role::Agent, Reach::Own) => {
                Sight::Only { user: user.id.clone(), groups: Vec::new(), members: Vec::new(), role: None }
            }
            (Role::Agent, Reach::Group) => {
                Sight::Only { user: user.id.clone(), groups: user.groups.clone(), members, role: Some(user.role) }
            }
        }
    }

    /// Whether what is given to `assignee` is in sight. What nobody has is seen by those who see everything.
    pub fn sees(&self, assignee: Option<&Assignee>) -> bool {
        match (self, assignee) {
            (Sight::All, _) => true,
            (Sight::Only { .. }, None) => false,
            (Sight::Only { user, members, .. }, Some(Assignee::User(id))) => id == user || members.contains(id),
            (Sight::Only { groups, .. }, Some(Assignee::Group(id))) => groups.contains(id),
            (Sight::Only { role, .. }, Some(Assignee::Role(given))) => role.as_ref() == Some(given),
        }
    }

    /// Everybody whose work is in sight, the user first; `None`: everybody and nobody.
    pub fn assignees(&self) -> Option<Vec<Assignee>> {
        let Sight::Only { user, groups, members, role } = self else { return None };
        let others = members.iter().filter(|member| *member != user).cloned().map(Assignee::User);
        let groups = groups.iter().cloned().map(Assignee::Group);
        let role = role.iter().copied().map(Assignee::Role);
        Some(std::iter::once(Assignee::User(user.clone())).chain(groups).chain(role).chain(others).collect())
    }
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

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A key to the API. The key itself is shown once, when it is made; what is kept is its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub name: String,
    pub grant: Grant,
    /// What of that the key may do; `None`: all of it.
    pub scopes: Option<Vec<Permission>>,
    pub created_at: Time,
    pub revoked_at: Option<Time>,
}

/// Whose rights a key has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Those of a role.
    Role(Role),
    /// Those that the user has at the moment, so that a key never does more than its user.
    User(UserId),
}

impl ApiKey {
    /// The user that the key acts as.
    pub fn user(&self) -> Option<&UserId> {
        match &self.grant {
            Grant::User(id) => Some(id),
            Grant::Role(_) => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub name: String,
    pub email: Option<String>,
    pub role: Role,
    /// Of an agent; others see everything.
    pub reach: Reach,
    pub groups: Vec<GroupId>,
    /// `false`: refused, whatever they come with.
    pub is_active: bool,
    /// What the identity provider calls them (`sub`), once they are linked to it.
    pub external_id: Option<String>,
    pub created_at: Time,
    /// Counts the changes.
    pub revision: i64,
}

impl User {
    /// Whether what the user sees depends on who is in their groups.
    pub fn looks_at_groups(&self) -> bool {
        self.role == Role::Agent && self.reach == Reach::Group
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub id: GroupId,
    pub name: String,
    pub created_at: Time,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(role: Role, reach: Reach) -> User {
        User {
            id: UserId::derive(&["me"]),
            name: "Uma".to_owned(),
            email: None,
            role,
            reach,
            groups: vec![GroupId::derive(&["mine"])],
            is_active: true,
            external_id: None,
            created_at: Time::from_millis(0),
            revision: 0,
        }
    }

    #[test]
    fn what_is_in_sight_follows_from_role_and_reach() {
        let of_user = |name: &str| Some(Assignee::User(UserId::derive(&[name])));
        let of_group = |name: &str| Some(Assignee::Group(GroupId::derive(&[name])));
        let of_role = |role| Some(Assignee::Role(role));
        let given = [
            of_user("me"),
            of_group("mine"),
            of_user("mate"),
            of_role(Role::Agent),
            of_role(Role::Admin),
            of_user("other"),
            of_group("other"),
            None,
        ];
        for (role, reach, seen) in [
            (Role::Admin, Reach::Own, [true; 8]),
            (Role::Integration, Reach::Own, [true; 8]),
            (Role::Agent, Reach::All, [true; 8]),
            (Role::Agent, Reach::Group, [true, true, true, true, false, false, false, false]),
            (Role::Agent, Reach::Own, [true, false, false, false, false, false, false, false]),
        ] {
            let user = user(role, reach);
            let members = if user.looks_at_groups() { vec![UserId::derive(&["mate"])] } else { Vec::new() };
            let sight = Sight::of(&user, members);
            let sees: Vec<bool> = given.iter().map(|assignee| sight.sees(assignee.as_ref())).collect();
            assert_eq!(sees, seen, "{role} {reach}");
            if let Some(all) = sight.assignees() {
                let listed: Vec<bool> =
                    given.iter().map(|given| given.as_ref().is_some_and(|given| all.contains(given))).collect();
                assert_eq!(listed, seen, "{role} {reach}");
            }
        }
    }

    #[test]
    fn an_actor_is_read_back_from_its_text() {
        let actors = [Actor::Bootstrap, Actor::User(UserId::derive(&["u"])), Actor::Key(ApiKeyId::derive(&["k"]))];
        for actor in actors {
            assert_eq!(Actor::parse(actor.as_str()), Some(actor));
        }
        assert_eq!(Actor::parse("grp_00000000000000000000000000"), None);
    }

    #[test]
    fn an_admin_may_everything_and_everybody_may_work_in_the_inbox() {
        for permission in Permission::ALL {
            assert!(Role::Admin.may(*permission), "{permission}");
        }
        for role in Role::ALL {
            assert!(role.may(Permission::ReadInbox) && role.may(Permission::WriteInbox), "{role}");
        }
    }
}
