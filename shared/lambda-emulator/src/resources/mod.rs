//! Creates the resources of template.yaml in emulated services.

mod queues;
mod table;

pub use queues::{ProvisionedQueue, ProvisionedQueues, create_queues, find_queue_arn};
pub use table::{create_table, set_expiry};
