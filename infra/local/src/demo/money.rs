//! What the day costs: credits are bought by a link, spent on a template, and bought again by themselves.
use anyhow::{Context, ensure};
use http::Method;
use serde_json::{Value, json};
use simulator::StripeAct;

use super::{Day, created, get, same, text_of, until};

/// A utility template to Germany, on the card in euro that is shipped.
const TEMPLATE: i64 = 45_600;
const BOUGHT: i64 = 25_000_000;
const RECHARGED: i64 = 30_000_000;

impl Day<'_> {
    pub(super) async fn credits_are_bought(&self) -> anyhow::Result<()> {
        let wish = json!({"amount_micros": BOUGHT, "currency": "EUR", "save_card": true});
        let top_up = created(&self.admin, "/v1/credits/top-ups", &wish).await?;
        let path = format!("/v1/credits/top-ups/{}", text_of(&top_up["id"]));
        until(&self.admin, &path, |top_up| top_up["checkout_url"].is_string()).await?;
        same("nothing is granted before it is paid", &self.available().await?, &json!(0))?;
        let simulator = self.stack.simulator().context("the demo needs the simulator")?;
        let sessions = simulator.stripe_books()["sessions"].as_array().cloned().unwrap_or_default();
        let session = sessions.iter().find(|session| session["client_reference_id"] == top_up["id"]);
        let session = text_of(&session.context("Stripe has no checkout for it")?["id"]).to_owned();
        simulator.play_stripe(StripeAct::Pay { session, card: "pm_card_visa".to_owned() })?;
        until(&self.admin, &path, |top_up| top_up["state"] == "granted").await?;
        same("the balance", &self.available().await?, &json!(BOUGHT))?;
        println!("12:00  The administrator buys EUR 25 of credits by a link, and keeps the card.");
        Ok(())
    }

    /// `message`: a template that was delivered.
    pub(super) async fn a_template_is_paid(&self, message: &Value) -> anyhow::Result<()> {
        let path = format!("/v1/messages/{}", text_of(&message["id"]));
        let paid = self.until(&path, |message| message["price"]["state"] == "posted").await?;
        same("what it cost", &paid["price"]["amount_micros"], &json!(TEMPLATE))?;
        same("the balance", &self.available().await?, &json!(BOUGHT - TEMPLATE))?;
        println!("09:02  WhatsApp says what it cost: EUR 0.0456 are posted.");
        Ok(())
    }

    pub(super) async fn credits_are_recharged(&self) -> anyhow::Result<()> {
        let settings = json!({
            "enabled": true, "minimum_micros": BOUGHT, "amount_micros": RECHARGED, "monthly_cap_micros": 100_000_000,
        });
        let (status, answer) = self.admin.call(Method::PUT, "/v1/credits/auto-recharge", Some(&settings)).await?;
        ensure!(status.is_success(), "auto-recharge was not taken: {answer}");
        let path = "/v1/credits/entries?kind=recharge";
        let entries = until(&self.admin, path, |list| list["items"][0].is_object()).await?;
        same("it is bought once", &entries["items"][1], &Value::Null)?;
        same("the balance", &self.available().await?, &json!(BOUGHT - TEMPLATE + RECHARGED))?;
        println!("09:03  The balance is below its minimum: EUR 30 are bought with the card.");
        Ok(())
    }

    async fn available(&self) -> anyhow::Result<Value> {
        Ok(get(&self.admin, "/v1/credits").await?["available_micros"].clone())
    }
}
