//! `cargo bench -p tests --bench inbox_filters`: what the first page of each filter costs, on tables of growing size, and each
//! row of it beside that of the smallest table. Read units are those that the embedded table reports, which are DynamoDB's; of the
//! times only the ratios mean anything.
//! `CASEMENT_INBOX_SIZES=1000,5000` takes other sizes.
#![allow(
    clippy::unwrap_used,
    clippy::as_conversions,
    clippy::disallowed_methods,
    reason = "a benchmark fails by panicking, and measures by the clock"
)]

use std::time::{Duration, Instant};

use domain::channel::Assignee;
use domain::inbox::{Filter, Moment};
use store::{Search, StoreError};
use tests::table::Table;
use tests::year::{NOW, Year};

const SIZES: &str = "1000,10000,100000";
const LIMIT: usize = 50;
/// Of each page the fastest counts.
const TIMES: usize = 5;
/// How often the embedded table may stall for a whole call: after it was filled it has much to write to the disk.
const STALLS_MAX: usize = 20;

struct Row {
    name: String,
    units: f64,
    requests: u64,
    shown: usize,
    took: Duration,
}

impl Row {
    /// A small table may have less than a page: what one costs is told by row.
    fn units_per_row(&self) -> f64 {
        self.units / self.shown.max(1) as f64
    }
}

#[tokio::main]
async fn main() {
    let sizes = std::env::var("CASEMENT_INBOX_SIZES").unwrap_or_else(|_| SIZES.to_owned());
    let mut first: Option<Vec<Row>> = None;
    for size in sizes.split(',').map(|size| size.parse().unwrap()) {
        let year = Year::drawn(7, size);
        let table = Table::start().await;
        let began = Instant::now();
        year.store(&table.store).await;
        println!("\n{size} conversations, stored in {:.0} s; first pages of {LIMIT}", began.elapsed().as_secs_f64());
        println!(
            "{:<46} {:>10} {:>8} {:>6} {:>8} {:>7} {:>9} {:>6}",
            "", "read units", "requests", "shown", "per row", "ratio", "ms", "ratio"
        );
        let rows = measure(&year, &table).await;
        let base = first.as_deref().unwrap_or(&rows);
        for (row, base) in rows.iter().zip(base) {
            println!(
                "{:<46} {:>10.1} {:>8} {:>6} {:>8.2} {:>7.2} {:>9.2} {:>6.2}",
                row.name,
                row.units,
                row.requests,
                row.shown,
                row.units_per_row(),
                row.units_per_row() / base.units_per_row(),
                row.took.as_secs_f64() * 1000.0,
                row.took.as_secs_f64() / base.took.as_secs_f64()
            );
        }
        first = first.or(Some(rows));
    }
}

async fn measure(year: &Year, table: &Table) -> Vec<Row> {
    let (user, group) = (year.users[2].to_string(), year.groups[0].to_string());
    let asked: Vec<(Vec<(&str, &str)>, bool)> = vec![
        (vec![], false),
        (vec![("status", "open")], false),
        (vec![("status", "closed")], false),
        (vec![("channel_id", year.channels[0].as_str())], false),
        (vec![("assignee", "me")], false),
        (vec![("assignee", "none")], false),
        (vec![("assignee", &group)], false),
        (vec![("owner", "me")], false),
        (vec![("owner", &user)], false),
        (vec![("replied_by", "me")], false),
        (vec![("replied_by", "me"), ("replied_within", "today")], false),
        (vec![("replied_within", "2d")], false),
        (vec![("replied_within", "1m")], false),
        (vec![("last_message_within", "2d")], false),
        (vec![("unreplied", "true")], false),
        (vec![("unreplied_for", "2d")], false),
        (vec![("unreplied_for", "3w")], false),
        (vec![("unreplied_for", "1m")], false),
        (vec![("unread", "true")], false),
        (vec![("label", "vip")], false),
        (vec![("label", "vip"), ("unreplied", "true")], false),
        (vec![("window", "open")], false),
        (vec![("window", "closing")], false),
        (vec![("window", "closed")], false),
        (vec![("snoozed", "true")], false),
        (vec![("assignee", "me"), ("unreplied", "true")], false),
        (vec![], true),
        (vec![("unreplied", "true")], true),
        (vec![("label", "vip")], true),
        (vec![("replied_by", "me"), ("replied_within", "today")], true),
    ];
    let mut rows = Vec::new();
    for (words, is_own) in asked {
        rows.push(first_page(year, table, &words, is_own).await);
    }
    rows
}

async fn first_page(year: &Year, table: &Table, words: &[(&str, &str)], is_own: bool) -> Row {
    let me = &year.users[0];
    let filter = Filter::of_words(words.iter().copied()).unwrap().asked_by(Some(me)).unwrap();
    let driver = filter.driver(is_own.then(|| vec![Assignee::User(me.clone())]));
    let today = NOW.minus(Duration::from_secs(8 * 3600));
    let channels: Vec<_> =
        year.channels.iter().filter(|id| filter.channel.as_ref().is_none_or(|wanted| wanted == *id)).cloned().collect();
    let search = Search {
        filter: &filter,
        driver: &driver,
        sort: filter.usual_sort(),
        at: Moment { now: NOW, today, closing: Duration::from_secs(2 * 3600) },
        me: Some(me),
        channels: &channels,
    };
    let (mut took, mut units, mut requests, mut shown) = (Duration::MAX, 0.0, 0, 0);
    let (mut taken_times, mut stalls) = (0, 0);
    while taken_times < TIMES {
        drop(table.aws.meter().take());
        let began = Instant::now();
        shown = match table.store.inbox_page(&search, LIMIT, None).await {
            Err(StoreError::Unavailable { .. }) if stalls < STALLS_MAX => {
                stalls += 1;
                continue;
            }
            page => page.unwrap().items.len(),
        };
        taken_times += 1;
        took = took.min(began.elapsed());
        let taken = table.aws.meter().take();
        units = taken.values().map(|usage| usage.read_units).sum();
        requests = taken.values().map(|usage| usage.requests).sum();
    }
    let name: Vec<String> =
        words.iter().map(|(word, value)| format!("{word}={}", &value[..value.len().min(12)])).collect();
    let name = if name.is_empty() { "everything".to_owned() } else { name.join(" ") };
    Row { name: if is_own { format!("own: {name}") } else { name }, units, requests, shown, took }
}
