//! Messages at rest: taking them in (once, where the queue is FIFO), counting, looking and emptying.

use rusqlite::{Connection, OptionalExtension, Row, named_params, params};

use super::message::{Depth, NewMessage, Received, Sent, md5_of_attributes};
use crate::aws::clock::millis;
use crate::aws::digest;
use crate::aws::service::Failure;
use crate::random;
use crate::template::Queue;

pub(super) const SCHEMA: &str = include_str!("schema.sql");
/// How long a FIFO queue remembers what it took, whether or not that was deleted since.
const DEDUPLICATION_MS: i64 = 5 * 60 * 1000;

/// The columns that [`Stored::from_row`] reads, in its order.
pub(super) const COLUMNS: &str = "seq, id, body, attributes, sender, trace_header, group_id, deduplication_id, \
     source_arn, sent_ms, receive_count, first_received_ms";

/// A message as it lies in its queue.
pub(super) struct Stored {
    pub(super) seq: i64,
    pub(super) id: String,
    pub(super) body: String,
    pub(super) attributes: String,
    pub(super) sender: String,
    pub(super) trace_header: Option<String>,
    pub(super) group_id: Option<String>,
    pub(super) deduplication_id: Option<String>,
    pub(super) source_arn: Option<String>,
    pub(super) sent_ms: i64,
    pub(super) receive_count: i64,
    pub(super) first_received_ms: Option<i64>,
}

impl Stored {
    pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            id: row.get(1)?,
            body: row.get(2)?,
            attributes: row.get(3)?,
            sender: row.get(4)?,
            trace_header: row.get(5)?,
            group_id: row.get(6)?,
            deduplication_id: row.get(7)?,
            source_arn: row.get(8)?,
            sent_ms: row.get(9)?,
            receive_count: row.get(10)?,
            first_received_ms: row.get(11)?,
        })
    }

    pub(super) fn into_received(self, queue: &Queue, receipt: String) -> Received {
        let mut attributes = std::collections::BTreeMap::from([
            ("SenderId".to_owned(), self.sender),
            ("SentTimestamp".to_owned(), self.sent_ms.to_string()),
            ("ApproximateReceiveCount".to_owned(), self.receive_count.to_string()),
        ]);
        let optional = [
            ("ApproximateFirstReceiveTimestamp", self.first_received_ms.map(|ms| ms.to_string())),
            ("AWSTraceHeader", self.trace_header),
            ("DeadLetterQueueSourceArn", self.source_arn),
            ("MessageGroupId", self.group_id),
            ("MessageDeduplicationId", self.deduplication_id),
            ("SequenceNumber", queue.fifo.then(|| sequence_number(self.seq))),
        ];
        attributes.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        Received {
            message_id: self.id,
            receipt,
            md5: digest::md5_hex(self.body.as_bytes()),
            body: self.body,
            attributes,
            message_attributes: serde_json::from_str(&self.attributes).unwrap_or_default(),
        }
    }
}

/// Twenty digits, as AWS's are.
fn sequence_number(seq: i64) -> String {
    format!("1{seq:019}")
}

