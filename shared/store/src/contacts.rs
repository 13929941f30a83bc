//! Contacts and the aliases that lead to them. An alias belongs to one contact; it is taken in the same transaction that
//! makes the contact, so that two first messages of one person make one contact (P7).
use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Time;
use domain::contact::{Contact, ContactKind};
use domain::identity::{Identity, IdentityKind};
use domain::ids::ContactId;
use serde::{Deserialize, Serialize};

mod reach;
mod sends;

use reach::ReachRow;
use sends::SendsRow;

use crate::channels::{assignee, assignee_text};
use crate::codec::{Attributes, Row, decode, encode, text};
use crate::consents::ConsentsRow;
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys::{self, Key, LIST};
use crate::table::{Order, Range, Store, Updated};

#[derive(Serialize, Deserialize)]
struct ContactRow {
    id: String,
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    named_by_hand: bool,
    owner: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stage: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    fields: BTreeMap<String, String>,
    /// `kind:value` each. A set, so that adding twice is adding once.
    #[serde(with = "serde_dynamo::string_set")]
    identities: Vec<String>,
    #[serde(default, with = "serde_dynamo::string_set", skip_serializing_if = "Vec::is_empty")]
    former: Vec<String>,
    #[serde(default)]
    merge_proposals: Vec<String>,
    #[serde(flatten)]
    reach: ReachRow,
    #[serde(flatten)]
    sends: SendsRow,
    #[serde(flatten)]
    consents: ConsentsRow,
    created_at: i64,
}

impl Row for ContactRow {
    const ENTITY: &'static str = "contact";
}

#[derive(Serialize, Deserialize)]
struct IdentityRow {
    contact_id: String,
}

impl Row for IdentityRow {
    const ENTITY: &'static str = "identity";
}

fn identity_text(identity: &Identity) -> String {
    format!("{}:{}", identity.kind, identity.value)
}

fn identity(text: &str) -> Option<Identity> {
    let (kind, value) = text.split_once(':')?;
    Some(Identity::new(IdentityKind::parse(kind)?, value))
}

fn to_row(contact: &Contact) -> ContactRow {
    ContactRow {
        id: contact.id.to_string(),
        kind: contact.kind.to_string(),
        name: contact.name.clone(),
        named_by_hand: contact.is_named_by_hand,
        owner: assignee_text(contact.owner.as_ref()).to_owned(),
        stage: contact.stage.clone(),
        tags: contact.tags.clone(),
        fields: contact.fields.clone(),
        identities: contact.identities.iter().map(identity_text).collect(),
        former: contact.former.iter().map(identity_text).collect(),
        merge_proposals: contact.merge_proposals.iter().map(ToString::to_string).collect(),
        reach: ReachRow::default(),
        sends: SendsRow::default(),
        consents: ConsentsRow::default(),
        created_at: contact.created_at.millis(),
    }
}

pub(crate) fn read(operation: &'static str, item: Attributes) -> Result<Contact, StoreError> {
    let row: ContactRow = decode(operation, item)?;
    let odd = |what: &str| StoreError::row(operation, format!("a contact with {what} unreadable"));
    let mut identities: Vec<Identity> = row.identities.iter().filter_map(|text| identity(text)).collect();
    identities.sort();
    Ok(Contact {
        id: ContactId::parse(&row.id).ok_or_else(|| odd("its id"))?,
        kind: ContactKind::parse(&row.kind).ok_or_else(|| odd("its kind"))?,
        name: row.name,
        is_named_by_hand: row.named_by_hand,
        owner: assignee(&row.owner),
        stage: row.stage,
        tags: row.tags,
        fields: row.fields,
        identities,
        former: row.former.iter().filter_map(|text| identity(text)).collect(),
        merge_proposals: row.merge_proposals.iter().filter_map(|id| ContactId::parse(id)).collect(),
        reach: row.reach.read(),
        sends: row.sends.read(),
        consents: row.consents.read(),
        created_at: Time::from_millis(row.created_at),
    })
}

