//! What the gateway keeps from the emulator, and what it says when there is none.

use super::*;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;
use tokio::time::timeout;

/// Long enough for a request to reach a server of this process.
const A_WHILE: Duration = Duration::from_millis(300);

#[tokio::test]
async fn an_upload_passes() {
    let (base, _folder) = front(Upstream::start().port);
    let request = Sent::put(format!("{base}/length")).body(Body::from(vec![0xff; 80_000_000]));
    assert_eq!(send(request.unwrap()).await.2, "80000000");
}

#[tokio::test]
async fn a_body_too_large_is_refused() {
    let (base, _folder) = front(Upstream::start().port);
    let request = Sent::put(&base).body(Body::from(vec![b'a'; LARGEST + 1])).unwrap();
    let (status, _, body) = send(request).await;
    assert_eq!(
        (status.as_u16(), body.as_str()),
        (413, r#"{"message":"Request Entity Too Large"}"#)
    );
}

#[tokio::test]
async fn an_emulator_that_is_gone_is_told_and_noted_without_the_request() {
    let (base, folder) = front(crate::stack::free_port().unwrap());
    let request = Sent::put(format!("{base}/path?key=secret")).header("Accesskey", "secret");
    let (status, headers, body) = send(request.body(Body::from("secret")).unwrap()).await;
    assert_eq!((status.as_u16(), body.as_str()), (502, r#"{"message":"Internal Server Error"}"#));
    assert_eq!(headers["content-type"], "application/json");
    let log = std::fs::read_to_string(folder.path().join("gateway.log")).unwrap();
    assert!(log.starts_with("PUT: no answer from cargo lambda watch: "), "{log}");
    assert!(!log.contains("secret") && !log.contains("path") && log.lines().count() == 1, "{log}");
}

#[tokio::test]
async fn the_emulator_has_no_more_requests_than_there_are_places() {
    let upstream = Upstream::start();
    let (base, _folder) = front(upstream.port);
    let sent: Vec<_> = (0..PLACES + 20)
        .map(|_| Sent::get(format!("{base}/wait")).body(Body::empty()).unwrap())
        .map(|request| tokio::spawn(send(request)))
        .collect();
    let all = u32::try_from(PLACES).unwrap();
    upstream.arrived.acquire_many(all).await.unwrap().forget();
    assert!(timeout(A_WHILE, upstream.arrived.acquire()).await.is_err());
    upstream.gate.close();
    for answer in sent {
        assert_eq!(answer.await.unwrap().0, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_request_whose_caller_goes_away_runs_to_its_end() {
    let upstream = Upstream::start();
    let (base, _folder) = front(upstream.port);
    let address = base.strip_prefix("http://").unwrap();
    let mut caller = TcpStream::connect(address).unwrap();
    caller.write_all(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    upstream.arrived.acquire().await.unwrap().forget();
    drop(caller);
    assert!(timeout(A_WHILE, upstream.left.acquire()).await.is_err());
    upstream.gate.close();
    timeout(10 * A_WHILE, upstream.left.acquire()).await.unwrap().unwrap().forget();
}
