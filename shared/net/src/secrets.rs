//! Secrets of the wire: the token that a call goes out with, and those that sign what comes in.
//!
//! Guarantees: neither can be printed; a MAC is compared in the same time whatever it holds; every secret of a list is
//! valid, so that one can be rotated without losing a webhook.
use std::fmt;

use http::HeaderValue;
use ring::hmac;

/// Bytes of an HMAC-SHA256.
const MAC_BYTES: usize = 32;

/// A bearer token. It cannot be printed.
#[derive(Clone)]
pub struct Token(HeaderValue);

impl Token {
    /// `None` if the text cannot be a token.
    pub fn new(token: &str) -> Option<Token> {
        let token = token.trim();
        let mut header = HeaderValue::try_from(format!("Bearer {token}")).ok().filter(|_| !token.is_empty())?;
        header.set_sensitive(true);
        Some(Token(header))
    }

    /// What `Authorization` says.
    pub fn header(&self) -> &HeaderValue {
        &self.0
    }

    /// The same token for a peer that wants another word before it.
    pub fn header_by(&self, scheme: &str) -> Option<HeaderValue> {
        let token = self.0.to_str().ok()?.strip_prefix("Bearer ")?;
        let mut header = HeaderValue::try_from(format!("{scheme} {token}")).ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The secrets that sign webhooks at present.
#[derive(Clone)]
pub struct Secrets(Vec<hmac::Key>);

/// The list of secrets holds none.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no secret is given")]
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

    /// Whether one of the secrets made the HMAC-SHA256 of these hex digits for exactly these bytes.
    pub fn verify(&self, digits: &str, bytes: &[u8]) -> bool {
        let mut mac = [0; MAC_BYTES];
        hex::decode_to_slice(digits, &mut mac).is_ok()
            && self.0.iter().any(|key| hmac::verify(key, bytes, &mac).is_ok())
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

    const BODY: &[u8] = br#"{"object":"whatsapp_business_account","entry":[]}"#;
    const MAC: &str = "dec6a680679a968e7e0319355b23599cbfc54502c0784668e9618baa0c633756";
    const OTHER_MAC: &str = "769b03d8c2ae6498f2d1e1f7299c0ba55448c69d741e7b0bb243d852d8a8d8c7";

    #[test]
    fn a_token_is_never_printed() {
        let token = Token::new("EAAsecret\n").unwrap();
        assert_eq!(format!("{token:?}"), "***");
        assert_eq!(token.header(), "Bearer EAAsecret");
        assert_eq!(token.header_by("OAuth").unwrap(), "OAuth EAAsecret");
        for header in [token.header(), &token.header_by("OAuth").unwrap()] {
            assert!(!format!("{header:?}").contains("secret"));
        }
        assert!(Token::new(" ").is_none());
        assert!(Token::new("line\nbreak").is_none());
    }

    #[test]
    fn every_secret_of_the_list_is_valid_while_it_is_rotated() {
        let secrets = Secrets::parse("otro_secreto,\n test_app_secret \r\n").unwrap();
        assert!(secrets.verify(MAC, BODY));
        assert!(secrets.verify(OTHER_MAC, BODY));
        assert!(!Secrets::parse("test_app_secret").unwrap().verify(OTHER_MAC, BODY));
        assert_eq!(format!("{secrets:?}"), "Secrets(2)");
    }

    #[test]
    fn an_empty_secret_never_verifies() {
        for blank in ["", " ", ",", "\n,\r\n ,"] {
            assert_eq!(Secrets::parse(blank).err(), Some(NoSecrets), "{blank:?}");
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"");
        let mac = hex::encode(hmac::sign(&key, BODY));
        assert!(!Secrets::parse(",test_app_secret,").unwrap().verify(&mac, BODY));
    }
}
