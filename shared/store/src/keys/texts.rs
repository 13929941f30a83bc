//! The keys of canned texts, and of messages that wait for their time. Beside its own row a text has one for its place in the
//! list and one for each word of its name, in a partition of those who use it and of its module, and one that claims its
//! shortcut.
use domain::canned_text::{Scope, TextModule};
use domain::channel::Assignee;
use domain::ids::{CannedTextId, MessageId};

use super::{DUE_SHARDS, IndexKey, Key, key};
use crate::channels::assignee_text;

/// Sorts after whatever a name can begin with.
pub(crate) const LAST: &str = "\u{10ffff}";

pub(crate) fn canned_text(id: &CannedTextId) -> Key {
    key(id.as_str(), "canned-text")
}

pub(crate) fn canned_texts(scope: &Scope, module: TextModule) -> String {
    format!("canned#{}#{module}", scope.as_str())
}

/// Where a text stands in the list; `name`: folded.
pub(crate) fn canned_name(scope: &Scope, module: TextModule, name: &str, id: &CannedTextId) -> Key {
    key(canned_texts(scope, module), format!("name#{name}#{id}"))
}

pub(crate) fn canned_names() -> (String, String) {
    ("name#".to_owned(), format!("name#{LAST}"))
}

/// Where it is found by a word of its name.
pub(crate) fn canned_word(scope: &Scope, module: TextModule, word: &str, id: &CannedTextId) -> Key {
    key(canned_texts(scope, module), format!("word#{word}#{id}"))
}

/// All words that begin so.
pub(crate) fn canned_words(prefix: &str) -> (String, String) {
    (format!("word#{prefix}"), format!("word#{prefix}{LAST}"))
}

/// `shortcut`: folded.
pub(crate) fn canned_shortcut(scope: &Scope, shortcut: &str) -> Key {
    key(format!("canned#{}", scope.as_str()), format!("shortcut#{shortcut}"))
}

/// Messages that wait for the time that they were asked for, by that time.
pub(crate) fn scheduled(shard: u8) -> String {
    format!("scheduled#{shard}")
}

/// That somebody sees a message that waits for its time: beside its conversation.
pub(crate) fn waits(message: &MessageId, seen_by: &Assignee) -> Key {
    key(message.conversation().as_str(), format!("waits#{}#{message}", assignee_text(Some(seen_by))))
}

pub(crate) const WAITS: (&str, &str) = ("waits#", "waits#~");

/// All that wait and that somebody sees.
pub(crate) fn waits_of(seen_by: &Assignee) -> String {
    format!("waits#{}", assignee_text(Some(seen_by)))
}

/// Its place among these, the next to go first.
pub(crate) fn list_waits(message: &MessageId, seen_by: &Assignee) -> IndexKey {
    (waits_of(seen_by), format!("{}#{message}", message.placed_at().sortable()))
}

/// Those of one conversation in one shard, so that they go in their order.
pub(crate) fn scheduled_of(id: &MessageId) -> String {
    scheduled(id.conversation().as_str().bytes().last().unwrap_or_default() % DUE_SHARDS)
}
