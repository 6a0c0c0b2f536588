//! Requests to the servers of the stack, and the one call format that DynamoDB and SQS share.

use anyhow::{Context, Result, ensure};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;
use std::time::Duration;

/// Longest wait for one answer.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How often a server that does not answer yet is asked again.
const RETRY: Duration = Duration::from_millis(50);

/// The emulators read the key and the region in it, and no signature.
const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=local/20200101/us-east-1/local/aws4_request, \
                             SignedHeaders=host, Signature=0";

pub(crate) fn client() -> Result<Client> {
    Ok(Client::builder().timeout(TIMEOUT).no_proxy().build()?)
}

/// Waits until the server at the address answers, whatever it says.
pub(crate) async fn answers(url: &str, what: &str, limit: Duration) -> Result<()> {
    let client = client()?;
    let answered = async {
        let mut ticks = tokio::time::interval(RETRY);
        while client.get(url).send().await.is_err() {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(limit, answered)
        .await
        .with_context(|| format!("{what} does not answer in {limit:?}"))
}

/// A request with the key of the stack.
pub(crate) fn signed(method: Method, url: &str) -> Result<RequestBuilder> {
    Ok(client()?.request(method, url).header("Authorization", AUTHORIZATION))
}

/// One action of DynamoDB or SQS: `AmazonSQS.CreateQueue` say.
pub(crate) async fn action(endpoint: &str, action: &str, body: &Value) -> Result<Value> {
    let request = signed(Method::POST, endpoint)?.header("X-Amz-Target", action);
    let request =
        request.header("Content-Type", "application/x-amz-json-1.0").body(body.to_string());
    let answer = sound(request.send().await?).await.with_context(|| action.to_owned())?;
    Ok(serde_json::from_str(&answer)?)
}

/// The body of an answer that is no error.
pub(crate) async fn sound(response: Response) -> Result<String> {
    let status = response.status();
    let text = response.text().await?;
    ensure!(status.is_success(), "{status}: {text}");
    Ok(text)
}
