//! Searches for records by values of fields (contract: lookups). Lookup entries are hints: a record
//! matches only if it has every searched value now.

mod scan;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::ids::email::EmailKey;
use people_domain::ids::gsid::Gsid;
use people_domain::objects::record::Record;
use people_domain::people::Person;
use people_domain::people::needs::LookupQuery;
use people_domain::schema::metadata::{Object, object};

use crate::people::resolve::parse_record;
use crate::table::budget::ReadBudget;
use crate::table::convert::TableItem;
use crate::table::keys::{self, ItemKey};
use crate::{Result, StoreError, TenantStore};

/// Concurrent searches.
const SEARCH_CONCURRENCY: usize = 16;

/// Matches of each search, in the order of their creation.
type SearchMatches = HashMap<LookupQuery, Vec<Arc<Record>>>;

#[derive(Debug, Default)]
pub(crate) struct SearchResults {
    pub(crate) matches: SearchMatches,
    /// Searches that would have to read more than a call may, with the message for the caller.
    pub(crate) too_much: HashMap<LookupQuery, String>,
}

/// The outcome of one search.
enum SearchOutcome {
    Found(Vec<Arc<Record>>),
    /// The search would have to read more than a call may. Holds the message for the caller.
    ReadLimitExceeded(String),
}

impl TenantStore {
    /// The first `wanted` matches of each search, in the order of their creation.
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
        let mut results = SearchResults::default();
        let searches: Vec<_> = direct
            .into_iter()
            .map(|query| self.search_without_scan(query, wanted, budget))
            .collect();
        let mut searches = stream::iter(searches).buffer_unordered(SEARCH_CONCURRENCY);
        while let Some((query, outcome)) = searches.try_next().await? {
            match outcome {
                SearchOutcome::Found(matches) => _ = results.matches.insert(query, matches),
                SearchOutcome::ReadLimitExceeded(message) => {
                    _ = results.too_much.insert(query, message)
                }
            }
        }
        // The searches of one object share one read of its partition.
        for (name, queries) in scans {
            if let Some(object) = metadata.object(name) {
                self.scan_object(object, &queries, wanted, budget, &mut results).await?;
            }
        }
        Ok(results)
    }

    /// A search that does not read all records of its object.
    async fn search_without_scan(
        &self,
        query: LookupQuery,
        wanted: usize,
        budget: &ReadBudget,
    ) -> Result<(LookupQuery, SearchOutcome)> {
        let outcome = self.search_by_key(&query, wanted, budget).await?;
        Ok((query, outcome))
    }

    /// The first `wanted` records that match, in the order of their creation.
    ///
    /// # Errors
    /// [`StoreError::ReadLimitExceeded`] when the search would have to read more than a call may.
    pub async fn search_records(
        &self,
        query: &LookupQuery,
        wanted: usize,
    ) -> Result<Vec<Arc<Record>>> {
        let budget = ReadBudget::for_call(self.usage());
        let queries = BTreeSet::from([query.clone()]);
        let mut results = self.search_many(&queries, wanted, &budget).await?;
        match results.too_much.remove(query) {
            Some(message) => Err(StoreError::ReadLimitExceeded(message)),
            None => Ok(results.matches.remove(query).unwrap_or_default()),
        }
    }

    async fn search_by_key(
        &self,
        query: &LookupQuery,
        wanted: usize,
        budget: &ReadBudget,
    ) -> Result<SearchOutcome> {
        let metadata = self.read_metadata().await?;
        let Some(object) = metadata.object(&query.object) else {
            return Ok(SearchOutcome::Found(Vec::new()));
        };
        let gsid = query.conditions.iter().find(|(name, _)| name == "Gsid").map(|(_, value)| value);
        Ok(SearchOutcome::Found(match (gsid, find_indexed_condition(query, object)) {
            _ if query.object == object::PERSON => self.search_people(query, object).await?,
            // A text without the form of a GSID matches nothing, and may be too long for a key.
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
            // Such a search is done by a scan.
            (None, None) => Vec::new(),
        }))
    }

    /// Searches people by email or GSID, and checks further conditions on the person found.
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

    /// Searches by the entries of an indexed field, page by page until enough records match.
    async fn search_index(
        &self,
        query: &LookupQuery,
        object: &Object,
        (field, value): &(String, String),
        wanted: usize,
        budget: &ReadBudget,
    ) -> Result<SearchOutcome> {
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
                return Ok(SearchOutcome::Found(found));
            }
            if let Some(limit) = budget.exceeded_limit(self.usage()) {
                let reason =
                    limit.format_message(&format!("A search of {} by {field}", object.name));
                let message = format!("{reason}; too many records have the same {field}");
                return Ok(SearchOutcome::ReadLimitExceeded(message));
            }
        }
    }

    /// Drops the relationships of deleted companies (contract:
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
}

/// The person as a record, if it has every searched value.
pub(crate) fn matching_person_record(
    person: Person,
    query: &LookupQuery,
    object: &Object,
) -> Option<Record> {
    let Person { gsid, created, values: attributes, .. } = person;
    let record = Record { object: query.object.clone(), gsid, created, attributes };
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

/// The records that match a search, in the order of their creation.
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

/// Whether a record has every searched value.
fn matches_query(record: &Record, query: &LookupQuery, object: &Object) -> bool {
    let mut conditions = query.conditions.iter();
    conditions.all(|(name, value)| {
        record.comparable_value(object, name).as_deref() == Some(value.as_str())
    })
}
