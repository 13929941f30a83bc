//! By e-mail: once for each beginning and each reminder, with who and how often, and without what they wrote.
use local::aws::{Fault, FaultAction};
use serde_json::json;

use crate::world::World;
use crate::world::webhooks::ANN;

/// A world whose e-mails come from an address of a domain that was verified.
pub(super) async fn with_mail() -> World {
    World::with(|options| {
        for (name, value) in [
            ("MailSender", "shop@shop.example"),
            ("MailIdentity", "shop.example"),
            ("ConversationLink", "https://console.example/c/{id}"),
        ] {
            options.parameters.insert(name.to_owned(), value.to_owned());
        }
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_notification_is_one_letter_and_a_reminder_another() {
    let world = with_mail().await;
    let uma = world.hire_agent("Uma").await;
    world.wants(&uma, json!({"ways": {"message": ["email"]}})).await;
    let conversation = world.handed(ANN, json!({"user_id": uma.id})).await;
    for wamid in ["wamid.2", "wamid.3", "wamid.3"] {
        world.asks(ANN, wamid).await;
    }
    let sent = world.stack.aws().mail().sent();
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert_eq!(
        (sent[0].from.as_str(), sent[0].to.as_slice()),
        ("shop@shop.example", &["uma@shop.example".to_owned()][..])
    );
    assert_eq!(sent[0].subject, "1 message from Ann Ash");
    let link = format!("https://console.example/c/{}", conversation["id"].as_str().unwrap());
    assert!(sent[0].text.contains(&link) && !sent[0].text.contains("Secret"), "{sent:?}");

    let one = world.unopened_by(&uma).await.remove(0);
    let until = domain::Time::from_seconds(crate::world::webhooks::now() + 2).to_string();
    assert_eq!(world.handles(&uma, &one, "snooze", Some(json!({"until": until}))).await.status, 200);
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    world.minute_passes().await;
    let sent = world.stack.aws().mail().sent();
    assert_eq!((sent.len(), sent[1].subject.as_str()), (2, "Reminder: 2 messages from Ann Ash"));
}

/// SES that is busy is asked again; one whose answer is lost is not, as it may have sent.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_a_letter_twice() {
    let world = with_mail().await;
    let uma = world.hire_agent("Uma").await;
    world.wants(&uma, json!({"ways": {"message": ["email"]}})).await;
    world.handed(ANN, json!({"user_id": uma.id})).await;
    let mut letters = 0;
    for (action, is_sent) in [
        (FaultAction::Throttle, true),
        (FaultAction::DropAfterExecuting, true),
        (FaultAction::DropBeforeExecuting, false),
        (FaultAction::KillAfterExecuting, true),
    ] {
        world.stack.aws().faults().add(Fault {
            function: "NotifyFunction".to_owned(),
            operation: Some("SendEmail".to_owned()),
            nth: 1,
            times: 1,
            action,
        });
        world.asks(ANN, &format!("wamid.{action:?}")).await;
        letters += usize::from(is_sent);
        assert_eq!(world.stack.aws().mail().sent().len(), letters, "{action:?}");
        let one = world.unopened_by(&uma).await.remove(0);
        assert_eq!(world.handles(&uma, &one, "open", None).await.status, 200, "it stands in the list all the same");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_sender_or_beyond_its_identity_there_are_no_letters() {
    let world = World::start().await;
    let uma = world.hire_agent("Uma").await;
    world.wants(&uma, json!({"ways": {"message": ["email"]}})).await;
    world.handed(ANN, json!({"user_id": uma.id})).await;
    world.asks(ANN, "wamid.2").await;
    assert!(world.stack.aws().mail().sent().is_empty());
    drop(world);

    let world = World::with(|options| {
        options.parameters.insert("MailSender".to_owned(), "shop@other.example".to_owned());
        options.parameters.insert("MailIdentity".to_owned(), "shop.example".to_owned());
    })
    .await;
    let uma = world.hire_agent("Uma").await;
    world.wants(&uma, json!({"ways": {"message": ["email"]}})).await;
    world.handed(ANN, json!({"user_id": uma.id})).await;
    world.asks(ANN, "wamid.2").await;
    assert!(world.stack.aws().mail().sent().is_empty(), "the policy names the identity");
    assert_eq!(world.unopened_by(&uma).await.len(), 1);
}
