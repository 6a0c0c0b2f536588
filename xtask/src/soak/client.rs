//! A client of the service, with the calls that the soak makes.

use super::SubmitMethod;
use crate::http::new_client;
use crate::stack::LocalStack;
use anyhow::{Context, Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

const BULK_ASYNC: &str = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/people";

/// Number of companies to which the people of the file belong.
const COMPANY_COUNT: usize = 50;

/// Interval of the requests for the status of a job.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// Longest wait for a job.
const JOB_TIMEOUT: Duration = Duration::from_secs(3_600);

pub(crate) struct SoakClient {
    http: reqwest::Client,
    base: String,
    key: String,
    pub(crate) dynamodb: String,
    pub(crate) table: String,
    pub(crate) tenant: &'static str,
}

/// The response to the submission of a job.
pub(crate) struct SubmittedJob {
    pub(crate) id: String,
    /// The path of its status.
    pub(crate) status: String,
}

/// The end of a job.
pub(crate) struct CompletedJob {
    pub(crate) response: Value,
    pub(crate) ended: Instant,
}

/// Ids of companies, each with the id of its relationship.
pub(crate) type Companies = Vec<(String, String)>;

impl SoakClient {
    pub(crate) fn new(stack: &LocalStack, tenant: &'static str) -> Result<Self> {
        let description = &stack.file.description;
        let key = description.tenants.get(tenant).context("no such tenant")?.access_key.clone();
        let (dynamodb, table) = (description.dynamodb_url.clone(), description.table.clone());
        Ok(Self {
            http: new_client()?,
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

    async fn read_json(&self, request: RequestBuilder) -> Result<Value> {
        let answer = request.send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "{status}: {text:.300}");
        Ok(serde_json::from_str(&text)?)
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        self.read_json(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: String) -> Result<Value> {
        let request = self.request(Method::POST, path);
        self.read_json(request.header("Content-Type", "application/json").body(body)).await
    }

    /// Creates the companies and relationships of the file.
    pub(crate) async fn create_companies(&self) -> Result<Companies> {
        let create = async |object: &str, records: Vec<Value>| {
            let body = json!({ "records": records }).to_string();
            let answer = self.post(&format!("v1/data/objects/{object}"), body).await?;
            let list = answer["data"]["records"].as_array().cloned().unwrap_or_default();
            let ids = list.iter().filter_map(|record| record["Gsid"].as_str().map(str::to_owned));
            anyhow::Ok(ids.collect::<Vec<_>>())
        };
        let name = |n: usize| json!({ "Name": format!("Company {n}") });
        let companies = create("company", (0..COMPANY_COUNT).map(name).collect()).await?;
        let named = |(n, id): (usize, &String)| json!({ "Name": format!("Relationship {n}"), "Company_ID": id });
        let named = companies.iter().enumerate().map(named).collect();
        let relationships = create("relationship", named).await?;
        Ok(companies.into_iter().zip(relationships).collect())
    }

    /// Submits a payload.
    pub(crate) async fn submit_payload(&self, payload: String) -> Result<SubmittedJob> {
        let answer = self.post(BULK_ASYNC, payload).await?;
        let id = answer["data"]["jobId"].as_str().context("no jobId")?.to_owned();
        Ok(SubmittedJob { id, status: read_status_url(&answer)? })
    }

    /// Sends a file and returns the path of the status of its job.
    pub(crate) async fn send_file(&self, file: &Path, method: SubmitMethod) -> Result<String> {
        if method == SubmitMethod::Post {
            return Ok(self.submit_payload(std::fs::read_to_string(file)?).await?.status);
        }
        let upload = self.post(&format!("{BULK_ASYNC}/uploads"), String::new()).await?;
        let url = upload["data"]["uploadUrl"].as_str().context("no uploadUrl")?;
        let bytes = match method {
            SubmitMethod::UploadGzip => compress_file(file).await?,
            _ => std::fs::read(file)?,
        };
        let put = self.http.put(url).timeout(Duration::from_secs(300)).body(bytes).send().await?;
        ensure!(put.status().is_success(), "the upload: {}", put.status());
        read_status_url(&upload)
    }

    /// Waits until the rows of a job are being written.
    pub(crate) async fn wait_until_in_progress(&self, status: &str) -> Result<()> {
        let mut ticks = tokio::time::interval(POLL_INTERVAL);
        while self.get(status).await?["data"]["statusType"] == "INIT" {
            ticks.tick().await;
        }
        Ok(())
    }

    /// Waits until a job is completed.
    pub(crate) async fn wait_for_job(&self, status: &str, rows: u64) -> Result<CompletedJob> {
        let bar = ProgressBar::new_spinner();
        bar.set_style(ProgressStyle::with_template("    {spinner} {elapsed} {msg}")?);
        bar.set_message(format!("{rows} rows"));
        let wait = async {
            let mut ticks = tokio::time::interval(POLL_INTERVAL);
            loop {
                ticks.tick().await;
                bar.tick();
                let answer = self.get(status).await?;
                if answer["data"]["statusType"] == "COMPLETED" {
                    ensure!(answer["message"] == "COMPLETED", "{}", answer["message"]);
                    return Ok(CompletedJob {
                        response: answer["data"]["response"].clone(),
                        ended: Instant::now(),
                    });
                }
            }
        };
        let done = tokio::time::timeout(JOB_TIMEOUT, wait)
            .await
            .context("the job was not completed in time")?;
        bar.finish_and_clear();
        done
    }
}

fn read_status_url(answer: &Value) -> Result<String> {
    Ok(answer["data"]["statusUrl"].as_str().context("no statusUrl")?.to_owned())
}

async fn compress_file(file: &Path) -> Result<Vec<u8>> {
    let mut command = tokio::process::Command::new("gzip");
    command.args(["-1", "-c"]).arg(file).stdout(Stdio::piped()).stdin(Stdio::null());
    let output = command.output().await.context("can't start gzip")?;
    ensure!(output.status.success(), "gzip failed");
    Ok(output.stdout)
}
