//! Who may call the endpoint: one principal per function, found by its access key id.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::ACCOUNT;
use crate::iam::Policy;

/// A caller with its credentials and what its role allows.
#[derive(Clone, Debug)]
pub struct Principal {
    pub access_key_id: String,
    pub secret_access_key: String,
    /// Required of every request when present, as of any role's temporary credentials.
    pub session_token: Option<String>,
    /// Logical id of the function.
    pub function: String,
    pub role: String,
    pub policy: Policy,
}

impl Principal {
    /// The caller as AWS names it in a refusal.
    pub(super) fn arn(&self) -> String {
        format!("arn:aws:sts::{ACCOUNT}:assumed-role/{}/{}", self.role, self.function)
    }
}

/// The principals that are known. Clones share them.
#[derive(Clone, Default)]
pub struct Principals(Arc<RwLock<HashMap<String, Arc<Principal>>>>);

impl Principals {
    /// Adds a principal, or replaces the one with the same access key id.
    pub fn register(&self, principal: Principal) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(principal.access_key_id.clone(), Arc::new(principal));
    }

    pub(super) fn find(&self, access_key_id: &str) -> Option<Arc<Principal>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(access_key_id).cloned()
    }
}
