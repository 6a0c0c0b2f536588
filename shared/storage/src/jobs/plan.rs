//! A job gets its plan: markers first, then, once, the word that it is planned. Nothing is sent
//! before, so that a job is never sent in part.

use serde::{Deserialize, Serialize};

use super::item::{Pin, StoredState};

use super::{Job, JobId, JobKind};
use crate::table::call::ConditionalWrite;
use crate::table::clock::since_epoch;
use crate::table::convert::Item;
use crate::table::expression::Placeholders;
use crate::table::keys::{self, Key};
use crate::table::transact::Transacted;
use crate::table::update::Update;
use crate::{Result, StoreError, TenantStore};

/// Markers in one transaction, which takes 100 actions: the check of the job is one.
pub const TODOS_AT_ONCE: usize = 99;

/// A chunk that is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Todo {
    /// Its number, from 1.
    #[serde(skip)]
    pub chunk: u32,
    /// Where in the plan its part is, as the first byte and the one after the last; none when
    /// the chunk is the whole payload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<(u64, u64)>,
    /// Its rows, so that they can be given up one by one though nothing tells of them any more.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rows: u32,
    /// The chunk that has to be settled before this one is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u32>,
    /// The chunk that waits for this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u32>,
}

/// What a job knows once it is planned.
#[derive(Debug, Clone)]
pub struct JobPlan {
    /// The number of its chunks.
    pub chunks: u32,
    /// The lookups of the whole payload, as JSON.
    pub lookups: Option<String>,
    /// Where the plain payload is, as a key in the bucket.
    pub payload: String,
    /// The hash of the plan, which names its object: one that another version of the splitter makes
    /// has another name.
    pub hash: String,
}

/// An upload that is to be a job's payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Which of the objects that were put there.
    pub pin: Pin,
    /// When it was put, by the bucket's clock, in milliseconds since 1970; cut to the second.
    pub put: i64,
}

impl TenantStore {
    /// Fixes which upload is a job's payload: the first that arrives. False for any other, and
    /// once the job is completed.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn pin_upload(&self, id: &JobId, payload: &str, upload: &Upload) -> Result<bool> {
        let now = u64::try_from(since_epoch().as_millis()).unwrap_or(u64::MAX);
        let Upload { pin, put } = upload;
        let erasures = self.erasures().await?;
        let update = Update::default().set_text("payload", payload).set_serialized("pin", pin)?;
        let update = update
            .set_number("arrived", now)
            .set_number("erasures", erasures)
            .set_number("uploaded", u64::try_from(*put).unwrap_or_default());
        let update = update.if_text("state", StoredState::Init.as_str()).if_absent("payload");
        match self.store.send_update(&keys::job(&self.tenant.id, id.as_str()), update).await? {
            ConditionalWrite::Done(_) => Ok(true),
            _ => {
                let job = self.job(id, &[JobKind::Upload]).await?;
                Ok(job.is_some_and(|job| job.pin.as_ref() == Some(pin)))
            }
        }
    }

    /// Writes at most [`TODOS_AT_ONCE`] markers of a job that is not planned; false when it is.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn write_todos(&self, job: &Job, todos: &[Todo]) -> Result<bool> {
        let mut place = Placeholders::default();
        let condition = format!(
            "attribute_exists({}) AND attribute_not_exists({})",
            place.name("kind"),
            place.name("chunks")
        );
        let key = keys::job(&self.tenant.id, job.id.as_str());
        let mut actions = vec![self.store.check(&key, condition, place)?];
        for todo in todos {
            actions.push(self.store.any_item(self.todo_item(&job.id, job.ttl, todo)?)?);
        }
        match self.store.transact(actions).await? {
            Transacted::Done => Ok(true),
            Transacted::Missed(_) => Ok(false),
            Transacted::Conflict => Err(StoreError::Unavailable("conflict".to_owned())),
        }
    }

    /// Says that a job's markers are all there; false when it was planned or completed before.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn plan_job(&self, job: &Job, plan: &JobPlan) -> Result<bool> {
        let update = Update::default()
            .set_text("state", StoredState::InProgress.as_str())
            .set_number("chunks", plan.chunks.into())
            .set_text("payload", &plan.payload)
            .set_text("plan", &plan.hash);
        let update = match &plan.lookups {
            Some(lookups) => update.set_text("lookups", lookups),
            None => update,
        };
        let update = update.if_present("kind").if_absent("chunks");
        let updated =
            self.store.send_update(&keys::job(&self.tenant.id, job.id.as_str()), update).await?;
        Ok(matches!(updated, ConditionalWrite::Done(_)))
    }

    /// The markers of a job that are left, in order.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn todos(&self, job: &Job) -> Result<Vec<Todo>> {
        let items = self.job_items(job, keys::TODO, None).await?;
        items
            .into_iter()
            .map(|item| read(item).ok_or_else(|| StoreError::corrupt("todo")))
            .collect()
    }

    /// The marker of a chunk, if it is left.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn todo(&self, job: &Job, chunk: u32) -> Result<Option<Todo>> {
        let key = keys::job_item(&self.tenant.id, job.id.as_str(), keys::TODO, chunk);
        let Some(item) = self.raw_item(&key).await? else { return Ok(None) };
        read(item).map(Some).ok_or_else(|| StoreError::corrupt("todo"))
    }

    pub(super) fn todo_item(&self, id: &JobId, ttl: u64, todo: &Todo) -> Result<Item> {
        let mut item: Item =
            serde_dynamo::to_item(todo).map_err(|_| StoreError::corrupt("todo"))?;
        let key = keys::job_item(&self.tenant.id, id.as_str(), keys::TODO, todo.chunk);
        item.extend(key.attributes());
        item.insert("ttl".to_owned(), aws_sdk_dynamodb::types::AttributeValue::N(ttl.to_string()));
        Ok(item)
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn is_zero(rows: &u32) -> bool {
    *rows == 0
}

fn read(item: Item) -> Option<Todo> {
    let chunk = Key::of(&item)?.sk.strip_prefix(keys::TODO)?.parse().ok()?;
    let todo: Todo = serde_dynamo::from_item(item).ok()?;
    Some(Todo { chunk, ..todo })
}
