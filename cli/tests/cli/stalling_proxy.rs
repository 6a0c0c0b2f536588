//! A proxy of a server that stops to answer once a number of bytes has passed.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) struct StallingProxy {
    pub(crate) url: String,
    /// Bytes of answers that may still pass.
    left: Arc<AtomicUsize>,
}

impl StallingProxy {
    /// Forwards to the server at `url`; `bytes` of its answers pass. Its threads end with the
    /// process.
    pub(crate) fn start(url: &str, bytes: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let left = Arc::new(AtomicUsize::new(bytes));
        let shared = Arc::clone(&left);
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (client.unwrap(), TcpStream::connect(&server).unwrap());
                forward(client, server, &shared);
            }
        });
        Self { url: format!("http://{address}"), left }
    }

    /// Bytes of answers that may still pass.
    pub(crate) fn bytes_left(&self) -> usize {
        self.left.load(Ordering::Relaxed)
    }
}

/// Copies in both directions, each in a thread.
fn forward(client: TcpStream, server: TcpStream, left: &Arc<AtomicUsize>) {
    let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    std::thread::spawn(move || io::copy(&mut from, &mut to));
    let left = Arc::clone(left);
    let (mut from, mut to) = (server, client);
    std::thread::spawn(move || {
        let mut bytes = [0; 4_096];
        while let Ok(read @ 1..) = from.read(&mut bytes) {
            let take = |left: usize| left.checked_sub(read);
            if left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_err() {
                // The connection stays open, without another answer.
                std::thread::park();
            }
            if to.write_all(&bytes[..read]).is_err() {
                break;
            }
        }
    });
}
