//! Lambda's Runtime API over one blocking connection, for the function whose processor time counts most: between two
//! events a process has nothing else to do, so that waiting needs no reactor and an exchange is one write and one read.
//!
//! Guarantee: an event is answered once, with its own request id; whatever breaks the exchange ends the process, which
//! is how Lambda wants it.
use std::io::{self, Read, Write};
use std::net::TcpStream;

const READ_BYTES: usize = 16 * 1024;
const HEADERS_MAX: usize = 32;

pub(crate) struct RuntimeApi {
    stream: TcpStream,
    host: String,
    /// The answer being read, headers and all.
    buffer: Vec<u8>,
}

pub(crate) struct Invocation<'a> {
    pub(crate) request_id: String,
    pub(crate) event: &'a [u8],
}

/// How an event ended, as the API's paths say it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    Response,
    Error,
}

/// What of an answer's head matters.
struct Head {
    request_id: String,
    /// Where the body begins.
    end: usize,
    /// `None`: in chunks.
    length: Option<usize>,
}

impl RuntimeApi {
    /// `host`: host and port, as Lambda gives them.
    pub(crate) fn connect(host: String) -> io::Result<RuntimeApi> {
        let stream = TcpStream::connect(&host)?;
        stream.set_nodelay(true)?;
        Ok(RuntimeApi { stream, host, buffer: Vec::with_capacity(READ_BYTES) })
    }

