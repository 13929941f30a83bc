//! One row: who it is about, and what becomes of them.
use domain::contact::{Changed, Contact};
use domain::contact_import::{Draft, OnDuplicate, RowOutcome, RowReport, create, read, update};
use domain::csv::Row;
use domain::identity::{Identity, IdentityKind, aliases};
use domain::ids::ContactId;
use std::time::Duration;
use store::StoreError;

use crate::Frame;

/// How often a row is decided anew when others change its contact at the same time.
const TRIES_MAX: u32 = 5;

/// What a row came to.
struct Settled {
    outcome: RowOutcome,
    contact: Option<ContactId>,
    wrong: Vec<String>,
}

impl Settled {
    fn failed(wrong: Vec<String>) -> Settled {
        Settled { outcome: RowOutcome::Failed, contact: None, wrong }
    }

    fn done(outcome: RowOutcome, contact: ContactId) -> Settled {
        Settled { outcome, contact: Some(contact), wrong: Vec::new() }
    }
}

impl Frame<'_> {
    pub(crate) async fn row(&self, number: u32, row: &Row) -> Result<RowReport, StoreError> {
        let (settled, repaired) = match read(&row.cells, &self.import.columns, &self.import.options, &self.stages) {
            Ok(draft) => (self.settle(number, &draft).await?, draft.repaired),
            Err((wrong, repaired)) => (Settled::failed(wrong), repaired),
        };
        let Settled { outcome, contact, wrong } = settled;
        Ok(RowReport { row: number, line: row.line, outcome, contact, repaired, wrong })
    }

    async fn settle(&self, number: u32, draft: &Draft) -> Result<Settled, StoreError> {
        // The id follows from the row: a row that was cut off finds what it made.
        let own = ContactId::derive(&[self.import.id.as_str(), &number.to_string()]);
        let at = self.import.created_at.plus(Duration::from_millis(u64::from(number)));
        let changed = Changed { at, by: self.import.id.to_string() };
        for _ in 0..TRIES_MAX {
            let Some(known) = self.find(&draft.identities).await? else {
                let options = (&self.import.options, self.defined.as_slice());
                let stranger = Contact::stranger(own.clone(), self.import.options.kind, draft.identities.clone(), at);
                let contact = match create(draft, stranger, options, self.default_stage.clone()) {
                    Ok(contact) => Contact { changed: Some(changed.clone()), ..contact },
                    Err(wrong) => return Ok(Settled::failed(wrong)),
                };
                if self.store.contact_create(&contact).await? {
                    return Ok(Settled::done(RowOutcome::Created, own));
                }
                continue;
            };
            if known == own {
                return Ok(Settled::done(RowOutcome::Created, own));
            }
            match self.import.options.on_duplicate {
                OnDuplicate::Skip => return Ok(Settled::done(RowOutcome::Skipped, known)),
                OnDuplicate::Fail => {
                    return Ok(Settled {
                        contact: Some(known),
                        ..Settled::failed(vec!["is there already".to_owned()])
                    });
                }
                OnDuplicate::Update => {
                    if let Some(settled) = self.update(draft, &known, &changed).await? {
                        return Ok(settled);
                    }
                }
            }
        }
        Err(StoreError::Contended { operation: "contact_import_row" })
    }

    /// `None`: others changed the contact meanwhile.
    async fn update(&self, draft: &Draft, known: &ContactId, changed: &Changed) -> Result<Option<Settled>, StoreError> {
        let Some(person) = self.store.contact_get(known).await? else { return Ok(None) };
        let Some(seen) = self.store.contact_own(&person.id).await? else { return Ok(None) };
        let next = match update(draft, &seen, (&self.import.options, &self.defined)) {
            Ok(next) => next,
            Err(wrong) => return Ok(Some(Settled::failed(wrong))),
        };
        if next != seen {
            let next = Contact { changed: Some(changed.clone()), ..next };
            if !self.store.contact_update(&seen, &next).await? {
                return Ok(None);
            }
        }
        let is_news =
            |identity: &&Identity| !person.identities.contains(identity) && !seen.identities.contains(identity);
        let news: Vec<Identity> = draft.identities.iter().filter(is_news).cloned().collect();
        let (emails, names): (Vec<Identity>, Vec<Identity>) =
            news.into_iter().partition(|identity| identity.kind == IdentityKind::Email);
        self.store.contact_set_emails(&seen.id, &emails, &[]).await?;
        let mut settled = Settled::done(RowOutcome::Updated, seen.id);
        if !self.store.contact_add_identities(&person.thread, &names).await? {
            settled.wrong.push("leads to two contacts, of which the first was updated".to_owned());
        }
        Ok(Some(settled))
    }

    /// Whom the row's names lead to, the strongest first.
    async fn find(&self, identities: &[Identity]) -> Result<Option<ContactId>, StoreError> {
        let forms: Vec<Identity> = identities.iter().flat_map(aliases).collect();
        Ok(self.store.aliases_resolve(&forms).await?.into_iter().next().map(|(_, contact)| contact))
    }
}