/// Takes a message, unless the queue is FIFO and took the same within five minutes: then the earlier one is answered.
pub(super) fn insert(
    connection: &Connection,
    queue: &Queue,
    message: &NewMessage,
    sender: &str,
    now: i64,
) -> Result<Sent, Failure> {
    message.check(queue)?;
    let mut sent = Sent {
        message_id: random::uuid(),
        md5_of_body: digest::md5_hex(message.body.as_bytes()),
        md5_of_attributes: md5_of_attributes(&message.attributes),
        sequence_number: None,
    };
    let deduplication_id = queue.fifo.then(|| message.deduplication_key());
    let scope = if queue.dedup_per_group { message.group_id.as_deref().unwrap_or_default() } else { "" };
    if let Some(id) = &deduplication_id
        && let Some((message_id, seq)) = earlier(connection, queue, scope, id, now)?
    {
        return Ok(Sent { message_id, sequence_number: Some(sequence_number(seq)), ..sent });
    }
    connection
        .prepare_cached(
            "INSERT INTO messages (queue, id, body, attributes, sender, trace_header, group_id, deduplication_id,
                                   sent_ms, expires_ms, visible_ms)
             VALUES (:queue, :id, :body, :attributes, :sender, :trace_header, :group_id, :deduplication_id, :sent_ms,
                     :expires_ms, :visible_ms)",
        )?
        .execute(named_params! {
            ":queue": queue.name,
            ":id": sent.message_id,
            ":body": message.body,
            ":attributes": serde_json::to_string(&message.attributes).unwrap_or_default(),
            ":sender": sender,
            ":trace_header": message.trace_header,
            ":group_id": message.group_id,
            ":deduplication_id": deduplication_id,
            ":sent_ms": now,
            ":expires_ms": now.saturating_add(millis(queue.retention)),
            ":visible_ms": now.saturating_add(millis(message.delay.unwrap_or(queue.delay))),
        })?;
    if let Some(id) = deduplication_id {
        let seq = connection.last_insert_rowid();
        connection
            .prepare_cached(
                "INSERT INTO deduplication (queue, scope, id, message_id, seq, expires_ms)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![queue.name, scope, id, sent.message_id, seq, now + DEDUPLICATION_MS])?;
        sent.sequence_number = Some(sequence_number(seq));
    }
    Ok(sent)
}

/// The message that this one repeats, and its place.
fn earlier(
    connection: &Connection,
    queue: &Queue,
    scope: &str,
    id: &str,
    now: i64,
) -> rusqlite::Result<Option<(String, i64)>> {
    connection
        .prepare_cached("DELETE FROM deduplication WHERE queue = ?1 AND expires_ms <= ?2")?
        .execute(params![queue.name, now])?;
    connection
        .prepare_cached("SELECT message_id, seq FROM deduplication WHERE queue = ?1 AND scope = ?2 AND id = ?3")?
        .query_row(params![queue.name, scope, id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

/// Drops what has outlived the queue's retention.
pub(super) fn expire(connection: &Connection, queue: &Queue, now: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM messages WHERE queue = ?1 AND expires_ms <= ?2")?
        .execute(params![queue.name, now])?;
    Ok(())
}

pub(super) fn depth(connection: &Connection, queue: &Queue, now: i64) -> rusqlite::Result<Depth> {
    connection
        .prepare_cached(
            "SELECT COALESCE(SUM(visible_ms <= ?2), 0),
                    COALESCE(SUM(visible_ms > ?2 AND receipt IS NOT NULL), 0),
                    COALESCE(SUM(visible_ms > ?2 AND receipt IS NULL), 0)
             FROM messages WHERE queue = ?1 AND expires_ms > ?2",
        )?
        .query_row(params![queue.name, now], |row| {
            Ok(Depth { visible: row.get(0)?, in_flight: row.get(1)?, delayed: row.get(2)? })
        })
}

/// Every message of the queue in order, changing nothing.
pub(super) fn peek(connection: &Connection, queue: &Queue, now: i64) -> rusqlite::Result<Vec<Received>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM messages WHERE queue = ?1 AND expires_ms > ?2 ORDER BY seq"))?
        .query_map(params![queue.name, now], Stored::from_row)?
        .map(|stored| Ok(stored?.into_received(queue, String::new())))
        .collect()
}

pub(super) fn purge(connection: &Connection, queue: &Queue) -> rusqlite::Result<()> {
    connection.prepare_cached("DELETE FROM messages WHERE queue = ?1")?.execute([&queue.name])?;
    Ok(())
}

/// When the next message that is not visible now may become so.
pub(super) fn next_visible_ms(connection: &Connection, queue: &Queue, now: i64) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT MIN(visible_ms) FROM messages WHERE queue = ?1 AND visible_ms > ?2")?
        .query_row(params![queue.name, now], |row| row.get(0))
}
