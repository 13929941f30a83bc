//! The program as a user starts it: what `cargo run` prints, keeps and leaves behind.
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::world::casement;

const LIMIT: Duration = Duration::from_secs(60);

struct Running {
    child: Child,
    /// The line by which other programs drive it.
    line: Value,
}

impl Running {
    async fn start(arguments: &[&str]) -> Running {
        let mut command = Command::new(casement());
        command.args(["--no-build", "--json", "--port", "0"]).args(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = tokio::time::timeout(LIMIT, lines.next_line()).await.unwrap().unwrap().unwrap();
        Running { child, line: serde_json::from_str(&line).unwrap() }
    }

    fn text(&self, name: &str) -> &str {
        self.line[name].as_str().unwrap_or_else(|| panic!("{name} is missing: {}", self.line))
    }

    /// `path` of Casement's API, or a whole address.
    async fn call(&self, method: &str, path: &str, body: Option<Value>) -> (u16, String) {
        let address = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.text("api")) };
        let request = Request::builder().method(method).uri(address).header("content-type", "application/json");
        let request = request.header("authorization", format!("Bearer {}", self.text("admin_key")));
        let body = body.map(|body| Bytes::from(body.to_string())).unwrap_or_default();
        let answer = net::Http::new(None).unwrap().send(request.body(body).unwrap(), LIMIT).await.unwrap();
        (answer.status().as_u16(), String::from_utf8_lossy(answer.body()).into_owned())
    }

    async fn json(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let (status, text) = self.call(method, path, body).await;
        assert!(status < 300, "{method} {path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    async fn until(&self, path: &str, is_there: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..300 {
            let answer = self.json("GET", path, None).await;
            if is_there(&answer) {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{path} never showed it");
    }

    /// Ends it by a signal; its exit code, and which of its processes are left.
    async fn end(mut self, signal: &str) -> (Option<i32>, Vec<u32>) {
        let parent = self.child.id().unwrap();
        let children = processes().into_iter().filter(|(_, of)| *of == parent).map(|(pid, _)| pid).collect::<Vec<_>>();
        assert!(!children.is_empty(), "the functions are processes");
        let sent = Command::new("kill").args([format!("-{signal}"), parent.to_string()]).status().await.unwrap();
        assert!(sent.success());
        let status = tokio::time::timeout(LIMIT, self.child.wait()).await.unwrap().unwrap();
        let left = processes().into_iter().map(|(pid, _)| pid).filter(|pid| children.contains(pid)).collect();
        (status.code(), left)
    }
}

/// Each process of the machine with its parent.
fn processes() -> Vec<(u32, u32)> {
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let parent = |pid: u32| {
        let stat = std::fs::read_to_string(Path::new("/proc").join(pid.to_string()).join("stat")).ok()?;
        // The name is in brackets and may hold anything; the state and the parent follow it.
        let mut rest = stat.rsplit_once(')')?.1.split_whitespace();
        let is_gone = rest.next() == Some("Z");
        rest.next()?.parse().ok().filter(|_| !is_gone).map(|parent| (pid, parent))
    };
    pids.filter_map(parent).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_drives_casement_by_one_line_and_ctrl_c_leaves_nothing() {
    let casement = Running::start(&["--memory"]).await;
    for name in ["api", "admin_key", "webhook_url", "app_secret", "verify_token", "channel_id", "phone_number_id"] {
        assert!(!casement.text(name).is_empty());
    }
    assert!(casement.text("stripe_webhook_url").ends_with("/webhooks/stripe"));
    assert!(casement.text("live_url").starts_with("ws://"));
    assert_eq!(casement.line.as_object().unwrap().len(), 12);

    let token = casement.text("verify_token");
    let handshake = format!(
        "{}?hub.mode=subscribe&hub.verify_token={token}&hub.challenge=1158201444",
        casement.text("webhook_url")
    );
    assert_eq!(casement.call("GET", &handshake, None).await, (200, "1158201444".to_owned()));
    assert_eq!(casement.call("GET", &handshake.replace(token, "guess"), None).await, (403, String::new()));

    let simulator = casement.text("simulator");
    let customer = json!({"wa_id": "16505550101", "name": "Ann Ash"});
    casement.json("POST", &format!("{simulator}/_control/customers"), Some(customer)).await;
    let inbound = json!({"from": "+16505550101", "message": {"type": "text", "body": "Hello"}});
    casement.json("POST", &format!("{simulator}/_control/inbound"), Some(inbound)).await;
    let list = casement.until("/v1/conversations", |list| list["items"][0].is_object()).await;
    assert_eq!(list["items"][0]["channel_id"], casement.text("channel_id"));

    assert_eq!(casement.end("INT").await, (Some(0), vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_goes_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let arguments = ["--data", data.to_str().unwrap()];
    let first = Running::start(&arguments).await;
    let contact = json!({"phone": "+1 650 555 0101", "kind": "contact", "name": "Ann Ash"});
    let contact = first.json("POST", "/v1/contacts", Some(contact)).await;
    let (key, channel) = (first.text("admin_key").to_owned(), first.text("channel_id").to_owned());
    assert_eq!(first.end("TERM").await, (Some(0), vec![]));

    let second = Running::start(&arguments).await;
    assert_eq!((second.text("admin_key"), second.text("channel_id")), (key.as_str(), channel.as_str()));
    let path = format!("/v1/contacts/{}", contact["id"].as_str().unwrap());
    assert_eq!(second.json("GET", &path, None).await["name"], "Ann Ash");
    second.end("INT").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_plays_its_day() {
    let played = Command::new(casement()).args(["--no-build", "demo"]).output().await.unwrap();
    let (said, errors) = (String::from_utf8_lossy(&played.stdout), String::from_utf8_lossy(&played.stderr));
    assert!(played.status.success(), "{said}\n{errors}");
    assert!(said.contains("All as it should be."), "{said}");
}
