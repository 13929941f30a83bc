//! What the business set for the variables of a template, for messages that give no value (P36).
use std::collections::BTreeMap;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fallbacks {
    /// By the variable's name: `1` or `first_name`.
    pub header: BTreeMap<String, String>,
    pub body: BTreeMap<String, String>,
    /// What completes the address of the button in this place, counted from 0.
    pub buttons: BTreeMap<usize, String>,
}

impl Fallbacks {
    pub fn is_empty(&self) -> bool {
        *self == Fallbacks::default()
    }
}
