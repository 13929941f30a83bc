//! The files of the day: the agent sends a document, the customer a picture.

use anyhow::{Context, ensure};
use bytes::Bytes;
use http::StatusCode;
use local::client::follow;
use serde_json::{Value, json};
use simulator::Inbound;

use super::{CUSTOMER, Day, created, same, text_of};

const OFFER: &[u8] = b"%PDF-1.4 An offer for a green one, made up for the demo.";

impl Day<'_> {
    /// The file goes from the agent to the bucket, from there to WhatsApp, and then the message goes.
    pub(super) async fn agent_sends_a_document(&self, conversation: &Value) -> anyhow::Result<()> {
        let announced = json!({"filename": "Offer.pdf", "mime_type": "application/pdf", "size": OFFER.len()});
        let offer = created(&self.agent, "/v1/attachments", &announced).await?;
        let (status, _) = follow(&offer["upload"], Bytes::from_static(OFFER)).await?;
        ensure!(status == StatusCode::OK, "the bucket did not take the file: {status}");
        let document = json!({"attachment_id": offer["id"], "caption": "Our offer"});
        let (status, message) = self.send(conversation, json!({"type": "document", "document": document})).await?;
        ensure!(status == StatusCode::ACCEPTED, "the document was not taken: {message}");
        let path = format!("/v1/messages/{}", text_of(&message["id"]));
        let message = self.until(&path, |message| message["status"] == "read").await?;
        same("the file is shown with the message", &message["attachments"][0]["filename"], &json!("Offer.pdf"))?;
        let simulator = self.stack.simulator().context("the demo needs the simulator")?;
        let arrived = simulator.media().into_iter().any(|medium| medium.uploaded && medium.content == OFFER);
        ensure!(arrived, "WhatsApp does not have the file");
        println!("09:15  Mia sends an offer as a file; read.");
        Ok(())
    }

    pub(super) async fn customer_sends_a_picture(&self, conversation: &Value) -> anyhow::Result<()> {
        let simulator = self.stack.simulator().context("the demo needs the simulator")?;
        let picture = json!({
            "from": format!("+{CUSTOMER}"), "message": {"type": "image", "media": {"caption": "To go with this"}},
        });
        simulator.inbound(serde_json::from_value::<Inbound>(picture)?)?;
        let path = format!("/v1/conversations/{}/attachments", text_of(&conversation["id"]));
        let is_stored = |list: &Value| list["items"][0]["kind"] == "image" && list["items"][0]["state"] == "stored";
        let list = self.until(&path, is_stored).await?;
        let path = format!("/v1/attachments/{}", text_of(&list["items"][0]["id"]));
        let attachment = self.get(&path).await?;
        let (status, bytes) = follow(&attachment["download"], Bytes::new()).await?;
        ensure!(status == StatusCode::OK, "the picture cannot be fetched: {status}");
        same("the picture is whole", &json!(bytes.len()), &attachment["size"])?;
        println!("09:20  Ann sends a picture; it is stored and Mia fetches it.");
        Ok(())
    }
}
