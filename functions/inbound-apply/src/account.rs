//! Changes of an account, a number or a business: stored on what they are about, told as typed events, and acted on by
//! whoever sends.
//!
//! Guarantee: the health that a change makes moves by Meta's time, so that changes in any order, or twice, end in the same.
use domain::Time;
use domain::channel::Channel;
use domain::health::Subject;
use queue::Atom;
use whatsapp::webhook::{About, News, digits};

use crate::Apply;
use crate::error::ApplyError;
use crate::keep::About as Told;

impl Apply {
    pub(crate) async fn account(&self, atom: &Atom<'_>) -> Result<(), ApplyError> {
        let at = told_at(atom);
        let news = News::read(&atom.field, atom.part, at);
        let channels = self.store.channels_all().await?;
        let told_by = atom.waba_id.as_deref().unwrap_or_default();
        let ours: Vec<&Channel> = channels.iter().filter(|channel| channel.waba_id == told_by).collect();
        let number = |matches: &dyn Fn(&Channel) -> bool| ours.iter().copied().find(|channel| matches(channel));
        let (subject, channel) = match &news.about {
            About::Account(other) => {
                let waba_id = other.as_deref().unwrap_or(told_by);
                let is_ours = channels.iter().any(|channel| channel.waba_id == waba_id);
                (is_ours.then(|| Subject::Account(waba_id.to_owned())), None)
            }
            About::Digits(wanted) => {
                let found = number(&|channel| digits(&channel.display_phone_number) == *wanted);
                // A number that is the only one of its account need not be written as we have it.
                let found = found.or_else(|| if let [only] = ours[..] { Some(only) } else { None });
                (found.map(|channel| Subject::Number(channel.id.clone())), found)
            }
            About::NumberId(wanted) => {
                let found = number(&|channel| channel.phone_number_id == *wanted);
                (found.map(|channel| Subject::Number(channel.id.clone())), found)
            }
        };
        let because = match &subject {
            None => Some("it is about no channel"),
            Some(subject) => {
                self.store.health_change(subject, &news.changes).await?;
                None
            }
        };
        let about = Told { channel: channel.map(|channel| channel.id.clone()), ..Told::default() };
        self.keep_about(atom, news.kind, because, about).await
    }
}

/// Meta's time of an account's change; ours, where it gives none.
pub(crate) fn told_at(atom: &Atom<'_>) -> Time {
    atom.entry_time.map_or(Time::from_millis(atom.received_at), Time::from_seconds)
}
