//! Which channel a number is, and which contact a person is. Both are remembered for a while: a channel's preferences
//! change seldom, and an alias never leads from one contact to another (a merge leaves aliases and conversations where they are).
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::Time;
use domain::channel::Channel;
use domain::contact::{Contact, ContactKind, Owner, Resolution, resolve};
use domain::health::{Change, Fact, Subject, Told};
use domain::identity::{Identity, IdentityKind, aliases};
use domain::ids::{ChannelId, ContactId};
use domain::pacing::Throughput;
use runtime::{clock, random};
use store::{SettingsReader, Store, StoreError};
use whatsapp::webhook::Person;

const CHANNELS_FOR: Duration = Duration::from_secs(15);
const PHONES_FOR: Duration = Duration::from_secs(3600);
const ALIASES_FOR: Duration = Duration::from_secs(60);
const REMEMBERED_MAX: usize = 10_000;
/// Two workers may make the same person at once; the one that comes second finds the first one's contact.
const TRIES_MAX: u32 = 4;

pub(crate) struct Directory {
    settings: SettingsReader,
    store: Store,
    channels: Memory<ChannelId, Channel>,
    aliases: Memory<Identity, Known>,
    /// Channels of which is noted that their number is on a phone too.
    on_phones: Memory<ChannelId, ()>,
}

/// Whom an alias leads to.
#[derive(Clone, Debug)]
struct Known {
    contact: ContactId,
    /// One without a name takes the next that comes.
    is_named: bool,
}

/// Who wrote, as far as the atom says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Who {
    /// In order of strength: what a contact is found by comes first.
    pub(crate) identities: Vec<Identity>,
    pub(crate) name: Option<String>,
}

impl Who {
    pub(crate) fn new(people: &[&Person], username: Option<&str>, name: Option<String>) -> Who {
        let mut identities = Vec::new();
        let mut add = |kind, value: Option<&str>| {
            let known = identities.iter().any(|known: &Identity| known.kind == kind);
            if let Some(value) = value.filter(|value| !value.is_empty() && !known) {
                identities.push(Identity::new(kind, value));
            }
        };
        for person in people {
            // A parent id stands in the place of the BSUID where a business asked for that.
            add(IdentityKind::Bsuid, person.user_id.as_deref());
            add(IdentityKind::WaId, person.wa_id.as_deref());
            add(IdentityKind::ParentBsuid, person.parent_user_id.as_deref());
        }
        add(IdentityKind::Username, username);
        identities.sort();
        Who { identities, name }
    }

    pub(crate) fn is_known(&self) -> bool {
        self.identities.iter().any(Identity::is_alias)
    }
}

impl Directory {
    pub(crate) fn new(store: Store) -> Directory {
        let (channels, aliases) = (Memory::new(CHANNELS_FOR), Memory::new(ALIASES_FOR));
        Directory {
            settings: SettingsReader::new(store.clone()),
            store,
            channels,
            aliases,
            on_phones: Memory::new(PHONES_FOR),
        }
    }

    /// The number is in use on the business's phone too: Meta takes fewer messages a second from it.
    pub(crate) async fn note_phone(&self, channel: &Channel) -> Result<(), StoreError> {
        if self.on_phones.recall(&channel.id).is_some() {
            return Ok(());
        }
        // As of when the channel was made, so that saying it again changes nothing.
        let told = Told {
            value: Throughput::Coexistence.word().to_owned(),
            details: serde_json::Value::Null,
            at: channel.created_at,
        };
        let number = Subject::Number(channel.id.clone());
        self.store.health_change(&number, &[Change::Fact(Fact::Throughput, told)]).await?;
        self.on_phones.remember(channel.id.clone(), ());
        Ok(())
    }

    pub(crate) async fn channel(&self, phone_number_id: &str) -> Result<Option<Channel>, StoreError> {
        let id = ChannelId::of_number(phone_number_id);
        if let Some(channel) = self.channels.recall(&id) {
            return Ok(Some(channel));
        }
        let channel = self.store.channel_get(&id).await?;
        if let Some(channel) = &channel {
            self.channels.remember(id, channel.clone());
        }
        Ok(channel)
    }

    /// The contact of a person, made if there is none.
    pub(crate) async fn contact(&self, who: &Who, add_as: ContactKind, now: Time) -> Result<ContactId, StoreError> {
        if let Some(contact) = self.recall(who) {
            return Ok(contact);
        }
        for _ in 0..TRIES_MAX {
            let known = match self.resolve(who).await? {
                Resolution::New => self.create(who, add_as, now).await?,
                Resolution::Known { contact, .. } => self.complete(contact, who).await?,
                Resolution::Collision { contact, others } => {
                    let person = self.store.contact_get(&contact).await?;
                    let is_known = |other: &&ContactId| {
                        person.as_ref().is_some_and(|person| {
                            person.merge_proposals.contains(other) || person.threads().any(|own| own == *other)
                        })
                    };
                    for other in others.iter().filter(|other| !is_known(other)) {
                        self.propose_merge(&contact, other).await?;
                    }
                    // Not remembered: some of these aliases are somebody else's.
                    return Ok(contact);
                }
            };
            if let Some(known) = known {
                for alias in who.identities.iter().filter(|identity| identity.is_alias()) {
                    self.aliases.remember(alias.clone(), known.clone());
                }
                return Ok(known.contact);
            }
        }
        Err(StoreError::Contended { operation: "contact" })
    }

