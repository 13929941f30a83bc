//! Contacts are found by what stands in them now, each by key.
use serde_json::json;

use crate::world::World;

async fn people(world: &World) -> (String, String) {
    let user = world.post("/v1/users", json!({"name": "Uma", "role": "agent"})).await.body;
    let group = world.post("/v1/groups", json!({"name": "Sales"})).await.body;
    let (user, group) = (user["id"].as_str().unwrap().to_owned(), group["id"].as_str().unwrap().to_owned());
    for (phone, more) in [
        ("+4915123456789", json!({"name": "Ánn Müller", "tags": ["vip", "press"], "emails": ["Ann@Example.org"]})),
        ("+4915198765432", json!({"name": "Anna-Lena Ash", "tags": ["vip"], "owner": {"user_id": user}})),
        ("+16505551234", json!({"name": "Bob Anders", "kind": "contact", "stage": "customer"})),
        ("+16505559999", json!({"name": "Łukasz Nowak", "owner": {"group_id": group}, "tags": ["press"]})),
    ] {
        world.added(phone, more).await;
    }
    (user, group)
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_are_found_by_all_that_stands_in_them() {
    let world = World::start().await;
    let (user, group) = people(&world).await;
    for (query, expected) in [
        ("", vec!["Łukasz Nowak", "Bob Anders", "Anna-Lena Ash", "Ánn Müller"]),
        ("name=an", vec!["Bob Anders", "Ánn Müller", "Anna-Lena Ash"]),
        ("name=ANN", vec!["Ánn Müller", "Anna-Lena Ash"]),
        ("name=muller", vec!["Ánn Müller"]),
        ("name=a+as", vec!["Anna-Lena Ash"]),
        ("name=lukasz", vec!["Łukasz Nowak"]),
        ("name=lena", vec!["Anna-Lena Ash"]),
        ("name=nn", vec![]),
        ("phone=%2B49+151+23456789", vec!["Ánn Müller"]),
        ("phone_ending=0151-23456789", vec!["Ánn Müller"]),
        ("phone_ending=1234", vec!["Bob Anders"]),
        ("phone_ending=2345", vec![]),
        ("email=ann@example.ORG", vec!["Ánn Müller"]),
        ("email=bob@example.org", vec![]),
        ("tag=vip", vec!["Anna-Lena Ash", "Ánn Müller"]),
        ("tag=VIP", vec![]),
        ("tag=press&name=ann", vec!["Ánn Müller"]),
        ("tag=press&kind=contact", vec![]),
        ("kind=contact", vec!["Bob Anders"]),
        ("stage=customer", vec!["Bob Anders"]),
        ("stage=new&kind=lead", vec!["Łukasz Nowak", "Anna-Lena Ash", "Ánn Müller"]),
        ("phone=%2B4915123456789&tag=nobody", vec![]),
        (&format!("owner_user_id={user}"), vec!["Anna-Lena Ash"]),
        (&format!("owner_group_id={group}&tag=press"), vec!["Łukasz Nowak"]),
    ] {
        for limit in [1, 2, 100] {
            assert_eq!(world.found(query, limit).await, expected, "{query} by {limit}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contact_that_changes_is_found_by_what_it_is_now() {
    let world = World::start().await;
    people(&world).await;
    let contact = world.get("/v1/contacts?name=bob").await["items"][0].clone();
    let patch = json!({
        "name": "Robert", "tags": ["old"], "stage": null, "kind": "lead", "emails": ["r@example.org"],
        "owner": {"role": "agent"},
    });
    world.patched(&contact, patch).await;
    for gone in ["name=bob", "name=anders", "stage=customer", "kind=contact"] {
        assert!(world.found(gone, 10).await.is_empty(), "{gone}");
    }
    for query in ["name=rob", "tag=old", "email=R@example.org", "phone_ending=51234", "owner_role=agent"] {
        assert_eq!(world.found(query, 10).await, ["Robert"], "{query}");
    }
    world.patched(&contact, json!({"emails": []})).await;
    assert!(world.found("email=r@example.org", 10).await.is_empty());
}

/// Whoever writes is found by what WhatsApp tells of them.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_wrote_is_found() {
    let world = World::start().await;
    world.customer_writes(json!({"wa_id": "16505557001", "name": "Zoë Quill"}), "16505557001").await;
    let found = world.get("/v1/contacts?name=zoe&stage=new").await;
    assert_eq!(found["items"][0]["identities"][0]["is_former"], false, "{found}");
    assert_eq!(world.found("phone_ending=7001", 10).await, ["Zoë Quill"]);
}

/// A search reads what it finds, however many contacts there are.
#[tokio::test(flavor = "multi_thread")]
async fn a_search_costs_the_same_however_many_contacts_there_are() {
    let world = World::start().await;
    let meter = world.stack.aws().meter();
    let mut costs = Vec::new();
    for round in 0..3 {
        for index in 0..15 {
            let phone = format!("+1650777{:04}", round * 15 + index);
            let name = format!("Walter Number{}", round * 15 + index);
            let added = world.post("/v1/contacts", json!({"phone": phone, "kind": "lead", "name": name})).await;
            assert_eq!(added.status, 201, "{}", added.body);
        }
        if round == 0 {
            world.added("+4915100000001", json!({"name": "Only One", "tags": ["rare"]})).await;
        }
        world.settle().await;
        drop(meter.take());
        for query in ["name=only", "tag=rare", "phone_ending=00001", "tag=rare&kind=lead"] {
            assert_eq!(world.found(query, 10).await, ["Only One"], "{query}");
        }
        let taken = meter.take();
        let of_api = taken.iter().filter(|((function, _), _)| function == "ApiFunction");
        costs.push(of_api.map(|((_, operation), usage)| (operation.clone(), usage.requests)).collect::<Vec<_>>());
    }
    assert!(costs.windows(2).all(|pair| pair[0] == pair[1]), "{costs:?}");
    assert!(costs[0].iter().all(|(operation, _)| operation != "Scan"), "{costs:?}");
}
