//! Every filter and pairs of filters over a generated year of conversations, for all three reaches, to the end and page by page,
//! counted, held against the plain model (P46). `CASEMENT_SEED` repeats a run, `CASEMENT_INBOX_CONVERSATIONS` makes it larger.
use std::time::Duration;

use domain::channel::Assignee;
use domain::inbox::{Filter, Moment, Sort};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use store::{COUNT_MAX, Count, Search};
use tests::table::Table;
use tests::year::{NOW, Year};

use super::model::{Asked, Sight, expected, filters};
use crate::seed::{Seed, number};

const CONVERSATIONS: u64 = 500;

fn at() -> Moment {
    Moment { now: NOW, today: NOW.minus(Duration::from_secs(8 * 3600)), closing: Duration::from_secs(2 * 3600) }
}

/// Everything, the first user's own, and that of their group and its members.
fn reaches(year: &Year) -> [(&'static str, Sight); 3] {
    let users = |range: std::ops::Range<usize>| year.users[range].iter().cloned().map(Assignee::User);
    let group = Assignee::Group(year.groups[0].clone());
    [("all", None), ("own", Some(users(0..1).collect())), ("group", Some(users(0..3).chain([group]).collect()))]
}

struct Run<'y> {
    year: &'y Year,
    table: &'y Table,
    random: StdRng,
    searches: usize,
    found: usize,
}

impl Run<'_> {
    /// Pages to the end, of a drawn size, and counts.
    async fn compare(&mut self, reach: &str, sight: &Sight, asked: &[&Asked]) {
        let words: Vec<(&str, &str)> = asked.iter().map(|asked| (asked.word, asked.value.as_str())).collect();
        let me = &self.year.users[0];
        let filter = Filter::of_words(words.iter().copied()).unwrap().asked_by(Some(me)).unwrap();
        let driver = filter.driver(sight.clone());
        let sort = *[None, None, Some(Sort::Newest), Some(Sort::Oldest)].choose(&mut self.random).unwrap();
        let channels: Vec<_> = self
            .year
            .channels
            .iter()
            .filter(|id| filter.channel.as_ref().is_none_or(|wanted| wanted == *id))
            .cloned()
            .collect();
        let search = Search {
            filter: &filter,
            driver: &driver,
            sort: sort.unwrap_or(filter.usual_sort()),
            at: at(),
            me: Some(me),
            channels: &channels,
        };
        let limit = self.random.random_range(5..=100);
        let (mut found, mut after, mut pages) = (Vec::new(), None, 0);
        loop {
            // Now and then somebody asks for more, or less, of the same list.
            let limit = if self.random.random_bool(0.1) { self.random.random_range(5..=100) } else { limit };
            let page = self.table.store.inbox_page(&search, limit, after.as_ref()).await.unwrap();
            assert!(page.items.len() <= limit);
            for item in page.items {
                assert_eq!(item.unread, self.year.unread(&item.conversation), "{words:?}");
                found.push(item.conversation.id.to_string());
            }
            pages += 1;
            assert!(pages < 10_000, "{words:?} never ends");
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        let expected = expected(self.year, sight, asked, sort);
        assert_eq!(found, expected, "{reach}: {words:?}, {sort:?}, {limit} a page, by {driver:?}");
        let count = self.table.store.inbox_count(&search).await.unwrap();
        let is_more = expected.len() > COUNT_MAX;
        assert_eq!(count, Count { count: expected.len().min(COUNT_MAX), is_more }, "{reach}: {words:?}");
        self.searches += 1;
        self.found += found.len();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_filter_and_pairs_of_them_find_what_a_plain_model_finds() {
    let seed = Seed::draw();
    let count = number("CASEMENT_INBOX_CONVERSATIONS").unwrap_or(CONVERSATIONS);
    let year = Year::drawn(seed.0, usize::try_from(count).unwrap());
    let table = Table::start().await;
    year.store(&table.store).await;
    let filters = filters(&year);
    let random = StdRng::seed_from_u64(seed.0);
    let mut run = Run { year: &year, table: &table, random, searches: 0, found: 0 };
    for (reach, sight) in reaches(&year) {
        run.compare(reach, &sight, &[]).await;
        for filter in &filters {
            run.compare(reach, &sight, &[filter]).await;
        }
        for word in Filter::WORDS {
            for other in Filter::WORDS.iter().skip_while(|other| **other != word).skip(1) {
                let of = |wanted: &str| filters.iter().filter(|asked| asked.word == wanted).collect::<Vec<_>>();
                let (one, two) = (of(word), of(other));
                let pair = [*one.choose(&mut run.random).unwrap(), *two.choose(&mut run.random).unwrap()];
                run.compare(reach, &sight, &pair).await;
            }
        }
    }
    assert!(run.searches > 300 && run.found > 3_000, "{} searches found {}", run.searches, run.found);
    eprintln!("seed {}: {} searches found {} conversations", seed.0, run.searches, run.found);
}
