//! Identifiers in the forms that Meta gives them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rand::Rng;

#[derive(Clone, Copy)]
pub(crate) enum Direction {
    Inbound,
    Outbound,
}

/// A fresh wamid: the person's id and a random message id in the binary frame that real ones decode to.
pub(crate) fn wamid(direction: Direction, person: &str) -> String {
    let (mark, bytes) = match direction {
        Direction::Inbound => (0x12, 10),
        Direction::Outbound => (0x11, 9),
    };
    let message = random_hex(bytes);
    let mut frame = vec![0x1c, 0x18, u8::try_from(person.len()).unwrap_or(u8::MAX)];
    frame.extend(person.as_bytes());
    frame.extend([0x15, 0x02, 0x00, mark, 0x18, u8::try_from(message.len()).unwrap_or(u8::MAX)]);
    frame.extend(message.as_bytes());
    frame.push(0);
    format!("wamid.{}", STANDARD.encode(frame))
}

/// `fbtrace_id`: what Meta's support asks for.
pub(crate) fn trace() -> String {
    let mut bytes = [0_u8; 16];
    rand::rng().fill(&mut bytes);
    format!("A{}", base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes))
}

/// A business-scoped user id of a country, as `US.13491208655302741918`.
pub(crate) fn bsuid(country: &str) -> String {
    format!("{country}.{}", digits(20))
}

/// A number of `count` digits that does not begin with 0.
pub(crate) fn digits(count: usize) -> String {
    let mut rng = rand::rng();
    (0..count).map(|place| char::from(b'0' + rng.random_range(u8::from(place == 0)..10))).collect()
}

/// A made-up SHA-256 in base64, as webhooks carry it.
pub(crate) fn sha256() -> String {
    let mut bytes = [0_u8; 32];
    rand::rng().fill(&mut bytes);
    STANDARD.encode(bytes)
}

/// The id of a conversation object.
pub(crate) fn conversation() -> String {
    random_hex(16).to_lowercase()
}

/// An id of Stripe's: what it is of, and characters that say nothing.
pub(crate) fn stripe(prefix: &str) -> String {
    const LETTERS: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut rng = rand::rng();
    let tail = (0..23).map(|_| char::from(LETTERS[rng.random_range(0..LETTERS.len())]));
    prefix.chars().chain(tail).collect()
}

fn random_hex(bytes: usize) -> String {
    let mut random = vec![0_u8; bytes];
    rand::rng().fill(random.as_mut_slice());
    hex::encode_upper(random)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wamid_has_the_prefix_of_a_real_one_and_is_never_given_twice() {
        let first = wamid(Direction::Outbound, "16505551234");
        assert!(first.starts_with("wamid.HBgLMTY1MDU1NTEyMzQVAgARGB"), "{first}");
        assert_ne!(first, wamid(Direction::Outbound, "16505551234"));
    }
}
