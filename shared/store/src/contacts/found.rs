//! Finding contacts. Beside each stand rows of the terms that it is found by; event-relay keeps them in step with the contact as
//! it is, so that whatever a crash leaves is put right when the change is told again, or by the next change. A term without its
//! contact, or a contact that has left it, shows nothing: the contact's own row is what is checked.
use std::collections::{BTreeMap, BTreeSet};

use domain::channel::Assignee;
use domain::contact::Contact;
use domain::contact_search::{ALIKE, ContactFilter, Term, alike, shown_under, terms};
use domain::identity::Identity;
use domain::ids::{ContactId, ConversationId};

use super::read;
use crate::codec::{Attributes, bare, text};
use crate::cursor::{Cursor, Page};
use crate::error::StoreError;
use crate::expression::{s, values};
use crate::keys::{self, LIST};
use crate::table::{Order, Range, Store};

/// How many entries are read at once where some of them may have to be passed over, and how often for one page.
const READ: usize = 100;
const READS_MAX: usize = 6;
/// So many others are looked at for a new term: an e-mail that more share is nobody's.
const ALIKE_MAX: usize = 20;

const TERM: &str = "contact-term";

/// Part of the index of which a list is made.
struct Lane {
    pk: String,
    range: Option<(String, String)>,
}

impl Store {
    /// Contacts by their ids, those that are there, as their own rows are.
    pub async fn contacts_get(&self, ids: &[ContactId]) -> Result<Vec<Contact>, StoreError> {
        const OPERATION: &str = "contacts_get";
        let distinct: BTreeSet<&ContactId> = ids.iter().collect();
        let rows = self.get_many(OPERATION, &distinct.into_iter().map(keys::contact).collect::<Vec<_>>()).await?;
        rows.into_iter().map(|item| read(OPERATION, item)).collect()
    }

    /// Under what a contact is known: its own identities and those of the contacts that were merged into it.
    pub async fn contact_identities(&self, contact: &Contact) -> Result<Vec<Identity>, StoreError> {
        let mut identities = contact.identities.clone();
        if !contact.merged.is_empty() {
            for other in self.contacts_get(&contact.merged).await? {
                identities.extend(other.identities);
            }
            identities.sort();
            identities.dedup();
        }
        Ok(identities)
    }

    /// To whom conversations of these contacts are given.
    pub async fn contacts_given(
        &self,
        contacts: &[&Contact],
    ) -> Result<BTreeMap<ContactId, BTreeSet<Assignee>>, StoreError> {
        let mut given: BTreeMap<ContactId, BTreeSet<Assignee>> = BTreeMap::new();
        if contacts.is_empty() {
            return Ok(given);
        }
        let channels = self.channels_all().await?;
        let mut whose = BTreeMap::new();
        for contact in contacts {
            for thread in contact.threads() {
                let ids = channels.iter().map(|channel| ConversationId::of(&channel.id, thread));
                whose.extend(ids.map(|id| (id, contact.id.clone())));
            }
        }
        let keys: Vec<keys::Key> = whose.keys().map(keys::conversation).collect();
        for conversation in self.conversations_of(&keys).await? {
            if let (Some(assignee), Some(contact)) = (conversation.assignee, whose.get(&conversation.id)) {
                given.entry(contact.clone()).or_default().insert(assignee);
            }
        }
        Ok(given)
    }

    /// Those that one of these owns, or has a conversation of, by their rows: the entries may be of what was.
    async fn in_sight(&self, contacts: Vec<Contact>, of: &[Assignee]) -> Result<Vec<Contact>, StoreError> {
        let is_owned = |contact: &Contact| contact.owner.as_ref().is_some_and(|owner| of.contains(owner));
        let others: Vec<&Contact> = contacts.iter().filter(|contact| !is_owned(contact)).collect();
        let given = self.contacts_given(&others).await?;
        let is_given =
            |contact: &Contact| given.get(&contact.id).is_some_and(|to| of.iter().any(|one| to.contains(one)));
        Ok(contacts.into_iter().filter(|contact| is_owned(contact) || is_given(contact)).collect())
    }

