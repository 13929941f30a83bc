//! An identity provider on loopback: its discovery document, the keys that it publishes, and tokens that it signs.
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub const AUDIENCE: &str = "casement";

/// A key that is used for nothing but these tests.
const RSA_KEY: &str = include_str!("../../fixtures/identity/rsa-test-only.pk8.base64");

/// JSON as a part of a token.
pub fn raw(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ec(Box<EcdsaKeyPair>),
}

pub struct Signer {
    pub kid: String,
    pub algorithm: &'static str,
    pair: Pair,
}

impl Signer {
    fn rsa(kid: &str) -> Signer {
        let der = STANDARD.decode(RSA_KEY.replace('\n', "")).unwrap();
        let pair = RsaKeyPair::from_pkcs8(&der).unwrap();
        Signer { kid: kid.to_owned(), algorithm: "RS256", pair: Pair::Rsa(Box::new(pair)) }
    }

    /// With a new key.
    pub fn ec(kid: &str) -> Signer {
        let (random, algorithm) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap();
        Signer { kid: kid.to_owned(), algorithm: "ES256", pair: Pair::Ec(Box::new(pair)) }
    }

    pub fn token(&self, claims: &Value) -> String {
        self.named(&self.kid, claims)
    }

    /// A token that says that the key of this name signed it.
    pub fn named(&self, kid: &str, claims: &Value) -> String {
        let message = format!("{}.{}", raw(&json!({"alg": self.algorithm, "typ": "JWT", "kid": kid})), raw(claims));
        let random = SystemRandom::new();
        let signature = match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature).unwrap();
                signature
            }
            Pair::Ec(pair) => pair.sign(&random, message.as_bytes()).unwrap().as_ref().to_vec(),
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// A token whose signature is a MAC under what everybody can read: the public key.
    pub fn as_secret(&self, kid: &str, claims: &Value) -> String {
        let message = format!("{}.{}", raw(&json!({"alg": "HS256", "typ": "JWT", "kid": kid})), raw(claims));
        let public = self.public().to_string();
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, public.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(ring::hmac::sign(&key, message.as_bytes())))
    }

    fn public(&self) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match &self.pair {
            Pair::Rsa(pair) => {
                let public: ring::rsa::PublicKeyComponents<Vec<u8>> = pair.public().into();
                json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": text(&public.n), "e": text(&public.e)})
            }
            Pair::Ec(pair) => {
                let point = pair.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "use": "sig", "kid": self.kid, "x": text(&point[1..33]), "y": text(&point[33..])})
            }
        }
    }
}

pub struct Provider {
    pub issuer: String,
    pub rsa: Signer,
    pub ec: Signer,
    desk: Arc<Desk>,
}

#[derive(Default)]
struct Desk {
    keys: Mutex<Value>,
    asked: AtomicUsize,
    is_down: AtomicBool,
}

impl Provider {
    pub async fn start() -> Provider {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let desk = Arc::new(Desk::default());
        let provider =
            Provider { issuer: issuer.clone(), rsa: Signer::rsa("rsa-1"), ec: Signer::ec("ec-1"), desk: desk.clone() };
        provider.publish(&[&provider.rsa, &provider.ec]);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, issuer.clone(), desk.clone()));
            }
        });
        provider
    }

    /// Among them one of a kind that nobody here knows, as real ones have.
    pub fn publish(&self, signers: &[&Signer]) {
        let mut keys: Vec<Value> = signers.iter().map(|signer| signer.public()).collect();
        keys.insert(0, json!({"kty": "AKP", "alg": "ML-DSA-44", "kid": "later", "pub": "AAAA"}));
        *self.desk.keys.lock().unwrap() = json!({"keys": keys});
    }

    /// Claims of a token that holds for ten minutes, with these in them.
    pub fn claims(&self, claims: Value) -> Value {
        let now = crate::world::webhooks::now();
        let mut all = json!({"iss": self.issuer, "aud": AUDIENCE, "iat": now, "exp": now + 600});
        all.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
        all
    }

    /// How often the keys were read.
    pub fn asked(&self) -> usize {
        self.desk.asked.load(Ordering::SeqCst)
    }

    pub fn stop(&self) {
        self.desk.is_down.store(true, Ordering::SeqCst);
    }
}

async fn answer(mut stream: TcpStream, issuer: String, desk: Arc<Desk>) {
    let (mut head, mut piece) = (Vec::new(), [0; 1024]);
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut piece).await {
            Ok(read) if read > 0 => head.extend_from_slice(&piece[..read]),
            _ => return,
        }
    }
    if desk.is_down.load(Ordering::SeqCst) {
        return;
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let (status, body) = match head.split(' ').nth(1) {
        Some("/.well-known/openid-configuration") => {
            ("200 OK", json!({"issuer": issuer, "jwks_uri": format!("{issuer}/keys")}))
        }
        Some("/keys") => {
            desk.asked.fetch_add(1, Ordering::SeqCst);
            ("200 OK", desk.keys.lock().unwrap().clone())
        }
        _ => ("404 Not Found", json!({})),
    };
    let body = body.to_string();
    let answer = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    // Who does not wait for the answer is of no concern here.
    stream.write_all(answer.as_bytes()).await.unwrap_or_default();
}
