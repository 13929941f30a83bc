//! Fields of contacts: those that every contact has, under the labels that people know, and those that an administrator defines,
//! each with a type that its values are held to. What nobody defined stays a free text.
use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::calendar::Date;
use crate::channel::Assignee;
use crate::contact::{Contact, ContactKind};
use crate::identity::{self, IdentityKind};
use crate::ids::ContactFieldId;
use crate::text::fold;
use crate::{Time, words};

pub const FIELDS_MAX: usize = 100;
pub const OPTIONS_MAX: usize = 50;
/// Of all definitions together: they are one row.
pub const ALL_OPTIONS_MAX: usize = 500;

words! {
    /// Whom a field is for.
    pub enum FieldModule {
        Both = "both",
        Contacts = "contacts",
        Leads = "leads",
    }
}

impl FieldModule {
    pub fn has(self, kind: ContactKind) -> bool {
        match self {
            FieldModule::Both => true,
            FieldModule::Contacts => kind == ContactKind::Contact,
            FieldModule::Leads => kind == ContactKind::Lead,
        }
    }
}

words! {
    pub enum FieldType {
        Boolean = "boolean",
        Choice = "choice",
        Date = "date",
        Email = "email",
        Number = "number",
        Phone = "phone",
        Text = "text",
        Url = "url",
    }
}

/// A field that an administrator defined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactField {
    pub id: ContactFieldId,
    /// Under which the values stand in [`Contact::fields`]; never changed.
    pub key: String,
    /// What people and merge fields call it: the only one of this name, whatever its case.
    pub label: String,
    pub module: FieldModule,
    /// Never changed: the values would not follow.
    pub kind: FieldType,
    /// Of a choice.
    pub options: Vec<String>,
    /// A contact of the module is not made without it, and does not lose it.
    pub is_required: bool,
    pub created_at: Time,
}

/// All definitions, as they were read together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactFields {
    pub fields: Vec<ContactField>,
    /// A change is written on the revision that it was decided on, or not at all.
    pub revision: i64,
}

/// A value that is not as its definition says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    pub key: String,
    pub wrong: String,
}

impl ContactField {
    /// The value as it is kept; `Err`: what it must be.
    pub fn read(&self, value: &str) -> Result<String, String> {
        let value = value.trim();
        let kept = |is_good: bool| is_good.then(|| value.to_owned());
        let read = match self.kind {
            FieldType::Text => kept(!value.is_empty()),
            FieldType::Number => kept(is_number(value)),
            FieldType::Date => kept(Date::parse(value).is_some()),
            FieldType::Boolean => boolean(value).map(str::to_owned),
            FieldType::Choice => self.options.iter().find(|option| fold(option) == fold(value)).cloned(),
            FieldType::Email => kept(identity::is_email(value)),
            FieldType::Phone => identity::phone(value),
            FieldType::Url => kept(is_url(value)),
        };
        read.ok_or_else(|| self.expected())
    }

    fn expected(&self) -> String {
        match self.kind {
            FieldType::Text => "must not be blank".to_owned(),
            FieldType::Number => "must be a number, such as 12 or -3.5".to_owned(),
            FieldType::Date => "must be a day, such as 2026-10-01".to_owned(),
            FieldType::Boolean => "must be true or false".to_owned(),
            FieldType::Choice => format!("must be one of: {}", self.options.join(", ")),
            FieldType::Email => "must be an e-mail address".to_owned(),
            FieldType::Phone => "must be a phone with its country code, such as +16505551234".to_owned(),
            FieldType::Url => "must be an address of the web, such as https://shop.example".to_owned(),
        }
    }
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let are_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= 40 && are_digits(whole) && are_digits(fraction)
}

fn boolean(text: &str) -> Option<&'static str> {
    match fold(text).as_str() {
        "true" | "yes" | "1" => Some("true"),
        "false" | "no" | "0" => Some("false"),
        _ => None,
    }
}

