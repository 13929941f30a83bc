//! SSM Parameter Store: named values that outlive a restart. A `SecureString` shows its value only to a caller that
//! asks for decryption, as AWS does it.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value, json};

use super::clock::Clock;
use super::database::{self, Durability};
use super::service::Failure;
use super::{ACCOUNT, REGION, digest};

const SECURE: &str = "SecureString";
const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS parameters (
    name        TEXT PRIMARY KEY,
    kind        TEXT NOT NULL,
    value       TEXT NOT NULL,
    version     INTEGER NOT NULL,
    modified_ms INTEGER NOT NULL
)";

/// The parameters. Clones share them.
#[derive(Clone)]
pub(super) struct Parameters {
    connection: Arc<Mutex<Connection>>,
    clock: Clock,
}

impl Parameters {
    pub(super) fn open(path: &Path, durability: Durability, clock: Clock) -> rusqlite::Result<Self> {
        let connection = database::open(path, durability)?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)), clock })
    }

    /// Stores a `SecureString`, over an earlier value if there is one.
    pub(super) fn put_secure(&self, name: &str, value: &str) -> Result<(), Failure> {
        self.store(name, SECURE, value).map(|_| ())
    }

    pub(super) fn execute(&self, operation: &str, body: &Value) -> Result<Value, Failure> {
        let decrypt = body["WithDecryption"].as_bool().unwrap_or(false);
        match operation {
            "GetParameter" => {
                let name = required(body, "Name")?;
                let parameter = self
                    .find(name, decrypt)?
                    .ok_or_else(|| Failure::refused("ParameterNotFound", format!("Parameter {name} not found.")))?;
                Ok(json!({ "Parameter": parameter }))
            }
            "GetParameters" => {
                let (mut found, mut invalid) = (Vec::new(), Vec::new());
                for name in body["Names"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                    match self.find(name, decrypt)? {
                        Some(parameter) => found.push(parameter),
                        None => invalid.push(name),
                    }
                }
                Ok(json!({ "Parameters": found, "InvalidParameters": invalid }))
            }
            "PutParameter" => self.put(body),
            "DeleteParameter" => self.delete(required(body, "Name")?),
            _ => Err(Failure::refused("UnknownOperationException", format!("SSM {operation} is not served here."))),
        }
    }

    fn put(&self, body: &Value) -> Result<Value, Failure> {
        let (name, value) = (required(body, "Name")?, required(body, "Value")?);
        let exists = self.find(name, false)?;
        if exists.is_some() && body["Overwrite"] != json!(true) {
            let message = "The parameter already exists. \
                           To overwrite this value, set the overwrite option in the request to true.";
            return Err(Failure::refused("ParameterAlreadyExists", message));
        }
        let earlier_kind = exists.as_ref().and_then(|parameter| parameter["Type"].as_str());
        let kind = body["Type"].as_str().or(earlier_kind).unwrap_or("String");
        Ok(json!({ "Version": self.store(name, kind, value)?, "Tier": "Standard" }))
    }

    fn delete(&self, name: &str) -> Result<Value, Failure> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        match connection.execute("DELETE FROM parameters WHERE name = ?1", [name])? {
            0 => Err(Failure::refused("ParameterNotFound", format!("Parameter {name} not found."))),
            _ => Ok(json!({})),
        }
    }

    fn store(&self, name: &str, kind: &str, value: &str) -> Result<i64, Failure> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let version = connection.query_row(
            "INSERT INTO parameters (name, kind, value, version, modified_ms) VALUES (?1, ?2, ?3, 1, ?4)
             ON CONFLICT (name) DO UPDATE SET kind = ?2, value = ?3, version = version + 1, modified_ms = ?4
             RETURNING version",
            params![name, kind, value, self.clock.now_ms()],
            |row| row.get(0),
        )?;
        Ok(version)
    }

    fn find(&self, name: &str, decrypt: bool) -> Result<Option<Value>, Failure> {
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        let parameter = connection
            .query_row("SELECT kind, value, version, modified_ms FROM parameters WHERE name = ?1", [name], |row| {
                let (kind, value): (String, String) = (row.get(0)?, row.get(1)?);
                let (version, modified_ms): (i64, i64) = (row.get(2)?, row.get(3)?);
                let shown = if kind == SECURE && !decrypt { sealed(&value) } else { value };
                Ok(json!({
                    "Name": name,
                    "Type": kind,
                    "Value": shown,
                    "Version": version,
                    "LastModifiedDate": modified_ms / 1000,
                    "ARN": format!("arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/{}", name.trim_start_matches('/')),
                    "DataType": "text",
                }))
            })
            .optional()?;
        Ok(parameter)
    }
}

/// Stands for the ciphertext: opaque, and the same for the same value.
fn sealed(value: &str) -> String {
    format!("AQICAH{}", BASE64.encode(digest::sha256_hex(value.as_bytes())))
}

fn required<'a>(body: &'a Value, member: &str) -> Result<&'a str, Failure> {
    body[member].as_str().ok_or_else(|| {
        Failure::refused(
            "ValidationException",
            format!("Value null at '{member}' failed to satisfy constraint: Member must not be null"),
        )
    })
}
