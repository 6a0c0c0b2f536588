//! The connections of the service to its own table, bucket and queues.

use std::collections::BTreeMap;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_s3::config::{Credentials, SharedCredentialsProvider};
use people_jobs::Jobs;
use people_storage::{Store, connect_store};

use crate::bucket::{BucketCredentials, build_http_client};
use crate::resources::Resources;

pub(crate) const REGION: &str = "us-east-1";

/// The store and the jobs of all functions.
#[derive(Clone, Debug)]
pub(crate) struct Connections {
    pub(crate) store: Store,
    pub(crate) jobs: Jobs,
}

impl Connections {
    /// Connects with the variables of the functions, and none of this process's environment.
    /// `public_url` is where clients reach the bucket.
    pub(crate) fn new(
        resources: &Resources,
        variables: &BTreeMap<String, String>,
        credentials: &BucketCredentials,
        public_url: &str,
    ) -> Self {
        let read = |name: &str| variables.get(name).cloned();
        let connect = |url: &str| build_sdk_config(credentials, url);
        let config = people_lambda::Config::from_variables(read);
        let store = connect_store(&connect(&resources.table.url), &config.store);
        let s3 = connect(public_url)
            .into_builder()
            .http_client(build_http_client(resources.bucket.clone()))
            .build();
        let config = people_jobs::Config::from_variables(read);
        let jobs = Jobs::with_endpoints(&s3, &connect(&resources.queues.url), config);
        Self { store, jobs }
    }
}

fn build_sdk_config(credentials: &BucketCredentials, url: &str) -> SdkConfig {
    let BucketCredentials { id, secret } = credentials;
    let credentials = Credentials::new(id, secret, None, None, "people-server");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(url)
        .build()
}
