//! Applies one atom of a webhook to the table: a message, a status, or a change that is kept for later.
//!
//! Guarantees: applying an atom twice, late, out of order or beside another one ends in the same rows, and a crash between
//! two writes is healed by the redelivery; a new message of a known contact costs two writes at once and no read; nothing
//! that Meta sends is an error for being unknown.
mod account;
mod annotations;
mod arrivals;
mod coexistence;
mod consents;
mod directory;
mod error;
mod failures;
mod keep;
mod messages;
mod preferences;
mod row;
mod statuses;
mod system;
mod templates;

use std::convert::Infallible;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use domain::Time;
use domain::event::EventKind;
use net::Aws;
use queue::{Atom, AtomBody, Queue};
use runtime::{Boot, Failure, Fatal, Task, batch};
use store::{SettingsReader, Store};
use whatsapp::webhook::Kind;

use arrivals::Arrivals;
use directory::Directory;
use error::ApplyError;

pub struct Apply {
    store: Store,
    aws: Aws,
    dead_letters: Queue,
    directory: Directory,
    settings: SettingsReader,
    arrivals: Arrivals,
}

impl Apply {
    pub async fn new(boot: &Boot) -> Result<Apply, Fatal> {
        let store = Store::new(boot.dynamodb(), boot.env("TABLE")?);
        boot.warm_dynamodb().await;
        Ok(Apply {
            directory: Directory::new(store.clone()),
            settings: SettingsReader::new(store.clone()),
            store,
            aws: boot.aws.clone(),
            dead_letters: boot.queue(boot.env("DEAD_LETTER_QUEUE_URL")?),
            arrivals: Arrivals::default(),
        })
    }

    pub async fn handle(&self, event: SqsEvent) -> Result<SqsBatchResponse, Infallible> {
        Ok(batch::each(&event, &self.dead_letters, async |task| self.task(task).await.map_err(Failure::from)).await)
    }

    async fn task(&self, task: Task<'_>) -> Result<(), ApplyError> {
        match AtomBody::parse(&whatsapp::mend(task.body))? {
            AtomBody::Here(atom) => self.atom(&atom, task.deliveries).await,
            AtomBody::Stored(pointer) => {
                let stored = self.aws.get_object(&pointer.bucket, &pointer.key).await?;
                let text = std::str::from_utf8(&stored).map_err(|_| ApplyError::Pointer)?;
                match AtomBody::parse(&whatsapp::mend(text))? {
                    AtomBody::Here(atom) => self.atom(&atom, task.deliveries).await,
                    AtomBody::Stored(_) => Err(ApplyError::Pointer),
                }
            }
        }
    }

    async fn atom(&self, atom: &Atom<'_>, deliveries: u32) -> Result<(), ApplyError> {
        let received_at = Time::from_millis(atom.received_at);
        match Kind::read(&atom.kind) {
            Kind::Message => self.message(atom, received_at, deliveries).await,
            Kind::Status => self.status(atom, received_at, deliveries).await,
            Kind::Account => self.account(atom).await,
            Kind::Template => self.template(atom).await,
            Kind::UserPreference => self.preference(atom).await,
            Kind::ValueError => self.value_error(atom).await,
            Kind::Flow => self.keep(atom, EventKind::FlowChanged, None).await,
            Kind::UserAction => self.keep(atom, EventKind::UserActed, None).await,
            Kind::AutomaticEvent => self.keep(atom, EventKind::ConversionReported, None).await,
            Kind::Echo => self.echo(atom, received_at, deliveries).await,
            Kind::History => self.history(atom, received_at, deliveries).await,
            Kind::ContactSync => self.contact_sync(atom, received_at).await,
            Kind::Call => self.call(atom, received_at).await,
            Kind::Standby => self.keep(atom, keep::of_standby(atom), None).await,
            Kind::Group => self.keep(atom, EventKind::GroupChanged, None).await,
            Kind::Handover => self.keep(atom, EventKind::HandoverChanged, None).await,
            Kind::Foreign | Kind::Unknown => self.keep(atom, EventKind::WebhookKept, None).await,
        }
    }
}
