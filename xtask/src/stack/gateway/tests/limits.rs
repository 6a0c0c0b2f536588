//! What the gateway keeps from the emulator, and what it says when there is none.

use super::*;
use std::io::Write;
use std::net::TcpStream;
use std::time::Duration;
use tokio::time::timeout;

/// Long enough for a request to reach a server of this process.
const A_WHILE: Duration = Duration::from_millis(300);

#[tokio::test]
async fn a_payload_of_a_job_passes_without_limits() {
    let (base, _folder) = front_with(Upstream::start().port, SizeLimits::Off);
    let request = Sent::put(format!("{base}/length")).body(Body::from(vec![0xff; 80_000_000]));
    assert_eq!(send(request.unwrap()).await.2, "80000000");
}

/// Behind API Gateway a body is refused by the size of its event.
#[tokio::test]
async fn a_body_too_large_is_refused_as_aws_does() {
    const MB: usize = 1024 * 1024;
    let (base, _folder) = front(Upstream::start().port);
    let json = Some("application/json");
    for (kind, byte, bytes, passes) in [
        (json, b'a', 6 * MB - 2_000, true),
        (json, b'a', 6 * MB, false),
        // A quote is two bytes within JSON.
        (json, b'"', 3 * MB - 2_000, true),
        (json, b'"', 3 * MB + 100, false),
        // Base64: four bytes for three.
        (None, b'a', 4_700_000, true),
        (None, b'a', 4_720_000, false),
        (Some("application/x-www-form-urlencoded"), b'a', 4_720_000, false),
        (None, b'a', 10 * MB + 1, false),
    ] {
        let request = Sent::put(format!("{base}/length"));
        let request =
            kind.into_iter().fold(request, |request, kind| request.header("Content-Type", kind));
        let (status, _, told) = send(request.body(Body::from(vec![byte; bytes])).unwrap()).await;
        let expected = match passes {
            true => (200, bytes.to_string()),
            false => (413, r#"{"message":"Request Entity Too Large"}"#.to_owned()),
        };
        assert_eq!((status.as_u16(), told), expected, "{kind:?} {bytes}");
    }
}

/// The function has done its work by then, so it must not give such an answer.
#[tokio::test]
async fn an_answer_too_large_is_an_error_as_on_aws() {
    for (limits, status) in [(SizeLimits::On, 500), (SizeLimits::Off, 200)] {
        let (base, _folder) = front_with(Upstream::start().port, limits);
        // The server says each byte as a number: the answer is several times as long.
        let request = Sent::put(&base).body(Body::from(vec![b'a'; 2_000_000])).unwrap();
        assert_eq!(send(request).await.0.as_u16(), status);
    }
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
