//! A person has another number or another user id: the same contact, one alias more (P33).
use domain::Time;
use domain::channel::Channel;
use domain::ids::ContactId;
use whatsapp::webhook::System;

use crate::Apply;
use crate::directory::Who;
use crate::error::ApplyError;

impl Apply {
    /// The contact that the change is about, with the new identities added. The old ones stay: what still comes under them
    /// belongs to the same person. Where the new identity is somebody else already, a merge is proposed and none is made.
    pub(crate) async fn changed(
        &self,
        system: &System,
        channel: &Channel,
        now: Time,
    ) -> Result<Option<ContactId>, ApplyError> {
        let before = Who::new(&[&system.previous], None, None);
        let after = Who::new(&[&system.current], None, None);
        if !before.is_known() && !after.is_known() {
            return Ok(None);
        }
        let Some(contact) = self.directory.find(&before).await? else {
            return self.first_seen(&before, &after, channel, now).await.map(Some);
        };
        if after.is_known() && self.directory.link(&contact, &after).await? {
            self.leave_behind(&contact, &after).await?;
        }
        Ok(Some(contact))
    }

    /// We never met the old identity: whoever it is, is the new one.
    async fn first_seen(
        &self,
        before: &Who,
        after: &Who,
        channel: &Channel,
        now: Time,
    ) -> Result<ContactId, ApplyError> {
        let who = if after.is_known() { after } else { before };
        let contact = self.directory.contact(who, channel.add_as, now).await?;
        if after.is_known() && before.is_known() && self.directory.link(&contact, before).await? {
            self.leave_behind(&contact, after).await?;
        }
        Ok(contact)
    }

    /// The old number may soon be somebody else's: nothing is sent to it from now on.
    async fn leave_behind(&self, contact: &ContactId, after: &Who) -> Result<(), ApplyError> {
        if let Some(contact) = self.store.contact_get(contact).await? {
            let outdated = contact.outdated(&after.identities);
            if outdated != contact.former {
                self.store.contact_set_former(&contact.thread, &outdated).await?;
            }
        }
        Ok(())
    }
}
