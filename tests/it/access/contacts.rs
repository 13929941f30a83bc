//! The contacts of an agent who sees only some: those that are theirs, and those with whom they have a conversation (P45).
use serde_json::{Value, json};

use crate::truth::people::number;
use crate::world::World;
use crate::world::people::Person;

/// The ids of those that somebody finds, page by page.
async fn found(world: &World, who: &Person, query: &str, limit: usize) -> Vec<String> {
    let (mut ids, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = world.on_behalf(who, "GET", &format!("/v1/contacts?limit={limit}{query}{cursor}"), None).await;
        assert_eq!(page.status, 200, "{}", page.body);
        ids.extend(page.body["items"].as_array().unwrap().iter().map(|each| each["id"].as_str().unwrap().to_owned()));
        let Some(next) = page.body["next_cursor"].as_str() else { return ids };
        cursor = format!("&cursor={next}");
    }
}

async fn own(world: &World, conversation: &Value, owner: &Value) {
    let contact = conversation["contact_id"].as_str().unwrap();
    world.done("PATCH", &format!("/v1/contacts/{contact}"), json!({"owner": owner, "tags": ["vip"]})).await;
}

async fn give(world: &World, conversation: &Value, to: &Value) {
    let conversation = conversation["id"].as_str().unwrap();
    world.done("POST", &format!("/v1/conversations/{conversation}/assign"), to.clone()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sees_some_conversations_finds_their_contacts() {
    let world = World::start().await;
    let group = world.found_team("Sales").await;
    let me = world.hire("Me", "agent", "own", &[]).await;
    let seller = world.hire("Seller", "agent", "group", &[&group]).await;
    let other = world.hire("Other", "agent", "own", &[]).await;
    let [mine, theirs] = [&me, &other].map(|person| json!({"user_id": person.id}));
    // Owner, who has the conversation, and who of the two sees it.
    let scenes = [
        (&mine, json!({"user_id": null}), true, false),
        (&theirs, mine.clone(), true, false),
        (&mine, mine.clone(), true, false),
        (&theirs, theirs.clone(), false, false),
        (&theirs, json!({"group_id": group}), false, true),
    ];
    let mut conversations = Vec::new();
    for (place, (owner, assignee, ..)) in scenes.iter().enumerate() {
        let conversation = world.met(&number(place)).await;
        own(&world, &conversation, owner).await;
        give(&world, &conversation, assignee).await;
        conversations.push(conversation);
    }
    world.settle().await;
    let contact = |place: usize| conversations[place]["contact_id"].as_str().unwrap().to_owned();
    for (who, expected) in [(&me, vec![2, 1, 0]), (&seller, vec![4]), (&other, vec![4, 3, 1])] {
        let mut expected: Vec<String> = expected.into_iter().map(contact).collect();
        expected.sort();
        for (query, limit) in [("", 10), ("", 1), ("", 2), ("&tag=vip", 1), ("&tag=vip", 10)] {
            let mut found = found(&world, who, query, limit).await;
            found.sort();
            assert_eq!(found, expected, "{} {query} by {limit}", who.id);
        }
        for place in 0..scenes.len() {
            let answer = world.on_behalf(who, "GET", &format!("/v1/contacts/{}", contact(place)), None).await;
            assert_eq!(answer.status == 200, expected.contains(&contact(place)), "the list is what may be read");
        }
    }
    let owned = format!("&owner_user_id={}", other.id);
    assert_eq!(found(&world, &me, &owned, 10).await, [contact(1)], "of others only whom they talk to");
    assert_eq!(found(&world, &me, &format!("&owner_user_id={}", me.id), 1).await.len(), 2);
    give(&world, &conversations[1], &theirs).await;
    world.settle().await;
    assert!(!found(&world, &me, "", 10).await.contains(&contact(1)), "it was given away");
    give(&world, &conversations[3], &mine).await;
    world.settle().await;
    assert!(found(&world, &me, "&tag=vip", 10).await.contains(&contact(3)), "it was given to them");
}
