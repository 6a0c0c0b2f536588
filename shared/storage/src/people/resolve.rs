//! Resolves everything that a set of rows needs in one round trip: ids and dropdown items by a
//! strongly consistent `BatchGetItem`, searches at the same time (ADR 9).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, PutRequest, WriteRequest};
use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::objects::record::{CREATED, Record, attribute_stamp};
use people_domain::people::needs::{Known, Needs};

use crate::table::budget::ReadBudget;
use crate::table::call::MeteredCall;
use crate::table::convert::{TableItem, item_text, to_attributes};
use crate::table::keys::{self, ItemKey};
use crate::table::retry::sleep_backoff;
use crate::{Result, StoreError, TenantStore};

/// Keys that one `BatchGetItem` accepts.
pub(crate) const BATCH_GET_KEYS_MAX: usize = 100;

/// Items that one `BatchWriteItem` accepts.
pub(crate) const BATCH_WRITE_ITEMS_MAX: usize = 25;

/// `BatchGetItem` calls in flight at the same time.
const BATCH_CONCURRENCY: usize = 16;

/// Calls for one batch, the first included. A partly throttled batch is a success for the SDK,
/// which therefore neither waits nor retries.
const BATCH_ATTEMPTS_MAX: u32 = 8;

/// Attribute that holds a dropdown item's label.
pub(crate) const LABEL: &str = "label";

/// Matches wanted of each search: one to use, and one to detect that there are several.
const MATCHES_WANTED: usize = 2;

impl TenantStore {
    /// Resolves `needs`. Labels read less than 60 s ago come from the process's cache; records too,
    /// if no record was changed since.
    pub(crate) async fn resolve_needs(&self, needs: &Needs, budget: &ReadBudget) -> Result<Known> {
        let mut known = Known::default();
        let mut wanted = HashMap::new();
        for (object, gsid) in &needs.records {
            match self.find_cached_record(object, gsid) {
                Some(record) => _ = known.records.insert(gsid.clone(), record),
                None => _ = wanted.insert(keys::record_key(&self.tenant.id, object, gsid), None),
            }
        }
        let labels: Vec<_> = needs
            .labels
            .iter()
            .map(|(category, label)| {
                (
                    category.clone(),
                    self.ids().dropdown_item_gsid(category, label),
                    Some(label.clone()),
                )
            })
            .collect();
        let ids = needs.items.iter().map(|(category, gsid)| (category.clone(), gsid.clone(), None));
        for (category, gsid, label) in labels.into_iter().chain(ids) {
            match self.store.cache.labels.get(&self.cache_key(&category, &gsid)) {
                Some(label) => _ = known.items.insert(gsid, label),
                None => {
                    _ = wanted.insert(
                        keys::dropdown_item_key(&self.tenant.id, &category, &gsid),
                        Some((category, label)),
                    )
                }
            }
        }
        let searches = self.search_many(&needs.queries, MATCHES_WANTED, budget);
        let items = self.batch_get_items(wanted.keys().cloned().collect());
        let (items, found) = futures::future::try_join(items, searches).await?;
        (known.matches, known.over_read_limit) = (found.matches, found.too_much);
        for (key, label) in wanted {
            match (items.get(&key), label) {
                (Some(item), Some((category, _))) => {
                    self.add_known_label(&mut known, &category, &key.sk, item)
                }
                (Some(item), None) => self.add_known_record(&mut known, &key, item.clone())?,
                (None, Some((category, Some(label)))) => known.new_labels.push((category, label)),
                (None, _) => {}
            }
        }
        Ok(known)
    }

    fn cache_key(&self, group: &str, gsid: &str) -> (String, String, String) {
        (self.tenant.id.clone(), group.to_owned(), gsid.to_owned())
    }

    fn find_cached_record(&self, object: &str, gsid: &str) -> Option<Arc<Record>> {
        let wanted = self.generation?;
        let (generation, record) = self.store.cache.records.get(&self.cache_key(object, gsid))?;
        (generation >= wanted).then_some(record)
    }

    /// Caches a record under the generation of the call, which is older than the read: a change
    /// after the read has a later generation.
    fn cache_record(&self, record: &Arc<Record>) {
        let Some(generation) = self.generation else { return };
        let name = self.cache_key(&record.object, &record.gsid);
        self.store.cache.records.insert(name, (generation, record.clone()));
    }

    pub(crate) fn invalidate_record(&self, record: &Record) {
        self.store.cache.records.invalidate(&self.cache_key(&record.object, &record.gsid));
    }

    pub(crate) fn invalidate_label(&self, category: &str, gsid: &str) {
        self.store.cache.labels.invalidate(&self.cache_key(category, gsid));
    }

    fn add_known_record(&self, known: &mut Known, key: &ItemKey, item: TableItem) -> Result<()> {
        let record = Arc::new(parse_record(key, item)?);
        self.cache_record(&record);
        known.records.insert(record.gsid.clone(), record);
        Ok(())
    }

