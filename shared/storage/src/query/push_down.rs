//! The filter that the store applies to what a query reads: first the records to which conditions
//! refer are looked up, then the conditions become an expression.

use std::time::Duration;

use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::objects::record::UPDATED;
use people_domain::people::{EMAIL, LEFT, REDIRECT, is_person_object};
use people_domain::query::{
    AccessPath, Comparison, Filter, Query, ReferenceLookup, ResolvedReferences,
};
use people_domain::schema::metadata::{Metadata, Object, object};
use people_domain::values::Value;

use super::READ_CONCURRENCY;
use crate::{Result, TenantStore};

/// How much clocks may differ: what was written so long before a query began counts as written
/// meanwhile.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(60);

impl TenantStore {
    /// The filter of a query that reads all rows of its object.
    pub(super) async fn build_query_filter(
        &self,
        query: &Query<'_>,
        metadata: &Metadata,
    ) -> Result<Option<Filter>> {
        let resolved = self.resolve_references(query, metadata).await?;
        let filter = query.store_filter(&resolved);
        Ok(if is_person_object(&query.object.name) {
            Some(self.filter_slots(filter))
        } else {
            filter
        })
    }

    /// Lets through the people that a filter does, redirects, since their people are elsewhere, and
    /// what was left or became vacant while the query runs: a page is no snapshot, so that the
    /// redirect of a person that leaves may not be seen yet, and a person that comes back may be at
    /// a slot that was read before.
    fn filter_slots(&self, people: Option<Filter>) -> Filter {
        let since = self.store.new_stamp().earlier_by(CLOCK_TOLERANCE);
        let since = Value::Text(since.as_str().to_owned());
        let person = Filter::Exists(EMAIL.to_owned());
        Filter::Any(vec![
            Filter::Exists(REDIRECT.to_owned()),
            Filter::All(vec![
                Filter::Compare(UPDATED.to_owned(), Comparison::GreaterOrEqual, since),
                Filter::Any(vec![
                    Filter::Absent(EMAIL.to_owned()),
                    Filter::Exists(LEFT.to_owned()),
                ]),
            ]),
            Filter::All([Some(person), people].into_iter().flatten().collect()),
        ])
    }

    async fn resolve_references(
        &self,
        query: &Query<'_>,
        metadata: &Metadata,
    ) -> Result<ResolvedReferences> {
        let mut resolved = ResolvedReferences {
            nested_are_marked: self.tenant.marks_nested,
            ..ResolvedReferences::default()
        };
        for ReferenceLookup { condition, object, access } in query.reference_lookups() {
            if let Some(gsids) = self.list_record_gsids(object, &access).await? {
                resolved.gsids.insert(condition, gsids);
            }
        }
        let Some(relationship) = metadata.object(object::RELATIONSHIP) else { return Ok(resolved) };
        let companies = stream::iter(query.referenced_companies(&resolved)).map(|company| async {
            let by_company = AccessPath::Entries("Company_ID".to_owned(), vec![company.clone()]);
            let gsids = self.list_record_gsids(relationship, &by_company).await?;
            Result::Ok((company, gsids))
        });
        let found: Vec<_> = companies.buffer_unordered(READ_CONCURRENCY).try_collect().await?;
        let found = found.into_iter().filter_map(|(company, gsids)| Some((company, gsids?)));
        resolved.relationships.extend(found);
        Ok(resolved)
    }

    /// The GSIDs of the records on an access path, unless they are more than a filter may name.
    /// Those of lookup entries may no longer have the value.
    pub(super) async fn list_record_gsids(
        &self,
        object: &Object,
        access: &AccessPath,
    ) -> Result<Option<Vec<String>>> {
        let mut gsids = Vec::new();
        match access {
            AccessPath::Records(records) => {
                gsids.extend(records.iter().map(|gsid| gsid.as_str().to_owned()));
            }
            AccessPath::Entries(field, values) => {
                for value in values {
                    let mut from = None;
                    loop {
                        let (keys, next) = self.read_entry_page(object, field, value, from).await?;
                        gsids.extend(keys.into_iter().map(|key| key.sk));
                        from = next;
                        if from.is_none() || gsids.len() > ResolvedReferences::GSIDS_MAX {
                            break;
                        }
                    }
                    if gsids.len() > ResolvedReferences::GSIDS_MAX {
                        return Ok(None);
                    }
                }
            }
            AccessPath::People(_)
            | AccessPath::Emails(_)
            | AccessPath::Associations(_)
            | AccessPath::All(_) => return Ok(None),
        }
        gsids.sort_unstable();
        gsids.dedup();
        Ok((gsids.len() <= ResolvedReferences::GSIDS_MAX).then_some(gsids))
    }
}
