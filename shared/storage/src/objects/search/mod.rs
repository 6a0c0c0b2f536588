//! Searches for records by values of fields (contract: lookups). Lookup entries are hints: a record
//! is believed only when it still holds every value looked for.

mod scan;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::ids::email::EmailKey;
use people_domain::ids::gsid::Gsid;
use people_domain::objects::record::Record;
use people_domain::people::Person;
use people_domain::people::needs::LookupQuery;
use people_domain::schema::metadata::{Object, object};

use crate::people::resolve::parse_record;
use crate::table::budget::ReadBudget;
use crate::table::call::MeteredCall;
use crate::table::convert::TableItem;
use crate::table::keys::{self, ItemKey};
use crate::{Result, StoreError, TenantStore};

/// Lookup entries read at a time.
const ENTRIES_PER_PAGE: i32 = 100;

/// Searches under way at a time.
const SEARCH_CONCURRENCY: usize = 16;

/// Matches of each search, the first made first.
type SearchMatches = HashMap<LookupQuery, Vec<Arc<Record>>>;

/// The outcome of searches.
#[derive(Debug, Default)]
pub(crate) struct SearchResults {
    pub(crate) matches: SearchMatches,
    /// Searches that would have to read more than a call may, with what to do about it.
    pub(crate) too_much: HashMap<LookupQuery, String>,
}

/// A search, and its matches or what to do about one that reads too much.
type SearchOutcome = (LookupQuery, std::result::Result<Vec<Arc<Record>>, String>);

impl TenantStore {
    /// The first `wanted` matches of each search, the first made first.
    pub(crate) async fn search_many(
        &self,
        queries: &BTreeSet<LookupQuery>,
        wanted: usize,
        budget: &ReadBudget,
    ) -> Result<SearchResults> {
        let metadata = self.read_metadata().await?;
        let mut scans: BTreeMap<&str, Vec<&LookupQuery>> = BTreeMap::new();
        let mut direct = Vec::new();
        for query in queries {
            match metadata.object(&query.object) {
                Some(object) if needs_scan(query, object) => {
                    scans.entry(&query.object).or_default().push(query)
                }
                _ => direct.push(query.clone()),
            }
        }
        let mut found = SearchResults::default();
        let searches: Vec<_> = direct
            .into_iter()
            .map(|query| self.search_without_scan(query, wanted, budget))
            .collect();
        let mut searches = stream::iter(searches).buffer_unordered(SEARCH_CONCURRENCY);
        while let Some((query, ended)) = searches.try_next().await? {
            match ended {
                Ok(matches) => _ = found.matches.insert(query, matches),
                Err(told) => _ = found.too_much.insert(query, told),
            }
        }
        // A partition is read once, however many searches want it.
        for (name, queries) in scans {
            if let Some(object) = metadata.object(name) {
                self.scan_object(object, &queries, wanted, budget, &mut found).await?;
            }
        }
        Ok(found)
    }

    /// A search that needs not read all records: its matches, or why there is no answer.
    async fn search_without_scan(
        &self,
        query: LookupQuery,
        wanted: usize,
        budget: &ReadBudget,
    ) -> Result<SearchOutcome> {
        let found = self.search_by_key(&query, wanted, budget).await?;
        Ok((query, found))
    }

    /// The first `wanted` records that match, the first made first.
    ///
    /// # Errors
    /// When the store fails, or would have to read more than a call may.
    pub async fn search_records(
        &self,
        query: &LookupQuery,
        wanted: usize,
    ) -> Result<Vec<Arc<Record>>> {
        let budget = ReadBudget::for_call(self.usage());
        let mut found = self.search_many(&BTreeSet::from([query.clone()]), wanted, &budget).await?;
        match found.too_much.remove(query) {
            Some(told) => Err(StoreError::ReadLimitExceeded(told)),
            None => Ok(found.matches.remove(query).unwrap_or_default()),
        }
    }

    async fn search_by_key(
        &self,
        query: &LookupQuery,
        wanted: usize,
        budget: &ReadBudget,
    ) -> Result<std::result::Result<Vec<Arc<Record>>, String>> {
        let metadata = self.read_metadata().await?;
        let Some(object) = metadata.object(&query.object) else { return Ok(Ok(Vec::new())) };
        let gsid = query.conditions.iter().find(|(name, _)| name == "Gsid").map(|(_, value)| value);
        Ok(Ok(match (gsid, find_indexed_condition(query, object)) {
            _ if query.object == object::PERSON => self.search_people(query, object).await?,
            // What is no GSID names nothing, and may be too long for a key.
            (Some(gsid), _) if Gsid::parse(gsid).is_none() => Vec::new(),
            (Some(gsid), _) => {
                let key = keys::record_key(&self.tenant.id, &query.object, gsid);
                let found = self.batch_get_items(vec![key]).await?;
                self.drop_orphaned_relationships(parse_matching_records(
                    found.into_iter(),
                    query,
                    object,
                )?)
                .await?
            }
            (None, Some(by)) => return self.search_index(query, object, by, wanted, budget).await,
            // Those are for a scan.
            (None, None) => Vec::new(),
        }))
    }