fn is_url(text: &str) -> bool {
    let host = ["https://", "http://"].iter().find_map(|scheme| text.strip_prefix(scheme));
    let starts = host.is_some_and(|host| host.starts_with(|first: char| first.is_alphanumeric()));
    starts && !text.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// Holds what is to be written to the definitions: values that were there before stay as they are, each new one is read into
/// its kept form, and what the kind of contact must have is there or was missing before.
pub fn check(
    defined: &[ContactField],
    kind: ContactKind,
    before: Option<&BTreeMap<String, String>>,
    values: &mut BTreeMap<String, String>,
) -> Result<(), Vec<FieldProblem>> {
    let mut problems = Vec::new();
    for field in defined {
        let had = before.and_then(|before| before.get(&field.key));
        let problem = |wrong: String| FieldProblem { key: field.key.clone(), wrong };
        match values.get(&field.key) {
            Some(value) if had == Some(value) => {}
            Some(value) => match field.read(value) {
                Ok(kept) => {
                    values.insert(field.key.clone(), kept);
                }
                Err(wrong) => problems.push(problem(wrong)),
            },
            None => {
                let is_lost = before.is_none() || had.is_some();
                if field.is_required && field.module.has(kind) && is_lost {
                    problems.push(problem(format!("is required ({})", field.label)));
                }
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// What a contact of this kind must have and does not.
pub fn lacking(defined: &[ContactField], kind: ContactKind, values: &BTreeMap<String, String>) -> Vec<FieldProblem> {
    let is_lacking =
        |field: &&ContactField| field.is_required && field.module.has(kind) && !values.contains_key(&field.key);
    let problem =
        |field: &ContactField| FieldProblem { key: field.key.clone(), wrong: format!("is required ({})", field.label) };
    defined.iter().filter(is_lacking).map(problem).collect()
}

words! {
    /// What every contact has, by the label under which merge fields and tables name it.
    pub enum StandardField {
        Email = "Email",
        FirstName = "First Name",
        FullName = "Full Name",
        Kind = "Kind",
        LastName = "Last Name",
        Owner = "Owner",
        Phone = "Phone",
        Stage = "Stage",
        Tags = "Tags",
    }
}

/// What a field of a contact says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading<'a> {
    Text(Cow<'a, str>),
    /// A user or a group, of whom the name is to be read elsewhere.
    Assignee(&'a Assignee),
}

impl StandardField {
    /// `None`: the contact has none.
    pub fn read(self, contact: &Contact) -> Option<Reading<'_>> {
        let identity = |kinds: &[IdentityKind]| {
            let of = |kind: &IdentityKind| contact.current().find(|identity| identity.kind == *kind);
            kinds.iter().find_map(of).map(|identity| Cow::Borrowed(identity.value.as_str()))
        };
        let names = || contact.name.as_deref().unwrap_or_default().split_whitespace();
        let text = match self {
            StandardField::Email => identity(&[IdentityKind::Email]),
            StandardField::FirstName => names().next().map(Cow::Borrowed),
            StandardField::LastName => names().skip(1).last().map(Cow::Borrowed),
            StandardField::FullName => contact.name.as_deref().map(Cow::Borrowed),
            StandardField::Kind => Some(Cow::Borrowed(contact.kind.word())),
            StandardField::Owner => return contact.owner.as_ref().map(Reading::Assignee),
            StandardField::Phone => identity(&[IdentityKind::Phone])
                .or_else(|| identity(&[IdentityKind::WaId]).map(|wa_id| Cow::Owned(format!("+{wa_id}")))),
            StandardField::Stage => contact.stage.as_deref().map(Cow::Borrowed),
            StandardField::Tags => Some(contact.tags.join(", ")).filter(|tags| !tags.is_empty()).map(Cow::Owned),
        };
        text.map(Reading::Text)
    }
}

/// What a label leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named<'a> {
    Standard(StandardField),
    Defined(&'a ContactField),
}

impl Named<'_> {
    pub fn read<'c>(&self, contact: &'c Contact) -> Option<Reading<'c>> {
        match self {
            Named::Standard(field) => field.read(contact),
            Named::Defined(field) => {
                contact.fields.get(&field.key).map(|value| Reading::Text(Cow::Borrowed(value.as_str())))
            }
        }
    }
}

/// The field that people call so, of a contact of this kind; case and accents do not matter.
pub fn by_label<'a>(label: &str, kind: ContactKind, defined: &'a [ContactField]) -> Option<Named<'a>> {
    let wanted = fold(label.trim());
    let standard = StandardField::ALL.iter().find(|field| fold(field.word()) == wanted);
    let own = || defined.iter().find(|field| field.module.has(kind) && fold(&field.label) == wanted);
    standard.map(|field| Named::Standard(*field)).or_else(|| own().map(Named::Defined))
}

#[cfg(test)]
mod tests;
