//! Messages of some days in any order, twice, between the looks of window-expiry: at the end the windows are what an
//! independent model says. `CASEMENT_SEED` repeats a run.
use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng, random};
use serde_json::Value;

use super::{DAY, HOUR, seconds};
use crate::world::World;
use crate::world::webhooks::now;

const PEOPLE: [&str; 4] = ["16505553001", "16505553002", "16505553003", "16505553004"];
/// As the settings have it unless changed.
const NOTICE: i64 = 2 * HOUR;
/// Times nobody could tell on which side of a boundary they fall.
const TOO_CLOSE: i64 = 120;

#[tokio::test(flavor = "multi_thread")]
async fn windows_follow_metas_times_in_whatever_order() {
    let seed = std::env::var("CASEMENT_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(random::<u64>);
    println!("to repeat the run: CASEMENT_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let world = World::hasty().await;
    let began = now();
    let mut written: Vec<(usize, i64, String)> = Vec::new();
    for count in 0..24 {
        let person = random.random_range(0..PEOPLE.len());
        // Some wrote days ago, some shortly before their window's end, some just now.
        let back = *[2 * DAY, DAY + HOUR, DAY - HOUR, DAY - 3 * HOUR, 5 * HOUR, 600].choose(&mut random).unwrap();
        written.push((person, began - back + random.random_range(0..1200), format!("wamid.{count}")));
    }
    let mut deliveries = [written.clone(), written.iter().take(8).cloned().collect()].concat();
    deliveries.shuffle(&mut random);
    for (person, at, wamid) in &deliveries {
        world.deliver(&world.written(PEOPLE[*person], wamid, *at, wamid)).await;
        if random.random_bool(0.2) {
            world.windows_are_looked_at().await;
        }
    }
    world.settle().await;
    for _ in 0..2 {
        world.windows_are_looked_at().await;
    }
    let told = world.events("window.closing").await;
    for (index, person) in PEOPLE.iter().enumerate() {
        let times = written.iter().filter(|(of, _, _)| *of == index).map(|(_, at, _)| *at);
        let Some(latest) = times.max() else { continue };
        let conversation = world.conversation_with(person).await;
        let (window, ends) = (&conversation["window"], latest + DAY);
        let is_open = began < ends - TOO_CLOSE;
        assert_eq!(window["state"], if is_open { "open" } else { "closed" }, "{person}: {window}");
        if is_open {
            assert_eq!(seconds(&window["closes_at"]), ends, "{person}");
            let left = window["remaining_seconds"].as_i64().unwrap();
            assert!((ends - now() - 2..=ends - began).contains(&left), "{left}");
        }
        let of_end = |event: &&Value| {
            event["conversation_id"] == conversation["id"] && seconds(&event["data"]["closes_at"]) == ends
        };
        let is_due = is_open && ends - began < NOTICE;
        assert_eq!(told.iter().filter(of_end).count(), usize::from(is_due), "{person}: {window}");
    }
}
