//! Finds out all that some rows need to know, at once: ids and dropdown items in one strongly
//! consistent `BatchGetItem`, searches beside it (ADR 9).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes, PutRequest, WriteRequest};
use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::objects::record::{BORN, Record, stamp};
use people_domain::people::need::{Known, Needs};

use crate::table::budget::Budget;
use crate::table::call::MeteredCall;
use crate::table::clock::back_off;
use crate::table::convert::{Item, to_attributes};
use crate::table::keys::{self, Key};
use crate::{Result, StoreError, TenantStore};

/// Keys that one `BatchGetItem` takes.
pub(crate) const BATCH_GET: usize = 100;

/// Items that one `BatchWriteItem` takes.
const BATCH_WRITE: usize = 25;

/// How many of them are asked for at the same time.
const AT_ONCE: usize = 16;

/// How often what a batch left over is asked for again: a batch of which something is throttled
/// is an answer like others, so that the client itself neither waits nor asks again.
const TRIES: u32 = 8;

/// Attribute that holds a dropdown item's label.
pub(crate) const LABEL: &str = "label";

/// How many matches of a search are wanted: one to take, one to see that there are several.
const MATCHES: usize = 2;

impl TenantStore {
    /// Everything that `needs` asks for. What a process saw less than 60 s ago is not asked again;
    /// a record, if none was changed since.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn resolve(&self, needs: &Needs, budget: &Budget) -> Result<Known> {
        let mut known = Known::default();
        let mut wanted = HashMap::new();
        for (object, gsid) in &needs.records {
            match self.remembered_record(object, gsid) {
                Some(record) => _ = known.records.insert(gsid.clone(), record),
                None => _ = wanted.insert(keys::object(&self.tenant.id, object, gsid), None),
            }
        }
        let labels: Vec<_> = needs
            .labels
            .iter()
            .map(|(category, label)| {
                (category.clone(), self.mint().dropdown_item(category, label), Some(label.clone()))
            })
            .collect();
        let ids = needs.items.iter().map(|(category, gsid)| (category.clone(), gsid.clone(), None));
        for (category, gsid, label) in labels.into_iter().chain(ids) {
            match self.store.cache.labels.get(&self.named(&category, &gsid)) {
                Some(label) => _ = known.items.insert(gsid, label),
                None => {
                    _ = wanted.insert(
                        keys::dropdown_item(&self.tenant.id, &category, &gsid),
                        Some((category, label)),
                    )
                }
            }
        }
        let searches = self.search_all(&needs.queries, MATCHES, budget);
        let items = self.batch_get(wanted.keys().cloned().collect());
        let (items, found) = futures::future::try_join(items, searches).await?;
        (known.matches, known.too_much) = (found.matches, found.too_much);
        for (key, what) in wanted {
            match (items.get(&key), what) {
                (Some(item), Some((category, _))) => {
                    self.keep_label(&mut known, &category, &key.sk, item)
                }
                (Some(item), None) => self.keep_record(&mut known, &key, item.clone())?,
                (None, Some((category, Some(label)))) => known.new_labels.push((category, label)),
                (None, _) => {}
            }
        }
        Ok(known)
    }

    fn named(&self, group: &str, gsid: &str) -> (String, String, String) {
        (self.tenant.id.clone(), group.to_owned(), gsid.to_owned())
    }

    fn remembered_record(&self, object: &str, gsid: &str) -> Option<Arc<Record>> {
        let wanted = self.generation?;
        let (generation, record) = self.store.cache.records.get(&self.named(object, gsid))?;
        (generation >= wanted).then_some(record)
    }

    /// The generation is older than the read, so that no change after the read goes by it.
    fn remember_record(&self, record: &Arc<Record>) {
        let Some(generation) = self.generation else { return };
        let name = self.named(&record.object, &record.gsid);
        self.store.cache.records.insert(name, (generation, record.clone()));
    }

    pub(crate) fn forget_record(&self, record: &Record) {
        self.store.cache.records.invalidate(&self.named(&record.object, &record.gsid));
    }

    pub(crate) fn forget_label(&self, category: &str, gsid: &str) {
        self.store.cache.labels.invalidate(&self.named(category, gsid));
    }

    fn keep_record(&self, known: &mut Known, key: &Key, item: Item) -> Result<()> {
        let record = Arc::new(read_record(key, item)?);
        self.remember_record(&record);
        known.records.insert(record.gsid.clone(), record);
        Ok(())
    }

    fn keep_label(&self, known: &mut Known, category: &str, gsid: &str, item: &Item) {
        let Some(label) = item.get(LABEL).and_then(|label| label.as_s().ok()) else { return };
        let label: Arc<str> = label.as_str().into();
        self.store.cache.labels.insert(self.named(category, gsid), label.clone());
        known.items.insert(gsid.to_owned(), label);
    }

    /// Adds labels to their open lists, before the first row that uses them is written.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn learn(&self, labels: &[(String, String)]) -> Result<()> {
        let put = |(category, label): &(String, String)| {
            let gsid = self.mint().dropdown_item(category, label);
            let mut item = keys::dropdown_item(&self.tenant.id, category, &gsid).attributes();
            item.insert(LABEL.to_owned(), AttributeValue::S(label.clone()));
            item
        };
        self.batch_put(labels.iter().map(put).collect()).await?;
        for (category, label) in labels {
            let gsid = self.mint().dropdown_item(category, label);
            self.store.cache.labels.insert(self.named(category, &gsid), label.as_str().into());
        }
        Ok(())
    }

    /// Puts items whose order does not matter and that nobody else would write differently.
    pub(crate) async fn batch_put(&self, items: Vec<Item>) -> Result<()> {
        let request = |item: Item| {
            let put = PutRequest::builder().set_item(Some(item)).build();
            put.map(|put| WriteRequest::builder().put_request(put).build())
                .map_err(|_| StoreError::corrupt("item"))
        };
        let requests = items.into_iter().map(request).collect::<Result<Vec<_>>>()?;
        for chunk in requests.chunks(BATCH_WRITE) {
            let mut left = Some(HashMap::from([(self.store.table.to_string(), chunk.to_vec())]));
            for attempt in 0..TRIES {
                let Some(requests) = left.take().filter(|left| !left.is_empty()) else { break };
                pause(attempt).await;
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

    /// Items by key, strongly consistent; those that are not there are missing.
    pub(crate) async fn batch_get(&self, mut keys: Vec<Key>) -> Result<HashMap<Key, Item>> {
        // DynamoDB refuses a call that asks for an item twice.
        let mut asked = HashSet::with_capacity(keys.len());
        keys.retain(|key| asked.insert(key.clone()));
        let chunks: Vec<_> =
            keys.chunks(BATCH_GET).map(|chunk| self.batch_get_chunk(chunk)).collect();
        let found: Vec<_> = stream::iter(chunks).buffer_unordered(AT_ONCE).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }

    async fn batch_get_chunk(&self, keys: &[Key]) -> Result<Vec<(Key, Item)>> {
        let wanted = KeysAndAttributes::builder().consistent_read(true);
        let wanted = wanted.set_keys(Some(keys.iter().map(Key::attributes).collect())).build();
        let wanted = wanted.map_err(|_| StoreError::corrupt("key"))?;
        let mut left = Some(HashMap::from([(self.store.table.to_string(), wanted)]));
        let mut found = Vec::new();
        for attempt in 0..TRIES {
            let Some(wanted) = left.take().filter(|left| !left.is_empty()) else {
                return Ok(found);
            };
            pause(attempt).await;
            let call = self.store.db.batch_get_item().set_request_items(Some(wanted));
            let answer = call.send_metered(&self.store.meter).await?;
            let items = answer.responses.unwrap_or_default().into_values().flatten();
            found.extend(items.filter_map(|item| Some((Key::of(&item)?, item))));
            left = answer.unprocessed_keys;
        }
        match left.filter(|left| !left.is_empty()) {
            None => Ok(found),
            Some(_) => Err(StoreError::Unavailable("throttled".to_owned())),
        }
    }
}

/// Before what was left over is asked for again.
async fn pause(attempt: u32) {
    if attempt > 0 {
        back_off(attempt).await;
    }
}

/// An item of an object as a record; its key says which object and which GSID.
pub(crate) fn read_record(key: &Key, item: Item) -> Result<Record> {
    let attributes = to_attributes(item);
    let born = stamp(&attributes, BORN).ok_or_else(|| StoreError::corrupt("record"))?;
    let object = key.pk.rsplit('#').next().unwrap_or_default().to_owned();
    Ok(Record { object, gsid: key.sk.clone(), born, attributes })
}
