//! Another system: an HTTP server that keeps what it is sent, and answers as a test says.
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

#[derive(Clone, Debug)]
pub struct Received {
    pub method: String,
    pub path: String,
    /// By their names in small letters.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Received {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name} in {self:?}"))
    }
}

#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    pub after: Duration,
}

impl Reply {
    pub fn of(status: u16) -> Reply {
        Reply { status, headers: Vec::new(), body: b"noted".to_vec(), after: Duration::ZERO }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Reply {
        self.headers.push((name, value.into()));
        self
    }

    pub fn saying(mut self, body: impl Into<Vec<u8>>) -> Reply {
        self.body = body.into();
        self
    }

    pub fn after(mut self, pause: Duration) -> Reply {
        self.after = pause;
        self
    }
}

#[derive(Default)]
struct State {
    received: Vec<Received>,
    /// For the next requests, one each.
    next: VecDeque<Reply>,
    /// For all others.
    usual: Option<Reply>,
}

pub struct Receiver {
    pub port: u16,
    state: Arc<Mutex<State>>,
    serving: tokio::task::JoinHandle<()>,
}

impl Receiver {
    pub async fn start() -> Receiver {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let serving = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                // One that hangs up has its reasons.
                tokio::spawn(answer(stream, Arc::clone(&shared)));
            }
        });
        Receiver { port, state, serving }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub fn received(&self) -> Vec<Received> {
        self.state.lock().unwrap().received.clone()
    }

    /// What came to a path.
    pub fn received_at(&self, path: &str) -> Vec<Received> {
        self.received().into_iter().filter(|received| received.path == path).collect()
    }

    /// How it answers the next request that nothing else was said of.
    pub fn next(&self, reply: Reply) {
        self.state.lock().unwrap().next.push_back(reply);
    }

    pub fn always(&self, reply: Reply) {
        self.state.lock().unwrap().usual = Some(reply);
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn answer(mut stream: TcpStream, state: Arc<Mutex<State>>) -> std::io::Result<()> {
    let mut read = Vec::new();
    let head_end = loop {
        if let Some(end) = read.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut read).await? == 0 {
            return Ok(());
        }
    };
    let head = String::from_utf8_lossy(&read[..head_end]).into_owned();
    let mut lines = head.lines();
    let mut first = lines.next().unwrap_or_default().split(' ');
    let (method, path) = (first.next().unwrap_or_default().to_owned(), first.next().unwrap_or_default().to_owned());
    let header = |line: &str| line.split_once(':').map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()));
    let headers: BTreeMap<String, String> = lines.filter_map(header).collect();
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while read.len() < head_end + 4 + length {
        if stream.read_buf(&mut read).await? == 0 {
            return Ok(());
        }
    }
    let body = String::from_utf8_lossy(&read[head_end + 4..]).into_owned();
    let reply = {
        let mut state = state.lock().unwrap();
        state.received.push(Received { method, path, headers, body });
        state.next.pop_front().or_else(|| state.usual.clone()).unwrap_or_else(|| Reply::of(200))
    };
    tokio::time::sleep(reply.after).await;
    let mut wire = format!("HTTP/1.1 {} Said\r\ncontent-length: {}\r\n", reply.status, reply.body.len());
    for (name, value) in &reply.headers {
        wire.push_str(&format!("{name}: {value}\r\n"));
    }
    wire.push_str("connection: close\r\n\r\n");
    stream.write_all(wire.as_bytes()).await?;
    stream.write_all(&reply.body).await?;
    stream.shutdown().await
}
