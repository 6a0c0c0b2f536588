//! The environment of the functions and of the operator's command: the variables of template.yaml and the addresses of
//! the emulators. The emulator of S3 verifies the signatures of one key pair only. That pair is given to child processes
//! and never set in this process.

use super::StackOptions;
use super::emulators::Emulators;
use anyhow::Result;
use people_template::{ResolvedNames, Template};
use std::collections::BTreeMap;
use tokio::process::Command;

pub(crate) const REGION: &str = "us-east-1";

pub(crate) struct FunctionEnvironment {
    pub(crate) dynamodb_url: String,
    pub(crate) variables: BTreeMap<String, String>,
}

impl FunctionEnvironment {
    pub(crate) fn new(
        template: &Template,
        names: &ResolvedNames,
        emulators: &Emulators,
        options: &StackOptions,
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
        Ok(Self { dynamodb_url: emulators.dynamodb.url().to_owned(), variables })
    }

    /// The environment as commands for a shell, where the operator's command then finds this stack.
    pub(crate) fn to_exports(&self) -> String {
        let exports =
            self.variables.iter().map(|(name, value)| format!("export {name}='{value}'\n"));
        exports.collect::<String>() + "unset AWS_PROFILE AWS_SESSION_TOKEN\n"
    }

    pub(crate) fn apply_to(&self, command: &mut Command) {
        // A profile or session of the developer must not win over the key pair.
        command.env_remove("AWS_PROFILE").env_remove("AWS_SESSION_TOKEN").envs(&self.variables);
    }
}