    /// Those that `filter` means, in sight of these only if some are given: the newest first, by the word where a name leads and
    /// by the number where its end does. A page may have fewer than `limit`, or none, and still have a next one.
    pub async fn contacts_found(
        &self,
        filter: &ContactFilter,
        within: Option<&[Assignee]>,
        limit: usize,
        after: Option<&Cursor>,
    ) -> Result<Page<Contact>, StoreError> {
        let leading = match within {
            None => filter.leading(),
            Some(_) => None,
        };
        let lanes = lanes(filter, within, leading.as_ref());
        let read = if filter.is_plain() && within.is_none() { limit } else { READ };
        let is_in_parts = matches!(leading, Some(Term::Name(_) | Term::Phone(_)));
        let order = if is_in_parts { Order::Ascending } else { Order::Descending };
        let mut items: Vec<Contact> = Vec::new();
        let mut place = after.map(|cursor| cursor.0.clone());
        for _ in 0..READS_MAX {
            let (entries, more) = self.lanes_read(&lanes, (order, read), place.as_deref()).await?;
            let ids: Vec<ContactId> = entries.iter().filter_map(|entry| ContactId::parse(text(entry, "pk")?)).collect();
            let mut rows = self.contacts_get(&ids).await?;
            if let Some(assignees) = within {
                rows = self.in_sight(rows, assignees).await?;
            }
            let mut by_id: BTreeMap<ContactId, Contact> = rows.into_iter().map(|row| (row.id.clone(), row)).collect();
            for entry in &entries {
                let at = text(entry, LIST.sk).unwrap_or_default();
                let contact = text(entry, "pk").and_then(ContactId::parse).and_then(|id| by_id.remove(&id));
                if let Some(contact) = contact {
                    if self.is_meant(&contact, filter, leading.as_ref(), at).await? {
                        items.push(contact);
                    } else if is_in_parts {
                        // It may come again, under another of its words.
                        by_id.insert(contact.id.clone(), contact);
                    }
                }
                place = Some(at.to_owned());
                if items.len() == limit {
                    let is_last = !more && entries.last().and_then(|last| text(last, LIST.sk)) == Some(at);
                    return Ok(Page { items, next: place.filter(|_| !is_last).map(Cursor) });
                }
            }
            if !more {
                return Ok(Page { items, next: None });
            }
        }
        Ok(Page { items, next: place.map(Cursor) })
    }

    /// Whether the contact is one of those, and this is the entry under which it is shown.
    async fn is_meant(
        &self,
        contact: &Contact,
        filter: &ContactFilter,
        leading: Option<&Term>,
        at: &str,
    ) -> Result<bool, StoreError> {
        let identities = self.contact_identities(contact).await?;
        let terms = terms(contact, &identities);
        if terms.is_empty() || !filter.fits(&terms) {
            return Ok(false);
        }
        let Some(leading) = leading else { return Ok(true) };
        let entry = shown_under(&terms, leading);
        Ok(entry.is_some_and(|term| keys::list_contact_by(term, contact.created_at, &contact.id).1 == at))
    }

    /// The next entries of all lanes together, and whether there are more.
    async fn lanes_read(
        &self,
        lanes: &[Lane],
        (order, limit): (Order, usize),
        after: Option<&str>,
    ) -> Result<(Vec<Attributes>, bool), StoreError> {
        let pages = lanes.iter().map(|lane| {
            let range = lane.range.as_ref().map(|(low, high)| (low.as_str(), high.as_str()));
            let range = Range { index: Some(LIST), pk: &lane.pk, range, order, limit };
            self.query("contacts_found", range, after)
        });
        let pages = futures::future::try_join_all(pages).await?;
        let mut more = pages.iter().any(|page| page.next.is_some());
        let mut entries: Vec<Attributes> = pages.into_iter().flat_map(|page| page.items).collect();
        if lanes.len() > 1 {
            entries.sort_by(|a, b| text(b, LIST.sk).cmp(&text(a, LIST.sk)));
            more = more || entries.len() > limit;
            entries.truncate(limit);
        }
        Ok((entries, more))
    }

