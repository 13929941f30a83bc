//! Live updates: who may open a socket, and what each hears.
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::world::World;
use crate::world::people::Person;

mod hints;
mod tickets;

/// A socket as a browser holds it.
struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

async fn url(world: &World, person: &Person) -> String {
    let answer = world.on_behalf(person, "POST", "/v1/live/tickets", None).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.body["url"].as_str().unwrap().to_owned()
}

/// The status with which a handshake is refused.
async fn refused(url: &str) -> u16 {
    match connect_async(url).await {
        Err(Error::Http(answer)) => answer.status().as_u16(),
        other => panic!("not refused: {other:?}"),
    }
}

impl Socket {
    async fn open(world: &World, person: &Person) -> Socket {
        let (socket, _) = connect_async(url(world, person).await).await.unwrap();
        world.settle().await;
        Socket(socket)
    }

    /// What it has heard by now.
    async fn heard(&mut self) -> Vec<Value> {
        let mut heard = Vec::new();
        while let Ok(Some(Ok(message))) = tokio::time::timeout(Duration::from_millis(300), self.0.next()).await {
            if let Message::Text(text) = message {
                heard.push(serde_json::from_str(&text).unwrap());
            }
        }
        heard
    }

    async fn say(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    async fn is_closed(&mut self) -> bool {
        let next = tokio::time::timeout(Duration::from_secs(5), self.0.next()).await;
        matches!(next, Ok(None | Some(Ok(Message::Close(_)) | Err(_))))
    }
}

/// The ids of the hints of a kind, each once.
fn ids(heard: &[Value], kind: &str) -> Vec<Value> {
    let mut ids: Vec<Value> = heard.iter().filter(|hint| hint["type"] == kind).map(|hint| hint["id"].clone()).collect();
    ids.sort_by_key(Value::to_string);
    ids.dedup();
    ids
}

fn given_to(person: &Person) -> Value {
    json!({"user_id": person.id})
}
