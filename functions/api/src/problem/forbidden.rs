//! What callers may not.
use domain::access::{Permission, Role};
use lambda_http::http::StatusCode;

#[derive(Debug)]
pub(crate) enum Forbidden {
    /// The role may not.
    Role(Role, Permission),
    /// The role may, and the key's scopes leave it out.
    Scope(Permission),
    /// They would give to somebody what they do not hold: this.
    Gift(Vec<Permission>),
}

impl Forbidden {
    pub(super) fn facts(&self) -> (&'static str, StatusCode, &'static str) {
        let (code, title) = match self {
            Forbidden::Role(..) | Forbidden::Scope(_) => ("forbidden", "The caller may not do this"),
            Forbidden::Gift(_) => ("more-than-yours", "Nobody gives more than they hold"),
        };
        (code, StatusCode::FORBIDDEN, title)
    }

    pub(super) fn detail(&self) -> String {
        match self {
            Forbidden::Role(role, needs) => format!("Role {role} may not {}.", needs.meaning()),
            Forbidden::Scope(needs) => format!("The key lacks the scope {needs}, to {}.", needs.meaning()),
            Forbidden::Gift(lacks) => {
                let scopes: Vec<&str> = lacks.iter().map(|permission| permission.word()).collect();
                format!("Your key may not do it itself: it lacks {}.", scopes.join(", "))
            }
        }
    }
}
