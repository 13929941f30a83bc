//! A sync that is killed before and after each single call that it makes: readers see all of a list or nothing of it at every
//! moment, and the retry brings it to its end.
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use local::aws::{Fault, FaultAction};
use serde_json::{Value, json};

use super::scenes::template;
use crate::world::World;

const TEMPLATE_SYNC: &str = "TemplateSyncFunction";
/// More than a page of Meta's list, and more than a batch of the table.
const KEPT: usize = 118;

impl World {
    /// Gives Meta's list its next form: `round` is written all over the templates that change.
    fn next_list(&self, round: usize, changing: usize) {
        let status = if round.is_multiple_of(2) { "APPROVED" } else { "PAUSED" };
        for n in 0..changing {
            let mut one = template(&format!("a{n:03}"), status);
            one.components = vec![json!({"type": "BODY", "text": format!("Round {round}")})];
            self.listed(one);
        }
        self.listed(template(&format!("a_new_{round:03}"), "APPROVED"));
        if round > 1 {
            self.unlisted(&format!("a_new_{:03}", round - 1));
        }
    }

    /// The rounds that the first page of the list shows, the newest template first: one round, or a half list.
    async fn rounds(&self, changing: usize) -> Vec<String> {
        let page = self.get("/v1/templates?limit=100").await;
        let mut rounds = Vec::new();
        for template in page["items"].as_array().unwrap() {
            let name = template["name"].as_str().unwrap();
            match name.strip_prefix("a_new_") {
                Some(round) if template["status"] == "APPROVED" => {
                    rounds.push(round.trim_start_matches('0').to_owned())
                }
                Some(_) => {}
                None if name.starts_with('a') && changing > 0 => {
                    let text = template["components"][0]["text"].as_str().unwrap();
                    rounds.push(text.trim_start_matches("Round ").to_owned());
                }
                None => {}
            }
        }
        rounds.sort_unstable();
        rounds.dedup();
        rounds
    }

    /// Syncs with a fault, while somebody reads all the time. The calls that were made, and whether the fault was met.
    async fn sync_under(&self, fault: Option<Fault>, changing: usize) -> (u32, bool) {
        let faults = self.stack.aws().faults();
        self.stack.lambda().cool(TEMPLATE_SYNC).await;
        drop(self.stack.aws().meter().take());
        fault.into_iter().for_each(|fault| faults.add(fault));
        let (is_over, reads) = (AtomicBool::new(false), AtomicUsize::new(0));
        let sync = async {
            assert_eq!(self.post("/v1/templates/sync", json!({})).await.status, 202);
            self.settle().await;
            is_over.store(true, Ordering::Relaxed);
        };
        let read = async {
            while !is_over.load(Ordering::Relaxed) {
                let rounds = self.rounds(changing).await;
                assert_eq!(rounds.len(), 1, "half a list shows: {rounds:?}");
                reads.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::join!(sync, read);
        assert!(reads.load(Ordering::Relaxed) > 0);
        let was_met = faults.pending().is_empty();
        faults.clear();
        (self.calls_of(TEMPLATE_SYNC), was_met)
    }

    async fn check_round(&self, round: usize, changing: usize) {
        assert_eq!(self.rounds(changing).await, [round.to_string()]);
        let sync = self.sync_row().await;
        assert_eq!((&sync["state"], &sync["problem"]), (&json!("done"), &Value::Null), "{sync}");
        let mirrored = self.mirrored().await;
        let listed = self.simulator().templates();
        for template in &listed {
            let shown = &mirrored[&template.name];
            assert_eq!((&shown["status"], &shown["meta_id"]), (&json!(template.status), &json!(template.id)));
        }
        let live = mirrored.values().filter(|template| template["status"] != "DELETED").count();
        assert_eq!(live, listed.len(), "what is gone is marked");
    }
}

async fn world_with(changing: usize) -> World {
    let world = World::hasty().await;
    for n in 0..KEPT {
        world.listed(template(&format!("kept{n:03}"), "APPROVED"));
    }
    world.next_list(1, changing);
    world.synced().await;
    world.check_round(1, changing).await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_survives_a_crash_at_every_step() {
    const CHANGING: usize = 2;
    let world = world_with(CHANGING).await;
    world.next_list(2, CHANGING);
    let (steps, _) = world.sync_under(None, CHANGING).await;
    world.check_round(2, CHANGING).await;
    let mut round = 2;
    for step in 1..=steps {
        for action in [FaultAction::KillBeforeExecuting, FaultAction::KillAfterExecuting] {
            round += 1;
            world.next_list(round, CHANGING);
            let (_, was_met) = world.sync_under(Some(Fault::new(TEMPLATE_SYNC, action).nth(step)), CHANGING).await;
            assert!(was_met, "step {step} of {steps} was not reached");
            world.check_round(round, CHANGING).await;
        }
    }
}

/// More rows than any transaction takes, all of them changed, cut off all over.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_in_which_everything_changes_is_applied_whole_wherever_it_is_cut_off() {
    const CHANGING: usize = 98;
    let world = world_with(CHANGING).await;
    world.next_list(2, CHANGING);
    let (steps, _) = world.sync_under(None, CHANGING).await;
    world.check_round(2, CHANGING).await;
    for (cut, round) in (1..=12).zip(3..) {
        world.next_list(round, CHANGING);
        let step = (steps * cut / 13).max(1);
        let fault = Fault::new(TEMPLATE_SYNC, FaultAction::KillAfterExecuting).nth(step);
        let (_, was_met) = world.sync_under(Some(fault), CHANGING).await;
        assert!(was_met, "step {step} of {steps} was not reached");
        world.check_round(round, CHANGING).await;
    }
}

/// Thousands of templates are staged before any of them shows; a run that is cut off among them is brought to its end.
#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_templates_come_at_once() {
    const MANY: usize = 1_200;
    let world = World::hasty().await;
    for n in 0..MANY {
        world.listed(template(&format!("t{n:04}"), "APPROVED"));
    }
    let faults = world.stack.aws().faults();
    faults.add(Fault::new(TEMPLATE_SYNC, FaultAction::KillAfterExecuting).on("UpdateItem").nth(900));
    assert_eq!(world.post("/v1/templates/sync", json!({})).await.status, 202);
    world.until(|| faults.pending().is_empty()).await;
    let shown = world.mirrored().await.len();
    assert!([1, MANY + 1].contains(&shown), "half a list shows: {shown}");
    // So much takes its time on a busy machine.
    for _ in 0..300 {
        if world.sync_row().await["state"] == "done" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    world.settle().await;
    let sync = world.sync_row().await;
    assert_eq!((&sync["state"], &sync["added"]), (&json!("done"), &json!(MANY)), "{sync}");
    assert_eq!(world.mirrored().await.len(), MANY + 1);
}
