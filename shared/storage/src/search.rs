//! Searches for records by values of fields (contract 6). Lookup entries are hints: a record is
//! believed only when it still holds every value looked for.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::email::EmailKey;
use people_domain::gsid::Gsid;
use people_domain::metadata::{Object, object};
use people_domain::need::Query;
use people_domain::person::Person;
use people_domain::record::Record;

use crate::convert::Item;
use crate::keys::{self, Key};
use crate::resolve::read_record;
use crate::{Result, TenantStore};

/// Lookup entries read at a time.
const PAGE: i32 = 100;

/// Searches under way at a time.
const AT_ONCE: usize = 16;

/// Matches of each search.
pub(crate) type Matches = HashMap<Query, Vec<Arc<Record>>>;

impl TenantStore {
    /// The first `wanted` matches of each search, the first made first.
    pub(crate) async fn search_all(
        &self,
        queries: &BTreeSet<Query>,
        wanted: usize,
    ) -> Result<Matches> {
        let metadata = self.metadata().await?;
        let mut scans: BTreeMap<&str, Vec<&Query>> = BTreeMap::new();
        let mut direct = Vec::new();
        for query in queries {
            match metadata.object(&query.object) {
                Some(object) if is_scan(query, object) => {
                    scans.entry(&query.object).or_default().push(query)
                }
                _ => direct.push(query.clone()),
            }
        }
        let searches: Vec<_> =
            direct.into_iter().map(|query| self.search_one(query, wanted)).collect();
        let mut matches: Matches =
            stream::iter(searches).buffer_unordered(AT_ONCE).try_collect().await?;
        // A partition is read once, however many searches want it.
        for (name, queries) in scans {
            if let Some(object) = metadata.object(name) {
                matches.extend(self.scan(object, &queries, wanted).await?);
            }
        }
        Ok(matches)
    }

    async fn search_one(&self, query: Query, wanted: usize) -> Result<(Query, Vec<Arc<Record>>)> {
        let found = self.search(&query, wanted).await?;
        Ok((query, found))
    }

