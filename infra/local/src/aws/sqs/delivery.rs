//! Handing messages out and what becomes of them then: in flight behind a receipt, deleted, released, or moved to the
//! dead-letter queue once they were received too often.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use rusqlite::{Connection, OptionalExtension, params};

use super::message::Received;
use super::store::{COLUMNS, Stored};
use super::{MAX_RECEIVED, errors};
use crate::aws::clock::millis;
use crate::aws::service::Failure;
use crate::random;
use crate::template::Queue;

/// Of a group, nothing is handed out while a message of it is in flight, nor past one that is still delayed.
const GROUP_IS_FREE: &str = "AND NOT EXISTS (
    SELECT 1 FROM messages AS other INDEXED BY messages_by_group
    WHERE other.queue = messages.queue AND other.group_id = messages.group_id AND other.visible_ms > ?2
      AND (other.receipt IS NOT NULL OR other.seq < messages.seq))";

/// Moves what would be handed out next, but was received too often already, to the dead letters. Answers how many went.
pub(super) fn bury(
    connection: &Connection,
    queue: &Queue,
    dead_letters: &Queue,
    max_receives: u32,
    now: i64,
) -> Result<usize, Failure> {
    let mut moved = 0;
    loop {
        let mut next = deliverable(connection, queue, MAX_RECEIVED, now)?;
        next.retain(|stored| stored.receive_count >= i64::from(max_receives));
        if next.is_empty() {
            return Ok(moved);
        }
        for stored in &next {
            move_to(connection, stored, dead_letters, Some(&queue.arn), now)?;
        }
        moved += next.len();
    }
}

/// Hands out up to `max` messages, which are then in flight for `visibility`.
pub(super) fn receive(
    connection: &Connection,
    queue: &Queue,
    max: usize,
    visibility: Duration,
    now: i64,
) -> Result<Vec<Received>, Failure> {
    let visible_ms = now.saturating_add(millis(visibility));
    let mut received = Vec::new();
    for mut stored in deliverable(connection, queue, max.min(MAX_RECEIVED), now)? {
        let token = random::uuid();
        stored.receive_count += 1;
        stored.first_received_ms = stored.first_received_ms.or(Some(now));
        connection
            .prepare_cached(
                "UPDATE messages SET receipt = ?2, visible_ms = ?3, receive_count = ?4, first_received_ms = ?5
                 WHERE seq = ?1",
            )?
            .execute(params![stored.seq, token, visible_ms, stored.receive_count, stored.first_received_ms])?;
        let receipt = Receipt { message_id: stored.id.clone(), token }.encode();
        received.push(stored.into_received(queue, receipt));
    }
    Ok(received)
}

fn deliverable(connection: &Connection, queue: &Queue, max: usize, now: i64) -> rusqlite::Result<Vec<Stored>> {
    let group_rule = if queue.fifo { GROUP_IS_FREE } else { "" };
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM messages INDEXED BY messages_in_order
             WHERE queue = ?1 AND visible_ms <= ?2 {group_rule} ORDER BY seq LIMIT ?3"
        ))?
        .query_map(params![queue.name, now, max], Stored::from_row)?
        .collect()
}

