//! Contacts and the aliases that lead to them. An alias belongs to one contact; it is taken in the same transaction that
//! makes the contact, so that two first messages of one person make one contact (P7).
use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::Time;
use domain::channel::Assignee;
use domain::contact::{Changed, Contact, ContactKind};
use domain::identity::{Identity, IdentityKind};
use domain::ids::ContactId;
use serde::{Deserialize, Serialize};

mod edit;
mod found;
mod merges;
mod reach;
mod sends;
mod timeline;

use edit::Edit;
use reach::ReachRow;
use sends::SendsRow;
pub use timeline::Moment;

use crate::channels::assignee_text;
use crate::codec::{Attributes, Row, decode, encode, text};
use crate::consents::ConsentsRow;
use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys::{self, Key};
use crate::table::{Store, Updated};

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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    merged_into: Option<String>,
    #[serde(default, with = "serde_dynamo::string_set", skip_serializing_if = "Vec::is_empty")]
    merged: Vec<String>,
    #[serde(default, with = "serde_dynamo::string_set", skip_serializing_if = "Vec::is_empty")]
    distinct: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    changed_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    changed_by: Option<String>,
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
        merged_into: None,
        merged: Vec::new(),
        distinct: Vec::new(),
        changed_at: contact.changed.as_ref().map(|changed| changed.at.millis()),
        changed_by: contact.changed.as_ref().map(|changed| changed.by.clone()),
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
    let id = ContactId::parse(&row.id).ok_or_else(|| odd("its id"))?;
    let ids = |ids: &[String]| ids.iter().filter_map(|id| ContactId::parse(id)).collect();
    let changed = row.changed_at.zip(row.changed_by);
    Ok(Contact {
        thread: id.clone(),
        id,
        kind: ContactKind::parse(&row.kind).ok_or_else(|| odd("its kind"))?,
        name: row.name,
        is_named_by_hand: row.named_by_hand,
        owner: Assignee::parse(&row.owner),
        stage: row.stage,
        tags: row.tags,
        fields: row.fields,
        identities,
        former: row.former.iter().filter_map(|text| identity(text)).collect(),
        merge_proposals: ids(&row.merge_proposals),
        merged_into: row.merged_into.as_deref().and_then(ContactId::parse),
        merged: ids(&row.merged),
        distinct: ids(&row.distinct),
        changed: changed.map(|(at, by)| Changed { at: Time::from_millis(at), by }),
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

    /// Of one that was merged into another: that one, with the identities of the one that was asked for, whose threads go on.
    pub async fn contact_get(&self, id: &ContactId) -> Result<Option<Contact>, StoreError> {
        let Some(contact) = self.contact_own(id).await? else { return Ok(None) };
        let Some(survivor) = &contact.merged_into else { return Ok(Some(contact)) };
        let survivor = self.contact_own(survivor).await?;
        Ok(survivor.map(|survivor| Contact {
            thread: contact.id,
            identities: contact.identities,
            former: contact.former,
            ..survivor
        }))
    }

    /// Writes what people edit (kind, name, owner, stage, tags and fields), if it is still as in `seen`; `false` if not.
    pub async fn contact_update(&self, seen: &Contact, next: &Contact) -> Result<bool, StoreError> {
        let (expression, condition, values) = Edit::of(seen, next).finish();
        let key = keys::contact(&next.id);
        let updated = self.update("contact_update", &key, &expression, &condition, values).await?;
        Ok(matches!(updated, Updated::Done))
    }

    /// Gives and takes identities that lead nowhere: e-mails. Twice is once.
    pub async fn contact_set_emails(
        &self,
        id: &ContactId,
        more: &[Identity],
        less: &[Identity],
    ) -> Result<(), StoreError> {
        const OPERATION: &str = "contact_set_emails";
        for (expression, identities) in [("ADD #identities :them", more), ("DELETE #identities :them", less)] {
            if !identities.is_empty() {
                let them = AttributeValue::Ss(identities.iter().map(identity_text).collect());
                let values = values([(":them", them)]);
                self.update(OPERATION, &keys::contact(id), expression, "attribute_exists(#pk)", values).await?;
            }
        }
        Ok(())
    }
}
