//! Merges of contacts, each one transaction: the survivor, the one that goes, whoever was merged into that before, and the note
//! by which it is undone. Names and threads stay where they are, so that nothing that is on its way is lost or doubled.
use std::collections::BTreeMap;

use domain::Time;
use domain::channel::Assignee;
use domain::consent::Purpose;
use domain::contact::{Contact, ContactKind};
use domain::contact_merge::{MERGED_MAX, Merge, Part};
use domain::ids::ContactId;
use serde::{Deserialize, Serialize};

use super::edit::Edit;
use super::read;
use crate::channels::assignee_text;
use crate::codec::{Row, decode, encode};
use crate::consents::WordRow;
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::expression::{n, s, values};
use crate::keys::{self, LIST};
use crate::table::{Order, Range, Store, Transaction};

#[derive(Serialize, Deserialize)]
struct PartRow {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

impl PartRow {
    fn of(part: &Part<Option<String>>) -> PartRow {
        PartRow { before: part.before.clone(), after: part.after.clone() }
    }

    fn read(self) -> Part<Option<String>> {
        Part { before: self.before, after: self.after }
    }
}

#[derive(Serialize, Deserialize)]
struct TakenRow {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    before: Option<WordRow>,
    after: WordRow,
}

#[derive(Serialize, Deserialize)]
struct MergeRow {
    survivor: String,
    other: String,
    #[serde(default)]
    carried: Vec<String>,
    name: PartRow,
    named_before: bool,
    named_after: bool,
    kind: PartRow,
    owner: PartRow,
    stage: PartRow,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    fields: BTreeMap<String, PartRow>,
    #[serde(default)]
    words: BTreeMap<String, TakenRow>,
    at: i64,
    by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    undone: Option<i64>,
}

impl Row for MergeRow {
    const ENTITY: &'static str = "contact-merge";
}

impl MergeRow {
    fn of(merge: &Merge) -> MergeRow {
        let owner = |owner: &Option<Assignee>| owner.as_ref().map(|owner| assignee_text(Some(owner)).to_owned());
        let kind = |kind: ContactKind| Some(kind.to_string());
        MergeRow {
            survivor: merge.survivor.to_string(),
            other: merge.other.to_string(),
            carried: merge.carried.iter().map(ToString::to_string).collect(),
            name: PartRow::of(&merge.name),
            named_before: merge.is_named_by_hand.before,
            named_after: merge.is_named_by_hand.after,
            kind: PartRow { before: kind(merge.kind.before), after: kind(merge.kind.after) },
            owner: PartRow { before: owner(&merge.owner.before), after: owner(&merge.owner.after) },
            stage: PartRow::of(&merge.stage),
            tags: merge.tags.clone(),
            fields: merge.fields.iter().map(|(key, part)| (key.clone(), PartRow::of(part))).collect(),
            words: merge
                .words
                .iter()
                .map(|(purpose, (before, after))| {
                    let taken = TakenRow { before: before.as_ref().map(WordRow::of), after: WordRow::of(after) };
                    (purpose.to_string(), taken)
                })
                .collect(),
            at: merge.at.millis(),
            by: merge.by.clone(),
            undone: None,
        }
    }

