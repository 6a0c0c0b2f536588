//! Thousands of files are put to one upload URL while another tenant uploads.

use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use people_testkit::{Api, Reply, TestTenant};
use serde_json::json;

const UPLOADS: &str = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/people/uploads";

/// Files that are put to one URL.
const FILES: usize = 5_000;

/// The pause between two files; with a shorter one, the S3 emulator alone keeps two cores busy.
const PAUSE: Duration = Duration::from_millis(10);

fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn put_file(client: &reqwest::Client, url: &str) {
    let payload = json!({ "records": [{ "Email": "a@abc.com" }] }).to_string();
    let answer = client.put(url).body(payload).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
}

fn upload_url(offer: &Reply) -> &str {
    offer.body["data"]["uploadUrl"].as_str().unwrap()
}

/// Uploads a file and returns the time until its job is completed.
async fn upload(api: &Api) -> Duration {
    let offer = api.post(UPLOADS, &json!({})).await;
    let start = Instant::now();
    put_file(&client(), upload_url(&offer)).await;
    let status = format!("/{}", offer.body["data"]["statusUrl"].as_str().unwrap());
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    loop {
        ticks.tick().await;
        let reply = api.get(&status).await;
        if reply.body["data"]["statusType"] == "COMPLETED" {
            assert_eq!(reply.body["data"]["response"]["successCount"], 1, "{}", reply.body);
            return start.elapsed();
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_url_does_not_hold_up_another_tenants_upload() {
    let (noisy, quiet) = (TestTenant::new().await, TestTenant::new().await);
    let idle = upload(&quiet.api()).await;
    let offer = noisy.api().post(UPLOADS, &json!({})).await;
    let start = Instant::now();
    let one = client();
    let ticks = stream::iter(0..FILES).then(|_| tokio::time::sleep(PAUSE));
    let flood = ticks.for_each_concurrent(8, |()| put_file(&one, upload_url(&offer)));
    let under_load = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        let mut longest = Duration::ZERO;
        for _ in 0..5 {
            longest = longest.max(upload(&quiet.api()).await);
        }
        longest
    };
    let ((), under_load) = tokio::join!(flood, under_load);
    let flooded = start.elapsed();
    let after = upload(&quiet.api()).await;
    let status = format!("/{}", offer.body["data"]["statusUrl"].as_str().unwrap());
    let job = noisy.api().get(&status).await;
    println!(
        "{FILES} files to one URL in {:.1} s: another tenant's upload {:.2} s before, at most {:.2} s beside, {:.2} s after; the job of the URL: {}",
        flooded.as_secs_f32(),
        idle.as_secs_f32(),
        under_load.as_secs_f32(),
        after.as_secs_f32(),
        job.body["data"]["statusType"],
    );
}
