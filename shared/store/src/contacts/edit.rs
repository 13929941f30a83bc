//! A write of what people edit of a contact, on the row as it was seen: each part is written only where it is still so.
use aws_sdk_dynamodb::types::AttributeValue;
use domain::consent::{Purpose, Word};
use domain::contact::Contact;

use crate::channels::assignee_text;
use crate::consents::word_value;
use crate::expression::{Values, n, s};

#[derive(Default)]
pub(super) struct Edit {
    set: Vec<String>,
    remove: Vec<String>,
    conditions: Vec<String>,
    values: Values,
}

impl Edit {
    /// What people edit, and who they are.
    pub(super) fn of(seen: &Contact, next: &Contact) -> Edit {
        let mut edit = Edit::default();
        edit.condition("attribute_exists(#pk) AND attribute_not_exists(#merged_into)");
        for ((name, was), (_, is)) in edited(seen).into_iter().zip(edited(next)) {
            edit.was(name, was);
            edit.put(name, is);
        }
        edit.text("name", seen.name.as_deref(), next.name.as_deref());
        edit.text("stage", seen.stage.as_deref(), next.stage.as_deref());
        if next.is_named_by_hand {
            edit.put("named_by_hand", AttributeValue::Bool(true));
        } else {
            edit.remove.push("#named_by_hand".to_owned());
        }
        if let Some(changed) = &next.changed {
            edit.put("changed_at", n(changed.at.millis()));
            edit.put("changed_by", s(&changed.by));
        }
        edit
    }

    pub(super) fn condition(&mut self, condition: &str) {
        self.conditions.push(condition.to_owned());
    }

    pub(super) fn put(&mut self, name: &str, value: AttributeValue) {
        self.set.push(format!("#{name} = :{name}"));
        self.values.insert(format!(":{name}"), value);
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.remove.push(format!("#{name}"));
    }

    pub(super) fn was(&mut self, name: &str, value: AttributeValue) {
        self.conditions.push(format!("#{name} = :was_{name}"));
        self.values.insert(format!(":was_{name}"), value);
    }

    pub(super) fn text(&mut self, name: &str, was: Option<&str>, is: Option<&str>) {
        match was {
            Some(was) => self.was(name, s(was)),
            None => self.conditions.push(format!("attribute_not_exists(#{name})")),
        }
        match is {
            Some(is) => self.put(name, s(is)),
            None => self.remove(name),
        }
    }

    /// The contacts that were merged into this one.
    pub(super) fn merged(&mut self, seen: &Contact, next: &Contact) {
        if seen.merged.is_empty() {
            self.condition("attribute_not_exists(#merged)");
        } else {
            self.condition("size(#merged) = :was_merged");
            self.values.insert(":was_merged".to_owned(), n(seen.merged.len()));
        }
        if next.merged.is_empty() {
            self.remove("merged");
        } else {
            let ids = next.merged.iter().map(ToString::to_string).collect();
            self.put("merged", AttributeValue::Ss(ids));
        }
    }

    /// The word that holds for each purpose, and that it held.
    pub(super) fn words(&mut self, seen: &Contact, next: &Contact) {
        for purpose in Purpose::ALL {
            let (was, is) = (seen.consents.words.get(purpose), next.consents.words.get(purpose));
            self.held(*purpose, was);
            if was != is {
                match is {
                    Some(word) => self.put(&format!("consent_{purpose}"), word_value(word)),
                    None => self.remove(&format!("consent_{purpose}")),
                }
            }
        }
    }

    fn held(&mut self, purpose: Purpose, was: Option<&Word>) {
        let name = format!("consent_{purpose}");
        match was {
            Some(word) => {
                self.conditions.push(format!("#{name}.#rank = :was_{name}"));
                self.values.insert(format!(":was_{name}"), n(word.rank.number()));
            }
            None => self.conditions.push(format!("attribute_not_exists(#{name})")),
        }
    }

    /// The update, its condition, and the values of both.
    pub(super) fn finish(mut self) -> (String, String, Values) {
        self.values.insert(":one".to_owned(), n(1));
        let set = if self.set.is_empty() { String::new() } else { format!("SET {} ", self.set.join(", ")) };
        let remove = if self.remove.is_empty() { String::new() } else { format!("REMOVE {} ", self.remove.join(", ")) };
        (format!("{set}{remove}ADD #revision :one"), self.conditions.join(" AND "), self.values)
    }
}

/// What people edit and every contact has.
fn edited(contact: &Contact) -> [(&'static str, AttributeValue); 4] {
    let field = |(name, value): (&String, &String)| (name.clone(), s(value));
    [
        ("kind", s(contact.kind.word())),
        ("owner", s(assignee_text(contact.owner.as_ref()))),
        ("tags", AttributeValue::L(contact.tags.iter().map(s).collect())),
        ("fields", AttributeValue::M(contact.fields.iter().map(field).collect())),
    ]
}
