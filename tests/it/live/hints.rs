//! Hints go to those who see what they are about at that moment (P45), and never hold what it is.
use serde_json::json;

use super::{Socket, given_to, ids};
use crate::inbound::scene::{edit, reaction, revoke};
use crate::world::World;
use crate::world::webhooks::{ANN, BOB, now};

#[tokio::test(flavor = "multi_thread")]
async fn each_hears_of_their_own_and_nothing_of_what_was_said() {
    let world = World::start().await;
    let (uma, vic) = (world.hire_agent("Uma").await, world.hire_agent("Vic").await);
    let ann = world.handed(ANN, given_to(&uma)).await;
    let bob = world.handed(BOB, given_to(&vic)).await;
    let (mut umas, mut vics) = (Socket::open(&world, &uma).await, Socket::open(&world, &vic).await);
    world.asks(ANN, "wamid.2").await;
    world.asks(BOB, "wamid.3").await;
    let (by_uma, by_vic) = (umas.heard().await, vics.heard().await);
    assert_eq!(ids(&by_uma, "conversation.changed"), [ann["id"].clone()], "{by_uma:?}");
    assert_eq!(ids(&by_vic, "conversation.changed"), [bob["id"].clone()], "{by_vic:?}");
    let notified = world.unopened_by(&uma).await.remove(0);
    assert_eq!(ids(&by_uma, "notification"), [notified["id"].clone()]);
    for hint in by_uma.iter().chain(&by_vic) {
        let mut members: Vec<&String> = hint.as_object().unwrap().keys().collect();
        members.sort();
        assert_eq!(members, ["at", "id", "type"], "{hint}");
        assert!(domain::Time::parse(hint["at"].as_str().unwrap()).is_some());
    }
}

/// Sight is not kept from when the socket was opened.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_away_is_heard_of_by_its_new_owner_alone() {
    let world = World::start().await;
    let (uma, vic) = (world.hire_agent("Uma").await, world.hire_agent("Vic").await);
    world.handed(ANN, given_to(&uma)).await;
    let (mut umas, mut vics) = (Socket::open(&world, &uma).await, Socket::open(&world, &vic).await);
    let ann = world.handed(ANN, given_to(&vic)).await;
    umas.heard().await;
    assert_eq!(ids(&vics.heard().await, "conversation.changed"), [ann["id"].clone()]);
    world.asks(ANN, "wamid.2").await;
    assert_eq!(umas.heard().await, Vec::<serde_json::Value>::new());
    assert_eq!(ids(&vics.heard().await, "conversation.changed").len(), 1);
    // Another reach, and the same socket hears of more.
    let path = format!("/v1/users/{}", uma.id);
    assert_eq!(world.call("PATCH", &path, Some(json!({"reach": "all"}))).await.status, 200);
    world.asks(ANN, "wamid.3").await;
    assert_eq!(ids(&umas.heard().await, "conversation.changed"), [ann["id"].clone()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_want_to_be_notified_live_is_not() {
    let world = World::start().await;
    let uma = world.hire_agent("Uma").await;
    world.wants(&uma, json!({"ways": {"message": ["email"]}})).await;
    world.handed(ANN, given_to(&uma)).await;
    let mut socket = Socket::open(&world, &uma).await;
    world.asks(ANN, "wamid.2").await;
    let heard = socket.heard().await;
    assert!(ids(&heard, "notification").is_empty() && !ids(&heard, "conversation.changed").is_empty(), "{heard:?}");
}

/// What another device did is heard of too.
#[tokio::test(flavor = "multi_thread")]
async fn every_socket_of_a_user_hears_and_one_that_is_gone_harms_none() {
    let world = World::start().await;
    let uma = world.hire_agent("Uma").await;
    world.handed(ANN, given_to(&uma)).await;
    let (mut first, mut second) = (Socket::open(&world, &uma).await, Socket::open(&world, &uma).await);
    let gone = Socket::open(&world, &uma).await;
    // Its end is not noted: the table does not answer.
    world.stack.aws().faults().add(local::aws::Fault {
        function: "RealtimeFunction".to_owned(),
        operation: Some("DeleteItem".to_owned()),
        nth: 1,
        // As often as the table is asked in one go.
        times: 4,
        action: local::aws::FaultAction::DropBeforeExecuting,
    });
    drop(gone);
    while world.stack.aws().sockets().count() > 2 {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    first.say("ping").await;
    world.asks(ANN, "wamid.2").await;
    let one = world.unopened_by(&uma).await.remove(0);
    for socket in [&mut first, &mut second] {
        assert_eq!(ids(&socket.heard().await, "notification"), [one["id"].clone()]);
    }
    world.handles(&uma, &one, "open", None).await;
    assert_eq!(ids(&second.heard().await, "notification"), [one["id"].clone()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_to_a_message_is_heard_of_by_who_sees_it() {
    let world = World::start().await;
    let (uma, vic) = (world.hire_agent("Uma").await, world.hire_agent("Vic").await);
    let ann = world.handed(ANN, given_to(&uma)).await;
    let (mut umas, mut vics) = (Socket::open(&world, &uma).await, Socket::open(&world, &vic).await);
    let (first, at) = (format!("wamid.first.{ANN}"), now());
    for annotation in [
        reaction("wamid.r1", at, &first, Some("👍")),
        reaction("wamid.r2", at + 1, &first, None),
        edit(ANN, "wamid.e1", at + 2, &first, "Other words"),
        revoke(ANN, "wamid.v1", at + 3, &first),
    ] {
        world.says(std::slice::from_ref(&annotation)).await;
        let heard = umas.heard().await;
        assert_eq!(ids(&heard, "conversation.changed"), [ann["id"].clone()], "{annotation}: {heard:?}");
        assert!(vics.heard().await.is_empty(), "{annotation} is nothing to others");
    }
    assert!(world.unopened_by(&uma).await.is_empty(), "nobody is told of it otherwise");
}
