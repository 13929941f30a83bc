//! What Mia's desk gives her: a view, a notification that reminds her, an answer with a merge field, a canned text with two files.

use anyhow::ensure;
use bytes::Bytes;
use http::{Method, StatusCode};
use local::client::follow;
use serde_json::{Value, json};

use super::{Day, created, same, text_of};

/// How long Mia puts the reminder off: the clock of reminders is the real one.
const LATER: jiff::SignedDuration = jiff::SignedDuration::from_secs(2);

impl Day<'_> {
    /// A view for all shows the conversation, and counts it.
    pub(super) async fn a_view_shows(&self, conversation: &Value) -> anyhow::Result<()> {
        let view = json!({"name": "Nobody answered yet", "scope": "all", "filters": {"unreplied": true}});
        let view = created(&self.admin, "/v1/views", &view).await?;
        let id = text_of(&view["id"]);
        let list = self.until(&format!("/v1/conversations?view={id}"), |list| list["items"][0].is_object()).await?;
        same("the view shows the conversation", &list["items"][0]["id"], &conversation["id"])?;
        let count = self.get(&format!("/v1/views/{id}/count")).await?;
        same("and counts it", &count, &json!({"count": 1, "is_more": false}))?;
        println!("09:01  The view \"Nobody answered yet\" shows it to everybody: 1.");
        Ok(())
    }

    /// The notification goes away, and comes back at its time.
    pub(super) async fn a_reminder_comes(&self, conversation: &Value) -> anyhow::Result<()> {
        let list = self.until("/v1/notifications", |list| list["items"][0].is_object()).await?;
        let notification = &list["items"][0];
        same("Mia is told of the conversation", &notification["conversation_id"], &conversation["id"])?;
        let path = format!("/v1/notifications/{}/snooze", text_of(&notification["id"]));
        let until = (jiff::Timestamp::now() + LATER).to_string();
        let snoozed = created(&self.agent, &path, &json!({"until": until})).await?;
        same("it is put off", &snoozed["state"], &json!("snoozed"))?;
        same("nothing is shown meanwhile", &self.get("/v1/notifications").await?["unopened"], &json!(0))?;
        let list = self.until("/v1/notifications", |list| list["items"][0].is_object()).await?;
        same("the reminder is of this conversation", &list["items"][0]["conversation_id"], &conversation["id"])?;
        same("and the first", &list["items"][0]["reminders"], &json!(1))?;
        println!("09:03  Mia is notified, puts it off, and is reminded.");
        Ok(())
    }

    /// What the preview shows is what the customer reads.
    pub(super) async fn agent_answers_by_name(&self, conversation: &Value) -> anyhow::Result<()> {
        let body = "Dear $[Leads.First Name|customer], $[User.Name] here: shall I keep one for you?";
        let message = json!({"type": "text", "merge": true, "text": {"body": body}});
        let shown = "Dear Ann, Mia here: shall I keep one for you?";
        let mut asked = message.clone();
        asked["channel_id"] = conversation["channel_id"].clone();
        asked["to"] = json!({"contact_id": conversation["contact_id"]});
        let (status, preview) = self.agent.call(Method::POST, "/v1/messages/preview", Some(&asked)).await?;
        ensure!(status.is_success(), "the preview was refused: {preview}");
        ensure!(preview.to_string().contains(shown), "the preview does not show the text: {preview}");
        let (status, message) = self.send(conversation, message).await?;
        ensure!(status == StatusCode::ACCEPTED, "the text was not taken: {message}");
        same("the field has its value", &message["text"]["body"], &json!(shown))?;
        let path = format!("/v1/messages/{}", text_of(&message["id"]));
        self.until(&path, |message| message["status"] == "read").await?;
        println!("09:07  Mia answers by name: \"{shown}\"");
        Ok(())
    }

    pub(super) async fn agent_sends_a_canned_text(&self, conversation: &Value) -> anyhow::Result<()> {
        let mut files = Vec::new();
        for name in ["Prices.pdf", "Sizes.pdf"] {
            let content = Bytes::from(format!("%PDF-1.4 {name}, made up for the demo."));
            let announced = json!({"filename": name, "mime_type": "application/pdf", "size": content.len()});
            let file = created(&self.agent, "/v1/attachments", &announced).await?;
            let (status, _) = follow(&file["upload"], content).await?;
            ensure!(status == StatusCode::OK, "the bucket did not take {name}: {status}");
            files.push(file["id"].clone());
        }
        let text = json!({
            "name": "Prices and sizes", "module": "leads", "scope": "all", "shortcut": "prices", "files": files,
            "text": "Here you are, $[Leads.First Name].",
        });
        let text = created(&self.admin, "/v1/canned-texts", &text).await?;
        let before = self.sends()?;
        let canned = json!({"type": "canned_text", "canned_text": {"id": text["id"]}});
        let (status, message) = self.send(conversation, canned).await?;
        ensure!(status == StatusCode::ACCEPTED, "the canned text was not taken: {message}");
        let path = format!("/v1/conversations/{}/messages", text_of(&conversation["id"]));
        let documents = |thread: &Value| -> Vec<Value> {
            let items = thread["items"].as_array().into_iter().flatten();
            let is_one = |message: &&Value| {
                let name = text_of(&message["document"]["filename"]);
                message["status"] == "read" && ["Prices.pdf", "Sizes.pdf"].contains(&name)
            };
            items.filter(is_one).cloned().collect()
        };
        let thread = self.until(&path, |thread| documents(thread).len() == 2).await?;
        let captions: Vec<Value> =
            documents(&thread).iter().map(|message| message["document"]["caption"].clone()).collect();
        ensure!(captions.contains(&json!("Here you are, Ann.")), "the text stands under no file: {captions:?}");
        same("WhatsApp has both files", &json!(self.sends()?), &json!(before + 2))?;
        println!("09:12  Mia sends a canned text with two files; read.");
        Ok(())
    }
}
