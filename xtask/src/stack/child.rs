//! The environment of the functions and of the operator's command: what template.yaml sets, and where the store is.
//! The keys are the one pair whose signatures the emulator of S3 knows; they are given to children only, never set in this
//! process.

use super::Options;
use super::emulators::Emulators;
use crate::template::{Names, Template};
use anyhow::Result;
use std::collections::BTreeMap;
use tokio::process::Command;

pub(crate) const REGION: &str = "us-east-1";

pub(crate) struct Surroundings {
    /// Where DynamoDB answers.
    pub(crate) dynamodb: String,
    variables: BTreeMap<String, String>,
}

impl Surroundings {
    pub(crate) fn new(
        template: &Template,
        names: &Names,
        emulators: &Emulators,
        options: &Options,
    ) -> Result<Self> {
        let mut variables = template.environment(names)?;
        let fixed = [
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_REGION", REGION),
            ("AWS_ENDPOINT_URL_DYNAMODB", emulators.dynamodb.url()),
            ("AWS_ENDPOINT_URL_S3", emulators.ministack.url()),
            ("AWS_ENDPOINT_URL_SQS", emulators.ministack.url()),
        ];
        variables.extend(fixed.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let log = options.call_log.as_ref().map(|log| log.display().to_string());
        variables.extend(log.map(|log| ("PEOPLE_CALL_LOG".to_owned(), log)));
        Ok(Self { dynamodb: emulators.dynamodb.url().to_owned(), variables })
    }

    /// The same for a shell: what the operator's command needs to find this stack.
    pub(crate) fn exports(&self) -> String {
        let exports =
            self.variables.iter().map(|(name, value)| format!("export {name}='{value}'\n"));
        exports.collect::<String>() + "unset AWS_PROFILE AWS_SESSION_TOKEN\n"
    }

    pub(crate) fn give(&self, command: &mut Command) {
        // Someone's own profile or session must not win over the keys above.
        command.env_remove("AWS_PROFILE").env_remove("AWS_SESSION_TOKEN").envs(&self.variables);
    }
}
