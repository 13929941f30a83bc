//! Random days: customers write, agents answer, read and close, Meta tells statuses, services fail and functions are
//! killed, all drawn from one seed. At the end `/v1` and Meta's own record must be what an independent model says.
//!
//! `CASEMENT_SEED` repeats a run, `CASEMENT_SIMULATION_OPERATIONS` makes it longer.

mod check;
mod day;
mod model;
mod outages;
mod weather;

use crate::seed::{Seed, number};
use crate::world::World;
use day::Day;

/// What a run of CI has time for.
const OPERATIONS: usize = 200;

#[tokio::test(flavor = "multi_thread")]
async fn after_a_random_day_all_is_as_the_model_says() {
    let seed = Seed::draw();
    let operations = number("CASEMENT_SIMULATION_OPERATIONS").map_or(OPERATIONS, |count| count as usize);
    let world = World::hasty().await;
    // Its windows close within seconds, which the margin would take.
    world.settle_on(serde_json::json!({"window": {"safety_margin_seconds": 0}})).await;
    let mut day = Day::new(&world, seed.0);
    for _ in 0..operations {
        day.operation().await;
    }
    day.end().await;
}
