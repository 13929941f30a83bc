//! SQS: standard and FIFO queues that hold what AWS documents (visibility, redelivery, order and locks of groups,
//! deduplication, delay, retention, dead letters) and keep their messages over a restart.

mod batch;
mod delivery;
mod errors;
mod message;
mod store;
#[cfg(test)]
mod tests;
mod wire;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use rusqlite::{Connection, Transaction};
use tokio::sync::Notify;

pub use message::{Depth, MessageAttribute, MessageAttributes, NewMessage, Received, Sent};

use super::clock::Clock;
use super::database::{self, Durability};
use super::service::Failure;
use crate::template::Queue;

/// The sender of messages that the stack itself puts on a queue.
const STACK: &str = "casement-local";
/// The most that one receive hands out.
const MAX_RECEIVED: usize = 10;
const PURGE_INTERVAL_MS: i64 = 60_000;

/// The queues. Clones share them.
#[derive(Clone)]
pub struct Sqs(Arc<Inner>);

struct Inner {
    connection: Mutex<Connection>,
    /// By name.
    queues: RwLock<BTreeMap<String, Queue>>,
    purged_ms: Mutex<HashMap<String, i64>>,
    /// By queue name: signalled whenever a message of the queue may have become receivable.
    wakes: Mutex<HashMap<String, Arc<Notify>>>,
    clock: Clock,
}

impl Sqs {
    pub(super) fn open(path: &Path, durability: Durability, clock: Clock) -> rusqlite::Result<Self> {
        let connection = database::open(path, durability)?;
        connection.execute_batch(store::SCHEMA)?;
        connection.set_prepared_statement_cache_capacity(32);
        Ok(Self(Arc::new(Inner {
            connection: Mutex::new(connection),
            queues: RwLock::default(),
            purged_ms: Mutex::default(),
            wakes: Mutex::default(),
            clock,
        })))
    }

    /// Creates the queue, or takes over the settings of the one that there is.
    pub(super) fn provision(&self, queue: &Queue) {
        self.0.queues.write().unwrap_or_else(PoisonError::into_inner).insert(queue.name.clone(), queue.clone());
    }

    /// Puts a message on a queue.
    ///
    /// # Errors
    /// What SQS would refuse.
    pub fn send(&self, queue_arn: &str, message: &NewMessage) -> Result<Sent, Failure> {
        self.send_as(STACK, &self.queue(queue_arn)?, message)
    }

    fn send_as(&self, sender: &str, queue: &Queue, message: &NewMessage) -> Result<Sent, Failure> {
        let sent = self.write(|tx, now| store::insert(tx, queue, message, sender, now))?;
        self.wake(queue).notify_waiters();
        Ok(sent)
    }

    /// Takes up to `max` (at most 10) messages, waiting up to `wait` for the first. They stay in flight for the queue's
    /// visibility timeout.
    ///
    /// # Errors
    /// When there is no such queue.
    pub async fn receive(&self, queue_arn: &str, max: usize, wait: Duration) -> Result<Vec<Received>, Failure> {
        let queue = self.queue(queue_arn)?;
        self.receive_for(&queue, max, wait, queue.visibility).await
    }