    /// Adds to a contact what the atom says of the person. `None`: some of it is somebody else's meanwhile.
    async fn complete(&self, id: ContactId, who: &Who) -> Result<Option<Known>, StoreError> {
        let contact = self.store.contact_get(&id).await?;
        let is_news =
            |identity: &&Identity| contact.as_ref().is_none_or(|contact| !contact.identities.contains(identity));
        let news: Vec<Identity> = who.identities.iter().filter(is_news).cloned().collect();
        if !self.store.contact_add_identities(&id, &news).await? {
            return Ok(None);
        }
        let person = contact.as_ref().map_or_else(|| id.clone(), |contact| contact.id.clone());
        let was_named = contact.is_some_and(|contact| contact.name.is_some());
        if let Some(name) = who.name.as_deref().filter(|_| !was_named) {
            self.store.contact_name(&person, name).await?;
        }
        Ok(Some(Known { contact: id, is_named: was_named || who.name.is_some() }))
    }

    /// Makes what WhatsApp or the customer told another name of a contact. `false`: it is somebody else's, and a merge is
    /// proposed.
    pub(crate) async fn link(&self, contact: &ContactId, who: &Who) -> Result<bool, StoreError> {
        for identity in &who.identities {
            self.aliases.forget(identity);
        }
        for _ in 0..TRIES_MAX {
            let others = match self.resolve(who).await? {
                Resolution::New => vec![],
                Resolution::Known { contact: owner, .. } => vec![owner],
                Resolution::Collision { contact: owner, others } => [vec![owner], others].concat(),
            };
            let others: Vec<ContactId> = others.into_iter().filter(|owner| owner != contact).collect();
            let mut is_taken = false;
            for other in &others {
                is_taken |= self.propose_merge(contact, other).await?;
            }
            // What leads to somebody who was merged with the contact leads to the same person.
            if !others.is_empty() {
                return Ok(!is_taken);
            }
            if self.store.contact_add_identities(contact, &who.identities).await? {
                return Ok(true);
            }
        }
        Err(StoreError::Contended { operation: "contact_link" })
    }

    /// The one whose proposals say whether this was done comes last. `false`: they are one person already.
    async fn propose_merge(&self, one: &ContactId, other: &ContactId) -> Result<bool, StoreError> {
        let survivor = async |id: &ContactId| -> Result<ContactId, StoreError> {
            Ok(self.store.contact_get(id).await?.map_or_else(|| id.clone(), |contact| contact.id))
        };
        let (one, other) = (survivor(one).await?, survivor(other).await?);
        if one == other {
            return Ok(false);
        }
        self.store.contact_propose_merge(&other, &one).await?;
        self.store.contact_propose_merge(&one, &other).await?;
        Ok(true)
    }

    /// Whom the person is known as, if at all.
    pub(crate) async fn find(&self, who: &Who) -> Result<Option<ContactId>, StoreError> {
        if let Some(contact) = self.recall(who) {
            return Ok(Some(contact));
        }
        Ok(match self.resolve(who).await? {
            Resolution::New => None,
            Resolution::Known { contact, .. } | Resolution::Collision { contact, .. } => Some(contact),
        })
    }

    fn recall(&self, who: &Who) -> Option<ContactId> {
        let mut remembered =
            who.identities.iter().filter(|identity| identity.is_alias()).map(|id| self.aliases.recall(id));
        let first = remembered.next()??;
        let is_same = |other: Option<Known>| other.is_some_and(|other| other.contact == first.contact);
        let is_named = first.is_named || who.name.is_none();
        (is_named && remembered.all(is_same)).then_some(first.contact)
    }

    async fn resolve(&self, who: &Who) -> Result<Resolution, StoreError> {
        let given: Vec<&Identity> = who.identities.iter().filter(|identity| identity.is_alias()).collect();
        let wanted: Vec<Identity> = given.iter().flat_map(|identity| aliases(identity)).collect();
        let owners: HashMap<Identity, ContactId> = self.store.aliases_resolve(&wanted).await?.into_iter().collect();
        let owner = |identity: &Identity| match owners.get(identity) {
            Some(contact) => Owner::Exactly(contact.clone()),
            None => match aliases(identity).iter().find_map(|form| owners.get(form)) {
                Some(contact) => Owner::ByAnotherForm(contact.clone()),
                None => Owner::Nobody,
            },
        };
        Ok(resolve(&given.into_iter().map(|identity| (identity.clone(), owner(identity))).collect::<Vec<_>>()))
    }

    /// `None`: somebody else made the person meanwhile.
    async fn create(&self, who: &Who, kind: ContactKind, now: Time) -> Result<Option<Known>, StoreError> {
        let stranger = Contact::stranger(ContactId::new(now, random::entropy()), kind, who.identities.clone(), now);
        let stage = self.settings.get(now).await?.contacts.default_stage;
        let contact = Contact { name: who.name.clone(), stage, ..stranger };
        let is_ours = self.store.contact_create(&contact).await?;
        Ok(is_ours.then_some(Known { contact: contact.id, is_named: contact.name.is_some() }))
    }
}

/// Answers of the table that hold for a while.
struct Memory<K, V> {
    held: Mutex<HashMap<K, (Instant, V)>>,
    lasts: Duration,
}

impl<K: Eq + Hash, V: Clone> Memory<K, V> {
    fn new(lasts: Duration) -> Memory<K, V> {
        Memory { held: Mutex::default(), lasts }
    }

    fn recall(&self, key: &K) -> Option<V> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, value) = held.get(key)?;
        (clock::monotonic().duration_since(*since) < self.lasts).then(|| value.clone())
    }

    fn remember(&self, key: K, value: V) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= REMEMBERED_MAX {
            held.clear();
        }
        held.insert(key, (clock::monotonic(), value));
    }

    fn forget(&self, key: &K) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }
}
