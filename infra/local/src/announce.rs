//! What the command line says once the stack is ready.

use std::io::Write;

use local::stack::Stack;
use serde_json::json;
use simulator::CustomerInput;

/// Digits of the number of the customer in the examples.
const CUSTOMER: &str = "4915112345678";

/// The one line that other programs drive the stack by.
pub(crate) fn to_programs(stack: &Stack) -> anyhow::Result<()> {
    let channel = stack.channel();
    let line = json!({
        "api": stack.api_url(),
        "admin_key": stack.admin_key(),
        "webhook_url": stack.webhook_url(),
        "app_secret": stack.app_secret(),
        "verify_token": stack.verify_token(),
        "channel_id": channel.map(|channel| &channel.id),
        "phone_number_id": channel.map(|channel| &channel.phone_number_id),
        "waba_id": channel.map(|channel| &channel.waba_id),
        "live_url": stack.live_url(),
        "stripe_webhook_url": stack.stripe_webhook_url(),
        "stripe_webhook_secret": stack.stripe_webhook_secret(),
        "simulator": stack.simulator().map(simulator::Simulator::base_url),
    });
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

/// Addresses, secrets and first steps, in which a customer plays a part whom the simulator is told of here.
pub(crate) fn to_people(stack: &Stack) {
    let (api, key) = (stack.api_url(), stack.admin_key());
    println!("Casement is running. Ctrl-C ends it.\n");
    for (name, value) in [
        ("API", api.as_str()),
        ("admin key", key),
        ("live updates", stack.live_url().unwrap_or("none")),
        ("webhook", stack.webhook_url()),
        ("app secret", stack.app_secret()),
        ("verify token", stack.verify_token()),
        ("channel", stack.channel().map_or("none", |channel| channel.id.as_str())),
        (
            "WhatsApp",
            &stack.simulator().map_or_else(
                || stack.graph_url().to_owned(),
                |simulator| format!("{} (simulated)", simulator.base_url()),
            ),
        ),
    ] {
        println!("  {name:<13} {value}");
    }
    println!("\nTry:\n");
    let Some((simulator, channel)) = stack.simulator().zip(stack.channel()) else {
        println!("  curl {api}/v1/conversations -H 'authorization: Bearer {key}'");
        return;
    };
    simulator.put_customer(CustomerInput {
        name: Some("Ada".to_owned()),
        wa_id: Some(CUSTOMER.to_owned()),
        ..CustomerInput::default()
    });
    let inbound = json!({ "from": CUSTOMER, "message": { "type": "text", "body": "Hello!" } });
    let reply = json!({ "channel_id": channel.id, "to": { "phone": format!("+{CUSTOMER}") }, "type": "text", "text": { "body": "How can I help?" } });
    let as_json = "-H 'content-type: application/json'";
    println!("  # a customer writes");
    println!("  curl {}/_control/inbound {as_json} -d '{inbound}'", simulator.base_url());
    println!("  # the conversation that came of it");
    println!("  curl {api}/v1/conversations -H 'authorization: Bearer {key}'");
    println!("  # an answer");
    println!(
        "  curl {api}/v1/messages -H 'authorization: Bearer {key}' -H 'idempotency-key: first' {as_json} -d '{reply}'"
    );
}
