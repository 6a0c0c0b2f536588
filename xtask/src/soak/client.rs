//! A client of the service, as the contract says.

use super::Way;
use crate::http::client;
use crate::stack::Stack;
use anyhow::{Context, Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

const BULK_ASYNC: &str = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/people";

/// Companies that people of the file belong to.
const COMPANIES: usize = 50;

/// How often a job is asked for.
const POLL: Duration = Duration::from_millis(500);

/// Longest wait for a job of 80 MB.
const LONGEST: Duration = Duration::from_secs(3_600);

pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    key: String,
    pub(crate) dynamodb: String,
    pub(crate) table: String,
    pub(crate) tenant: &'static str,
}

/// A job as its submission is answered.
pub(crate) struct Job {
    pub(crate) id: String,
    /// The path of its status.
    pub(crate) status: String,
}

/// A job that is completed.
pub(crate) struct Done {
    pub(crate) response: Value,
    pub(crate) ended: Instant,
}

/// Companies with a relationship each.
pub(crate) struct World {
    pub(crate) companies: Vec<(String, String)>,
}

impl Client {
    pub(crate) fn of(stack: &Stack, tenant: &'static str) -> Result<Self> {
        let description = &stack.published.description;
        let key = description.tenants.get(tenant).context("no such tenant")?.access_key.clone();
        let (dynamodb, table) = (description.dynamodb_url.clone(), description.table.clone());
        Ok(Self {
            http: client()?,
            base: description.base_url.clone(),
            key,
            dynamodb,
            table,
            tenant,
        })
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let path = path.trim_start_matches('/');
        let request = self.http.request(method, format!("{}/{path}", self.base));
        request.header("Accesskey", &self.key).timeout(Duration::from_secs(300))
    }

    async fn ask(&self, request: RequestBuilder) -> Result<Value> {
        let answer = request.send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{status}: {text:.300}");
        Ok(serde_json::from_str(&text)?)
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        self.ask(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: String) -> Result<Value> {
        let request = self.request(Method::POST, path);
        self.ask(request.header("Content-Type", "application/json").body(body)).await
    }

    /// Makes the companies and relationships that the file names.
    pub(crate) async fn world(&self) -> Result<World> {
        let made = async |object: &str, records: Vec<Value>| {
            let body = json!({ "records": records }).to_string();
            let answer = self.post(&format!("v1/data/objects/{object}"), body).await?;
            let list = answer["data"]["records"].as_array().cloned().unwrap_or_default();
            let ids = list.iter().filter_map(|record| record["Gsid"].as_str().map(str::to_owned));
            anyhow::Ok(ids.collect::<Vec<_>>())
        };
        let name = |n: usize| json!({ "Name": format!("Company {n}") });
        let companies = made("company", (0..COMPANIES).map(name).collect()).await?;
        let named = |(n, id): (usize, &String)| json!({ "Name": format!("Relationship {n}"), "Company_ID": id });
        let named = companies.iter().enumerate().map(named).collect();
        let relationships = made("relationship", named).await?;
        Ok(World { companies: companies.into_iter().zip(relationships).collect() })
    }

    /// Submits a payload.
    pub(crate) async fn submit(&self, payload: String) -> Result<Job> {
        let answer = self.post(BULK_ASYNC, payload).await?;
        let id = answer["data"]["jobId"].as_str().context("no jobId")?.to_owned();
        Ok(Job { id, status: status(&answer)? })
    }

    /// Sends a file; the path of its job's status.
    pub(crate) async fn send(&self, file: &Path, way: Way) -> Result<String> {
        if way == Way::Post {
            return Ok(self.submit(std::fs::read_to_string(file)?).await?.status);
        }
        let offer = self.post(&format!("{BULK_ASYNC}/uploads"), String::new()).await?;
        let url = offer["data"]["uploadUrl"].as_str().context("no uploadUrl")?;
        let bytes = match way {
            Way::UploadGzip => gzip(file).await?,
            _ => std::fs::read(file)?,
        };
        let put = self.http.put(url).timeout(Duration::from_secs(300)).body(bytes).send().await?;
        ensure!(put.status().is_success(), "the upload: {}", put.status());
        status(&offer)
    }

    /// Waits until rows of a job are written.
    pub(crate) async fn wait_until_in_progress(&self, status: &str) -> Result<()> {
        let mut ticks = tokio::time::interval(POLL);
        while self.get(status).await?["data"]["statusType"] == "INIT" {
            ticks.tick().await;
        }
        Ok(())
    }

    /// Waits for a job.
    pub(crate) async fn wait(&self, status: &str, rows: u64) -> Result<Done> {
        let bar = ProgressBar::new_spinner();
        bar.set_style(ProgressStyle::with_template("    {spinner} {elapsed} {msg}")?);
        bar.set_message(format!("{rows} rows"));
        let wait = async {
            let mut ticks = tokio::time::interval(POLL);
            loop {
                ticks.tick().await;
                bar.tick();
                let answer = self.get(status).await?;
                if answer["data"]["statusType"] == "COMPLETED" {
                    ensure!(answer["message"] == "COMPLETED", "{}", answer["message"]);
                    return Ok(Done {
                        response: answer["data"]["response"].clone(),
                        ended: Instant::now(),
                    });
                }
            }
        };
        let done = tokio::time::timeout(LONGEST, wait).await.context("the job does not end")?;
        bar.finish_and_clear();
        done
    }
}

fn status(answer: &Value) -> Result<String> {
    Ok(answer["data"]["statusUrl"].as_str().context("no statusUrl")?.to_owned())
}

async fn gzip(file: &Path) -> Result<Vec<u8>> {
    let mut command = tokio::process::Command::new("gzip");
    command.args(["-1", "-c"]).arg(file).stdout(Stdio::piped()).stdin(Stdio::null());
    let output = command.output().await.context("gzip is needed for a gzip upload")?;
    ensure!(output.status.success(), "gzip failed");
    Ok(output.stdout)
}
