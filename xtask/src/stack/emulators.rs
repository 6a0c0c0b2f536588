//! Starts DynamoDB Local and ministack (SQS and S3), each on a free port of the loopback interface. Neither keeps data on
//! disk.

use super::free_port;
use crate::http::wait_until_ready;
use crate::paths::state_dir;
use crate::process::Supervisor;
use crate::tools::Tools;
use anyhow::Result;
use people_lambda_emulator::AwsEndpoint;
use std::time::Duration;

/// Longest wait for an emulator. Java takes seconds to start, and many of them on a busy machine.
const START_TIMEOUT: Duration = Duration::from_secs(60);

pub(crate) struct Emulators {
    pub(crate) dynamodb: AwsEndpoint,
    /// SQS and S3 at one address.
    pub(crate) ministack: AwsEndpoint,
}

impl Emulators {
    pub(crate) fn start(supervisor: &Supervisor, tools: &Tools, stack: &str) -> Result<Self> {
        let (dynamodb, ministack) = (free_port()?, free_port()?);
        let log = |server: &str| state_dir().join(format!("{stack}.{server}.log"));
        supervisor.start_service(
            "DynamoDB Local",
            tools.dynamodb_command(dynamodb),
            log("dynamodb"),
        )?;
        let mut command = tools.python_command("ministack");
        command.env("BIND_HOST", "127.0.0.1").env("MINISTACK_HOST", "127.0.0.1");
        command.env("GATEWAY_PORT", ministack.to_string()).env("SERVICES", "s3,sqs");
        supervisor.start_service("ministack", command, log("ministack"))?;
        let endpoint = |port: u16| AwsEndpoint::new(format!("http://127.0.0.1:{port}"));
        Ok(Self { dynamodb: endpoint(dynamodb)?, ministack: endpoint(ministack)? })
    }

    /// Waits until both respond.
    pub(crate) async fn wait_until_ready(&self) -> Result<()> {
        wait_until_ready(self.dynamodb.url(), "DynamoDB Local", START_TIMEOUT).await?;
        wait_until_ready(self.ministack.url(), "ministack", START_TIMEOUT).await
    }
}
