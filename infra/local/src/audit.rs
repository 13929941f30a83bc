//! Checks the chain of an API's audit log from outside: it reads all of it, and computes each seal anew by what the API's
//! document says of it. It shares no code with what wrote the log.
//!
//! What the chain cannot tell is that somebody wrote all of it anew. So a check prints the head: whoever keeps it elsewhere
//! names it in a later check (`known`), which then also says whether that entry still is in the chain.

use std::fmt;

use anyhow::{Context, bail};
use http::{Method, StatusCode};
use ring::digest::{SHA256, digest};
use serde::Deserialize;

use crate::client::Caller;

/// The first line of what is hashed.
const FORM: &str = "casement audit 1";
const NONE: &str = "-";

/// The last entry of a chain, or 0 and zeros.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Head {
    pub number: u64,
    pub seal: String,
}

impl Head {
    fn origin() -> Self {
        Self { number: 0, seal: "0".repeat(64) }
    }

    /// Reads `NUMBER:SEAL`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (number, seal) = text.split_once(':')?;
        Some(Self { number: number.parse().ok()?, seal: seal.to_owned() })
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.number, self.seal)
    }
}

/// The first place, counted from the beginning, at which the chain does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    pub number: u64,
    pub why: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the audit log is broken at entry {}: {}", self.number, self.why)
    }
}

#[derive(Deserialize)]
struct Page {
    head: Head,
    items: Vec<Entry>,
    next_cursor: Option<String>,
}

#[derive(Deserialize)]
struct Entry {
    number: u64,
    previous: String,
    seal: String,
    at: String,
    actor: String,
    credential: String,
    method: String,
    route: String,
    target: Option<String>,
    fields: Vec<String>,
    idempotency: Option<String>,
}

impl Entry {
    fn computed(&self) -> String {
        let lines = [
            FORM,
            &self.number.to_string(),
            &self.previous,
            &self.at,
            &self.actor,
            &self.credential,
            &self.method,
            &self.route,
            self.target.as_deref().unwrap_or(NONE),
            &self.fields.join(","),
            self.idempotency.as_deref().unwrap_or(NONE),
        ];
        hex::encode(digest(&SHA256, lines.join("\n").as_bytes()))
    }
}

/// Walks from the head back to the first entry.
struct Walk<'a> {
    known: Option<&'a Head>,
    /// What the entry before the last one seen must be.
    expected: Head,
    broken: Option<Broken>,
}

impl Walk<'_> {
    /// Of several faults the one nearest to the beginning is told, which is found last.
    fn found(&mut self, number: u64, why: impl Into<String>) {
        self.broken = Some(Broken { number, why: why.into() });
    }

    fn step(&mut self, entry: &Entry) {
        if entry.number != self.expected.number {
            self.missing(entry.number);
        } else if entry.seal != self.expected.seal {
            self.found(entry.number, "it is not the entry that the one after it, or the head, was sealed with");
        }
        if self.known.is_some_and(|known| known.number == entry.number && known.seal != entry.seal) {
            self.found(entry.number, "it is not the entry that it was when its head was noted");
        }
        if entry.computed() != entry.seal {
            self.found(entry.number, "it was changed: it does not say what it was sealed with");
        }
        self.expected = Head { number: entry.number.saturating_sub(1), seal: entry.previous.clone() };
    }

    /// Entries are missing behind number `last`.
    fn missing(&mut self, last: u64) {
        let (first, end) = (last.saturating_add(1), self.expected.number);
        match end {
            end if end < first => self.found(last, "it stands where no entry is expected"),
            end if end == first => self.found(first, "it is missing"),
            end => self.found(first, format!("the entries up to {end} are missing")),
        }
    }

    fn end(&mut self) {
        if self.expected.number > 0 {
            self.missing(0);
        } else if self.expected.seal != Head::origin().seal {
            self.found(1, "it was not the first one: it is sealed with one before it");
        }
    }
}