    /// Brings the terms of a contact in step with its row, and proposes those whom it turns out to be like. Doing it again, or
    /// for an older change, ends the same.
    pub async fn contact_index(&self, id: &ContactId, at: domain::Time) -> Result<(), StoreError> {
        const OPERATION: &str = "contact_index";
        let range = Range {
            index: None,
            pk: id.as_str(),
            range: Some(keys::CONTACT_TERMS),
            order: Order::Ascending,
            limit: 500,
        };
        let standing = self.query(OPERATION, range, None).await?.items;
        let standing: BTreeSet<String> =
            standing.iter().filter_map(|item| text(item, "sk")).map(str::to_owned).collect();
        // Read after the terms, so that none is taken away for what was before it was put there.
        let Some(item) = self.get(OPERATION, &keys::contact(id)).await? else { return Ok(()) };
        let contact = read(OPERATION, item)?;
        let mut wanted = terms(&contact, &self.contact_identities(&contact).await?);
        if contact.merged_into.is_none() {
            let given = self.contacts_given(&[&contact]).await?;
            wanted.extend(given.into_values().flatten().map(Term::Given));
        }
        let missing: Vec<&Term> =
            wanted.iter().filter(|term| !standing.contains(&keys::contact_term(id, term).sk)).collect();
        for term in &missing {
            let mut item = bare(OPERATION, &keys::contact_term(id, term), TERM)?;
            let (list_pk, list_sk) = keys::list_contact_by(term, contact.created_at, id);
            item.insert(LIST.pk.to_owned(), s(list_pk));
            item.insert(LIST.sk.to_owned(), s(list_sk));
            self.put(OPERATION, item).await?;
        }
        let kept: BTreeSet<String> = wanted.iter().map(|term| keys::contact_term(id, term).sk).collect();
        for sk in standing.difference(&kept) {
            let key = keys::Key { pk: id.to_string(), sk: sk.clone() };
            self.delete(OPERATION, &key, "#entity = :term", values([(":term", s(TERM))])).await?;
        }
        for term in missing {
            self.propose_alike(&contact, term, at).await?;
        }
        match &contact.merged_into {
            Some(survivor) => Box::pin(self.contact_index(survivor, at)).await,
            None => Ok(()),
        }
    }

    async fn propose_alike(&self, contact: &Contact, term: &Term, at: domain::Time) -> Result<(), StoreError> {
        const OPERATION: &str = "propose_alike";
        let wanted = match term {
            Term::Email(_) => term.clone(),
            Term::Phone(digits) => match digits.len().checked_sub(ALIKE).and_then(|start| digits.get(start..)) {
                Some(end) => Term::Phone(end.to_owned()),
                None => return Ok(()),
            },
            Term::Name(_) | Term::Tag(_) | Term::Owner(_) | Term::Given(_) | Term::Stage(_) | Term::Kind(_) => {
                return Ok(());
            }
        };
        let (pk, range) = (keys::contacts_by(&wanted), keys::contacts_beginning(&wanted));
        let range = range.as_ref().map(|(low, high)| (low.as_str(), high.as_str()));
        let range = Range { index: Some(LIST), pk: &pk, range, order: Order::Ascending, limit: ALIKE_MAX };
        for entry in self.query(OPERATION, range, None).await?.items {
            let other = text(&entry, "pk").and_then(ContactId::parse);
            if let Some(other) = other.filter(|other| *other != contact.id) {
                self.pair_propose(&contact.id, &other, at).await?;
            }
        }
        Ok(())
    }

    /// Why the two may be one person, as they are now: terms of the one that are like terms of the other.
    pub async fn contacts_alike(&self, one: &Contact, other: &Contact) -> Result<Vec<Term>, StoreError> {
        let (mine, theirs) = (self.contact_identities(one).await?, self.contact_identities(other).await?);
        let (mine, theirs) = (terms(one, &mine), terms(other, &theirs));
        Ok(mine.into_iter().filter(|term| theirs.iter().any(|other| alike(term, other))).collect())
    }
}

fn lanes(filter: &ContactFilter, within: Option<&[Assignee]>, leading: Option<&Term>) -> Vec<Lane> {
    let lane = |term: &Term| Lane { pk: keys::contacts_by(term), range: keys::contacts_beginning(term) };
    match (within, leading) {
        (Some(assignees), _) => {
            let wanted = filter.owner.as_ref().map(Option::as_ref);
            let owners = assignees.iter().filter(|owner| wanted.is_none_or(|wanted| wanted == Some(*owner)));
            let owned: Vec<Term> = owners.map(|owner| Term::Owner(Some(owner.clone()))).collect();
            // All of one owner's are in sight, whoever has their conversations.
            let is_enough = wanted.is_some() && !owned.is_empty();
            let given = assignees.iter().filter(|_| !is_enough).cloned().map(Term::Given);
            owned.into_iter().chain(given).map(|term| lane(&term)).collect()
        }
        (None, Some(leading)) => vec![lane(leading)],
        (None, None) => vec![Lane { pk: "contacts".to_owned(), range: None }],
    }
}
