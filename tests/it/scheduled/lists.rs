//! What waits, the next to go first, for whoever may see it.
use serde_json::{Value, json};

use crate::truth::people::number;
use crate::world::World;
use crate::world::webhooks::now;

fn bodies(page: &Value) -> Vec<&str> {
    page["items"].as_array().unwrap().iter().map(|message| message["text"]["body"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_listed_in_the_order_of_its_times() {
    let world = World::hasty().await;
    // Of several conversations, in several shards.
    let mut conversations = Vec::new();
    for customer in 0..5 {
        conversations.push(world.met(&number(customer)).await);
    }
    let base = now() + 2000;
    for (index, conversation) in conversations.iter().enumerate() {
        for turn in 0..2 {
            let due = base - 100 * i64::try_from(index).unwrap() + turn;
            world.scheduled(conversation, &format!("{index}.{turn}"), due, json!({})).await;
        }
    }
    let all = world.get("/v1/messages?state=scheduled").await;
    let expected = ["4.0", "4.1", "3.0", "3.1", "2.0", "2.1", "1.0", "1.1", "0.0", "0.1"];
    assert_eq!(bodies(&all), expected);
    let (mut paged, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world.get(&format!("/v1/messages?state=scheduled&limit=3{cursor}")).await;
        paged.extend(bodies(&page).into_iter().map(str::to_owned));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(paged, expected);
    let one = format!("/v1/messages?state=scheduled&conversation_id={}", conversations[2]["id"].as_str().unwrap());
    assert_eq!(bodies(&world.get(&one).await), ["2.0", "2.1"]);
    let channel = format!("/v1/messages?state=scheduled&channel_id={}", world.channel().id);
    assert_eq!(bodies(&world.get(&channel).await).len(), 10);
    let other = "/v1/messages?state=scheduled&channel_id=chn_00000000000000000000000000";
    assert_eq!(bodies(&world.get(other).await).len(), 0);
    assert_eq!(world.get("/v1/messages").await, all, "those that wait are meant where no state is said");
}

/// P45: of whose work somebody sees, and nothing more.
#[tokio::test(flavor = "multi_thread")]
async fn only_what_is_in_sight_is_listed() {
    let world = World::hasty().await;
    let eva = world.hire("Eva", "agent", "own", &[]).await;
    let (theirs, other) = (world.met(&number(1)).await, world.met(&number(2)).await);
    let assign = format!("/v1/conversations/{}/assign", theirs["id"].as_str().unwrap());
    let assigned = world.post(&assign, json!({"user_id": eva.id})).await;
    assert_eq!(assigned.status, 200, "{}", assigned.body);
    world.scheduled(&theirs, "theirs", now() + 600, json!({})).await;
    for index in 0..3 {
        world.scheduled(&other, "hidden", now() + 500 + index, json!({})).await;
    }
    for query in ["", "&limit=1"] {
        let page = world.on_behalf(&eva, "GET", &format!("/v1/messages?state=scheduled{query}"), None).await;
        assert_eq!((page.status, bodies(&page.body)), (200, vec!["theirs"]), "{}", page.body);
    }
    let path = format!("/v1/messages?state=scheduled&conversation_id={}", other["id"].as_str().unwrap());
    assert_eq!(world.on_behalf(&eva, "GET", &path, None).await.status, 404);
}

/// As a conversation changes hands, and where there is none yet.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_goes_with_whoever_has_it() {
    let world = World::hasty().await;
    let (eva, olaf) = (world.hire("Eva", "agent", "own", &[]).await, world.hire("Olaf", "agent", "own", &[]).await);
    let waits = async |limit: usize| {
        let mut all = Vec::new();
        for who in [&eva, &olaf] {
            let (mut seen, mut cursor) = (Vec::new(), String::new());
            loop {
                let path = format!("/v1/messages?state=scheduled&limit={limit}{cursor}");
                let page = world.on_behalf(who, "GET", &path, None).await;
                seen.extend(bodies(&page.body).into_iter().map(str::to_owned));
                let Some(next) = page.body["next_cursor"].as_str() else { break };
                cursor = format!("&cursor={next}");
            }
            all.push(seen.join(" "));
        }
        all
    };
    let mut conversations = Vec::new();
    for place in 0..3 {
        let conversation = world.met(&number(place)).await;
        for turn in 0..2 {
            let due = now() + 900 - 100 * i64::try_from(place).unwrap() + turn;
            world.scheduled(&conversation, &format!("{place}.{turn}"), due, json!({})).await;
        }
        conversations.push(conversation);
    }
    let give = async |place: usize, to: Value| {
        let path = format!("/v1/conversations/{}/assign", conversations[place]["id"].as_str().unwrap());
        assert_eq!(world.post(&path, to).await.status, 200);
        world.settle().await;
    };
    assert_eq!(waits(10).await, ["", ""]);
    for (place, to, expected) in [
        (0, json!({"user_id": eva.id}), ["0.0 0.1", ""]),
        (1, json!({"user_id": eva.id}), ["1.0 1.1 0.0 0.1", ""]),
        (2, json!({"user_id": eva.id}), ["2.0 2.1 1.0 1.1 0.0 0.1", ""]),
        (1, json!({"user_id": olaf.id}), ["2.0 2.1 0.0 0.1", "1.0 1.1"]),
        (0, json!({"user_id": null}), ["2.0 2.1", "1.0 1.1"]),
    ] {
        give(place, to).await;
        for limit in [1, 3, 10] {
            assert_eq!(waits(limit).await, expected, "pages of {limit}");
        }
    }
    let owner = json!({"owner": {"user_id": eva.id}});
    let contact = world.added("+16505557700", owner).await;
    let to_come = json!({"channel_id": world.channel().id, "contact_id": contact["id"]});
    world.scheduled(&to_come, "stranger", now() + 1200, json!({})).await;
    assert_eq!(waits(10).await, ["2.0 2.1 stranger", "1.0 1.1"]);
    world.patched(&contact, json!({"owner": {"user_id": olaf.id}})).await;
    assert_eq!(waits(10).await, ["2.0 2.1", "1.0 1.1 stranger"]);
    let first = world.get(&format!("/v1/messages?conversation_id={}", conversations[1]["id"].as_str().unwrap())).await;
    assert_eq!(world.cancel(&first["items"][0]["id"]).await.status, 200);
    world.settle().await;
    assert_eq!(waits(10).await, ["2.0 2.1", "1.1 stranger"]);
}
