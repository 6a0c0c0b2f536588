//! DynamoDB Local and ministack (SQS and S3), each on a free port of the loopback interface, with nothing kept on disk.

use super::free_port;
use crate::http::answers;
use crate::process::Family;
use crate::root::local;
use crate::tools::Tools;
use anyhow::Result;
use people_host::Emulator;
use std::time::Duration;

/// Longest wait for an emulator: a Java machine starts in seconds, on a busy machine in many.
const START: Duration = Duration::from_secs(60);

pub(crate) struct Emulators {
    pub(crate) dynamodb: Emulator,
    /// SQS and S3 at one address.
    pub(crate) ministack: Emulator,
}

impl Emulators {
    pub(crate) fn start(family: &Family, tools: &Tools, name: &str) -> Result<Self> {
        let (dynamodb, ministack) = (free_port()?, free_port()?);
        let log = |server: &str| local().join(format!("{name}.{server}.log"));
        family.serve("DynamoDB Local", tools.dynamodb(dynamodb), log("dynamodb"))?;
        let mut command = tools.python("ministack");
        command.env("BIND_HOST", "127.0.0.1").env("MINISTACK_HOST", "127.0.0.1");
        command.env("GATEWAY_PORT", ministack.to_string()).env("SERVICES", "s3,sqs");
        family.serve("ministack", command, log("ministack"))?;
        let at = |port: u16| Emulator::new(format!("http://127.0.0.1:{port}"));
        Ok(Self { dynamodb: at(dynamodb)?, ministack: at(ministack)? })
    }

    /// Waits until both answer.
    pub(crate) async fn ready(&self) -> Result<()> {
        answers(self.dynamodb.url(), "DynamoDB Local", START).await?;
        answers(self.ministack.url(), "ministack", START).await
    }
}