    /// Waits for the next event.
    pub(crate) fn next(&mut self) -> io::Result<Invocation<'_>> {
        let request = format!("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nhost: {}\r\n\r\n", self.host);
        let head = self.exchange(request.as_bytes())?;
        Ok(Invocation { request_id: head.request_id, event: self.buffer.get(head.end..).unwrap_or_default() })
    }

    pub(crate) fn answer(&mut self, request_id: &str, end: End, body: &[u8]) -> io::Result<()> {
        let end = match end {
            End::Response => "response",
            End::Error => "error",
        };
        let mut request = format!(
            "POST /2018-06-01/runtime/invocation/{request_id}/{end} HTTP/1.1\r\nhost: {}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            self.host,
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        self.exchange(&request)?;
        Ok(())
    }

    /// Leaves the answer in the buffer, its body whole and out of chunks.
    fn exchange(&mut self, request: &[u8]) -> io::Result<Head> {
        self.stream.write_all(request)?;
        self.buffer.clear();
        let head = loop {
            self.fill()?;
            if let Some(head) = Head::read(&self.buffer)? {
                break head;
            }
        };
        match head.length {
            Some(length) => {
                while self.buffer.len() < head.end.saturating_add(length) {
                    self.fill()?;
                }
            }
            None => self.join_chunks(head.end)?,
        }
        Ok(head)
    }

    fn fill(&mut self) -> io::Result<()> {
        let filled = self.buffer.len();
        self.buffer.resize(filled.saturating_add(READ_BYTES), 0);
        let read = self.stream.read(self.buffer.get_mut(filled..).unwrap_or_default())?;
        self.buffer.truncate(filled.saturating_add(read));
        if read == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    /// Lambda sends larger events in chunks.
    fn join_chunks(&mut self, start: usize) -> io::Result<()> {
        let mut at = start;
        let mut joined = start;
        loop {
            let (line, size) = loop {
                let rest = self.buffer.get(at..).unwrap_or_default();
                match httparse::parse_chunk_size(rest).map_err(|_| malformed())? {
                    httparse::Status::Complete((line, size)) => {
                        break (line, usize::try_from(size).map_err(io::Error::other)?);
                    }
                    httparse::Status::Partial => self.fill()?,
                }
            };
            let from = at.saturating_add(line);
            let to = from.saturating_add(size);
            // A line ending follows every chunk, the empty last one too.
            at = to.saturating_add(2);
            while self.buffer.len() < at {
                self.fill()?;
            }
            if size == 0 {
                self.buffer.truncate(joined);
                return Ok(());
            }
            self.buffer.copy_within(from..to, joined);
            joined = joined.saturating_add(size);
        }
    }
}

impl Head {
    /// `None` as long as it is not all there.
    fn read(buffer: &[u8]) -> io::Result<Option<Head>> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS_MAX];
        let mut answer = httparse::Response::new(&mut headers);
        let httparse::Status::Complete(end) = answer.parse(buffer).map_err(io::Error::other)? else { return Ok(None) };
        let status = answer.code.unwrap_or_default();
        if !(200..300).contains(&status) {
            return Err(io::Error::other(format!("the Runtime API answered {status}")));
        }
        let text = |name: &str| {
            let header = answer.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
            header.and_then(|header| std::str::from_utf8(header.value).ok())
        };
        let length = match text("content-length") {
            Some(length) => Some(length.parse().map_err(io::Error::other)?),
            None if text("transfer-encoding").is_some() => None,
            None => Some(0),
        };
        let request_id = text("lambda-runtime-aws-request-id").unwrap_or_default().to_owned();
        Ok(Some(Head { request_id, end, length }))
    }
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a chunk of the Runtime API's answer has no size")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    /// A peer that gives these answers in pieces, and what it was sent.
    fn peer(answers: Vec<Vec<&'static str>>) -> (RuntimeApi, std::thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let serving = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut requests = Vec::new();
            for pieces in answers {
                let mut request = vec![0; READ_BYTES];
                let length = stream.read(&mut request).unwrap();
                requests.push(String::from_utf8_lossy(&request[..length]).into_owned());
                for piece in pieces {
                    stream.write_all(piece.as_bytes()).unwrap();
                    std::thread::sleep(std::time::Duration::from_millis(5));
                }
            }
            requests
        });
        (RuntimeApi::connect(host).unwrap(), serving)
    }

    #[test]
    fn an_event_is_read_however_it_comes() {
        const ID: &str = "HTTP/1.1 200 OK\r\nLambda-Runtime-Aws-Request-Id: r1\r\n";
        for (pieces, event) in [
            (vec![ID, "content-length: 2\r\n\r\n{}"], "{}"),
            (vec![ID, "Content-Length: 4\r\n", "\r\n{", "  }"], "{  }"),
            (vec![ID, "Transfer-Encoding: chunked\r\n\r\n", "2\r\n{ \r", "\n3\r\n  }\r\n0\r\n\r\n"], "{   }"),
            (
                vec![ID, "transfer-encoding: chunked\r\n\r\n1", "0\r\n{              }\r\n0\r\n", "\r\n"],
                "{              }",
            ),
        ] {
            let (mut api, peer) = self::peer(vec![pieces]);
            let invocation = api.next().unwrap();
            assert_eq!((invocation.request_id.as_str(), invocation.event), ("r1", event.as_bytes()));
            assert!(peer.join().unwrap()[0].starts_with("GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n"));
        }
    }

    #[test]
    fn an_answer_goes_out_under_its_request() {
        let accepted = "HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\nOK";
        let (mut api, peer) = peer(vec![vec![accepted], vec![accepted]]);
        api.answer("r1", End::Response, b"{}").unwrap();
        api.answer("r2", End::Error, b"").unwrap();
        let requests = peer.join().unwrap();
        assert!(requests[0].starts_with("POST /2018-06-01/runtime/invocation/r1/response HTTP/1.1\r\n"));
        assert!(requests[0].ends_with("content-length: 2\r\n\r\n{}"));
        assert!(requests[1].contains("/r2/error "));
    }

    #[test]
    fn what_breaks_the_exchange_is_an_error() {
        for pieces in [
            vec!["HTTP/1.1 410 Gone\r\n\r\n"],
            vec!["HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}"],
            vec!["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n"],
            vec!["nonsense\r\n\r\n"],
        ] {
            let (mut api, _peer) = peer(vec![pieces.clone()]);
            assert!(api.next().is_err(), "{pieces:?}");
        }
    }
}
