//! What a simulated Cloud API is started with. Every member has a default, so that a caller names only what it cares about.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// The account, the number, the secrets and the pace of one simulated Cloud API.
#[derive(Clone)]
pub struct Config {
    /// Address to listen on; port 0 takes any free one.
    pub listen: SocketAddr,
    /// The only bearer token that the Graph side accepts.
    pub access_token: String,
    /// Key of `X-Hub-Signature-256`.
    pub app_secret: String,
    /// Sent as `hub.verify_token` in the handshake.
    pub verify_token: String,
    /// Living Graph versions, oldest first. Older ones are served by the oldest, newer ones are refused.
    pub graph_versions: Vec<String>,
    /// The Meta app whose token this is; uploads of template media go by it.
    pub app_id: String,
    pub waba_id: String,
    pub phone_number_id: String,
    /// The business number; its country code is what Meta puts before a `to` without `+`.
    pub display_phone_number: String,
    pub verified_name: String,
    /// The only key that the Stripe side accepts.
    pub stripe_key: String,
    /// What Stripe's events are signed with: two while a secret is rolled.
    pub stripe_webhook_secrets: Vec<String>,
    /// Folder of the snapshot `simulator.json`; without it nothing survives a restart.
    pub data: Option<PathBuf>,
    /// How many times faster than real the customer service window runs; 1 is real time.
    pub speed: u32,
    pub retry: Retry,
    /// How many sends and how many finished deliveries are remembered.
    pub keep: usize,
}

/// How a webhook that was not answered with 200 is repeated: at once, then after `base`, doubling up to `longest`.
#[derive(Clone, Copy)]
pub struct Retry {
    pub base: Duration,
    pub longest: Duration,
    /// Attempts in all before the delivery is given up.
    pub attempts: u32,
    /// How long an answer is waited for.
    pub timeout: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            base: Duration::from_millis(500),
            longest: Duration::from_secs(60),
            attempts: 30,
            timeout: Duration::from_secs(20),
        }
    }
}

impl Retry {
    /// The pause after `failed` attempts (at least 1): the first repetition is immediate.
    pub(crate) fn pause(&self, failed: usize) -> Duration {
        let Some(doublings) = failed.checked_sub(2) else {
            return Duration::ZERO;
        };
        let factor = u32::try_from(doublings).ok().and_then(|d| 2_u32.checked_pow(d)).unwrap_or(u32::MAX);
        self.base.checked_mul(factor).map_or(self.longest, |pause| pause.min(self.longest))
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            access_token: "simulator-access-token".into(),
            app_secret: "simulator-app-secret".into(),
            verify_token: "simulator-verify-token".into(),
            graph_versions: ["v21.0", "v22.0", "v23.0", "v24.0", "v25.0", "v26.0"].map(String::from).into(),
            app_id: "300400500600700".into(),
            waba_id: "100200300400500".into(),
            phone_number_id: "200300400500600".into(),
            display_phone_number: "+1 555-012-3456".into(),
            verified_name: "Casement Demo".into(),
            stripe_key: "sk_test_simulator".into(),
            stripe_webhook_secrets: vec!["whsec_simulator".into()],
            data: None,
            speed: 1,
            retry: Retry::default(),
            keep: 10_000,
        }
    }
}

impl Config {
    /// The business number as webhooks write it: digits only.
    pub(crate) fn display_digits(&self) -> String {
        self.display_phone_number.chars().filter(char::is_ascii_digit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_repetition_is_immediate_and_later_ones_grow_to_a_limit() {
        let retry = Retry { base: Duration::from_secs(1), longest: Duration::from_secs(5), ..Retry::default() };
        let pauses: Vec<u64> = (1..=6).map(|failed| retry.pause(failed).as_secs()).collect();
        assert_eq!(pauses, [0, 1, 2, 4, 5, 5]);
        assert_eq!(retry.pause(1000).as_secs(), 5);
    }
}