    /// The first `wanted` records that match, the first made first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn search(&self, query: &Query, wanted: usize) -> Result<Vec<Arc<Record>>> {
        let metadata = self.metadata().await?;
        let Some(object) = metadata.object(&query.object) else { return Ok(Vec::new()) };
        let gsid = query.conditions.iter().find(|(name, _)| name == "Gsid").map(|(_, value)| value);
        match (gsid, indexed(query, object)) {
            _ if query.object == object::PERSON => self.search_people(query, object).await,
            // What is no GSID names nothing, and may be too long for a key.
            (Some(gsid), _) if Gsid::parse(gsid).is_none() => Ok(Vec::new()),
            (Some(gsid), _) => {
                let key = keys::object(&self.tenant.id, &query.object, gsid);
                let found = self.batch_get(vec![key]).await?;
                self.living(matching(found.into_iter(), query, object)?).await
            }
            (None, Some((name, value))) => {
                self.search_index(query, object, name, value, wanted).await
            }
            (None, None) => {
                let found = self.scan(object, &[query], wanted).await?;
                Ok(found.into_values().flatten().collect())
            }
        }
    }

    /// People are found by email or GSID; further conditions are checked on what was found.
    async fn search_people(&self, query: &Query, object: &Object) -> Result<Vec<Arc<Record>>> {
        let value = |name: &str| {
            query.conditions.iter().find(|(known, _)| known == name).map(|(_, value)| value)
        };
        let email = value("Email").map(|key| EmailKey::from_stored(key));
        let gsid = value("Gsid").and_then(|text| Gsid::parse(text));
        let found = match (email, gsid) {
            (Some(email), _) => self.person_by_key(&email).await?,
            (None, Some(gsid)) => self.person_by_gsid(&gsid).await?,
            (None, None) => None,
        };
        let record = found.and_then(|person| person_record(person, query, object));
        Ok(record.map(Arc::new).into_iter().collect())
    }

    /// By the entries of an indexed field, page by page until enough records hold all values.
    async fn search_index(
        &self,
        query: &Query,
        object: &Object,
        field: &str,
        value: &str,
        wanted: usize,
    ) -> Result<Vec<Arc<Record>>> {
        let (mut found, mut from) = (Vec::new(), None);
        loop {
            let (keys, next) = self.entry_page(object, field, value, from).await?;
            let records = self.batch_get(keys).await?;
            found.extend(self.living(matching(records.into_iter(), query, object)?).await?);
            from = next;
            if found.len() >= wanted || from.is_none() {
                found.truncate(wanted);
                return Ok(found);
            }
        }
    }

    /// Records without the relationships that went with their companies (contract-details 15).
    pub(crate) async fn living(&self, mut records: Vec<Arc<Record>>) -> Result<Vec<Arc<Record>>> {
        let companies = records.iter().filter_map(|record| record.company());
        let key = |id: &str| keys::object(&self.tenant.id, object::COMPANY, id);
        let companies: Vec<_> = companies.map(key).collect();
        if !companies.is_empty() {
            let found = self.batch_get(companies).await?.into_iter();
            let found = found.map(|(key, item)| {
                read_record(&key, item).map(|record| (record.gsid.clone(), Arc::new(record)))
            });
            let found = found.collect::<Result<_>>()?;
            records.retain(|record| record.is_there(&found));
        }
        Ok(records)
    }

    /// A page of the records that the entries of an indexed field name for a value, and where the
    /// next one begins.
    pub(crate) async fn entry_page(
        &self,
        object: &Object,
        field: &str,
        value: &str,
        from: Option<Item>,
    ) -> Result<(Vec<Key>, Option<Item>)> {
        let call =
            self.store.db.query().table_name(&*self.store.table).consistent_read(true).limit(PAGE);
        let call = call.key_condition_expression("pk = :pk AND begins_with(sk, :hash)");
        let pk = keys::index(&self.tenant.id, &object.name, field);
        let call = call.expression_attribute_values(":pk", AttributeValue::S(pk));
        let hash = format!("{}#", self.mint().index_hash(value));
        let call = call.expression_attribute_values(":hash", AttributeValue::S(hash));
        let call = call
            .set_exclusive_start_key(from)
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let answer = self.store.meter.time(call.send()).await?;
        self.store.meter.consumed(answer.consumed_capacity());
        let key = |entry: Item| {
            let key = Key::of(&entry)?;
            Some(keys::object(&self.tenant.id, &object.name, key.sk.rsplit('#').next()?))
        };
        let keys = answer.items.unwrap_or_default().into_iter().filter_map(key).collect();
        Ok((keys, answer.last_evaluated_key))
    }

    /// Without an indexed field: the object's whole partition, a page at a time.
    async fn scan(&self, object: &Object, queries: &[&Query], wanted: usize) -> Result<Matches> {
        let mut matches: Matches =
            queries.iter().map(|query| ((*query).clone(), Vec::new())).collect();
        let mut from = None;
        loop {
            let (items, next) =
                self.page(&keys::objects(&self.tenant.id, &object.name), from).await?;
            let items: Vec<_> =
                items.into_iter().filter_map(|item| Some((Key::of(&item)?, item))).collect();
            for (query, found) in &mut matches {
                found.extend(self.living(matching(items.iter().cloned(), query, object)?).await?);
                found.sort_by_key(|record| record.born);
                found.truncate(wanted);
            }
            from = next;
            if from.is_none() {
                return Ok(matches);
            }
        }
    }
}

/// A person as a record, if it has every value that a search wants.
pub(crate) fn person_record(person: Person, query: &Query, object: &Object) -> Option<Record> {
    let Person { gsid, born, values: attributes, .. } = person;
    let record = Record { object: query.object.clone(), gsid, born, attributes };
    holds(&record, query, object).then_some(record)
}

fn indexed<'q>(query: &'q Query, object: &Object) -> Option<&'q (String, String)> {
    query.conditions.iter().find(|(name, _)| object.field(name).is_some_and(|field| field.indexed))
}

/// Whether a search has to read all records of its object.
fn is_scan(query: &Query, object: &Object) -> bool {
    let by_key =
        query.object == object::PERSON || query.conditions.iter().any(|(name, _)| name == "Gsid");
    !by_key && indexed(query, object).is_none()
}

/// Those that hold every value, the first made first.
fn matching(
    items: impl Iterator<Item = (Key, Item)>,
    query: &Query,
    object: &Object,
) -> Result<Vec<Arc<Record>>> {
    let mut records = Vec::new();
    for (key, item) in items {
        let record = read_record(&key, item)?;
        if holds(&record, query, object) {
            records.push(Arc::new(record));
        }
    }
    records.sort_by_key(|record| record.born);
    Ok(records)
}

/// Whether a record has every value that a search wants.
fn holds(record: &Record, query: &Query, object: &Object) -> bool {
    let mut conditions = query.conditions.iter();
    conditions
        .all(|(name, value)| record.comparable(object, name).as_deref() == Some(value.as_str()))
}
