//! Creates table, queues and bucket in the emulators as template.yaml describes them, under their logical names.

use super::buckets;
use super::emulators::Emulators;
use super::environment::REGION;
use super::stack_file::StackResources;
use anyhow::Result;
use people_lambda_emulator::{ProvisionedQueues, create_queues, create_table};
use people_template::{ResolvedNames, Template};

pub(crate) struct ProvisionedResources {
    pub(crate) table: String,
    pub(crate) bucket: String,
    pub(crate) queues: ProvisionedQueues,
    pub(crate) names: ResolvedNames,
}

impl ProvisionedResources {
    /// Describes them for tests and tools.
    pub(crate) fn describe(&self, emulators: &Emulators) -> StackResources {
        let urls = self.queues.iter().map(|(name, queue)| (name.clone(), queue.url.clone()));
        StackResources {
            dynamodb_url: emulators.dynamodb.url().to_owned(),
            sqs_url: emulators.ministack.url().to_owned(),
            s3_url: emulators.ministack.url().to_owned(),
            table: self.table.clone(),
            bucket: self.bucket.clone(),
            queues: urls.collect(),
        }
    }
}

pub(crate) async fn create_resources(
    template: &Template,
    emulators: &Emulators,
) -> Result<ProvisionedResources> {
    let (mut table, mut bucket) = (String::new(), String::new());
    let mut names = ResolvedNames::from([("AWS::Region".to_owned(), REGION.to_owned())]);
    for resource in template.resources("AWS::DynamoDB::Table") {
        table = resource.name.to_owned();
        create_table(&resource, &emulators.dynamodb).await?;
        names.insert(resource.name.to_owned(), table.clone());
    }
    let queues = create_queues(template, &emulators.ministack).await?;
    names.extend(queues.iter().map(|(name, queue)| (name.clone(), queue.url.clone())));
    for resource in template.resources("AWS::S3::Bucket") {
        bucket = buckets::create_bucket(&resource, &queues, &emulators.ministack).await?;
        names.insert(resource.name.to_owned(), bucket.clone());
    }
    Ok(ProvisionedResources { table, bucket, queues, names })
}
