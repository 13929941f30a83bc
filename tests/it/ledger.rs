//! The ledger on a bare table: a random run of everything that moves money, against a model that knows nothing of our rules,
//! and the bookings that such a run meets too rarely.
//!
//! `CASEMENT_SEED` repeats a run, `CASEMENT_LEDGER_OPERATIONS` makes it longer.

mod bookings;
mod check;
mod entries;
mod facts;
mod model;
mod run;
mod tasks;

use crate::seed::{Seed, number};
use run::Run;
use tests::table::Table;

/// What a run of CI has time for.
const OPERATIONS: usize = 10_000;
/// A run of so many has met everything.
const ENOUGH: usize = 5_000;

#[tokio::test(flavor = "multi_thread")]
async fn after_a_random_run_with_crashes_every_message_is_charged_once_and_every_payment_granted_once() {
    let seed = Seed::draw();
    let operations = number("CASEMENT_LEDGER_OPERATIONS").map_or(OPERATIONS, |count| count as usize);
    let table = Table::start().await;
    let mut run = Run::new(&table, seed.0);
    while run.operations < operations {
        run.round().await;
    }
    run.end().await;
    println!("{:#?}", run.met);
    if operations >= ENOUGH {
        let missing = run.missing();
        assert!(missing.is_empty(), "the run never met {missing:?}");
    }
}
