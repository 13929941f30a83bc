//! A year of conversations, drawn from a seed and stored as the functions store them. What is drawn is told beside it, for whoever
//! holds answers of the store against it.
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use domain::Time;
use domain::access::Actor;
use domain::channel::Assignee;
use domain::contact::{Contact, ContactKind};
use domain::conversation::{Arrival, Conversation, ConversationStatus, Reply, receive, start};
use domain::identity::{Identity, IdentityKind};
use domain::ids::{ApiKeyId, ChannelId, ContactId, ConversationId, GroupId, MessageId, UserId};
use futures::StreamExt;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use store::{Store, StoreError};

/// The beginning of 2026.
pub const NOW: Time = Time::from_millis(1_767_225_600_000);
pub const LABELS: [&str; 4] = ["vip", "complaint", "needs a call", "order"];
const MINUTE: u64 = 60;
const DAY: u64 = 24 * 60 * MINUTE;
/// Stored at the same time.
const AT_ONCE: usize = 24;
const TRIES_MAX: usize = 10;

pub struct Year {
    pub channels: Vec<ChannelId>,
    pub users: Vec<UserId>,
    pub groups: Vec<GroupId>,
    pub conversations: Vec<Conversation>,
    /// Who is the first of the users has read so much of these.
    pub read: HashMap<ConversationId, BTreeSet<u32>>,
    /// Those that were put off after the customer wrote.
    snoozed: Vec<(ConversationId, Time)>,
}

fn before(seconds: u64) -> Time {
    NOW.minus(Duration::from_secs(seconds))
}

impl Year {
    pub fn drawn(seed: u64, count: usize) -> Year {
        let mut random = StdRng::seed_from_u64(seed);
        let mut year = Year {
            channels: ["1", "2", "3"].map(ChannelId::of_number).to_vec(),
            users: (0..6).map(|number| UserId::derive(&[&format!("user {number}")])).collect(),
            groups: (0..2).map(|number| GroupId::derive(&[&format!("group {number}")])).collect(),
            conversations: Vec::new(),
            read: HashMap::new(),
            snoozed: Vec::new(),
        };
        for number in 0..count {
            year.draw(&mut random, number);
        }
        year
    }

    fn draw(&mut self, random: &mut StdRng, number: usize) {
        let contact = ContactId::derive(&[&number.to_string()]);
        let channel = self.channels.choose(random).unwrap().clone();
        let id = ConversationId::of(&channel, &contact);
        // Much of what there is was written lately.
        let age =
            if random.random_bool(0.3) { random.random_range(0..3 * DAY) } else { random.random_range(0..365 * DAY) };
        let age = age - age % MINUTE;
        let at = before(age);
        let arrival = Arrival {
            message: MessageId::of_wamid(&id, at, "wamid"),
            conversation: id.clone(),
            channel,
            contact,
            at,
            received_at: at,
            assign_to: None,
            referral: None,
        };
        let users = &self.users;
        let user = |random: &mut StdRng| users.choose(random).unwrap().clone();
        let assignee = match random.random_range(0..10) {
            0..6 => Some(Assignee::User(user(random))),
            6..8 => Some(Assignee::Group(self.groups.choose(random).unwrap().clone())),
            _ => None,
        };
        let owner = random.random_bool(0.4).then(|| Assignee::User(user(random)));
        let reply = random.random_bool(0.7).then(|| {
            let author = match random.random_range(0..10) {
                0..7 => Some(Actor::User(user(random))),
                7 => Some(Actor::Key(ApiKeyId::derive(&["key"]))),
                _ => None,
            };
            let is_after = random.random_bool(0.7);
            let apart = |random: &mut StdRng, most: u64| Duration::from_secs(random.random_range(0..=most));
            let at = if is_after { at.plus(apart(random, age.min(2 * DAY))) } else { at.minus(apart(random, 2 * DAY)) };
            Reply { at, author }
        });
        let labels = LABELS.iter().filter(|_| random.random_bool(0.15)).map(|label| (*label).to_owned()).collect();
        let is_answered = reply.as_ref().is_some_and(|reply| reply.at >= at);
        let unread: BTreeSet<u32> =
            if is_answered { BTreeSet::new() } else { (0..random.random_range(0..4)).collect() };
        let is_closed = is_answered && random.random_bool(0.3);
        let replied_at = reply.as_ref().map(|reply| reply.at);
        let seen = Conversation {
            status: if is_closed { ConversationStatus::Closed } else { ConversationStatus::Open },
            assignee,
            owner,
            labels,
            unread,
            last_outbound_at: replied_at,
            handled_at: replied_at.filter(|_| is_answered),
            // Some of what waits was read by all, without an answer.
            seen_at: random.random_bool(0.1).then_some(NOW),
            active_at: replied_at.map_or(at, |replied| replied.max(at)),
            last_reply: reply,
            ..start(&arrival)
        };
        let seen = if seen.seen_at.is_some() { Conversation { unread: BTreeSet::new(), ..seen } } else { seen };
        let mut conversation = receive(&seen, &arrival, NOW).unwrap();
        if random.random_bool(0.3) {
            let marks = conversation.unread.iter().filter(|_| random.random_bool(0.8)).copied().collect();
            self.read.insert(id.clone(), marks);
        }
        if random.random_bool(0.05) {
            let until = NOW.plus(Duration::from_secs(random.random_range(1..DAY)));
            conversation.snoozed_until = Some(until);
            self.snoozed.push((id, until));
        }
        self.conversations.push(conversation);
    }

