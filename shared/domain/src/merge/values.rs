//! What the fields of a text are for one recipient, one sender and one channel.
use super::catalog::{ChannelField, Source, UserField};
use super::{Catalog, Module, Reference};
use crate::access::User;
use crate::channel::Channel;
use crate::contact::{Contact, ContactKind};
use crate::contact_field::{Reading, StandardField};
use crate::text::name_parts;

/// A field that has no value, and no fallback.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    pub reference: Reference,
    pub lack: Lack,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// Nobody filled it in.
    Empty,
    /// Of which kind the person is today, where the field is of the other one: a lead that was converted is a contact.
    OtherKind(ContactKind),
    /// Who sends it is no user.
    Nobody,
    /// The field was deleted after the text was saved.
    Gone,
}

impl Missing {
    /// The end of a sentence that begins with the name of the text.
    pub fn explain(&self, catalog: &Catalog) -> String {
        let why = match self.lack {
            Lack::Empty => "has no value".to_owned(),
            Lack::OtherKind(kind) => format!("has no value, as the person is a {kind}"),
            Lack::Nobody => "has no value, as the caller is no user".to_owned(),
            Lack::Gone => "was deleted".to_owned(),
        };
        format!("names {}, which {why}, and gives no fallback", self.reference.name(catalog))
    }
}

/// All that a field may show.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    pub catalog: &'a Catalog,
    pub contact: &'a Contact,
    /// The name of the contact's owner.
    pub owner: Option<&'a str>,
    /// Who sends it.
    pub user: Option<&'a User>,
    pub channel: &'a Channel,
}

impl Values<'_> {
    /// The value, else the fallback. A value of white space alone is none.
    pub(super) fn of(&self, reference: &Reference) -> Result<String, Lack> {
        let lack = match self.value(reference) {
            Ok(Some(value)) if !value.trim().is_empty() => return Ok(value),
            Ok(_) => Lack::Empty,
            Err(lack) => lack,
        };
        reference.fallback.clone().ok_or(lack)
    }

    fn value(&self, reference: &Reference) -> Result<Option<String>, Lack> {
        let field = self.catalog.find(reference.module, &reference.field).ok_or(Lack::Gone)?;
        if matches!(field.module, Module::Leads | Module::Contacts) && !is_of(self.contact, field.module) {
            return Err(Lack::OtherKind(self.contact.kind));
        }
        Ok(match &field.source {
            Source::Standard(standard) => self.standard(*standard),
            Source::Own(key) => self.contact.fields.get(key).cloned(),
            Source::User(of) => of_user(self.user.ok_or(Lack::Nobody)?, *of),
            Source::Channel(ChannelField::Nickname) => Some(self.channel.nickname.clone()),
            Source::Channel(ChannelField::Phone) => Some(self.channel.display_phone_number.clone()),
        })
    }

    fn standard(&self, field: StandardField) -> Option<String> {
        match field.read(self.contact)? {
            Reading::Text(text) => Some(text.into_owned()),
            Reading::Assignee(_) => self.owner.map(str::to_owned),
        }
    }
}

/// Whether the fields of a module are about the person.
fn is_of(contact: &Contact, module: Module) -> bool {
    match contact.kind {
        ContactKind::Lead => module == Module::Leads,
        ContactKind::Contact => module == Module::Contacts,
    }
}

fn of_user(user: &User, field: UserField) -> Option<String> {
    let (first, last) = name_parts(&user.name);
    match field {
        UserField::Name => Some(user.name.clone()),
        UserField::FirstName => Some(first.to_owned()),
        UserField::LastName => last.map(str::to_owned),
        UserField::Email => user.email.clone(),
    }
}
