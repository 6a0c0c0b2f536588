//! Sends requests to emulators of AWS services. It does so without an SDK, which would
//! take longer to build than everything else here.

use anyhow::{Context, Result, ensure};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;
use std::pin::Pin;
use std::time::Duration;

/// Longest wait for a response.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The emulators read the key, the region and the date, and ignore the signature.
const AUTHORIZATION: &str = "AWS4-HMAC-SHA256 Credential=test/20200101/us-east-1/local/aws4_request, \
                             SignedHeaders=host, Signature=0";

/// The date of the signature.
const DATE: &str = "20200101T000000Z";

/// An action of DynamoDB or SQS that runs.
pub type ActionFuture<'a> = Pin<Box<dyn Future<Output = Result<Value>> + Send + 'a>>;

/// An emulated DynamoDB or SQS: at an address, or in the same process.
pub trait CallAction: Send + Sync {
    /// Calls an action, such as `AmazonSQS.CreateQueue`, and returns its answer.
    fn call_action<'a>(&'a self, action: &'a str, body: &'a Value) -> ActionFuture<'a>;
}

impl CallAction for AwsEndpoint {
    fn call_action<'a>(&'a self, action: &'a str, body: &'a Value) -> ActionFuture<'a> {
        Box::pin(Self::call_action(self, action, body))
    }
}

/// The endpoint of an emulated service: DynamoDB Local, or ministack with SQS and S3.
#[derive(Clone, Debug)]
pub struct AwsEndpoint {
    client: Client,
    url: String,
}

impl AwsEndpoint {
    /// The server at this address, such as `http://127.0.0.1:4566`, which need not run yet.
    ///
    /// # Errors
    /// When the HTTP client can't be made.
    pub fn new(url: String) -> Result<Self> {
        Ok(Self { client: Client::builder().timeout(TIMEOUT).no_proxy().build()?, url })
    }

    /// Address of the server.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Builds a request with the key of the stack.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}{path}", self.url);
        self.client
            .request(method, url)
            .header("Authorization", AUTHORIZATION)
            .header("X-Amz-Date", DATE)
    }

    /// Calls an action of DynamoDB or SQS, such as `AmazonSQS.CreateQueue`.
    ///
    /// # Errors
    /// When there is no response, or when it is an error.
    pub async fn call_action(&self, action: &str, body: &Value) -> Result<Value> {
        let request = self.request(Method::POST, "").header("X-Amz-Target", action);
        let request =
            request.header("Content-Type", "application/x-amz-json-1.0").body(body.to_string());
        let response = request.send().await?;
        let text = read_success(response).await.with_context(|| action.to_owned())?;
        Ok(serde_json::from_str(&text)?)
    }
}

/// Reads the body of a successful response.
///
/// # Errors
/// When the response is an error or ends too early.
pub async fn read_success(response: Response) -> Result<String> {
    let status = response.status();
    let text = response.text().await?;
    ensure!(status.is_success(), "{status}: {text}");
    Ok(text)
}
