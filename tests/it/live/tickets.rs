//! A ticket serves once, for a minute, and for whom may still do something.
use serde_json::json;

use super::{Socket, refused, url};
use crate::world::World;

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_serves_once() {
    let world = World::start().await;
    let uma = world.hire_agent("Uma").await;
    let url = url(&world, &uma).await;
    assert!(url.starts_with(world.stack.live_url().unwrap()));
    let (socket, _) = tokio_tungstenite::connect_async(&url).await.unwrap();
    assert_eq!(refused(&url).await, 401);
    drop(socket);
    let base = world.stack.live_url().unwrap();
    for wrong in [base.to_owned(), format!("{base}?ticket="), format!("{base}?ticket=0"), format!("{base}?key=0")] {
        assert_eq!(refused(&wrong).await, 401, "{wrong}");
    }
    assert_eq!(refused(&base.replace("/live", "/dev")).await, 403, "no such stage");
    assert_eq!(world.post("/v1/live/tickets", json!({})).await.status, 422, "the key acts for no user");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_with_one_ticket_open_one_socket() {
    let world = World::start().await;
    let uma = world.hire_agent("Uma").await;
    let url = url(&world, &uma).await;
    let (first, second) = tokio::join!(tokio_tungstenite::connect_async(&url), tokio_tungstenite::connect_async(&url));
    assert_eq!(usize::from(first.is_ok()) + usize::from(second.is_ok()), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_do_nothing_any_more_hears_nothing_any_more() {
    let world = World::start().await;
    let uma = world.hire("Uma", "agent", "all", &[]).await;
    let (mut socket, before) = (Socket::open(&world, &uma).await, url(&world, &uma).await);
    assert_eq!(world.stack.aws().sockets().count(), 1);
    let path = format!("/v1/users/{}", uma.id);
    assert_eq!(world.call("PATCH", &path, Some(json!({"is_active": false}))).await.status, 200);
    assert_eq!(refused(&before).await, 401, "a ticket of before");
    world.asks(crate::world::webhooks::ANN, "wamid.1").await;
    assert!(socket.is_closed().await);
    world.settle().await;
    assert_eq!(world.stack.aws().sockets().count(), 0);
}
