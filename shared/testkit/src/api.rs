//! Calls the API over HTTP like a client.

use reqwest::{Client, Method, StatusCode, header::HeaderMap};
use serde_json::Value as Json;

/// An HTTP client with an access key.
#[derive(Debug, Clone)]
pub struct Api {
    base: String,
    key: String,
    key_header: &'static str,
    client: Client,
}

/// A response.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// The JSON body; null if it is empty or not JSON.
    pub body: Json,
}

impl Api {
    #[must_use]
    pub fn new(base: &str, key: &str) -> Self {
        let client = Client::builder().redirect(reqwest::redirect::Policy::none());
        let client = client.no_proxy().build().expect("a client");
        let base = base.trim_end_matches('/').to_owned();
        Self { base, key: key.to_owned(), key_header: "Accesskey", client }
    }

    /// The client with its key in another header, as callers of other systems send it.
    #[must_use]
    pub fn with_key_header(self, key_header: &'static str) -> Self {
        Self { key_header, ..self }
    }

    /// Starts a request with the key's header.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client
            .request(method, format!("{}{path}", self.base))
            .header(self.key_header, &self.key)
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Reply {
        let answer = request.send().await.expect("the service answers");
        let (status, headers) = (answer.status(), answer.headers().clone());
        let text = answer.text().await.expect("the answer is text");
        Reply { status, headers, body: serde_json::from_str(&text).unwrap_or_default() }
    }

    pub async fn put(&self, path: &str, body: &Json) -> Reply {
        self.send(self.request(Method::PUT, path).json(body)).await
    }

    pub async fn post(&self, path: &str, body: &Json) -> Reply {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path)).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Upserts one person.
    pub async fn upsert_person(&self, person: &Json) -> Reply {
        self.put("/v1/peoplemgmt/v1.0/people", person).await
    }

    /// Gets a person by email.
    pub async fn get_person(&self, email: &str) -> Reply {
        let email = email.replace('@', "%40");
        self.get(&format!("/v1/peoplemgmt/v1.0/people?Email={email}")).await
    }
}

impl Reply {
    /// Returns the GSID of an upserted person; panics if it was not upserted.
    #[allow(clippy::must_use_candidate, reason = "often only the success matters")]
    pub fn gsid(&self) -> String {
        let gsid = self.body["data"]["personGsid"].as_str();
        gsid.unwrap_or_else(|| panic!("not upserted: {} {}", self.status, self.body)).to_owned()
    }
}
