//! The events that the bench hands to the functions at the edge; all others follow from these.

use local::stack::Stack;
use ring::hmac;
use serde_json::{Value, json};

pub(crate) struct Events {
    admin_key: String,
    app_secret: String,
    /// Counts the events, so that no two are alike.
    count: u64,
}

/// Customers who write in turn.
const CUSTOMERS: u64 = 10;

impl Events {
    pub(crate) fn new(stack: &Stack) -> Self {
        Self { admin_key: stack.admin_key().to_owned(), app_secret: stack.app_secret().to_owned(), count: 0 }
    }

    pub(crate) fn health(&self) -> Value {
        self.api("GET", "/v1/health", "")
    }

    /// One customer writes one text.
    pub(crate) fn webhook(&mut self) -> Value {
        self.count += 1;
        let number = simulator::Config::default();
        let customer = customer(self.count);
        let body = json!({
            "object": "whatsapp_business_account",
            "entry": [{ "id": number.waba_id, "changes": [{ "field": "messages", "value": {
                "messaging_product": "whatsapp",
                "metadata": { "display_phone_number": "15550123456", "phone_number_id": number.phone_number_id },
                "contacts": [{ "profile": { "name": "Ada" }, "wa_id": customer }],
                "messages": [{
                    "from": customer,
                    "id": format!("wamid.BENCH{:08}", self.count),
                    "timestamp": jiff::Timestamp::now().as_second().to_string(),
                    "type": "text",
                    "text": { "body": "Do you still have the blue one in stock?" },
                }],
            } }] }],
        })
        .to_string();
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.app_secret.as_bytes());
        let signature = format!("sha256={}", hex::encode(hmac::sign(&key, body.as_bytes())));
        request("POST", "/webhooks/whatsapp", &[("x-hub-signature-256", &signature)], &body)
    }

    /// An agent answers a customer.
    pub(crate) fn message(&mut self, channel: &str) -> Value {
        self.count += 1;
        let to = format!("+{}", customer(self.count));
        let body = json!({ "channel_id": channel, "to": { "phone": to }, "type": "text", "text": { "body": "Yes, one is left." } });
        self.api("POST", "/v1/messages", &body.to_string())
    }

    /// An administrator grants credits.
    pub(crate) fn adjustment(&mut self) -> Value {
        self.count += 1;
        self.api(
            "POST",
            "/v1/credits/adjustments",
            &json!({ "amount_micros": 1_000_000, "currency": "EUR", "reason": "bench" }).to_string(),
        )
    }

    fn api(&self, method: &str, path: &str, body: &str) -> Value {
        let authorization = format!("Bearer {}", self.admin_key);
        let key = format!("bench-{}", self.count);
        request(method, path, &[("authorization", &authorization), ("idempotency-key", &key)], body)
    }
}

fn customer(count: u64) -> String {
    format!("49151000000{:02}", count % CUSTOMERS)
}

/// An event of payload format 2.0.
fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Value {
    let mut all =
        json!({ "content-type": "application/json", "host": "bench.local", "content-length": body.len().to_string() });
    for (name, value) in headers {
        all[*name] = json!(value);
    }
    let route = if path.starts_with("/v1/") { "ANY /v1/{proxy+}".to_owned() } else { format!("{method} {path}") };
    let mut event = json!({
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": "",
        "headers": all,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "bench",
            "domainName": "bench.local",
            "domainPrefix": "bench",
            "http": { "method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "bench" },
            "requestId": "bench",
            "routeKey": route,
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 1_767_225_600_000_u64,
        },
        "isBase64Encoded": false,
    });
    if !body.is_empty() {
        event["body"] = json!(body);
    }
    event
}

/// The event of a schedule.
pub(crate) fn scheduled() -> Value {
    json!({
        "version": "0",
        "id": "00000000-0000-4000-8000-000000000000",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "000000000000",
        "time": "2026-01-01T00:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": {},
    })
}
