//! What fields there are: those that every contact, user and channel has, and those that an administrator defined for contacts.
use super::Module;
use crate::contact::ContactKind;
use crate::contact_field::{ContactField, StandardField};
use crate::text::folded;

/// A field that texts may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub module: Module,
    /// Stays for life.
    pub id: String,
    /// What texts name it by.
    pub label: String,
    pub(super) source: Source,
}

/// Where its value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Standard(StandardField),
    /// The key of the contact's own field.
    Own(String),
    User(UserField),
    Channel(ChannelField),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UserField {
    Name,
    FirstName,
    LastName,
    Email,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChannelField {
    Nickname,
    Phone,
}

const USER: [(UserField, &str); 4] = [
    (UserField::Name, "Name"),
    (UserField::FirstName, "First Name"),
    (UserField::LastName, "Last Name"),
    (UserField::Email, "Email"),
];
const CHANNEL: [(ChannelField, &str); 2] = [(ChannelField::Nickname, "Nickname"), (ChannelField::Phone, "Phone")];

/// What people write for the full name.
const NAME: &str = "name";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalog(Vec<Field>);

impl Catalog {
    /// `defined`: the fields that the business defined for its contacts. One that is labelled as a standard one is hidden by it.
    pub fn new(defined: &[ContactField]) -> Catalog {
        let field = |module, word: &str, source| Field { module, id: word.to_owned(), label: word.to_owned(), source };
        let mut fields = Vec::new();
        for (module, kind) in [(Module::Leads, ContactKind::Lead), (Module::Contacts, ContactKind::Contact)] {
            let standard = StandardField::ALL.iter();
            fields.extend(standard.map(|of| field(module, of.word(), Source::Standard(*of))));
            let is_hidden = |label: &str| StandardField::ALL.iter().any(|known| is_same(known.word(), label));
            let own = defined.iter().filter(|own| own.module.has(kind) && !is_hidden(&own.label));
            fields.extend(own.map(|own| Field {
                module,
                id: own.id.to_string(),
                label: own.label.clone(),
                source: Source::Own(own.key.clone()),
            }));
        }
        fields.extend(USER.map(|(of, word)| field(Module::User, word, Source::User(of))));
        fields.extend(CHANNEL.map(|(of, word)| field(Module::Channel, word, Source::Channel(of))));
        Catalog(fields)
    }

    pub fn of(&self, module: Module) -> impl Iterator<Item = &Field> {
        self.0.iter().filter(move |field| field.module == module)
    }

    pub fn find(&self, module: Module, id: &str) -> Option<&Field> {
        self.of(module).find(|field| field.id == id)
    }

    /// Those that a label may mean: the one that is written so, else all that differ from it in case or accents alone.
    pub(super) fn labelled(&self, module: Module, label: &str) -> Vec<&Field> {
        let exact: Vec<&Field> = self.of(module).filter(|field| field.label.trim() == label.trim()).collect();
        if !exact.is_empty() {
            return exact;
        }
        let similar: Vec<&Field> = self.of(module).filter(|field| is_same(&field.label, label)).collect();
        if similar.is_empty() && folded(label) == NAME {
            return self.find(module, StandardField::FullName.word()).into_iter().collect();
        }
        similar
    }
}

fn is_same(one: &str, other: &str) -> bool {
    folded(one) == folded(other)
}
