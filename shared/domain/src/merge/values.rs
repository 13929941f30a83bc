//! What the fields of a text are for one recipient, one sender and one channel.
use super::{Catalog, Module, Reference};
use crate::access::User;
use crate::channel::Channel;
use crate::contact::{Contact, ContactKind};
use crate::identity::IdentityKind;
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
    /// The person is no lead, or no contact.
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
            Lack::Empty => "has no value",
            Lack::OtherKind(ContactKind::Lead) => "has no value, as the person is a lead",
            Lack::OtherKind(ContactKind::Contact) => "has no value, as the person never was a lead",
            Lack::Nobody => "has no value, as the key belongs to no user",
            Lack::Gone => "was deleted",
        };
        format!("names {}, which {why}, and gives no fallback", self.reference.name(catalog))
    }
}

/// All that a field may show.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    pub catalog: &'a Catalog,
    pub contact: &'a Contact,
    /// Who sends it.
    pub user: Option<&'a User>,
    pub channel: &'a Channel,
}

impl Values<'_> {
    /// The value, else the fallback. A value of white space alone is none.
    pub(super) fn of(&self, reference: &Reference) -> Result<String, Lack> {
        let found = self.value(reference);
        let lack = match found {
            Ok(Some(value)) if !value.trim().is_empty() => return Ok(value),
            Ok(_) => Lack::Empty,
            Err(lack) => lack,
        };
        reference.fallback.clone().ok_or(lack)
    }

    fn value(&self, reference: &Reference) -> Result<Option<String>, Lack> {
        if self.catalog.find(reference.module, &reference.field).is_none() {
            return Err(Lack::Gone);
        }
        match reference.module {
            Module::Leads | Module::Contacts if !is_of(self.contact, reference.module) => {
                Err(Lack::OtherKind(self.contact.kind))
            }
            Module::Leads | Module::Contacts => Ok(self.person(&reference.field)),
            Module::User => self.user.map(|user| of_user(user, &reference.field)).ok_or(Lack::Nobody),
            Module::Channel => Ok(of_channel(self.channel, &reference.field)),
        }
    }

    fn person(&self, field: &str) -> Option<String> {
        let contact = self.contact;
        let identity = |kinds: &[IdentityKind]| {
            let of = |kind: &IdentityKind| contact.current().find(|identity| identity.kind == *kind);
            kinds.iter().find_map(of).map(|identity| identity.value.clone())
        };
        match field {
            "name" | "first_name" | "last_name" => part_of_name(contact.name.as_deref()?, field),
            "phone" => identity(&[IdentityKind::Phone]).or_else(|| {
                let wa_id = identity(&[IdentityKind::WaId])?;
                Some(format!("+{}", wa_id.trim_start_matches('+')))
            }),
            "email" => identity(&[IdentityKind::Email]),
            "username" => identity(&[IdentityKind::Username]),
            own => contact.fields.get(own).cloned(),
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

fn of_user(user: &User, field: &str) -> Option<String> {
    match field {
        "name" | "first_name" | "last_name" => part_of_name(&user.name, field),
        "email" => user.email.clone(),
        _ => None,
    }
}

fn of_channel(channel: &Channel, field: &str) -> Option<String> {
    match field {
        "nickname" => Some(channel.nickname.clone()),
        "phone" => Some(channel.display_phone_number.clone()),
        _ => None,
    }
}

fn part_of_name(name: &str, field: &str) -> Option<String> {
    let (first, last) = name_parts(name);
    match field {
        "name" => Some(name.trim().to_owned()),
        "first_name" => Some(first.to_owned()),
        "last_name" => last.map(str::to_owned),
        _ => None,
    }
}
