//! What a function writes to stdout and stderr: shown line by line under the function's name, and the last of it kept.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::task::JoinHandle;

/// Lines that are kept per function.
const KEPT: usize = 2000;

/// The output of one function. Clones share it.
#[derive(Clone)]
pub(super) struct Output(Arc<Inner>);

struct Inner {
    name: String,
    print: bool,
    lines: Mutex<VecDeque<String>>,
}

impl Output {
    pub(super) fn new(name: &str, print: bool) -> Self {
        Self(Arc::new(Inner { name: name.to_owned(), print, lines: Mutex::default() }))
    }

    /// Reads the stream to its end, in the background.
    pub(super) fn follow(&self, stream: impl AsyncRead + Send + Unpin + 'static) -> JoinHandle<()> {
        let output = self.clone();
        tokio::spawn(async move {
            let mut reader = BufReader::new(stream);
            let mut line = Vec::new();
            while matches!(reader.read_until(b'\n', &mut line).await, Ok(1..)) {
                output.push(String::from_utf8_lossy(&line).trim_end().to_owned());
                line.clear();
            }
        })
    }

    fn push(&self, line: String) {
        if self.0.print {
            eprintln!("{:>15} | {line}", self.0.name);
        }
        let mut lines = self.0.lines.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.len() == KEPT {
            lines.pop_front();
        }
        lines.push_back(line);
    }

    pub(super) fn lines(&self) -> Vec<String> {
        self.0.lines.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    /// The end of the output, for a message about a function that did not start.
    pub(super) fn tail(&self) -> String {
        let lines = self.lines();
        lines[lines.len().saturating_sub(10)..].join("\n")
    }
}
