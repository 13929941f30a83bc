//! What fields there are: those that every contact, user and channel has, and those that the business defined.
use super::Module;
use crate::text::folded;

/// A field that texts may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    pub module: Module,
    /// Stays for life.
    pub id: String,
    /// What texts name it by.
    pub label: String,
}

const PERSON: [(&str, &str); 6] = [
    ("name", "Name"),
    ("first_name", "First Name"),
    ("last_name", "Last Name"),
    ("phone", "Phone"),
    ("email", "Email"),
    ("username", "Username"),
];
const USER: [(&str, &str); 4] =
    [("name", "Name"), ("first_name", "First Name"), ("last_name", "Last Name"), ("email", "Email")];
const CHANNEL: [(&str, &str); 2] = [("nickname", "Nickname"), ("phone", "Phone")];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalog(Vec<Field>);

impl Catalog {
    /// `own`: the id and the label of each field that the business defined for its contacts. One that is labelled as a field that
    /// every contact has is hidden by it.
    pub fn new<'a>(own: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> Catalog {
        let mut fields = Vec::new();
        let mut add = |module, (id, label): (&str, &str)| {
            fields.push(Field { module, id: id.to_owned(), label: label.to_owned() });
        };
        for module in [Module::Leads, Module::Contacts] {
            PERSON.into_iter().for_each(|field| add(module, field));
            let is_hidden = |(_, label): &(&str, &str)| PERSON.iter().any(|(_, known)| is_same(known, label));
            own.clone().filter(|field| !is_hidden(field)).for_each(|field| add(module, field));
        }
        USER.into_iter().for_each(|field| add(Module::User, field));
        CHANNEL.into_iter().for_each(|field| add(Module::Channel, field));
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
        if exact.is_empty() { self.of(module).filter(|field| is_same(&field.label, label)).collect() } else { exact }
    }
}

fn is_same(one: &str, other: &str) -> bool {
    folded(one) == folded(other)
}
