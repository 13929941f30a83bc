//! `Stripe-Signature`: the time and, for each secret that is in use, the MAC over it and the exact bytes of a body.

use ring::hmac;

use crate::clock;
use crate::core::Core;
use crate::webhook::deliver::Header;

const AGENT: &str = "Stripe/1.0 (+https://stripe.com/docs/webhooks)";

/// What Stripe puts on a post that leaves now.
pub(crate) fn header(core: &Core, body: &[u8]) -> Vec<Header> {
    let secrets = core.read(|state| state.stripe.secrets.clone());
    let secrets = secrets.unwrap_or_else(|| core.config.stripe_webhook_secrets.clone());
    vec![("user-agent", AGENT.to_owned()), ("Stripe-Signature", signature(&secrets, clock::now_s(), body))]
}

fn signature(secrets: &[String], at_s: i64, body: &[u8]) -> String {
    let signed = [format!("{at_s}.").as_bytes(), body].concat();
    let mac = |secret: &String| {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        format!(",v1={}", hex::encode(hmac::sign(&key, &signed)))
    };
    let macs: String = secrets.iter().map(mac).collect();
    // An older scheme, as Stripe still sends it for test accounts.
    format!("t={at_s}{macs},v0={}", "0".repeat(64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_one_that_others_compute() {
        let body = br#"{"id":"evt_test","object":"event","type":"checkout.session.completed","data":{"object":{"id":"cs_test_1"}}}"#;
        let mac = "fb1a04bc90e99d7afd18b0163b58ceb9da04500f34a4082a98322aa2d018309b";
        let one = signature(&["whsec_test_secret".to_owned()], 1_700_000_000, body);
        assert!(one.starts_with(&format!("t=1700000000,v1={mac},v0=")), "{one}");
        let two = signature(&["whsec_new".to_owned(), "whsec_test_secret".to_owned()], 1_700_000_000, body);
        assert!(two.matches(",v1=").count() == 2 && two.contains(mac), "{two}");
    }
}