    fn add_known_label(&self, known: &mut Known, category: &str, gsid: &str, item: &TableItem) {
        let Some(label) = item_text(item, LABEL) else { return };
        let label: Arc<str> = label.into();
        self.store.cache.labels.insert(self.cache_key(category, gsid), label.clone());
        known.items.insert(gsid.to_owned(), label);
    }

    /// Adds labels to their open dropdown lists.
    pub async fn add_dropdown_items(&self, labels: &[(String, String)]) -> Result<()> {
        let build_item = |(category, label): &(String, String)| {
            let gsid = self.ids().dropdown_item_gsid(category, label);
            let mut item =
                keys::dropdown_item_key(&self.tenant.id, category, &gsid).to_attributes();
            item.insert(LABEL.to_owned(), AttributeValue::S(label.clone()));
            item
        };
        self.batch_put_items(labels.iter().map(build_item).collect()).await?;
        for (category, label) in labels {
            let gsid = self.ids().dropdown_item_gsid(category, label);
            self.store.cache.labels.insert(self.cache_key(category, &gsid), label.as_str().into());
        }
        Ok(())
    }

    /// Puts items in any order, unconditionally: every other writer would write the same items.
    pub(crate) async fn batch_put_items(&self, items: Vec<TableItem>) -> Result<()> {
        let request = |item: TableItem| {
            let put = PutRequest::builder().set_item(Some(item)).build()?;
            Ok(WriteRequest::builder().put_request(put).build())
        };
        let requests = items.into_iter().map(request).collect::<Result<Vec<_>>>()?;
        for chunk in requests.chunks(BATCH_WRITE_ITEMS_MAX) {
            let mut left = Some(HashMap::from([(self.store.table.to_string(), chunk.to_vec())]));
            for attempt in 0..BATCH_ATTEMPTS_MAX {
                let Some(requests) = left.take().filter(|left| !left.is_empty()) else { break };
                wait_before_retry(attempt).await;
                let call = self.store.db.batch_write_item().set_request_items(Some(requests));
                let answer = call.send_metered(&self.store.meter).await?;
                left = answer.unprocessed_items;
            }
            if left.is_some_and(|left| !left.is_empty()) {
                return Err(StoreError::Unavailable("throttled".to_owned()));
            }
        }
        Ok(())
    }

    /// Reads items by key, strongly consistent; absent items are missing from the result.
    pub(crate) async fn batch_get_items(
        &self,
        mut keys: Vec<ItemKey>,
    ) -> Result<HashMap<ItemKey, TableItem>> {
        // DynamoDB refuses a call that names a key twice.
        let mut seen = HashSet::with_capacity(keys.len());
        keys.retain(|key| seen.insert(key.clone()));
        let chunks: Vec<_> =
            keys.chunks(BATCH_GET_KEYS_MAX).map(|chunk| self.batch_get_chunk(chunk)).collect();
        let found: Vec<_> =
            stream::iter(chunks).buffer_unordered(BATCH_CONCURRENCY).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn batch_get_chunk(&self, keys: &[ItemKey]) -> Result<Vec<(ItemKey, TableItem)>> {
        let wanted = KeysAndAttributes::builder()
            .consistent_read(true)
            .set_keys(Some(keys.iter().map(ItemKey::to_attributes).collect()))
            .build()?;
        let mut left = Some(HashMap::from([(self.store.table.to_string(), wanted)]));
        let mut found = Vec::new();
        for attempt in 0..BATCH_ATTEMPTS_MAX {
            let Some(wanted) = left.take().filter(|left| !left.is_empty()) else {
                return Ok(found);
            };
            wait_before_retry(attempt).await;
            let call = self.store.db.batch_get_item().set_request_items(Some(wanted));
            let answer = call.send_metered(&self.store.meter).await?;
            let items = answer.responses.unwrap_or_default().into_values().flatten();
            found.extend(items.filter_map(|item| Some((ItemKey::from_item(&item)?, item))));
            left = answer.unprocessed_keys;
        }
        match left.filter(|left| !left.is_empty()) {
            None => Ok(found),
            Some(_) => Err(StoreError::Unavailable("throttled".to_owned())),
        }
    }
}

/// Waits before the unprocessed rest of a batch is sent again.
async fn wait_before_retry(attempt: u32) {
    if attempt > 0 {
        sleep_backoff(attempt).await;
    }
}

/// Parses an item of an object as a record; the object and the GSID come from its key.
pub(crate) fn parse_record(key: &ItemKey, item: TableItem) -> Result<Record> {
    let attributes = to_attributes(item);
    let created =
        attribute_stamp(&attributes, CREATED).ok_or_else(|| StoreError::corrupt("record"))?;
    let object = key.pk.rsplit('#').next().unwrap_or_default().to_owned();
    Ok(Record { object, gsid: key.sk.clone(), created, attributes })
}