impl Store {
    /// Whom each alias leads to.
    pub async fn aliases_resolve(&self, aliases: &[Identity]) -> Result<Vec<(Identity, ContactId)>, StoreError> {
        const OPERATION: &str = "aliases_resolve";
        let mut keys: Vec<Key> = aliases.iter().map(keys::identity).collect();
        keys.sort_by(|a, b| a.pk.cmp(&b.pk));
        keys.dedup();
        let rows = self.get_many(OPERATION, &keys).await?;
        let mut owners = BTreeMap::new();
        for item in rows {
            let pk = text(&item, "pk").unwrap_or_default().to_owned();
            let row: IdentityRow = decode(OPERATION, item)?;
            owners
                .insert(pk, ContactId::parse(&row.contact_id).ok_or_else(|| StoreError::row(OPERATION, "contact_id"))?);
        }
        let found =
            aliases.iter().filter_map(|alias| Some((alias.clone(), owners.get(&keys::identity(alias).pk)?.clone())));
        Ok(found.collect())
    }

    /// Makes a contact and takes its aliases; `false` if one of them belongs to somebody already.
    pub async fn contact_create(&self, contact: &Contact) -> Result<bool, StoreError> {
        const OPERATION: &str = "contact_create";
        let list = keys::list_contacts(contact.created_at, &contact.id);
        let item = encode(OPERATION, &keys::contact(&contact.id), Some(&list), &to_row(contact))?;
        let mut transaction = self.transaction(OPERATION).put_new(item);
        for identity in contact.identities.iter().filter(|identity| identity.is_alias()) {
            let row = IdentityRow { contact_id: contact.id.to_string() };
            transaction = transaction.put_new(encode(OPERATION, &keys::identity(identity), None, &row)?);
        }
        Ok(transaction.commit().await?.is_ok())
    }

    /// Gives a contact more identities, all at once or none: a contact lists every alias that leads to it. `false`: one of
    /// them leads to somebody else.
    pub async fn contact_add_identities(&self, id: &ContactId, more: &[Identity]) -> Result<bool, StoreError> {
        const OPERATION: &str = "contact_add_identities";
        if more.is_empty() {
            return Ok(true);
        }
        let taken = self.aliases_resolve(more).await?;
        if taken.iter().any(|(_, owner)| owner != id) {
            return Ok(false);
        }
        let is_new = |alias: &&Identity| alias.is_alias() && taken.iter().all(|(known, _)| known != *alias);
        let mut transaction = self.transaction(OPERATION);
        for alias in more.iter().filter(is_new) {
            let row = IdentityRow { contact_id: id.to_string() };
            transaction = transaction.put_new(encode(OPERATION, &keys::identity(alias), None, &row)?);
        }
        let values = values([(":more", AttributeValue::Ss(more.iter().map(identity_text).collect()))]);
        let add = "ADD #identities :more";
        transaction = transaction.update(&keys::contact(id), add, "attribute_exists(#pk)", values);
        Ok(transaction.commit().await?.is_ok())
    }

    /// The name that the person gave themselves, for a contact that has none.
    pub async fn contact_name(&self, id: &ContactId, name: &str) -> Result<(), StoreError> {
        let condition = "attribute_exists(#pk) AND attribute_not_exists(#name)";
        let values = values([(":name", s(name))]);
        self.update("contact_name", &keys::contact(id), "SET #name = :name", condition, values).await?;
        Ok(())
    }

    /// The name that the business's phone has for the contact since `at`, unless a person chose one here or the phone had
    /// another later.
    pub async fn contact_sync_name(&self, id: &ContactId, name: &str, at: Time) -> Result<(), StoreError> {
        let condition = "attribute_exists(#pk) AND attribute_not_exists(#named_by_hand) \
             AND (attribute_not_exists(#synced_at) OR #synced_at < :at)";
        let values = values([(":name", s(name)), (":at", n(at.millis()))]);
        let set = "SET #name = :name, #synced_at = :at";
        self.update("contact_sync_name", &keys::contact(id), set, condition, values).await?;
        Ok(())
    }

