//! What is called and what is not: addresses, names, redirects, bounds.
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request};
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::guard::{Guard, admit};
use super::*;

const BOUNDS: Bounds = Bounds { time: Duration::from_secs(5), bytes: 1024 };

#[test]
fn addresses_of_networks_that_are_somebodys_own_are_refused() {
    // (address, under `public`, under `any`)
    let table = [
        ("93.184.216.34", true, true),
        ("1.1.1.1", true, true),
        ("172.15.0.1", true, true),
        ("172.32.0.1", true, true),
        ("100.63.255.255", true, true),
        ("100.128.0.1", true, true),
        ("10.0.0.1", false, true),
        ("172.16.0.1", false, true),
        ("172.31.255.255", false, true),
        ("192.168.1.1", false, true),
        ("100.64.0.1", false, true),
        ("127.0.0.1", false, true),
        ("127.255.255.254", false, true),
        ("169.254.169.254", false, false),
        ("169.254.170.2", false, false),
        ("0.0.0.0", false, false),
        ("0.1.2.3", false, false),
        ("192.0.0.8", false, false),
        ("192.0.2.1", false, false),
        ("192.88.99.1", false, false),
        ("198.18.0.1", false, false),
        ("198.51.100.1", false, false),
        ("203.0.113.1", false, false),
        ("224.0.0.1", false, false),
        ("239.255.255.250", false, false),
        ("240.0.0.1", false, false),
        ("255.255.255.255", false, false),
        ("2606:4700:4700::1111", true, true),
        ("2a00:1450:4001::1", true, true),
        ("2001:4860:4860::8888", true, true),
        ("::1", false, true),
        ("fc00::1", false, true),
        ("fd12:3456::1", false, true),
        ("fd00:ec2::254", false, false),
        ("::", false, false),
        ("fe80::1", false, false),
        ("fec0::1", false, false),
        ("ff02::1", false, false),
        ("::ffff:10.0.0.1", false, false),
        ("::ffff:93.184.216.34", false, false),
        ("::127.0.0.1", false, false),
        ("64:ff9b::a00:1", false, false),
        ("64:ff9b:1::a00:1", false, false),
        ("2002:a00:1::", false, false),
        ("2001::1", false, false),
        ("2001:db8::1", false, false),
        ("3fff::1", false, false),
        ("100::1", false, false),
    ];
    for (address, public, any) in table {
        let ip: IpAddr = address.parse().unwrap();
        assert_eq!(Allowed::Public.admits(ip), public, "{address} under public");
        assert_eq!(Allowed::Any.admits(ip), any, "{address} under any");
        let host = if ip.is_ipv6() { format!("[{address}]") } else { address.to_owned() };
        assert_eq!(check_form(&format!("https://{host}/hook"), Allowed::Public).is_ok(), public, "{address} as a host");
    }
}

#[test]
fn what_is_no_address_to_call_says_why() {
    let table = [
        ("https://shop.example.com/hook?a=b", "", ""),
        ("https://shop.example.com:8443/hook", "", ""),
        ("HTTPS://shop.example.com/hook", "", ""),
        ("http://shop.example.com/hook", "only addresses that begin", "only addresses that begin"),
        ("http://127.0.0.1:9/hook", "only addresses that begin", ""),
        ("http://localhost:9/hook", "only addresses that begin", ""),
        ("https://localhost/hook", "no name in the public DNS", ""),
        ("https://intranet/hook", "no name in the public DNS", ""),
        ("https://db.internal/hook", "no name in the public DNS", ""),
        ("https://printer.local/hook", "no name in the public DNS", ""),
        ("https://2130706433/", "no name in the public DNS", "no name in the public DNS"),
        ("https://0x7f000001/", "no name in the public DNS", "no name in the public DNS"),
        ("https://0177.0.0.1/", "no name in the public DNS", "no name in the public DNS"),
        ("https://127.1/", "no name in the public DNS", "no name in the public DNS"),
        ("https://127.0.0.1./", "no name in the public DNS", "no name in the public DNS"),
        ("https://shop..example.com/", "no name in the public DNS", "no name in the public DNS"),
        ("https://user:secret@shop.example.com/", "a user name or a password", "a user name or a password"),
        ("https://shop.example.com@10.0.0.1/", "a user name or a password", "a user name or a password"),
        ("https://shop.example.com:0/", "no address of the form", "no address of the form"),
        ("https://shop.example.com:99999/", "no address of the form", "no address of the form"),
        ("https://[fe80::1%25eth0]/", "no", "no"),
        ("ftp://shop.example.com/", "only addresses that begin", "only addresses that begin"),
        ("/hook", "no address of the form", "no address of the form"),
        ("shop.example.com", "no address of the form", "no address of the form"),
        ("https://", "no address of the form", "no address of the form"),
        ("", "no address of the form", "no address of the form"),
        ("https://shop.example.com\\@10.0.0.1/", "no address of the form", "no address of the form"),
    ];
    for (address, public, any) in table {
        for (allowed, expected) in [(Allowed::Public, public), (Allowed::Any, any)] {
            match check_form(address, allowed) {
                Ok(_) => assert_eq!(expected, "", "{address} under {allowed:?}"),
                Err(error) => {
                    let told = error.to_string();
                    assert!(!expected.is_empty() && told.contains(expected), "{address} under {allowed:?}: {told}");
                    assert!(error.is_refusal());
                }
            }
        }
    }
    let long = format!("https://shop.example.com/{}", "a".repeat(2048));
    assert!(matches!(check_form(&long, Allowed::Public), Err(OutsideError::TooLong { .. })));
}

