//! A caller that inserts and deletes people until it is stopped.

use people_testkit::{Api, TestTenant};
use reqwest::Method;
use serde_json::json;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Writes until [`Crowd::stop`].
pub(super) struct Crowd {
    stop: oneshot::Sender<()>,
    task: JoinHandle<usize>,
}

impl Crowd {
    pub(super) fn start(test: &TestTenant) -> Self {
        let (stop, mut stopped) = oneshot::channel();
        let api = test.api();
        let task = tokio::spawn(async move {
            let (mut made, mut writes) = (Vec::new(), 0);
            while stopped.try_recv() == Err(oneshot::error::TryRecvError::Empty) {
                write_once(&api, &mut made, writes).await;
                writes += 1;
            }
            writes
        });
        Self { stop, task }
    }

    /// Stops, and returns the number of writes.
    pub(super) async fn stop(self) -> usize {
        _ = self.stop.send(());
        self.task.await.unwrap()
    }
}

/// Inserts a person; every tenth time deletes the last ten.
async fn write_once(api: &Api, made: &mut Vec<String>, n: usize) {
    let body = json!({ "Email": format!("crowd{n}@abc.com"), "LastName": "Crowd" });
    made.push(api.upsert_person(&body).await.gsid());
    if made.len() == 10 {
        let request = api.request(Method::DELETE, "/v1/peoplemgmt/v1.0/people");
        let reply = api.send(request.json(&json!(std::mem::take(made)))).await;
        assert_eq!(reply.status, 200);
    }
}
