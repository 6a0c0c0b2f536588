//! The connections of the service to its own table, bucket and queues, which stay in the process.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use people_jobs::Jobs;
use people_storage::{Store, connect_store};

use crate::bucket::{BucketCredentials, EmbeddedBucket};
use crate::connector::{LocalService, build_http_client};
use crate::services::Services;

pub(crate) const REGION: &str = "us-east-1";

/// How long tenants, keys and schemas are remembered: the operator's command changes them in another
/// process, and reading them costs little here.
const CACHE_TTL: Duration = Duration::from_secs(1);

/// The store and the jobs of all functions.
#[derive(Clone, Debug)]
pub(crate) struct Connections {
    pub(crate) store: Store,
    pub(crate) jobs: Jobs,
}

impl Connections {
    /// Connects with the variables of the functions, and none of this process's environment.
    /// Upload URLs begin with `public_url`.
    pub(crate) fn new(
        services: &Services,
        bucket: &EmbeddedBucket,
        variables: &BTreeMap<String, String>,
        credentials: &BucketCredentials,
        public_url: &str,
    ) -> Self {
        let read = |name: &str| variables.get(name).cloned();
        let local = build_sdk_config(credentials, public_url, services.clone());
        let s3 = build_sdk_config(credentials, public_url, bucket.clone());
        let config = people_lambda::Config::from_variables(read);
        let store = connect_store(&local, &config.store).with_cache_ttl(CACHE_TTL);
        let config = people_jobs::Config::from_variables(read);
        Self { store, jobs: Jobs::with_endpoints(&s3, &local, config) }
    }
}

pub(crate) fn build_sdk_config(
    credentials: &BucketCredentials,
    url: &str,
    service: impl LocalService,
) -> SdkConfig {
    let BucketCredentials { id, secret } = credentials;
    let credentials = Credentials::new(id, secret, None, None, "people-server");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(url)
        .http_client(build_http_client(service))
        .build()
}