#[tokio::test]
async fn a_name_that_leads_into_ones_own_network_is_refused_when_it_is_resolved() {
    let refused = Guard::new(Allowed::Public).addresses("localhost").await.unwrap_err();
    assert!(matches!(refused, OutsideError::Refused { .. }), "{refused}");
    assert!(!Guard::new(Allowed::Any).addresses("localhost").await.unwrap().is_empty());
    let at = |address: &str| SocketAddr::new(address.parse().unwrap(), 0);
    let both = vec![at("93.184.216.34"), at("10.0.0.1")];
    let refused = admit("two.example.com", both, Allowed::Public).unwrap_err().to_string();
    assert_eq!(refused, "two.example.com leads to 10.0.0.1, which is not an address of the public internet");
    assert_eq!(admit("one.example.com", vec![at("93.184.216.34")], Allowed::Public).unwrap().len(), 1);
}

#[tokio::test]
async fn the_connection_is_made_only_by_way_of_the_check() {
    // What `check_form` would refuse already is put to the connector itself.
    let outside = Outside::new(Allowed::Public, None).unwrap();
    let request = Request::get("http://localhost:9/").body(whole(Bytes::new())).unwrap();
    let error = told(outside.client.request(request).await.unwrap_err(), "localhost".to_owned());
    assert!(matches!(error, OutsideError::Refused { .. }), "{error}");
}

/// Answers one connection after the other with the given texts, and gives back the heads that it read.
async fn peer(answers: Vec<String>) -> (u16, tokio::task::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = tokio::spawn(async move {
        let mut heads = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut head = vec![0; 4096];
            let read = stream.read(&mut head).await.unwrap();
            heads.push(String::from_utf8_lossy(&head[..read]).to_lowercase());
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
        heads
    });
    (port, serve)
}

#[tokio::test]
async fn no_more_is_read_than_was_asked_for_and_no_longer() {
    let long = format!("HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n{}", "a".repeat(5000));
    let (port, serve) = peer(vec![long]).await;
    let outside = Outside::new(Allowed::Any, None).unwrap();
    let post = |port: u16| Request::post(format!("http://127.0.0.1:{port}/hook")).body(Bytes::from("{}")).unwrap();
    let answer = outside.send(post(port), BOUNDS).await.unwrap();
    assert_eq!(answer.body().len(), 1024);
    assert!(serve.await.unwrap()[0].starts_with(&format!("post /hook http/1.1\r\nhost: 127.0.0.1:{port}")));

    // Says that more is to come, and falls silent.
    let (port, _serve) = peer(vec!["HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n".to_owned(), String::new()]).await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let error = outside.send(post(port), BOUNDS).await.unwrap_err();
    assert!(matches!(error, OutsideError::Unanswered { .. }), "{error}");
    let bounds = Bounds { time: Duration::from_millis(300), ..BOUNDS };
    let error = outside.send(post(silent.local_addr().unwrap().port()), bounds).await.unwrap_err();
    assert!(matches!(error, OutsideError::Slow { .. }), "{error}");
}

#[tokio::test]
async fn a_redirect_is_checked_as_a_new_address_and_told_no_secret() {
    let to = |place: &str| format!("HTTP/1.1 302 Found\r\nlocation: {place}\r\ncontent-length: 0\r\n\r\n");
    let file = || "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok".to_owned();
    let outside = Outside::new(Allowed::Any, None).unwrap();
    let mut headers = HeaderMap::new();
    headers.insert("authorization", HeaderValue::from_static("Bearer secret"));

    let (elsewhere, other) = peer(vec![file()]).await;
    let (port, serve) = peer(vec![to("/moved"), to(&format!("http://127.0.0.1:{elsewhere}/file"))]).await;
    let answer = outside.get(&format!("http://127.0.0.1:{port}/file"), &headers, 3).await.unwrap();
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "ok");
    let heads = serve.await.unwrap();
    assert!(heads.iter().all(|head| head.contains("authorization: bearer secret")), "{heads:?}");
    assert!(!other.await.unwrap()[0].contains("authorization"));

    let places = ["http://169.254.169.254/latest/meta-data/", "http://shop.example.com/", "file:///etc/passwd", "#"];
    for place in places {
        let (port, _serve) = peer(vec![to(place)]).await;
        let error = outside.get(&format!("http://127.0.0.1:{port}/file"), &headers, 3).await.unwrap_err();
        assert!(error.is_refusal() || matches!(error, OutsideError::Redirect), "{place}: {error}");
    }
    let (port, _serve) = peer(vec![to("/a"), to("/b")]).await;
    let error = outside.get(&format!("http://127.0.0.1:{port}/file"), &headers, 1).await.unwrap_err();
    assert!(matches!(error, OutsideError::Redirect), "{error}");

    // Where none is followed it is an answer like any other.
    let (port, _serve) = peer(vec![to("/a")]).await;
    let request = Request::post(format!("http://127.0.0.1:{port}/")).body(Bytes::new()).unwrap();
    assert_eq!(outside.send(request, BOUNDS).await.unwrap().status(), 302);
}
