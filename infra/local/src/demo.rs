//! `cargo run -- demo`: one day in half a minute. A customer writes, a lead appears, an agent is reminded and answers, statuses come
//! back, credits are bought, the window closes, only a template goes out and is paid. Every step is checked through the API.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use http::{Method, StatusCode};
use local::client::Caller;
use local::stack::{Options, Stack};
use serde_json::{Value, json};
use simulator::{CustomerInput, Inbound};

use crate::Start;

mod desk;
mod files;
mod money;

/// A day of the simulator's takes twenty seconds.
const SPEED: u32 = 4320;
/// How long a step may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);
const CUSTOMER: &str = "4915112345678";

pub(crate) async fn run(start: &Start) -> anyhow::Result<()> {
    let options = Options { data: None, port: 0, speed: SPEED, graph_url: None, credits: false, ..start.options()? };
    let stack = Stack::start(options).await?;
    let outcome = Day::begin(&stack).await;
    stack.shutdown().await?;
    outcome
}

/// The people of the play.
struct Day<'a> {
    stack: &'a Stack,
    admin: Caller,
    agent: Caller,
    agent_id: Value,
}

impl<'a> Day<'a> {
    async fn begin(stack: &'a Stack) -> anyhow::Result<()> {
        let admin = stack.caller();
        let user = created(&admin, "/v1/users", &json!({"name": "Mia", "role": "agent"})).await?;
        let key = created(&admin, "/v1/api-keys", &json!({"name": "Mia's desk", "user_id": user["id"]})).await?;
        let key = key["key"].as_str().context("a new API key shows itself once")?.to_owned();
        let agent = Caller { api_url: admin.api_url.clone(), key };
        let day = Day { stack, admin, agent, agent_id: user["id"].clone() };
        let channel = &stack.channel().context("the demo needs the seeded channel")?.id;
        let assign = json!({"assign_to": {"user_id": day.agent_id}});
        let (status, answer) = day.admin.call(Method::PATCH, &format!("/v1/channels/{channel}"), Some(&assign)).await?;
        ensure!(status.is_success(), "the channel's preference was not taken: {answer}");
        println!("08:00  New conversations of the channel go to Mia.");
        let conversation = day.customer_writes().await?;
        day.a_view_shows(&conversation).await?;
        day.a_reminder_comes(&conversation).await?;
        day.agent_answers(&conversation).await?;
        day.agent_answers_by_name(&conversation).await?;
        day.customer_chooses(&conversation).await?;
        day.agent_sends_a_canned_text(&conversation).await?;
        day.agent_sends_a_document(&conversation).await?;
        day.customer_sends_a_picture(&conversation).await?;
        day.credits_are_bought().await?;
        let template = day.window_closes(&conversation).await?;
        day.a_template_is_paid(&template).await?;
        day.credits_are_recharged().await?;
        println!("       All as it should be.");
        Ok(())
    }

    async fn customer_writes(&self) -> anyhow::Result<Value> {
        let simulator = self.stack.simulator().context("the demo needs the simulator")?;
        let ann: CustomerInput = serde_json::from_value(json!({"wa_id": CUSTOMER, "name": "Ann Ash"}))?;
        simulator.put_customer(ann);
        let text =
            json!({"from": format!("+{CUSTOMER}"), "message": {"type": "text", "body": "Do you have it in green?"}});
        simulator.inbound(serde_json::from_value::<Inbound>(text)?)?;
        let list = self.until("/v1/conversations?view=unreplied", |list| list["items"][0].is_object()).await?;
        let conversation = list["items"][0].clone();
        same("one conversation waits", &list["items"][1], &Value::Null)?;
        same("its window is open", &conversation["window"]["state"], &json!("open"))?;
        same("one message is unread", &conversation["unread"], &json!(1))?;
        same("it is Mia's", &conversation["assignee"]["user_id"], &self.agent_id)?;
        let contact = self.get(&format!("/v1/contacts/{}", text_of(&conversation["contact_id"]))).await?;
        same("the customer is a lead", &contact["kind"], &json!("lead"))?;
        same("with the name from WhatsApp", &contact["name"], &json!("Ann Ash"))?;
        println!("09:00  Ann Ash writes: a lead, a conversation for Mia, an open window.");
        Ok(conversation)
    }

    async fn agent_answers(&self, conversation: &Value) -> anyhow::Result<()> {
        let thread = self.get(&format!("/v1/conversations/{}/messages", text_of(&conversation["id"]))).await?;
        same("Mia reads the message", &thread["items"][0]["text"]["body"], &json!("Do you have it in green?"))?;
        let body = json!({"type": "text", "text": {"body": "Yes, in M and L."}});
        let (status, message) = self.send(conversation, body).await?;
        ensure!(status == StatusCode::ACCEPTED, "the answer was not taken: {message}");
        let path = format!("/v1/messages/{}", text_of(&message["id"]));
        let message = self.until(&path, |message| message["status"] == "read").await?;
        same("Meta accepted it", &message["state"], &json!("accepted"))?;
        for status in ["sent", "delivered", "read"] {
            ensure!(message["statuses"][status].is_string(), "the status {status} is missing: {message}");
        }
        same("WhatsApp has one message", &json!(self.sends()?), &json!(1))?;
        let waiting = self.get("/v1/conversations?view=unreplied").await?;
        same("nobody waits", &waiting["items"], &json!([]))?;
        println!("09:05  Mia answers; sent, delivered, read.");
        Ok(())
    }