    async fn receive_for(
        &self,
        queue: &Queue,
        max: usize,
        wait: Duration,
        visibility: Duration,
    ) -> Result<Vec<Received>, Failure> {
        let deadline = tokio::time::sleep(wait);
        tokio::pin!(deadline);
        let wake = self.wake(queue);
        loop {
            let woken = wake.notified();
            tokio::pin!(woken);
            woken.as_mut().enable();
            let (received, next_ms) = self.receive_now(queue, max, visibility)?;
            if !received.is_empty() || wait.is_zero() || deadline.is_elapsed() {
                return Ok(received);
            }
            let next =
                tokio::time::sleep(next_ms.map_or(wait, |ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0))));
            tokio::select! {
                () = woken => {}
                () = next => {}
                () = &mut deadline => {}
            }
        }
    }

    /// What is there now, and in how many milliseconds a message that is hidden now may show.
    fn receive_now(
        &self,
        queue: &Queue,
        max: usize,
        visibility: Duration,
    ) -> Result<(Vec<Received>, Option<i64>), Failure> {
        let dead_letters = queue.redrive.as_ref().and_then(|redrive| {
            let target = self.queue(&redrive.target_arn).ok()?;
            Some((target, redrive.max_receive_count))
        });
        let (received, next_ms, buried) = self.write(|tx, now| {
            store::expire(tx, queue, now)?;
            let buried = match &dead_letters {
                Some((target, max_receives)) => delivery::bury(tx, queue, target, *max_receives, now)?,
                None => 0,
            };
            let received = delivery::receive(tx, queue, max, visibility, now)?;
            let next_ms = if received.is_empty() { store::next_visible_ms(tx, queue, now)? } else { None };
            Ok((received, next_ms.map(|ms| ms - now), buried))
        })?;
        if let Some((target, _)) = dead_letters.filter(|_| buried > 0) {
            self.wake(&target).notify_waiters();
        }
        Ok((received, next_ms))
    }

    /// Deletes a received message.
    ///
    /// # Errors
    /// When the receipt is none, or (FIFO) has expired.
    pub fn delete(&self, queue_arn: &str, receipt: &str) -> Result<(), Failure> {
        self.delete_from(&self.queue(queue_arn)?, receipt)
    }

    fn delete_from(&self, queue: &Queue, receipt: &str) -> Result<(), Failure> {
        self.write(|tx, now| delivery::delete(tx, queue, receipt, now))?;
        self.wake(queue).notify_waiters();
        Ok(())
    }

    /// Lets a received message be received again after `after`.
    ///
    /// # Errors
    /// When the message is no longer in flight by this receipt.
    pub fn release(&self, queue_arn: &str, receipt: &str, after: Duration) -> Result<(), Failure> {
        self.change_visibility(&self.queue(queue_arn)?, receipt, after)
    }

    fn change_visibility(&self, queue: &Queue, receipt: &str, after: Duration) -> Result<(), Failure> {
        self.write(|tx, now| delivery::change_visibility(tx, queue, receipt, after, now))?;
        self.wake(queue).notify_waiters();
        Ok(())
    }

    /// Divides what is left of a received message's visibility timeout, whoever set it, so that a test need not wait.
    ///
    /// # Errors
    /// When the receipt is none.
    pub fn hasten(&self, queue_arn: &str, receipt: &str, divisor: u32) -> Result<(), Failure> {
        let queue = self.queue(queue_arn)?;
        self.write(|tx, now| delivery::hasten(tx, &queue, receipt, divisor, now))?;
        self.wake(&queue).notify_waiters();
        Ok(())
    }

    /// How many messages the queue holds.
    ///
    /// # Errors
    /// When there is no such queue.
    pub fn depth(&self, queue_arn: &str) -> Result<Depth, Failure> {
        let queue = self.queue(queue_arn)?;
        self.write(|tx, now| Ok(store::depth(tx, &queue, now)?))
    }

    /// Every message of the queue, without receiving it.
    ///
    /// # Errors
    /// When there is no such queue.
    pub fn peek(&self, queue_arn: &str) -> Result<Vec<Received>, Failure> {
        let queue = self.queue(queue_arn)?;
        self.write(|tx, now| Ok(store::peek(tx, &queue, now)?))
    }

    /// Sends the messages of a dead-letter queue back to the queues that they failed in; answers how many.
    ///
    /// # Errors
    /// When there is no such queue.
    pub fn redrive(&self, dead_letter_queue_arn: &str) -> Result<usize, Failure> {
        let from = self.queue(dead_letter_queue_arn)?;
        let moved = self.write(|tx, now| delivery::redrive(tx, &from, |arn| self.queue(arn).ok(), now))?;
        self.0.wakes.lock().unwrap_or_else(PoisonError::into_inner).values().for_each(|wake| wake.notify_waiters());
        Ok(moved)
    }

    fn purge(&self, queue: &Queue) -> Result<(), Failure> {
        let now = self.0.clock.now_ms();
        let mut purged_ms = self.0.purged_ms.lock().unwrap_or_else(PoisonError::into_inner);
        if purged_ms.get(&queue.name).is_some_and(|last| now - last < PURGE_INTERVAL_MS) {
            return Err(errors::purge_in_progress(&queue.name));
        }
        purged_ms.insert(queue.name.clone(), now);
        self.write(|tx, _| Ok(store::purge(tx, queue)?))
    }

    /// The queue that an ARN, a URL or a plain name means: all of them end in the name.
    fn queue(&self, reference: &str) -> Result<Queue, Failure> {
        let name = reference.rsplit([':', '/']).next().unwrap_or_default();
        let queues = self.0.queues.read().unwrap_or_else(PoisonError::into_inner);
        queues.get(name).cloned().ok_or_else(errors::no_such_queue)
    }

    fn wake(&self, queue: &Queue) -> Arc<Notify> {
        let mut wakes = self.0.wakes.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(wakes.entry(queue.name.clone()).or_default())
    }

    /// Does `work` in one transaction, which stands only if all of it succeeds.
    fn write<T>(&self, work: impl FnOnce(&Transaction<'_>, i64) -> Result<T, Failure>) -> Result<T, Failure> {
        let mut connection = self.0.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction()?;
        let result = work(&transaction, self.0.clock.now_ms())?;
        transaction.commit()?;
        Ok(result)
    }
}
