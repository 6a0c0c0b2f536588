//! Requests to the emulators of the stack, and the one call format that DynamoDB and SQS share. No SDK: it would take
//! longer to build than all the rest.

use anyhow::{Context, Result, ensure};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;
use std::time::Duration;

/// Longest wait for one answer.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The emulators read the key and the region in it, and no signature.
const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=test/20200101/us-east-1/local/aws4_request, \
                             SignedHeaders=host, Signature=0";

/// One server of the stack: DynamoDB Local, or ministack with SQS and S3.
#[derive(Clone, Debug)]
pub struct Emulator {
    client: Client,
    url: String,
}

impl Emulator {
    /// The server at this address, `http://127.0.0.1:4566` say; it need not run yet.
    ///
    /// # Errors
    /// When the client can't be made.
    pub fn new(url: String) -> Result<Self> {
        Ok(Self { client: Client::builder().timeout(TIMEOUT).no_proxy().build()?, url })
    }

    /// Where it answers.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A request with the key of the stack.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.url);
        self.client.request(method, url).header("Authorization", AUTHORIZATION)
    }

    /// One action of DynamoDB or SQS: `AmazonSQS.CreateQueue` say.
    ///
    /// # Errors
    /// When there is no answer, or one that is an error.
    pub async fn action(&self, action: &str, body: &Value) -> Result<Value> {
        let request = self.request(Method::POST, "").header("X-Amz-Target", action);
        let request =
            request.header("Content-Type", "application/x-amz-json-1.0").body(body.to_string());
        let answer = sound(request.send().await?).await.with_context(|| action.to_owned())?;
        Ok(serde_json::from_str(&answer)?)
    }
}

/// The body of an answer that is no error.
///
/// # Errors
/// When the answer is one, or ends too early.
pub async fn sound(response: Response) -> Result<String> {
    let status = response.status();
    let text = response.text().await?;
    ensure!(status.is_success(), "{status}: {text}");
    Ok(text)
}