    /// A list of choices goes out, and what the customer taps comes back as their answer to it.
    async fn customer_chooses(&self, conversation: &Value) -> anyhow::Result<()> {
        let before = self.sends()?;
        let row = |id: &str| json!({"id": id, "title": format!("Size {id}"), "description": "In green"});
        let list = json!({
            "type": "list", "body": {"text": "Which size may we send you?"},
            "action": {"button": "Sizes", "sections": [{"title": "In stock", "rows": [row("M"), row("L")]}]},
        });
        let (status, message) = self.send(conversation, json!({"type": "interactive", "interactive": list})).await?;
        ensure!(status == StatusCode::ACCEPTED, "the list was not taken: {message}");
        let path = format!("/v1/messages/{}", text_of(&message["id"]));
        let message = self.until(&path, |message| message["status"] == "read").await?;
        same("WhatsApp has the list", &json!(self.sends()?), &json!(before + 1))?;

        let simulator = self.stack.simulator().context("the demo needs the simulator")?;
        let tap = json!({
            "from": format!("+{CUSTOMER}"), "context": {"message_id": message["wamid"]},
            "message": {"type": "list_reply", "id": "L", "title": "Size L", "description": "In green"},
        });
        simulator.inbound(serde_json::from_value::<Inbound>(tap)?)?;
        let path = format!("/v1/conversations/{}/messages", text_of(&conversation["id"]));
        let tapped = |thread: &Value| -> Option<Value> {
            let is_it = |message: &&Value| message["interactive"]["list_reply"].is_object();
            thread["items"].as_array()?.iter().find(is_it).cloned()
        };
        let thread = self.until(&path, |thread| tapped(thread).is_some()).await?;
        let answer = tapped(&thread).unwrap_or_default();
        same("the customer chose", &answer["interactive"]["list_reply"]["id"], &json!("L"))?;
        same("the answer quotes the list", &answer["context"]["message_id"], &message["wamid"])?;
        println!("09:10  Mia sends a list of sizes; Ann taps L.");
        Ok(())
    }

    async fn window_closes(&self, conversation: &Value) -> anyhow::Result<Value> {
        let events = until(&self.admin, "/v1/events?type=window.closed", |list| list["items"][0].is_object()).await?;
        same("the window of this conversation closed", &events["items"][0]["conversation_id"], &conversation["id"])?;
        let now = self.get(&format!("/v1/conversations/{}", text_of(&conversation["id"]))).await?;
        same("its state", &now["window"]["state"], &json!("closed"))?;
        let before = self.sends()?;
        let (_, problem) =
            self.send(conversation, json!({"type": "text", "text": {"body": "Still interested?"}})).await?;
        ensure!(text_of(&problem["type"]).ends_with("window-closed"), "free text must be refused: {problem}");
        same("WhatsApp was not called", &json!(self.sends()?), &json!(before))?;
        println!("09:00  The window closes: free text is refused before Meta is called.");

        let mut template =
            json!({"type": "template", "template": {"name": "hello_world", "language": {"code": "en_US"}}});
        let (_, problem) = self.send(conversation, template.clone()).await?;
        ensure!(text_of(&problem["type"]).ends_with("no-consent"), "nobody agreed to be written to: {problem}");
        template["consent"] = json!({"source": "On the phone", "proof": "Yes, write to me when it is there."});
        let (status, message) = self.send(conversation, template).await?;
        ensure!(status == StatusCode::ACCEPTED, "an approved template was not taken: {message}");
        let path = format!("/v1/messages/{}", text_of(&message["id"]));
        self.until(&path, |message| message["statuses"]["delivered"].is_string()).await?;
        same("WhatsApp has the template", &json!(self.sends()?), &json!(before + 1))?;
        println!("09:01  An approved template goes out.");
        Ok(message)
    }

    async fn send(&self, conversation: &Value, message: Value) -> anyhow::Result<(StatusCode, Value)> {
        let mut request = message;
        request["channel_id"] = conversation["channel_id"].clone();
        request["to"] = json!({"contact_id": conversation["contact_id"]});
        self.agent.call(Method::POST, "/v1/messages", Some(&request)).await
    }

    /// How many messages WhatsApp has received.
    fn sends(&self) -> anyhow::Result<usize> {
        let simulator = self.stack.simulator().context("the demo needs the simulator")?;
        Ok(simulator.accepted().len())
    }

    async fn get(&self, path: &str) -> anyhow::Result<Value> {
        get(&self.agent, path).await
    }

    async fn until(&self, path: &str, is_there: impl Fn(&Value) -> bool) -> anyhow::Result<Value> {
        until(&self.agent, path, is_there).await
    }
}

async fn get(caller: &Caller, path: &str) -> anyhow::Result<Value> {
    let (status, answer) = caller.call(Method::GET, path, None).await?;
    ensure!(status.is_success(), "GET {path}: {status} {answer}");
    Ok(answer)
}

/// What is made at once or accepted for later.
async fn created(caller: &Caller, path: &str, body: &Value) -> anyhow::Result<Value> {
    let (status, answer) = caller.call(Method::POST, path, Some(body)).await?;
    ensure!(status.is_success(), "POST {path}: {status} {answer}");
    Ok(answer)
}

/// Asks again until it is there.
async fn until(caller: &Caller, path: &str, is_there: impl Fn(&Value) -> bool) -> anyhow::Result<Value> {
    let asking = async {
        loop {
            let answer = get(caller, path).await?;
            if is_there(&answer) {
                return Ok(answer);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    match tokio::time::timeout(PATIENCE, asking).await {
        Ok(outcome) => outcome,
        Err(_) => bail!("GET {path} did not show in time what it should; it says {}", get(caller, path).await?),
    }
}

fn same(what: &str, found: &Value, expected: &Value) -> anyhow::Result<()> {
    ensure!(found == expected, "{what}: expected {expected}, found {found}");
    Ok(())
}

fn text_of(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