    fn read(self) -> Option<Merge> {
        let owner = |text: Option<String>| text.as_deref().and_then(Assignee::parse);
        let kind = |text: Option<String>| text.as_deref().and_then(ContactKind::parse);
        let word = |(purpose, taken): (String, TakenRow)| {
            let before = taken.before.and_then(|before| before.read());
            Some((Purpose::parse(&purpose)?, (before, taken.after.read()?)))
        };
        Some(Merge {
            survivor: ContactId::parse(&self.survivor)?,
            other: ContactId::parse(&self.other)?,
            carried: self.carried.iter().filter_map(|id| ContactId::parse(id)).collect(),
            name: self.name.read(),
            is_named_by_hand: Part { before: self.named_before, after: self.named_after },
            kind: Part { before: kind(self.kind.before)?, after: kind(self.kind.after)? },
            owner: Part { before: owner(self.owner.before), after: owner(self.owner.after) },
            stage: self.stage.read(),
            tags: self.tags,
            fields: self.fields.into_iter().map(|(key, part)| (key, part.read())).collect(),
            words: self.words.into_iter().filter_map(word).collect(),
            at: Time::from_millis(self.at),
            by: self.by,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct PairRow {
    one: String,
    other: String,
    at: i64,
}

impl Row for PairRow {
    const ENTITY: &'static str = "contact-pair";
}

/// Both contacts of a merge, or of its undoing: the survivor becomes `next`.
fn both<'a>(
    transaction: Transaction<'a>,
    (survivor, next): (&Contact, &Contact),
    (other, edit): (&Contact, Edit),
) -> Transaction<'a> {
    let mut stays = Edit::of(survivor, next);
    stays.merged(survivor, next);
    stays.words(survivor, next);
    [(survivor, stays), (other, edit)].into_iter().fold(transaction, |transaction, (contact, edit)| {
        let (expression, condition, values) = edit.finish();
        transaction.update(&keys::contact(&contact.id), &expression, &condition, values)
    })
}

/// Those that were merged into the other one before go with it.
fn carry<'a>(transaction: Transaction<'a>, merge: &Merge, (from, to): (&ContactId, &ContactId)) -> Transaction<'a> {
    merge.carried.iter().fold(transaction, |transaction, id| {
        let ends = values([(":from", s(from.as_str())), (":to", s(to.as_str()))]);
        transaction.update(&keys::contact(id), "SET #merged_into = :to", "#merged_into = :from", ends)
    })
}

impl Store {
    /// The contact's own row, also of one that was merged into another.
    pub async fn contact_own(&self, id: &ContactId) -> Result<Option<Contact>, StoreError> {
        const OPERATION: &str = "contact_own";
        self.get(OPERATION, &keys::contact(id)).await?.map(|item| read(OPERATION, item)).transpose()
    }

    /// Merges `other` into the survivor, which becomes `next`; `false`: one of them is not as it was seen.
    pub async fn contact_merge(
        &self,
        survivor: &Contact,
        other: &Contact,
        next: &Contact,
        merge: &Merge,
    ) -> Result<bool, StoreError> {
        const OPERATION: &str = "contact_merge";
        let mut goes = Edit::default();
        goes.condition("attribute_exists(#pk) AND attribute_not_exists(#merged_into)");
        goes.words(other, other);
        goes.merged(other, other);
        goes.put("merged_into", s(survivor.id.as_str()));
        goes.remove(LIST.pk);
        goes.remove(LIST.sk);
        let note = encode(OPERATION, &keys::merge(&survivor.id, &other.id), None, &MergeRow::of(merge))?;
        let is_new = "attribute_not_exists(#pk) OR attribute_exists(#undone)";
        let transaction = self.transaction(OPERATION).put_where(note, is_new, values([]));
        let transaction = both(transaction, (survivor, next), (other, goes));
        Ok(carry(transaction, merge, (&other.id, &survivor.id)).commit().await?.is_ok())
    }

    /// What the survivor took over, while it is not undone.
    pub async fn contact_merge_get(
        &self,
        survivor: &ContactId,
        other: &ContactId,
    ) -> Result<Option<Merge>, StoreError> {
        const OPERATION: &str = "contact_merge_get";
        let row: Option<MergeRow> = self.get_row(OPERATION, &keys::merge(survivor, other)).await?;
        let Some(row) = row.filter(|row| row.undone.is_none()) else { return Ok(None) };
        row.read().map(Some).ok_or_else(|| StoreError::row(OPERATION, "a merge that is unreadable"))
    }

    /// The merges into the same survivor that were made after this one and still stand, each with the one that went.
    pub async fn contact_merges_after(&self, merge: &Merge) -> Result<Vec<(Merge, Contact)>, StoreError> {
        const OPERATION: &str = "contact_merges_after";
        let pk = merge.survivor.as_str();
        let range = || Range { index: None, pk, range: Some(keys::MERGES), order: Order::Ascending, limit: MERGED_MAX };
        let mut later = Vec::new();
        for item in self.query_all(OPERATION, range).await? {
            let row: MergeRow = decode(OPERATION, item)?;
            if row.undone.is_none() && row.at > merge.at.millis() {
                later.extend(row.read());
            }
        }
        later.sort_by_key(|merge| merge.at);
        let ids: Vec<ContactId> = later.iter().map(|merge| merge.other.clone()).collect();
        let mut others: BTreeMap<ContactId, Contact> =
            self.contacts_get(&ids).await?.into_iter().map(|contact| (contact.id.clone(), contact)).collect();
        Ok(later.into_iter().filter_map(|merge| others.remove(&merge.other).map(|other| (merge, other))).collect())
    }

