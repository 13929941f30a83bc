//! By Slack and Teams: their own forms at the address that the user gave, and only where that may lead.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use domain::ids::UserId;
use domain::notification::{NotificationKind, Rules, Way};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::world::World;
use crate::world::people::Person;
use crate::world::webhooks::{ANN, now};

/// A chat's end of an incoming webhook, which answers with these statuses, and with 200 after them.
struct Chat {
    address: String,
    said: Arc<Mutex<Vec<Value>>>,
}

impl Chat {
    async fn start(statuses: &[u16]) -> Chat {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/hook", listener.local_addr().unwrap());
        let said = Arc::new(Mutex::new(Vec::new()));
        let (heard, statuses) = (said.clone(), statuses.to_vec());
        let mut statuses = statuses.into_iter();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut bytes = Vec::new();
                let body = loop {
                    let mut piece = [0; 4096];
                    let read = stream.read(&mut piece).await.unwrap_or(0);
                    bytes.extend_from_slice(&piece[..read]);
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    let body = text.split_once("\r\n\r\n").and_then(|(_, body)| serde_json::from_str(body).ok());
                    if body.is_some() || read == 0 {
                        break body;
                    }
                };
                let status = statuses.next().unwrap_or(200);
                if status == 200 {
                    heard.lock().unwrap().extend(body);
                }
                let answer = format!("HTTP/1.1 {status} Said\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        Chat { address, said }
    }

    fn said(&self) -> Vec<Value> {
        self.said.lock().unwrap().clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn chats_are_told_in_their_own_forms_and_busy_ones_again() {
    let world = World::start().await;
    let uma = world.hire_agent("Uma").await;
    let (slack, teams, gone) = (Chat::start(&[503]).await, Chat::start(&[429]).await, Chat::start(&[404; 20]).await);
    world
        .wants(
            &uma,
            json!({
                "ways": {"message": ["slack", "teams"]},
                "slack_webhook_url": slack.address, "teams_webhook_url": teams.address,
            }),
        )
        .await;
    world.handed(ANN, json!({"user_id": uma.id})).await;
    world.asks(ANN, "wamid.2").await;
    world.asks(ANN, "wamid.3").await;
    let (slacks, teamses) = (slack.said(), teams.said());
    assert_eq!((slacks.len(), teamses.len()), (1, 1), "{slacks:?} {teamses:?}");
    assert!(slacks[0]["text"].as_str().unwrap().starts_with("1 message from Ann Ash\n"), "{slacks:?}");
    let card = &teamses[0]["attachments"][0]["content"];
    assert_eq!(card["body"][0]["inlines"][0]["text"], "1 message from Ann Ash");
    assert!(!format!("{slacks:?}{teamses:?}").contains("Secret"));

    // An address that is none any more holds up nothing.
    world.wants(&uma, json!({"ways": {"message": ["slack"]}, "slack_webhook_url": gone.address})).await;
    let one = world.unopened_by(&uma).await.remove(0);
    world.handles(&uma, &one, "open", None).await;
    world.asks(ANN, "wamid.4").await;
    assert_eq!((world.unopened_by(&uma).await.len(), gone.said().len()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_within_is_refused_and_one_that_was_saved_is_not_called() {
    let world = World::with(|options| {
        options.parameters.insert("OutsideAddresses".to_owned(), "public".to_owned());
    })
    .await;
    let uma = world.hire_agent("Uma").await;
    let chat = Chat::start(&[]).await;
    for address in [chat.address.clone(), chat.address.replace("http://", "https://")] {
        for member in ["slack_webhook_url", "teams_webhook_url"] {
            let rules = json!({"ways": {"message": ["slack"]}, member: address});
            let refused = world.on_behalf(&uma, "PUT", "/v1/notification-rules", Some(rules)).await;
            assert_eq!(
                (refused.status, &refused.body["errors"][0]["field"]),
                (422, &json!(member)),
                "{}",
                refused.body
            );
            assert!(refused.body["type"].as_str().unwrap().ends_with("address-refused"), "{}", refused.body);
        }
        save(&world, &uma, &address).await;
        world.handed(ANN, json!({"user_id": uma.id})).await;
        world.asks(ANN, &format!("wamid.{}", address.len())).await;
        let one = world.unopened_by(&uma).await.remove(0);
        assert_eq!(world.handles(&uma, &one, "open", None).await.status, 200, "it stands in the list all the same");
        let kept = json!({"ways": {"message": []}, "slack_webhook_url": address});
        world.wants(&uma, kept).await;
    }
    assert!(chat.said().is_empty());
}

/// As in a deployment that has become stricter since.
async fn save(world: &World, user: &Person, address: &str) {
    let (inside, now) = (world.inside().await, domain::Time::from_seconds(now()));
    let rules = inside.store.notification_rules(&UserId::parse(&user.id).unwrap()).await.unwrap();
    let ways = BTreeMap::from([(NotificationKind::Message, BTreeSet::from([Way::Slack]))]);
    let rules = Rules { ways, slack_url: Some(address.to_owned()), changed_at: Some(now), ..rules };
    assert!(inside.store.notification_rules_write(&rules, now).await.unwrap());
}
