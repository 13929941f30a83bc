//! `X-Hub-Signature-256`: the webhook came from Meta, and no byte of it was changed on the way (P9, P10).
use net::Secrets;

const SCHEME: &str = "sha256=";

/// Whether one of the app secrets made `header` for exactly these bytes.
pub fn verify(secrets: &Secrets, header: Option<&str>, body: &[u8]) -> bool {
    header.and_then(|header| header.strip_prefix(SCHEME)).is_some_and(|digits| secrets.verify(digits, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENSE: &[u8] = br#"{"object":"whatsapp_business_account","entry":[]}"#;
    const SPACED: &[u8] = br#"{"object": "whatsapp_business_account", "entry": []}"#;
    const DENSE_MAC: &str = "sha256=dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756";
    const SPACED_MAC: &str = "sha256=56cbbaf4961c6cfdae48b7f116c047e5eb513d2c931baae63a2bc1afd26f803a";
    const OTHER_MAC: &str = "sha256=769b03d8c2ae6498f2d1e1f7299c0ba55448c69d741e7b0bb243d852d8a8d8c7";

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
            assert_eq!(verify(&secrets, header, body), valid, "{header:?}");
        }
    }
}
