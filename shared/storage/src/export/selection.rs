//! The people that a pass meets, as a filter that the store applies. It may let too many through: who
//! is met is judged afterwards.

use std::time::Duration;

use people_domain::ids::stamp::Stamp;
use people_domain::objects::record::UPDATED;
use people_domain::people::{EMAIL, LEFT, REDIRECT};
use people_domain::query::{Comparison, Filter, Query, QueryRequest, ResolvedReferences};
use people_domain::schema::metadata::{Metadata, object};
use people_domain::values::Value;
use serde_json::json;

use crate::{Result, StoreError, TenantStore};

/// How much clocks may differ: what was written so long before a pass began counts as written
/// meanwhile.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(60);

/// The people that a pass meets.
#[derive(Debug, Clone, Default)]
pub struct PeopleSelection {
    /// Those that were written at this stamp or later.
    pub since: Option<Stamp>,
    /// Filters that all of them meet.
    pub filters: Vec<Filter>,
}

impl PeopleSelection {
    /// The filter of the items of a pass that began at `begun`: people that may be met, and what
    /// leads to people that are away from their home slots, or came there while the pass went on.
    pub(super) fn build_filter(&self, begun: Stamp) -> Option<Filter> {
        let since = self.since.map(filter_written_since);
        let mut people: Vec<_> = since.into_iter().chain(self.filters.iter().cloned()).collect();
        // The store refuses parentheses around a single part that has its own.
        let people = if people.len() > 1 { Filter::All(people) } else { people.pop()? };
        let meanwhile = filter_written_since(begun.earlier_by(CLOCK_TOLERANCE));
        Some(Filter::Any(vec![
            Filter::Exists(REDIRECT.to_owned()),
            Filter::Exists(LEFT.to_owned()),
            Filter::All(vec![Filter::Absent(EMAIL.to_owned()), meanwhile]),
            people,
        ]))
    }
}

pub(super) fn filter_written_since(since: Stamp) -> Filter {
    let since = Value::Text(since.as_str().to_owned());
    Filter::Compare(UPDATED.to_owned(), Comparison::GreaterOrEqual, since)
}

impl TenantStore {
    /// The filter of people who are at one of these companies; `None` if the companies have more
    /// relationships than a filter may name.
    pub async fn build_company_filter(
        &self,
        companies: &[String],
        metadata: &Metadata,
    ) -> Result<Option<Filter>> {
        let condition = json!({ "name": "Company_ID", "operator": "IN", "value": companies });
        let body = json!({ "select": ["Gsid"], "where": { "conditions": [condition] } });
        let request = QueryRequest::parse(&body).map_err(StoreError::Unexpected)?;
        let association = metadata.standard_object(object::COMPANY_PERSON);
        let query = Query::from_request(&request, association, metadata, self.ids())
            .map_err(|fault| StoreError::Unexpected(fault.code.as_str().to_owned()))?;
        let nested_are_marked = self.tenant.marks_nested;
        let mut resolved = ResolvedReferences { nested_are_marked, ..Default::default() };
        let relationship = metadata.standard_object(object::RELATIONSHIP);
        for company in query.referenced_companies(&resolved) {
            // One more than a filter may name shows that there are too many.
            let count = ResolvedReferences::GSIDS_MAX + 1;
            let found = self.find_records(relationship, "Company_ID", &company, count).await?;
            if found.len() < count {
                resolved.relationships.insert(company, found);
            }
        }
        Ok(query.store_filter(&resolved))
    }
}
