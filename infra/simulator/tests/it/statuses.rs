//! The statuses of accepted messages, as planned.

use serde_json::json;
use simulator::{InboundContext, PlanOrder, PlannedStatus, PricingOn, SettingsPatch, Status, StatusPlan};

use crate::support::{ANA, World, inbound, text_to};

#[tokio::test]
async fn sent_delivered_and_read_carry_what_the_current_webhook_version_says() {
    let world = World::new().await;
    world.ana_writes();
    let mut body = text_to("+34600111222", "Hola");
    body["biz_opaque_callback_data"] = "msg_7".into();
    let wamid = world.send(&body).await.wamid().to_owned();
    world.settled().await;

    assert_eq!(world.receiver.status_names(), ["sent", "delivered", "read"]);
    let ana = world.simulator.customer(ANA).unwrap();
    for status in world.receiver.statuses() {
        assert_eq!(status["id"], wamid);
        assert_eq!(status["biz_opaque_callback_data"], "msg_7");
        assert_eq!(status["recipient_id"], ANA);
        assert_eq!(status["recipient_user_id"], json!(ana.bsuid));
        assert!(status["timestamp"].as_str().unwrap().parse::<i64>().is_ok());
        assert!(status.get("conversation").is_none());
        let priced =
            json!({"billable": false, "pricing_model": "PMP", "type": "free_customer_service", "category": "service"});
        let expected = if status["status"] == "read" { None } else { Some(&priced) };
        assert_eq!(status.get("pricing"), expected, "{status}");
    }
    let value = world.receiver.values("messages").pop().unwrap();
    assert_eq!(value["contacts"][0]["wa_id"], ANA);
    assert_eq!(value["metadata"]["display_phone_number"], "15550123456");
}

#[tokio::test]
async fn a_plan_can_skip_repeat_reorder_and_fail() {
    let world = World::new().await;
    world.ana_writes();
    let orders = [
        (StatusPlan::none(), vec![]),
        (StatusPlan::of([PlannedStatus::from(Status::Read)]), vec!["read"]),
        (StatusPlan::of([PlannedStatus::from(Status::Sent).copies(3)]), vec!["sent", "sent", "sent"]),
        (
            StatusPlan::of([
                PlannedStatus::from(Status::Sent).after_ms(120),
                PlannedStatus::from(Status::Read),
                PlannedStatus::from(Status::Delivered).after_ms(60),
            ]),
            vec!["read", "delivered", "sent"],
        ),
        (StatusPlan::failed(131_049), vec!["failed"]),
    ];
    for (plan, expected) in orders {
        let before = world.receiver.statuses().len();
        world.simulator.add_plan(PlanOrder::from(plan).for_recipient("+34600111222"));
        world.send_text("+34600111222", "Hola").await;
        world.settled().await;
        assert_eq!(world.receiver.status_names()[before..], expected);
    }
    let failed = world.receiver.statuses().pop().unwrap();
    assert_eq!(failed["errors"][0]["code"], 131_049);
    assert!(failed["errors"][0]["error_data"]["details"].is_string());
    let failed_value = world.receiver.values("messages").pop().unwrap();
    assert!(failed_value.get("contacts").is_none(), "a failed status has no contacts");
    assert!(world.simulator.plans().1.is_empty(), "every order was used up");
}

#[tokio::test]
async fn statuses_can_come_before_the_answer_and_all_in_one_body() {
    let world = World::new().await;
    world.ana_writes();
    world.simulator.add_plan(StatusPlan::of([PlannedStatus::from(Status::Sent).before_answer()]));
    let wamid = world.send_text("+34600111222", "Hola").await.wamid().to_owned();
    assert_eq!(world.receiver.statuses()[0]["id"], wamid, "told before the send was answered");

    let posts = world.receiver.posts().len();
    world.simulator.add_plan(StatusPlan { pricing: PricingOn::Delivered, ..StatusPlan::default().aggregated() });
    world.send_text("+34600111222", "Hola").await;
    world.settled().await;
    assert_eq!(world.receiver.posts().len(), posts + 1);
    let statuses = world.receiver.values("messages").pop().unwrap()["statuses"].as_array().unwrap().clone();
    assert_eq!(statuses.len(), 3);
    assert!(statuses[0].get("pricing").is_none() && statuses[1].get("pricing").is_some());
}

#[tokio::test]
async fn an_advertisement_opens_a_free_entry_point_and_paid_service_begins_after_the_free_messages() {
    let world = World::new().await;
    let mut click = inbound(ANA, simulator::Content::Text { body: "Price?".into() });
    click.referral =
        Some(json!({"source_type": "ad", "source_id": "1", "source_url": "https://fb.me/x", "ctwa_clid": "c"}));
    click.context = Some(InboundContext { forwarded: true, ..InboundContext::default() });
    world.simulator.inbound(click).unwrap();
    world.send_text("+34600111222", "Free").await;
    world.settled().await;
    let statuses = world.receiver.statuses();
    assert_eq!(statuses[0]["pricing"]["type"], "free_entry_point");
    assert_eq!(statuses[0]["conversation"]["origin"]["type"], "referral_conversion");
    assert!(statuses[0]["conversation"]["expiration_timestamp"].is_string());
    assert!(statuses[1]["conversation"].get("expiration_timestamp").is_none());
    let message = &world.receiver.values("messages")[0]["messages"][0];
    assert_eq!((&message["referral"]["source_type"], &message["context"]), (&json!("ad"), &json!({"forwarded": true})));

    world.simulator.put_customer(simulator::CustomerInput { wa_id: Some("34600333444".into()), ..Default::default() });
    world.says("34600333444", simulator::Content::Text { body: "Hi".into() });
    let patch = SettingsPatch { free_service_messages: Some(1), webhook_version: Some(23), ..SettingsPatch::default() };
    world.simulator.change_settings(patch);
    world.simulator.set_default_plan(StatusPlan::of([Status::Sent.into()]));
    for expected in ["free_customer_service", "regular"] {
        world.send_text("+34600333444", "Hi").await;
        world.settled().await;
        let status = world.receiver.statuses().pop().unwrap();
        assert_eq!(status["pricing"]["type"], expected);
        assert_eq!(status["conversation"]["origin"]["type"], "service", "webhooks up to v23 have a conversation");
    }
}

/// Since October 2026.
#[tokio::test]
async fn prices_follow_the_business_and_the_country() {
    let world = World::new().await;
    world.says(ANA, simulator::Content::Text { body: "Hola".into() });
    world.simulator.put_template(simulator::Template::text("news", "en_US", "UTILITY", "Hello").into());
    world.simulator.set_default_plan(StatusPlan::of([Status::Delivered.into()]));
    let news = json!({"messaging_product": "whatsapp", "to": format!("+{ANA}"), "type": "template",
                      "template": {"name": "news", "language": {"code": "en_US"}}});
    let send = async |patch: SettingsPatch| {
        world.simulator.change_settings(patch);
        world.send(&news).await;
        world.settled().await;
        world.receiver.statuses().pop().unwrap()
    };
    let open_window = send(SettingsPatch::default()).await;
    assert_eq!(open_window["pricing"]["type"], "regular", "a utility template costs in an open window too");
    let exempt = send(SettingsPatch { exempt: Some(true), ..SettingsPatch::default() }).await;
    assert_eq!(exempt["pricing"]["subtype"], "paid_exempt");
    let unpaid = send(SettingsPatch { payment_method: Some(false), ..SettingsPatch::default() }).await;
    assert_eq!((&unpaid["status"], &unpaid["errors"][0]["code"]), (&json!("failed"), &json!(131_042)));
}
