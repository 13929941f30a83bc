//! `Stripe-Signature`: the webhook came from Stripe a moment ago, and no byte of it was changed on the way.
//!
//! Guarantees: every secret and every `v1` of the header counts, so that a secret can be rolled; an older scheme never does.
use domain::Time;
use net::Secrets;

use crate::error::WebhookError;

/// Between Stripe's clock and ours, either way.
const TOLERANCE_SECONDS: u64 = 300;

/// `header` is `t=<seconds>,v1=<hex>[,v1=<hex>][,v0=…]`.
pub(super) fn verify(secrets: &Secrets, header: &str, body: &[u8], now: Time) -> Result<(), WebhookError> {
    let items = || header.split(',').filter_map(|item| item.trim().split_once('='));
    let time = items().find(|(name, _)| *name == "t").map(|(_, value)| value).ok_or(WebhookError::Unsigned)?;
    let at: i64 = time.parse().map_err(|_| WebhookError::Unsigned)?;
    let mut macs = items().filter(|(name, _)| *name == "v1").map(|(_, mac)| mac).peekable();
    macs.peek().ok_or(WebhookError::Unsigned)?;
    // The time is signed as it was written.
    let signed = [time.as_bytes(), b".", body].concat();
    if !macs.any(|mac| secrets.verify(mac, &signed)) {
        return Err(WebhookError::Forged);
    }
    let seconds = now.seconds().saturating_sub(at);
    if seconds.unsigned_abs() > TOLERANCE_SECONDS { Err(WebhookError::Stale { seconds }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] =
        br#"{"id":"evt_test","object":"event","type":"checkout.session.completed","data":{"object":{"id":"cs_test_1"}}}"#;
    const MAC: &str = "fb1a04bc90e99d7afd18b0163b58ceb9da04500f34a4082a98322aa2d018309b";
    const WRONG: &str = "0b1a04bc90e99d7afd18b0163b58ceb9da04500f34a4082a98322aa2d018309b";

    /// How it is answered, in a word.
    fn outcome(secrets: &str, header: &str, body: &[u8], now: i64) -> &'static str {
        match verify(&Secrets::parse(secrets).unwrap(), header, body, Time::from_seconds(now)) {
            Ok(()) => "good",
            Err(WebhookError::Unsigned) => "unsigned",
            Err(WebhookError::Forged) => "forged",
            Err(WebhookError::Stale { .. }) => "stale",
            Err(WebhookError::Unreadable(_)) => "unreadable",
        }
    }

    #[test]
    fn a_signature_holds_for_its_bytes_its_secret_and_its_time() {
        let (secret, at) = ("whsec_test_secret", 1_700_000_000);
        let spaced = String::from_utf8_lossy(BODY).replace(':', ": ");
        let header = format!("t={at},v1={MAC}");
        for (secrets, header, body, now, expected) in [
            (secret, header.clone(), BODY, at, "good"),
            (secret, format!("t={at},v1={MAC},v0={WRONG}"), BODY, at, "good"),
            // Rolled: two of ours, two of theirs, in any order.
            ("whsec_new\nwhsec_test_secret", header.clone(), BODY, at, "good"),
            (secret, format!("t={at},v1={WRONG},v1={MAC}"), BODY, at, "good"),
            (secret, format!("t={at},v1={MAC},v1={WRONG}"), BODY, at, "good"),
            ("whsec_new", header.clone(), BODY, at, "forged"),
            ("test_secret", header.clone(), BODY, at, "forged"),
            (secret, header.clone(), spaced.as_bytes(), at, "forged"),
            (secret, format!("t={},v1={MAC}", at + 1), BODY, at, "forged"),
            (secret, format!("t={at},v1={WRONG}"), BODY, at, "forged"),
            (secret, format!("t={at},v1="), BODY, at, "forged"),
            (secret, format!("t={at},v1=zz"), BODY, at, "forged"),
            (secret, header.clone(), BODY, at + 300, "good"),
            (secret, header.clone(), BODY, at - 300, "good"),
            (secret, header.clone(), BODY, at + 301, "stale"),
            (secret, header, BODY, at - 301, "stale"),
            (secret, format!("t={at},v0={MAC}"), BODY, at, "unsigned"),
            (secret, format!("v1={MAC}"), BODY, at, "unsigned"),
            (secret, format!("t=now,v1={MAC}"), BODY, at, "unsigned"),
            (secret, String::new(), BODY, at, "unsigned"),
        ] {
            assert_eq!(outcome(secrets, &header, body, now), expected, "{header} at {now} by {secrets}");
        }
    }
}
