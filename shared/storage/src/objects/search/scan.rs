//! Searches without an index: all searches of one object share one pass over its records. The work
//! must grow neither with searches times records nor without a limit.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use people_domain::limit;
use people_domain::objects::record::{COMPANY_ID_CODE, CREATED, Record};
use people_domain::people::needs::LookupQuery;
use people_domain::query::list_key_names;
use people_domain::schema::metadata::Object;

use super::{SearchMatches, SearchResults, matches_query};
use crate::people::resolve::parse_record;
use crate::table::budget::{ExceededLimit, ReadBudget};
use crate::table::convert::TableItem;
use crate::table::keys::{self, ItemKey, PK, SK};
use crate::{Result, TenantStore};

/// Searches grouped by the names of their fields, and within a group by the searched values.
type QueriesByFields<'q> = BTreeMap<Vec<&'q str>, HashMap<Vec<String>, &'q LookupQuery>>;

/// The searches of one object.
struct ObjectScan<'q> {
    object: &'q Object,
    by_fields: QueriesByFields<'q>,
    wanted: usize,
    /// The first matches of each search so far, with only the attributes that a search reads.
    first_matches: HashMap<&'q LookupQuery, Vec<Arc<Record>>>,
}

impl TenantStore {
    /// Finds the first `wanted` matches of each search, in the order of their creation.
    pub(super) async fn scan_object(
        &self,
        object: &Object,
        queries: &[&LookupQuery],
        wanted: usize,
        budget: &ReadBudget,
        results: &mut SearchResults,
    ) -> Result<()> {
        let mut scan = ObjectScan::new(object, queries, wanted);
        let (pk, attributes) =
            (keys::records_partition(&self.tenant.id, &object.name), scan.attribute_names());
        let mut from = None;
        loop {
            let (items, next) =
                self.read_partition_page(&pk, Some(&attributes), None, from).await?;
            for (query, record) in self.drop_orphaned_matches(scan.find_matches(items)?).await? {
                scan.keep_match(query, record);
            }
            from = next;
            if from.is_none() {
                break;
            }
            if let Some(limit) = budget.exceeded_limit(self.usage()) {
                let exceeded = |query: &&LookupQuery| {
                    ((*query).clone(), format_too_much(query, object, limit))
                };
                results.too_much.extend(queries.iter().map(exceeded));
                return Ok(());
            }
        }
        results.matches.extend(self.read_matches(scan).await?);
        Ok(())
    }

    /// Drops the matches that are relationships of deleted companies.
    async fn drop_orphaned_matches<'q>(
        &self,
        matches: Vec<(&'q LookupQuery, Arc<Record>)>,
    ) -> Result<Vec<(&'q LookupQuery, Arc<Record>)>> {
        let records = matches.iter().map(|(_, record)| record.clone()).collect();
        // The order is kept.
        let kept = self.drop_orphaned_relationships(records).await?;
        let mut kept = kept.into_iter().peekable();
        let is_kept = |(_, record): &(&LookupQuery, Arc<Record>)| {
            kept.next_if(|next| Arc::ptr_eq(next, record)).is_some()
        };
        Ok(matches.into_iter().filter(is_kept).collect())
    }

    /// Reads all attributes of the records found. A record that was changed meanwhile may no longer
    /// match.
    async fn read_matches(&self, scan: ObjectScan<'_>) -> Result<SearchMatches> {
        let found: HashSet<_> =
            scan.first_matches.values().flatten().map(|record| &record.gsid).collect();
        if scan.wanted > limit::UPDATE_RECORDS_MAX && found.len() > limit::UPDATE_RECORDS_MAX {
            // An update may not change so many records, so its caller only counts them.
            let matches = scan.first_matches.into_iter();
            return Ok(matches.map(|(query, first)| (query.clone(), first)).collect());
        }
        let gsids = scan.first_matches.values().flatten().map(|record| record.gsid.as_str());
        let key = |gsid: &str| keys::record_key(&self.tenant.id, &scan.object.name, gsid);
        let items = self.batch_get_items(gsids.map(key).collect()).await?;
        let records = items.into_iter().map(|(key, item)| {
            parse_record(&key, item).map(|record| (record.gsid.clone(), Arc::new(record)))
        });
        let records: HashMap<_, _> = records.collect::<Result<_>>()?;
        let complete = |query: &LookupQuery, first: Vec<Arc<Record>>| {
            let records = first.iter().filter_map(|record| records.get(&record.gsid).cloned());
            records.filter(|record| matches_query(record, query, scan.object)).collect::<Vec<_>>()
        };
        let matches = scan.first_matches.into_iter();
        Ok(matches.map(|(query, first)| (query.clone(), complete(query, first))).collect())
    }
}

impl<'q> ObjectScan<'q> {
    fn new(object: &'q Object, queries: &[&'q LookupQuery], wanted: usize) -> Self {
        let mut by_fields = QueriesByFields::new();
        for query in queries {
            let values = query.conditions.iter().map(|(_, value)| value.clone()).collect();
            let fields = query.conditions.iter().map(|(name, _)| name.as_str()).collect();
            by_fields.entry(fields).or_default().insert(values, query);
        }
        let first = queries.iter().map(|query| (*query, Vec::new())).collect();
        Self { object, by_fields, wanted, first_matches: first }
    }

    /// The attributes that a search reads.
    fn attribute_names(&self) -> Vec<String> {
        let names = self.by_fields.keys().flatten();
        let codes = names.filter_map(|name| self.object.field(name)?.code());
        let mut attributes: Vec<_> =
            codes.chain([PK, SK, CREATED, COMPANY_ID_CODE]).map(str::to_owned).collect();
        attributes.sort();
        attributes.dedup();
        attributes
    }

    /// The searches that match these items, each with its record.
    fn find_matches(&self, items: Vec<TableItem>) -> Result<Vec<(&'q LookupQuery, Arc<Record>)>> {
        let names: BTreeSet<_> = self.by_fields.keys().flatten().copied().collect();
        let mut matches = Vec::new();
        for item in items {
            let Some(key) = ItemKey::from_item(&item) else { continue };
            let record = Arc::new(parse_record(&key, item)?);
            let comparable =
                |name: &&'q str| Some((*name, record.comparable_value(self.object, name)?));
            let values: BTreeMap<_, _> = names.iter().filter_map(comparable).collect();
            for (fields, by_values) in &self.by_fields {
                let values: Option<Vec<_>> =
                    fields.iter().map(|name| values.get(name).cloned()).collect();
                let query = values.and_then(|values| by_values.get(&values));
                matches.extend(query.map(|query| (*query, record.clone())));
            }
        }
        Ok(matches)
    }

    fn keep_match(&mut self, query: &'q LookupQuery, record: Arc<Record>) {
        let first = self.first_matches.entry(query).or_default();
        let at = first.partition_point(|known| known.created <= record.created);
        if at < self.wanted {
            first.insert(at, record);
            first.truncate(self.wanted);
        }
    }
}

/// The message for the caller of a search that reads too much.
fn format_too_much(query: &LookupQuery, object: &Object, limit: ExceededLimit) -> String {
    let names: Vec<_> = query.conditions.iter().map(|(name, _)| name.as_str()).collect();
    let (names, keys) = (names.join(", "), list_key_names(object));
    let reason = limit.format_message(&format!("A search of {} by {names}", object.name));
    format!("{reason}; search by one of {keys}, or index one of {names}")
}
