//! A replay: page after page of the journal, and then of what the webhook's log alone has, of which each event that the webhook
//! wants becomes a delivery that is to be tried (again). How far it is stands in its row, whose change brings the task for the
//! next page.
use domain::ids::ReplayId;
use domain::webhook::{Delivery, Replay, ReplayState, Webhook};
use runtime::clock;
use store::Put;

use crate::Deliver;
use crate::error::DeliverError;

/// Events looked at in one go.
const PAGE: usize = 100;

impl Deliver {
    pub(crate) async fn replay(&self, id: &ReplayId, revision: u32) -> Result<(), DeliverError> {
        let Some(replay) = self.store.replay_get(id).await? else { return Ok(()) };
        if replay.state != ReplayState::Running || replay.revision != revision {
            return Ok(());
        }
        let webhook = self.store.webhook_get(&replay.webhook_id).await?;
        let Some(webhook) = webhook.filter(|webhook| webhook.paused.is_none()) else {
            self.store.replay_update(&replay.cancelled(clock::now())).await?;
            return Ok(());
        };
        let after = replay.last.as_ref().map(|(at, id)| (*at, id));
        let time = (replay.from, replay.to);
        let page = match replay.is_in_log {
            false => self.store.events_between(time.0, time.1, after, PAGE).await?,
            true => self.store.logged_between(&webhook.id, time, after, PAGE).await?,
        };
        let mut asked_for = 0;
        for event in page.iter().filter(|event| replay.wants(&webhook, event)) {
            if self.is_about_wanted(&webhook, event).await? {
                asked_for += u64::from(self.ask(&replay, &webhook, event).await?);
            }
        }
        // Whoever did the same page at the same time has written the same.
        self.store.replay_update(&replay.after(&page, asked_for, clock::now())).await?;
        Ok(())
    }

    /// Has an event delivered again, once for each replay. Whether it is (or was) asked for.
    async fn ask(
        &self,
        replay: &Replay,
        webhook: &Webhook,
        event: &domain::event::Event,
    ) -> Result<bool, DeliverError> {
        let asked_by = replay.id.as_str();
        let fresh = Delivery::queued(&webhook.id, event.clone(), Some(asked_by.to_owned()), clock::now());
        let Put::Exists(found) = self.store.delivery_create(&fresh).await? else { return Ok(true) };
        match found.asked_again(asked_by) {
            // If others are faster, it is under way.
            Some(again) => self.store.delivery_update(&again).await.map(|_| true).map_err(DeliverError::from),
            None => Ok(found.asked_by.as_deref() == Some(asked_by)),
        }
    }
}
