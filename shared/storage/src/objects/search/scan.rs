//! Searches that no index answers: all those of one object in one pass over its records, however
//! many they are. What must not be: work that grows with searches times records, or without a limit.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use people_domain::limit;
use people_domain::objects::record::{BORN, COMPANY_ID, Record};
use people_domain::people::need::Query;
use people_domain::query::key_names;
use people_domain::schema::metadata::Object;

use super::{Found, Matches, holds};
use crate::people::resolve::read_record;
use crate::table::budget::{Budget, Exceeded};
use crate::table::convert::Item;
use crate::table::keys::{self, Key, PK, SK};
use crate::{Result, TenantStore};

/// The searches by values of the same fields: names of the fields, and the search for each row of
/// values.
type ByFields<'q> = BTreeMap<Vec<&'q str>, HashMap<Vec<String>, &'q Query>>;

/// Searches of one object.
struct Scan<'q> {
    object: &'q Object,
    by_fields: ByFields<'q>,
    wanted: usize,
    /// The first made of each search so far, with what a search reads of them.
    first: HashMap<&'q Query, Vec<Arc<Record>>>,
}

impl TenantStore {
    /// The first `wanted` matches of each search, the first made first.
    pub(super) async fn scan(
        &self,
        object: &Object,
        queries: &[&Query],
        wanted: usize,
        budget: &Budget,
        found: &mut Found,
    ) -> Result<()> {
        let mut scan = Scan::new(object, queries, wanted);
        let (pk, attributes) = (keys::objects(&self.tenant.id, &object.name), scan.attributes());
        let mut from = None;
        loop {
            let page = self.partition_page(&pk, Some(&attributes), None, from);
            let (items, next) = page.await?;
            for (query, record) in self.living_matches(scan.matches(items)?).await? {
                scan.keep(query, record);
            }
            from = next;
            if from.is_none() {
                break;
            }
            if let Some(limit) = budget.exceeded(self.usage()) {
                let told = |query: &&Query| ((*query).clone(), tell_too_much(query, object, limit));
                found.too_much.extend(queries.iter().map(told));
                return Ok(());
            }
        }
        found.matches.extend(self.read_matches(scan).await?);
        Ok(())
    }

    /// Matches without the relationships that went with their companies.
    async fn living_matches<'q>(
        &self,
        matches: Vec<(&'q Query, Arc<Record>)>,
    ) -> Result<Vec<(&'q Query, Arc<Record>)>> {
        let records = matches.iter().map(|(_, record)| record.clone()).collect();
        let living = self.living(records).await?;
        let mut living = living.into_iter().peekable();
        // They are in order, those that are gone left out.
        let is_living = |(_, record): &(&Query, Arc<Record>)| {
            living.next_if(|next| Arc::ptr_eq(next, record)).is_some()
        };
        Ok(matches.into_iter().filter(is_living).collect())
    }

    /// Reads the records that were found, whole. One that was changed meanwhile is none any more.
    async fn read_matches(&self, scan: Scan<'_>) -> Result<Matches> {
        let found: HashSet<_> = scan.first.values().flatten().map(|record| &record.gsid).collect();
        if scan.wanted > limit::UPDATED && found.len() > limit::UPDATED {
            // More than an update changes: they are only counted.
            let matches = scan.first.into_iter();
            return Ok(matches.map(|(query, first)| (query.clone(), first)).collect());
        }
        let gsids = scan.first.values().flatten().map(|record| record.gsid.as_str());
        let key = |gsid: &str| keys::object(&self.tenant.id, &scan.object.name, gsid);
        let items = self.batch_get(gsids.map(key).collect()).await?;
        let records = items.into_iter().map(|(key, item)| {
            read_record(&key, item).map(|record| (record.gsid.clone(), Arc::new(record)))
        });
        let records: HashMap<_, _> = records.collect::<Result<_>>()?;
        let whole = |query: &Query, first: Vec<Arc<Record>>| {
            let records = first.iter().filter_map(|record| records.get(&record.gsid).cloned());
            records.filter(|record| holds(record, query, scan.object)).collect::<Vec<_>>()
        };
        let matches = scan.first.into_iter();
        Ok(matches.map(|(query, first)| (query.clone(), whole(query, first))).collect())
    }
}

impl<'q> Scan<'q> {
    fn new(object: &'q Object, queries: &[&'q Query], wanted: usize) -> Self {
        let mut by_fields = ByFields::new();
        for query in queries {
            let values = query.conditions.iter().map(|(_, value)| value.clone()).collect();
            let fields = query.conditions.iter().map(|(name, _)| name.as_str()).collect();
            by_fields.entry(fields).or_default().insert(values, query);
        }
        let first = queries.iter().map(|query| (*query, Vec::new())).collect();
        Self { object, by_fields, wanted, first }
    }

    /// The attributes that a search reads.
    fn attributes(&self) -> Vec<String> {
        let names = self.by_fields.keys().flatten();
        let codes = names.filter_map(|name| self.object.field(name)?.code());
        let mut attributes: Vec<_> =
            codes.chain([PK, SK, BORN, COMPANY_ID]).map(str::to_owned).collect();
        attributes.sort();
        attributes.dedup();
        attributes
    }

    /// The searches that look for these items, each with its item.
    fn matches(&self, items: Vec<Item>) -> Result<Vec<(&'q Query, Arc<Record>)>> {
        let names: BTreeSet<_> = self.by_fields.keys().flatten().copied().collect();
        let mut matches = Vec::new();
        for item in items {
            let Some(key) = Key::of(&item) else { continue };
            let record = Arc::new(read_record(&key, item)?);
            let comparable = |name: &&'q str| Some((*name, record.comparable(self.object, name)?));
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

    fn keep(&mut self, query: &'q Query, record: Arc<Record>) {
        let first = self.first.entry(query).or_default();
        let at = first.partition_point(|known| known.born <= record.born);
        if at < self.wanted {
            first.insert(at, record);
            first.truncate(self.wanted);
        }
    }
}

/// Tells the caller of a search that reads too much what to do.
fn tell_too_much(query: &Query, object: &Object, limit: Exceeded) -> String {
    let names: Vec<_> = query.conditions.iter().map(|(name, _)| name.as_str()).collect();
    let (names, keys) = (names.join(", "), key_names(object));
    let what = limit.told_of(&format!("A search of {} by {names}", object.name));
    format!("{what}; search by one of {keys}, or index one of {names}")
}