    /// People are found by email or GSID; further conditions are checked on what was found.
    async fn search_people(
        &self,
        query: &LookupQuery,
        object: &Object,
    ) -> Result<Vec<Arc<Record>>> {
        let value = |name: &str| {
            query.conditions.iter().find(|(known, _)| known == name).map(|(_, value)| value)
        };
        let email = value("Email").map(|key| EmailKey::from_stored(key));
        let gsid = value("Gsid").and_then(|text| Gsid::parse(text));
        let found = match (email, gsid) {
            (Some(email), _) => self.read_person_by_email_key(&email).await?,
            (None, Some(gsid)) => self.read_person_by_gsid(&gsid).await?,
            (None, None) => None,
        };
        let record = found.and_then(|person| matching_person_record(person, query, object));
        Ok(record.map(Arc::new).into_iter().collect())
    }

    /// By the entries of an indexed field, page by page until enough records hold all values.
    async fn search_index(
        &self,
        query: &LookupQuery,
        object: &Object,
        (field, value): &(String, String),
        wanted: usize,
        budget: &ReadBudget,
    ) -> Result<std::result::Result<Vec<Arc<Record>>, String>> {
        let (mut found, mut from) = (Vec::new(), None);
        loop {
            let (keys, next) = self.read_entry_page(object, field, value, from).await?;
            let records = self.batch_get_items(keys).await?;
            found.extend(
                self.drop_orphaned_relationships(parse_matching_records(
                    records.into_iter(),
                    query,
                    object,
                )?)
                .await?,
            );
            from = next;
            if found.len() >= wanted || from.is_none() {
                found.truncate(wanted);
                return Ok(Ok(found));
            }
            if let Some(limit) = budget.exceeded_limit(self.usage()) {
                let what = limit.format_message(&format!("A search of {} by {field}", object.name));
                return Ok(Err(format!("{what}; too many records have the same {field}")));
            }
        }
    }

    /// Records without the relationships that went with their companies (contract:
    /// upsert#relationships-of-deleted-companies).
    pub(crate) async fn drop_orphaned_relationships(
        &self,
        mut records: Vec<Arc<Record>>,
    ) -> Result<Vec<Arc<Record>>> {
        let companies = records.iter().filter_map(|record| record.company_id());
        let key = |id: &str| keys::record_key(&self.tenant.id, object::COMPANY, id);
        let companies: Vec<_> = companies.map(key).collect();
        if !companies.is_empty() {
            let found = self.batch_get_items(companies).await?.into_iter();
            let found = found.map(|(key, item)| {
                parse_record(&key, item).map(|record| (record.gsid.clone(), Arc::new(record)))
            });
            let found = found.collect::<Result<_>>()?;
            records.retain(|record| record.is_present(&found));
        }
        Ok(records)
    }

    /// A page of the records that the entries of an indexed field name for a value, and where the
    /// next one begins.
    pub(crate) async fn read_entry_page(
        &self,
        object: &Object,
        field: &str,
        value: &str,
        from: Option<TableItem>,
    ) -> Result<(Vec<ItemKey>, Option<TableItem>)> {
        let call = self
            .store
            .db
            .query()
            .table_name(&*self.store.table)
            .consistent_read(true)
            .limit(ENTRIES_PER_PAGE);
        let call = call.key_condition_expression("pk = :pk AND begins_with(sk, :hash)");
        let pk = keys::index_partition(&self.tenant.id, &object.name, field);
        let call = call.expression_attribute_values(":pk", AttributeValue::S(pk));
        let hash = format!("{}#", self.ids().index_hash(value));
        let call = call.expression_attribute_values(":hash", AttributeValue::S(hash));
        let call = call.set_exclusive_start_key(from);
        let answer = call.send_metered(&self.store.meter).await?;
        let key = |entry: TableItem| {
            let key = ItemKey::from_item(&entry)?;
            Some(keys::record_key(&self.tenant.id, &object.name, key.sk.rsplit('#').next()?))
        };
        let keys = answer.items.unwrap_or_default().into_iter().filter_map(key).collect();
        Ok((keys, answer.last_evaluated_key))
    }
}

/// A person as a record, if it has every value that a search wants.
pub(crate) fn matching_person_record(
    person: Person,
    query: &LookupQuery,
    object: &Object,
) -> Option<Record> {
    let Person { gsid, created: born, values: attributes, .. } = person;
    let record = Record { object: query.object.clone(), gsid, created: born, attributes };
    matches_query(&record, query, object).then_some(record)
}

fn find_indexed_condition<'q>(
    query: &'q LookupQuery,
    object: &Object,
) -> Option<&'q (String, String)> {
    query.conditions.iter().find(|(name, _)| object.field(name).is_some_and(|field| field.indexed))
}

/// Whether a search has to read all records of its object.
fn needs_scan(query: &LookupQuery, object: &Object) -> bool {
    let by_key =
        query.object == object::PERSON || query.conditions.iter().any(|(name, _)| name == "Gsid");
    !by_key && find_indexed_condition(query, object).is_none()
}

/// Those that hold every value, the first made first.
fn parse_matching_records(
    items: impl Iterator<Item = (ItemKey, TableItem)>,
    query: &LookupQuery,
    object: &Object,
) -> Result<Vec<Arc<Record>>> {
    let mut records = Vec::new();
    for (key, item) in items {
        let record = parse_record(&key, item)?;
        if matches_query(&record, query, object) {
            records.push(Arc::new(record));
        }
    }
    records.sort_by_key(|record| record.created);
    Ok(records)
}

/// Whether a record has every value that a search wants.
fn matches_query(record: &Record, query: &LookupQuery, object: &Object) -> bool {
    let mut conditions = query.conditions.iter();
    conditions.all(|(name, value)| {
        record.comparable_value(object, name).as_deref() == Some(value.as_str())
    })
}