/// The head of a chain that holds, or where it does not. `known`: a head that was noted before.
///
/// # Errors
/// The API does not answer, or answers something else than its audit log.
pub async fn verify(api: &Caller, known: Option<&Head>) -> anyhow::Result<Result<Head, Broken>> {
    let mut page = read(api, None).await?;
    let head = page.head.clone();
    let mut walk = Walk { known, expected: head.clone(), broken: None };
    if let Some(known) = known.filter(|known| known.number > head.number) {
        walk.found(head.number.saturating_add(1), format!("the entries up to {} are missing", known.number));
        return Ok(Err(walk.broken.unwrap_or(Broken { number: known.number, why: "it is missing".to_owned() })));
    }
    loop {
        // What was added since the head was read is behind it.
        page.items.iter().filter(|entry| entry.number <= head.number).for_each(|entry| walk.step(entry));
        let Some(cursor) = page.next_cursor.take() else { break };
        page = read(api, Some(&cursor)).await?;
    }
    walk.end();
    Ok(walk.broken.map_or(Ok(head), Err))
}

async fn read(api: &Caller, cursor: Option<&str>) -> anyhow::Result<Page> {
    let cursor = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
    let (status, body) = api.call(Method::GET, &format!("/v1/audit?limit=100{cursor}"), None).await?;
    if status != StatusCode::OK {
        bail!("the API does not show its audit log: {status} {body}");
    }
    serde_json::from_value(body).context("the API answers something else than its audit log")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u64, previous: &str) -> Entry {
        let mut entry = Entry {
            number,
            previous: previous.to_owned(),
            seal: String::new(),
            at: "2026-01-01T00:00:00Z".to_owned(),
            actor: "bootstrap".to_owned(),
            credential: "bootstrap".to_owned(),
            method: "PATCH".to_owned(),
            route: "/v1/settings".to_owned(),
            target: None,
            fields: vec!["billing".to_owned()],
            idempotency: None,
        };
        entry.seal = entry.computed();
        entry
    }

    fn chain(length: u64) -> Vec<Entry> {
        let mut chain: Vec<Entry> = Vec::new();
        for number in 1..=length {
            let previous = chain.last().map_or_else(|| Head::origin().seal, |last| last.seal.clone());
            chain.push(entry(number, &previous));
        }
        chain
    }

    fn check(chain: &[Entry], head: &Head, known: Option<&Head>) -> Option<u64> {
        let mut walk = Walk { known, expected: head.clone(), broken: None };
        chain.iter().rev().for_each(|entry| walk.step(entry));
        walk.end();
        walk.broken.map(|broken| broken.number)
    }

    #[test]
    fn each_way_to_tamper_is_found_where_it_was_done() {
        let whole = chain(5);
        let head = Head { number: 5, seal: whole.last().unwrap().seal.clone() };
        assert_eq!(check(&whole, &head, None), None);
        assert_eq!(check(&[], &Head::origin(), None), None);
        let change = |change: fn(&mut Vec<Entry>)| {
            let mut changed = chain(5);
            change(&mut changed);
            check(&changed, &head, None)
        };
        assert_eq!(change(|chain| chain[2].route = "/v1/users".to_owned()), Some(3), "changed");
        assert_eq!(change(|chain| drop(chain.remove(2))), Some(3), "taken out");
        assert_eq!(change(|chain| drop(chain.remove(0))), Some(1), "the first");
        assert_eq!(change(|chain| chain.truncate(3)), Some(4), "the tail");
        assert_eq!(change(Vec::clear), Some(1), "all");
        assert_eq!(
            change(|chain| {
                chain[2].route = "/v1/users".to_owned();
                chain[2].seal = chain[2].computed();
            }),
            Some(3),
            "changed and sealed anew"
        );
        let noted = Head { number: 2, seal: "f".repeat(64) };
        assert_eq!(check(&whole, &head, Some(&noted)), Some(2), "written anew since it was noted");
    }
}