    /// Undoes a merge; `later` are the notes of those after it, as they are then. `false`: one of them is not as it was seen.
    pub async fn contact_unmerge(
        &self,
        (survivor, next): (&Contact, &Contact),
        (other, back): (&Contact, &Contact),
        merge: &Merge,
        later: &[Merge],
        at: Time,
    ) -> Result<bool, StoreError> {
        const OPERATION: &str = "contact_unmerge";
        let mut returns = Edit::default();
        returns.was("merged_into", s(survivor.id.as_str()));
        returns.remove("merged_into");
        returns.words(other, back);
        let (list_pk, list_sk) = keys::list_contacts(other.created_at, &other.id);
        returns.put(LIST.pk, s(list_pk));
        returns.put(LIST.sk, s(list_sk));
        let transaction = self.transaction(OPERATION).update(
            &keys::merge(&survivor.id, &other.id),
            "SET #undone = :at",
            "attribute_exists(#pk) AND attribute_not_exists(#undone)",
            values([(":at", n(at.millis()))]),
        );
        let mut transaction = both(transaction, (survivor, next), (other, returns));
        for note in later {
            let item = encode(OPERATION, &keys::merge(&note.survivor, &note.other), None, &MergeRow::of(note))?;
            let stands = "attribute_exists(#pk) AND attribute_not_exists(#undone)";
            transaction = transaction.put_where(item, stands, values([]));
        }
        Ok(carry(transaction, merge, (&survivor.id, &other.id)).commit().await?.is_ok())
    }

    /// Notes that the two may be one person, unless somebody said that they are not. Twice is once.
    pub async fn pair_propose(&self, one: &ContactId, other: &ContactId, at: Time) -> Result<(), StoreError> {
        let (list_pk, list_sk) = keys::list_pair(at, one, other);
        let expression = "SET #entity = :entity, #v = :v, #one = :one, #other = :other, #at = if_not_exists(#at, :at), \
             #list_pk = if_not_exists(#list_pk, :list_pk), #list_sk = if_not_exists(#list_sk, :list_sk)";
        let (first, second) = if one < other { (one, other) } else { (other, one) };
        let values = values([
            (":entity", s(PairRow::ENTITY)),
            (":v", n(PairRow::VERSION)),
            (":one", s(first.as_str())),
            (":other", s(second.as_str())),
            (":at", n(at.millis())),
            (":list_pk", s(list_pk)),
            (":list_sk", s(list_sk)),
        ]);
        let condition = "attribute_not_exists(#dismissed)";
        self.update("pair_propose", &keys::pair(one, other), expression, condition, values).await?;
        Ok(())
    }

    /// Notes that the two are not one person: they are not proposed again. Twice is once; `false`: one of them is not there.
    pub async fn pair_dismiss(&self, one: &ContactId, other: &ContactId, at: Time) -> Result<bool, StoreError> {
        let set = |id: &ContactId| values([(":id", aws_sdk_dynamodb::types::AttributeValue::Ss(vec![id.to_string()]))]);
        let transaction = self.transaction("pair_dismiss").update(
            &keys::pair(one, other),
            "SET #entity = :entity, #v = :v, #dismissed = if_not_exists(#dismissed, :at) REMOVE #list_pk, #list_sk",
            "attribute_not_exists(#entity) OR #entity = :entity",
            values([(":entity", s(PairRow::ENTITY)), (":v", n(PairRow::VERSION)), (":at", n(at.millis()))]),
        );
        let (add, condition) = ("ADD #distinct :id", "attribute_exists(#pk)");
        let transaction = transaction.update(&keys::contact(one), add, condition, set(other));
        Ok(transaction.update(&keys::contact(other), add, condition, set(one)).commit().await?.is_ok())
    }

    /// Pairs that may be one person, the latest first; of each both as they are.
    pub async fn pairs_page(
        &self,
        limit: usize,
        after: Option<&Cursor>,
    ) -> Result<Page<(ContactId, ContactId)>, StoreError> {
        const OPERATION: &str = "pairs_page";
        let range = Range { index: Some(LIST), pk: keys::PAIRS, range: None, order: Order::Descending, limit };
        let page = self.query(OPERATION, range, after.map(|cursor| cursor.0.as_str())).await?;
        let mut items = Vec::new();
        for item in self.rows_of(OPERATION, &page.items).await? {
            let row: PairRow = decode(OPERATION, item)?;
            items.extend(ContactId::parse(&row.one).zip(ContactId::parse(&row.other)));
        }
        Ok(Page { items, next: page.next })
    }
}