    /// Notes which identities the person had before, in place of what was noted.
    pub async fn contact_set_former(&self, id: &ContactId, former: &[Identity]) -> Result<(), StoreError> {
        const OPERATION: &str = "contact_set_former";
        let (key, condition) = (keys::contact(id), "attribute_exists(#pk)");
        if former.is_empty() {
            self.update(OPERATION, &key, "REMOVE #former", condition, values([])).await?;
        } else {
            let set = AttributeValue::Ss(former.iter().map(identity_text).collect());
            self.update(OPERATION, &key, "SET #former = :former", condition, values([(":former", set)])).await?;
        }
        Ok(())
    }

    /// Notes that another contact claims an identity of this one. Twice is once.
    pub async fn contact_propose_merge(&self, id: &ContactId, other: &ContactId) -> Result<(), StoreError> {
        let values = values([
            (":other", AttributeValue::L(vec![s(other.as_str())])),
            (":none", AttributeValue::L(vec![])),
            (":id", s(other.as_str())),
        ]);
        let expression = "SET #merge_proposals = list_append(if_not_exists(#merge_proposals, :none), :other)";
        let condition = "attribute_exists(#pk) AND NOT contains(#merge_proposals, :id)";
        self.update("contact_propose_merge", &keys::contact(id), expression, condition, values).await?;
        Ok(())
    }

    pub async fn contact_get(&self, id: &ContactId) -> Result<Option<Contact>, StoreError> {
        const OPERATION: &str = "contact_get";
        self.get(OPERATION, &keys::contact(id)).await?.map(|item| read(OPERATION, item)).transpose()
    }

    /// The newest first.
    pub async fn contacts_page(&self, limit: usize, after: Option<&Cursor>) -> Result<Page<Contact>, StoreError> {
        const OPERATION: &str = "contacts_page";
        let range = Range { index: Some(LIST), pk: "contacts", range: None, order: Order::Descending, limit };
        let page = self.query(OPERATION, range, after.map(|cursor| cursor.0.as_str())).await?;
        let rows = self.rows_of(OPERATION, &page.items).await?;
        let items = rows.into_iter().map(|item| read(OPERATION, item)).collect::<Result<_, _>>()?;
        Ok(Page { items, next: page.next })
    }

    /// Writes what people edit (kind, name, owner, tags and fields), if it is still as in `seen`; `false` if not.
    pub async fn contact_update(&self, seen: &Contact, next: &Contact) -> Result<bool, StoreError> {
        let mut values = values([(":one", n(1))]);
        let mut condition = "attribute_exists(#pk)".to_owned();
        let mut expression = Vec::new();
        for ((name, was), (_, is)) in edited(seen).into_iter().zip(edited(next)) {
            values.insert(format!(":{name}"), is);
            values.insert(format!(":seen_{name}"), was);
            expression.push(format!("#{name} = :{name}"));
            condition.push_str(&format!(" AND #{name} = :seen_{name}"));
        }
        match &seen.name {
            Some(name) => {
                values.insert(":seen_name".to_owned(), s(name));
                condition.push_str(" AND #name = :seen_name");
            }
            None => condition.push_str(" AND attribute_not_exists(#name)"),
        }
        let (mut set, mut remove) = (expression.join(", "), Vec::new());
        match &next.name {
            Some(name) => {
                values.insert(":name".to_owned(), s(name));
                set.push_str(", #name = :name");
            }
            None => remove.push("#name"),
        }
        if next.is_named_by_hand {
            values.insert(":yes".to_owned(), AttributeValue::Bool(true));
            set.push_str(", #named_by_hand = :yes");
        } else {
            remove.push("#named_by_hand");
        }
        let remove = if remove.is_empty() { String::new() } else { format!(" REMOVE {}", remove.join(", ")) };
        let expression = format!("SET {set}{remove} ADD #revision :one");
        let key = keys::contact(&next.id);
        let updated = self.update("contact_update", &key, &expression, &condition, values).await?;
        Ok(matches!(updated, Updated::Done))
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