    /// Writes it all, each conversation in one write and what stands elsewhere of it as event-relay does.
    pub async fn store(&self, store: &Store) {
        let all = futures::stream::iter(&self.conversations);
        all.for_each_concurrent(AT_ONCE, |conversation| self.store_patiently(store, conversation)).await;
    }

    /// A table that has grown large stalls for seconds now and then. Each step ends the same when it is taken again.
    async fn store_patiently(&self, store: &Store, conversation: &Conversation) {
        for _ in 1..TRIES_MAX {
            match self.store_one(store, conversation).await {
                Err(StoreError::Unavailable { .. }) => {}
                outcome => return outcome.unwrap(),
            }
        }
        self.store_one(store, conversation).await.unwrap();
    }

    async fn store_one(&self, store: &Store, conversation: &Conversation) -> Result<(), StoreError> {
        let at = conversation.last_inbound_at.unwrap();
        let arrival = Arrival {
            conversation: conversation.id.clone(),
            channel: conversation.channel_id.clone(),
            contact: conversation.contact_id.clone(),
            message: MessageId::of_wamid(&conversation.id, at, "wamid"),
            at,
            received_at: at,
            assign_to: None,
            referral: None,
        };
        // What the message itself brings is left for it to bring.
        let before = Conversation { last_inbound_at: None, snoozed_until: None, ..conversation.clone() };
        store.conversation_receive(&arrival, Some(before), NOW).await?;
        if let Some(read) = self.read.get(&conversation.id).filter(|_| !conversation.unread.is_empty()) {
            store.conversation_seen_set(&conversation.id, &self.users[0], read, NOW).await?;
        }
        let snoozed = self.snoozed.iter().find(|(id, _)| *id == conversation.id);
        if let Some((id, until)) = snoozed {
            store.conversation_snooze(id, *until, &Actor::Bootstrap, NOW).await?;
        }
        if !conversation.labels.is_empty() || snoozed.is_some() {
            store.conversation_facets(None, conversation).await?;
        }
        if conversation.owner.is_some() {
            let identity = Identity::new(IdentityKind::WaId, conversation.contact_id.as_str());
            let stranger = Contact::stranger(conversation.contact_id.clone(), ContactKind::Lead, vec![identity], NOW);
            let contact = Contact { owner: conversation.owner.clone(), ..stranger };
            store.contact_create(&contact).await?;
            store.conversation_own(&conversation.id, &conversation.contact_id).await?;
        }
        Ok(())
    }

    /// How much the first of the users has not read of it.
    pub fn unread(&self, conversation: &Conversation) -> usize {
        let read = self.read.get(&conversation.id);
        conversation.unread.iter().filter(|mark| read.is_none_or(|read| !read.contains(mark))).count()
    }
}
