//! `X-Hub-Signature-256`: the webhook came from Meta, and no byte of it was changed on the way (P9, P10).
//!
//! Guarantees: the comparison takes the same time whatever the header holds; every secret of the list is valid, so that
//! one can be rotated without losing a webhook; nothing here prints a secret or the expected value.
use std::fmt;

use ring::hmac;

const SCHEME: &str = "sha256=";
/// Bytes of an HMAC-SHA256.
const MAC_BYTES: usize = 32;

/// The app secrets that sign webhooks at present.
#[derive(Clone)]
pub struct Secrets(Vec<hmac::Key>);

/// The list of app secrets holds none.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no app secret is given")]
pub struct NoSecrets;

impl Secrets {
    /// Reads a list divided by commas or line breaks. Blank items are no secrets: an empty key would verify a MAC that
    /// anyone can compute.
    pub fn parse(list: &str) -> Result<Secrets, NoSecrets> {
        let keys: Vec<hmac::Key> = list
            .split([',', '\n', '\r'])
            .map(str::trim)
            .filter(|secret| !secret.is_empty())
            .map(|secret| hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()))
            .collect();
        if keys.is_empty() { Err(NoSecrets) } else { Ok(Secrets(keys)) }
    }

    /// Whether one of the secrets made `header` for exactly these bytes.
    pub fn verify(&self, header: Option<&str>, body: &[u8]) -> bool {
        let Some(digits) = header.and_then(|header| header.strip_prefix(SCHEME)) else { return false };
        let mut mac = [0; MAC_BYTES];
        hex::decode_to_slice(digits, &mut mac).is_ok() && self.0.iter().any(|key| hmac::verify(key, body, &mac).is_ok())
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENSE: &[u8] = br#"{"object":"whatsapp_business_account","entry":[]}"#;
    const SPACED: &[u8] = br#"{"object": "whatsapp_business_account", "entry": []}"#;
    const DENSE_MAC: &str = "sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756";
    const SPACED_MAC: &str = "sha256=56cbbaf4961c6cfdae48b7f116c047e5eb513d2c931baae63a2bc1afd26f803a";
    const OTHER_MAC: &str = "sha256=769b03d8c2ae6498f2d1e1f7299c0ba55448c69d741e7b0bb243d852d8a8d8c7";

    /// The header that Meta sends for `body`.
    fn sign(secret: &str, body: &[u8]) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        format!("{SCHEME}{}", hex::encode(hmac::sign(&key, body)))
    }

    #[test]
    fn a_signature_holds_for_its_own_bytes_and_secret_only() {
        let secrets = Secrets::parse("test_app_secret").unwrap();
        for (header, body, valid) in [
            (Some(DENSE_MAC), DENSE, true),
            (Some(SPACED_MAC), SPACED, true),
            (Some(SPACED_MAC), DENSE, false), // P9: the same JSON, other bytes
            (Some(OTHER_MAC), DENSE, false),
            (None, DENSE, false), // P10
            (Some(""), DENSE, false),
            (Some("sha256="), DENSE, false),
            (Some(&DENSE_MAC[7..]), DENSE, false),
            (Some(&DENSE_MAC[..70]), DENSE, false),
            (Some("sha1=dec6a680679a968e7e0319355b23599cbfc54502"), DENSE, false),
        ] {
            assert_eq!(secrets.verify(header, body), valid, "{header:?}");
        }
    }

    #[test]
    fn every_secret_of_the_list_is_valid_while_it_is_rotated() {
        let secrets = Secrets::parse("otro_secreto,\n test_app_secret \r\n").unwrap();
        assert!(secrets.verify(Some(DENSE_MAC), DENSE));
        assert!(secrets.verify(Some(OTHER_MAC), DENSE));
        assert_eq!(format!("{secrets:?}"), "Secrets(2)");
    }

    #[test]
    fn an_empty_secret_never_verifies() {
        for blank in ["", " ", ",", "\n,\r\n ,"] {
            assert_eq!(Secrets::parse(blank).err(), Some(NoSecrets), "{blank:?}");
        }
        let secrets = Secrets::parse(",test_app_secret,").unwrap();
        assert!(!secrets.verify(Some(&sign("", DENSE)), DENSE));
        assert_eq!(sign("test_app_secret", DENSE), DENSE_MAC);
    }
}