/// Moves a message to the end of another queue. It keeps its id, group and age; only a FIFO queue starts its age anew.
fn move_to(
    connection: &Connection,
    stored: &Stored,
    to: &Queue,
    source_arn: Option<&str>,
    now: i64,
) -> rusqlite::Result<()> {
    let since = if to.fifo { now } else { stored.sent_ms };
    connection
        .prepare_cached(
            "INSERT INTO messages (queue, id, body, attributes, sender, trace_header, group_id, deduplication_id,
                                   source_arn, sent_ms, expires_ms, visible_ms, receive_count, first_received_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?
        .execute(params![
            to.name,
            stored.id,
            stored.body,
            stored.attributes,
            stored.sender,
            stored.trace_header,
            stored.group_id,
            stored.deduplication_id,
            source_arn,
            stored.sent_ms,
            since.saturating_add(millis(to.retention)),
            now,
            stored.receive_count,
            stored.first_received_ms,
        ])?;
    connection.prepare_cached("DELETE FROM messages WHERE seq = ?1")?.execute([stored.seq])?;
    Ok(())
}

/// Sends the messages of a dead-letter queue back to the queues that they came from, as new ones: with an id of their
/// own and not yet received. Those that were sent to it directly have no such queue and stay. Answers how many went.
pub(super) fn redrive(
    connection: &Connection,
    from: &Queue,
    source_of: impl Fn(&str) -> Option<Queue>,
    now: i64,
) -> Result<usize, Failure> {
    let stored: Vec<Stored> = connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM messages WHERE queue = ?1 AND visible_ms <= ?2 ORDER BY seq"))?
        .query_map(params![from.name, now], Stored::from_row)?
        .collect::<rusqlite::Result<_>>()?;
    let mut moved = 0;
    for mut stored in stored {
        let Some(source) = stored.source_arn.as_deref().and_then(&source_of) else { continue };
        stored.id = random::uuid();
        stored.sent_ms = now;
        stored.receive_count = 0;
        stored.first_received_ms = None;
        move_to(connection, &stored, &source, None, now)?;
        moved += 1;
    }
    Ok(moved)
}

/// Deletes by a receipt. A standard queue quietly ignores one that is not the last; a FIFO queue refuses it.
pub(super) fn delete(connection: &Connection, queue: &Queue, receipt: &str, now: i64) -> Result<(), Failure> {
    let Some(held) = Held::find(connection, queue, receipt)? else { return Ok(()) };
    if queue.fifo && !held.in_flight(now) {
        return Err(errors::invalid_value(receipt, "ReceiptHandle", errors::EXPIRED_RECEIPT));
    }
    if held.receipt_is_last {
        connection.prepare_cached("DELETE FROM messages WHERE seq = ?1")?.execute([held.seq])?;
    }
    Ok(())
}

/// Makes a message in flight visible again after `after` from now.
pub(super) fn change_visibility(
    connection: &Connection,
    queue: &Queue,
    receipt: &str,
    after: Duration,
    now: i64,
) -> Result<(), Failure> {
    let unavailable = "Message does not exist or is not available for visibility timeout change.";
    let held = Held::find(connection, queue, receipt)?
        .ok_or_else(|| errors::invalid_value(receipt, "ReceiptHandle", unavailable))?;
    if !held.in_flight(now) {
        return Err(match (queue.fifo, held.receipt_is_last) {
            (true, _) => errors::invalid_value(receipt, "ReceiptHandle", errors::EXPIRED_RECEIPT),
            (false, true) => errors::not_in_flight(),
            (false, false) => errors::invalid_value(receipt, "ReceiptHandle", unavailable),
        });
    }
    connection
        .prepare_cached("UPDATE messages SET visible_ms = ?2 WHERE seq = ?1")?
        .execute(params![held.seq, now.saturating_add(millis(after))])?;
    Ok(())
}

/// Divides what is left of the time that a message stays in flight; nothing to do when it no longer is.
pub(super) fn hasten(
    connection: &Connection,
    queue: &Queue,
    receipt: &str,
    divisor: u32,
    now: i64,
) -> Result<(), Failure> {
    if let Some(held) = Held::find(connection, queue, receipt)?.filter(|held| held.in_flight(now)) {
        let left = (held.visible_ms - now) / i64::from(divisor.max(1));
        connection
            .prepare_cached("UPDATE messages SET visible_ms = ?2 WHERE seq = ?1")?
            .execute(params![held.seq, now.saturating_add(left)])?;
    }
    Ok(())
}

/// What a receipt handle holds: the message, and which of its receives it is of.
struct Receipt {
    message_id: String,
    token: String,
}

impl Receipt {
    fn encode(&self) -> String {
        BASE64.encode(format!("{}/{}", self.message_id, self.token))
    }

    fn decode(handle: &str) -> Result<Self, Failure> {
        let decoded = BASE64.decode(handle).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let parts = decoded.as_deref().and_then(|text| text.split_once('/'));
        let (message_id, token) = parts.ok_or_else(|| errors::malformed_receipt(handle))?;
        Ok(Self { message_id: message_id.to_owned(), token: token.to_owned() })
    }
}

/// The message that a receipt is of, if it is still there.
struct Held {
    seq: i64,
    visible_ms: i64,
    receipt_is_last: bool,
}

impl Held {
    fn find(connection: &Connection, queue: &Queue, handle: &str) -> Result<Option<Self>, Failure> {
        let receipt = Receipt::decode(handle)?;
        let held = connection
            .prepare_cached("SELECT seq, visible_ms, receipt IS ?3 FROM messages WHERE queue = ?1 AND id = ?2")?
            .query_row(params![queue.name, receipt.message_id, receipt.token], |row| {
                Ok(Self { seq: row.get(0)?, visible_ms: row.get(1)?, receipt_is_last: row.get(2)? })
            })
            .optional()?;
        Ok(held)
    }

    fn in_flight(&self, now: i64) -> bool {
        self.receipt_is_last && self.visible_ms > now
    }
}
