//! The one place where randomness is drawn.
use domain::ids::Entropy;
use ring::rand::{SecureRandom, SystemRandom};

#[expect(clippy::disallowed_methods, clippy::panic, reason = "this is the seam; without randomness nothing may go on")]
fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    match SystemRandom::new().fill(&mut bytes) {
        Ok(()) => bytes,
        Err(ring::error::Unspecified) => panic!("the system gives no random bytes"),
    }
}

/// For a new id.
pub fn entropy() -> Entropy {
    bytes()
}

/// 256 bits, for a secret that signs.
pub fn secret() -> [u8; 32] {
    bytes()
}

/// 256 bits in hex, for a key that is shown once.
pub fn token() -> String {
    hex(&bytes::<32>())
}

/// 80 bits in hex, to know a write of one's own by.
pub fn nonce() -> String {
    hex(&entropy())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
