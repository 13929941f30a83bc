//! Changes of templates: taken over at once, so that one that is paused is not sent any more; the event that is kept starts a
//! sync for the rest.
//!
//! Guarantee: what a template is follows from Meta's times, whatever the order and the number of its webhooks.
use domain::event::EventKind;
use domain::ids::TemplateId;
use queue::Atom;
use whatsapp::webhook::{Change, TemplateRef};

use crate::Apply;
use crate::account::told_at;
use crate::error::ApplyError;

impl Apply {
    pub(crate) async fn template(&self, atom: &Atom<'_>) -> Result<(), ApplyError> {
        if let Change::Template(change) = Change::read(&atom.field, atom.part) {
            let notes = change.notes(told_at(atom));
            if let Some(id) = self.meant(atom, change.template()).await?.filter(|_| !notes.is_empty()) {
                self.store.template_told(&id, &notes).await?;
            }
        }
        self.keep(atom, EventKind::TemplateChanged, None).await
    }

    /// Some of Meta's samples name a template by its id alone.
    async fn meant(&self, atom: &Atom<'_>, named: &TemplateRef) -> Result<Option<TemplateId>, ApplyError> {
        let waba_id = atom.waba_id.as_deref().unwrap_or_default();
        match (&named.id, &named.name, &named.language) {
            (_, Some(name), Some(language)) => Ok(Some(TemplateId::of(waba_id, name, language))),
            (Some(meta_id), _, _) => Ok(self.store.template_by_meta_id(waba_id, meta_id).await?),
            (None, _, _) => Ok(None),
        }
    }
}
