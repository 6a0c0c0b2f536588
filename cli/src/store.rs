//! Opens the DynamoDB store. Checks settings first, because the SDK takes seconds to fail and does
//! not report why.

use std::future::Future;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::default_provider::{credentials, region};
use aws_config::meta::region::ProvideRegion;
use aws_sdk_dynamodb::config::ProvideCredentials;
use people_storage::{Config, Store, connect_store, connect_store_for_passes};

use crate::cli::GlobalArgs;
use crate::error::CommandError;

/// The SDK also looks for settings on the network, where an answer comes at once or not at all.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(3);

const NO_TABLE: &str = "no table is named: pass --table NAME or set TABLE_NAME \
    (the stack's output TableName; beside `people serve`, read the file of variables that it names)";

const NO_REGION: &str = "no AWS region is set: set AWS_REGION, or AWS_PROFILE to a profile that \
    has one (any region will do for DynamoDB Local)";

const NO_CREDENTIALS: &str = "no AWS credentials can be loaded: set AWS_ACCESS_KEY_ID and \
    AWS_SECRET_ACCESS_KEY or AWS_PROFILE (any value will do for DynamoDB Local; after `aws sso \
    login` use eval \"$(aws configure export-credentials --format env)\")";

/// Opens the store that the options and the environment name.
pub(crate) async fn open_store(global: GlobalArgs) -> Result<Store, CommandError> {
    open_store_with(global, connect_store).await
}

/// Opens that store for passes over whole tenants.
pub(crate) async fn open_store_for_passes(global: GlobalArgs) -> Result<Store, CommandError> {
    open_store_with(global, connect_store_for_passes).await
}

async fn open_store_with(
    global: GlobalArgs,
    connect: impl FnOnce(&SdkConfig, &Config) -> Store,
) -> Result<Store, CommandError> {
    let table = global.table.ok_or(CommandError::Usage(NO_TABLE))?;
    let region = await_lookup(region::default_provider().region()).await;
    region.filter(|region| !region.as_ref().is_empty()).ok_or(CommandError::Usage(NO_REGION))?;
    let chain = credentials::default_provider().await;
    let loaded = await_lookup(async { chain.provide_credentials().await.ok() });
    loaded.await.ok_or(CommandError::Usage(NO_CREDENTIALS))?;
    let shared = aws_config::from_env().load().await;
    Ok(connect(&shared, &Config { table, endpoint: global.endpoint_url }))
}

async fn await_lookup<T>(lookup: impl Future<Output = Option<T>>) -> Option<T> {
    tokio::time::timeout(LOOKUP_TIMEOUT, lookup).await.ok().flatten()
}
