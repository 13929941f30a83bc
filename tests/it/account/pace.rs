//! P25: messages go as fast as Meta takes them, replies first, and none is refused for the pace or sent twice.
use futures::StreamExt;
use serde_json::json;
use simulator::{SettingsPatch, StatusPlan};

use crate::world::World;
use crate::world::consents::agreed;
use crate::world::webhooks::ANN;

fn limits(world: &World, throughput_mps: usize, pair_limit: bool) {
    let patch = SettingsPatch {
        throughput_mps: Some(throughput_mps),
        pair_limit: Some(pair_limit),
        ..SettingsPatch::default()
    };
    world.simulator().change_settings(patch);
    // Statuses are not what this is about.
    world.simulator().set_default_plan(StatusPlan::none());
}

fn refusals(world: &World) -> usize {
    world.sends().iter().filter(|send| !send.is_accepted()).count()
}

/// Takes as long as Meta makes a burst of that size wait: what is over 45 goes one in six seconds.
#[tokio::test(flavor = "multi_thread")]
async fn a_burst_to_one_person_arrives_whole_and_in_order() {
    const MESSAGES: usize = 52;
    let world = World::hasty().await;
    let conversation = world.met(ANN).await;
    limits(&world, 80, true);
    for index in 0..MESSAGES {
        assert_eq!(world.reply(&conversation, &index.to_string()).await.status, 202);
    }
    for _ in 0..90 {
        world.settle().await;
        if world.received_by(ANN).len() == MESSAGES {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        world.minute().await;
    }
    let expected: Vec<String> = (0..MESSAGES).map(|index| index.to_string()).collect();
    assert_eq!(world.bodies(ANN), expected, "all, once, in order");
    assert_eq!(refusals(&world), 0, "Meta never had to say that it is too fast");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_leaves_room_for_replies_and_arrives_whole() {
    const PEOPLE: usize = 200;
    let world = World::hasty().await;
    let conversation = world.met(ANN).await;
    limits(&world, 80, true);
    let world = &world;
    let posts = futures::stream::iter(0..PEOPLE).map(async |person| {
        let message = json!({
            "channel_id": world.channel().id, "to": {"phone": format!("+1650777{person:04}")}, "priority": "bulk",
            "type": "template", "template": {"name": "hello_world", "language": {"code": "en_US"}},
        });
        world.post("/v1/messages", agreed(message)).await
    });
    let replies = async {
        for index in 0..5 {
            assert_eq!(world.reply(&conversation, &index.to_string()).await.status, 202);
        }
    };
    let (answers, ()) = futures::future::join(posts.buffer_unordered(8).collect::<Vec<_>>(), replies).await;
    assert!(answers.iter().all(|answer| answer.status == 202 && answer.body["priority"] == "bulk"));
    for _ in 0..60 {
        world.settle().await;
        if world.simulator().accepted().len() == PEOPLE + 5 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        world.minute().await;
    }
    let accepted = world.simulator().accepted();
    assert_eq!(accepted.len(), PEOPLE + 5, "all");
    let ids: std::collections::BTreeSet<&str> =
        accepted.iter().filter_map(|send| send.body["biz_opaque_callback_data"].as_str()).collect();
    assert_eq!(ids.len(), PEOPLE + 5, "none twice");
    assert_eq!(refusals(world), 0);
    assert_eq!(world.bodies(ANN), ["0", "1", "2", "3", "4"]);
    let last_reply = accepted.iter().rposition(|send| send.body["to"] == format!("+{ANN}")).unwrap();
    assert!(last_reply < accepted.len() - 1, "the replies did not wait for the campaign");
}
