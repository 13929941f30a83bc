//! Numbers that WhatsApp spells in two ways.
use serde_json::json;

use super::people::{identities, phone, user};
use crate::world::World;

/// P30, P31: both forms of a number lead to the same person, whichever comes first.
#[tokio::test(flavor = "multi_thread")]
async fn both_forms_of_a_number_are_one_person() {
    let world = World::start().await;
    let forms = [
        ("Brazil's ninth digit", "5511987654321", "551187654321"),
        ("Brazil, the other way", "551176543210", "5511976543210"),
        ("Mexico's 1", "5215512345678", "525512345678"),
        ("Mexico, the other way", "525587654321", "5215587654321"),
        ("Argentina's 9", "5491112345678", "541112345678"),
        ("Argentina, the other way", "541187654321", "5491187654321"),
    ];
    for (index, (name, first, second)) in forms.iter().enumerate() {
        world.written_by(phone(first), &format!("wamid.{index}.1")).await;
        world.written_by(phone(second), &format!("wamid.{index}.2")).await;
        let contact = world.contact_by(phone(first)).await;
        assert_eq!(contact["id"], world.contact_by(phone(second)).await["id"], "{name}");
        let mut expected = [*first, *second];
        expected.sort_unstable();
        assert_eq!(identities(&contact, "wa_id"), expected, "{name}");
        assert_eq!(world.thread(&world.conversation_of(&contact).await).await.len(), 2, "{name}");
    }
    assert_eq!(world.contacts().await.len(), forms.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_and_ids_that_only_look_alike_are_two_people() {
    let world = World::start().await;
    for (index, (one, other)) in [
        // A landline of Brazil has no ninth digit.
        (phone("551133334444"), phone("5511933334444")),
        (user("MX.5215512345678"), user("MX.525512345678")),
        (user("MX.525512345679"), phone("525512345679")),
        (user("BR.5511987654321"), user("BR.551187654321")),
    ]
    .into_iter()
    .enumerate()
    {
        world.written_by(one, &format!("wamid.{index}.1")).await;
        world.written_by(other, &format!("wamid.{index}.2")).await;
        let (first, second) = (world.contact_by(one).await, world.contact_by(other).await);
        assert_ne!(first["id"], second["id"], "{one:?} and {other:?}");
        assert_eq!([&first["merge_proposals"], &second["merge_proposals"]], [&json!([]); 2]);
    }
}

/// What a person typed is kept; what is dialled is what Meta gave.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_goes_to_the_number_that_meta_gave() {
    let world = World::start().await;
    for (typed, given) in [
        ("+55 11 98765-4321", "551187654321"),
        ("+52 55 1234 5678", "5215512345678"),
        ("+54 11 1234-5678", "5491112345678"),
    ] {
        let added = world.post("/v1/contacts", json!({"phone": typed, "kind": "contact"})).await;
        assert_eq!(added.status, 201, "{}", added.body);
        world.customer_writes(json!({"wa_id": given, "without_bsuid": true}), given).await;
        let contact = world.contact_by(phone(given)).await;
        assert_eq!(contact["id"], added.body["id"], "{typed} is {given}");
        assert_eq!(identities(&contact, "phone"), identities(&added.body, "phone"), "as it was typed");
        assert_eq!(identities(&contact, "wa_id"), [given]);
        let send = world.answer_to(&contact).await;
        assert_eq!(send.body["to"], format!("+{given}"), "typed {typed}");
    }
}
