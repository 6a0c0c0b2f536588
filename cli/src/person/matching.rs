//! A pass over people that keeps those who meet the conditions. The conditions are a query's, and
//! mean what they mean in the API.

use futures::TryStreamExt;

use people_domain::people::Person;
use people_domain::people::view::{self, View};
use people_domain::query::{Query, QueryRequest, RelatedRows, ResolvedReferences};
use people_domain::schema::metadata::{Metadata, object};
use people_storage::{AssociatedRecords, PeopleSelection, TenantStore};
use serde_json::{Map, Value as Json, json};

use crate::args::person::PersonFilterArgs;
use crate::error::CommandError;
use crate::pass_progress::PassProgress;
use crate::progress::report_progress;

/// Companies of one name.
const COMPANIES_MAX: usize = 100;

/// People who meet the conditions, a page at a time; `false` ends the pass.
pub(super) type OnPage<'a> = dyn FnMut(&Query<'_>, Vec<&Person>, &RelatedRows) -> bool + 'a;

/// The conditions of a command.
pub(super) struct PersonFilter {
    request: QueryRequest,
    /// The companies of which a person must have one.
    companies: Option<Vec<String>>,
}

impl PersonFilter {
    /// `fields` are those that are printed.
    pub(super) async fn new(
        args: &PersonFilterArgs,
        fields: &[String],
        store: &TenantStore,
        metadata: &Metadata,
    ) -> Result<Self, CommandError> {
        let companies = match &args.company {
            Some(company) => Some(find_companies(company, store, metadata).await?),
            None => None,
        };
        let conditions: Vec<_> =
            args.conditions.iter().map(super::FieldCondition::to_query).collect();
        // A query reads the rows that it is ordered by along with those that it matches.
        let related = fields.iter().filter(|field| field.contains('.'));
        let order: Map<_, _> = related.map(|field| (field.clone(), json!("asc"))).collect();
        let body =
            json!({ "select": fields, "where": { "conditions": conditions }, "orderBy": order });
        let request = QueryRequest::parse(&body).map_err(CommandError::Refused)?;
        Ok(Self { request, companies })
    }

    /// Whether everybody meets the conditions.
    pub(super) fn is_empty(args: &PersonFilterArgs) -> bool {
        args.company.is_none() && args.conditions.is_empty()
    }

    /// Reads all people and hands on those who meet the conditions.
    pub(super) async fn read_matches(
        &self,
        store: &TenantStore,
        metadata: &Metadata,
        on_page: &mut OnPage<'_>,
    ) -> Result<(), CommandError> {
        let person = metadata.standard_object(object::PERSON);
        let query = Query::from_request(&self.request, person, metadata, store.ids());
        let query = query.map_err(|fault| {
            let (name, value) = (&fault.field, &fault.value);
            CommandError::Refused(format!(
                "{name} {value} is no field or no value of people ({}); `people field list TENANT \
                 person` shows the fields",
                fault.code.as_str()
            ))
        })?;
        let bar = PassProgress::new(vec![0; store.people_partition_count()]);
        bar.begin_people();
        let pass = self.read_pages(store, (&query, metadata), &bar, on_page);
        let read = report_progress(pass, || bar.format_line()).await;
        bar.finish();
        read
    }

    /// The filter that the store applies; each page is judged again. With a company that is its
    /// filter alone: two might be more than an expression takes, and a company's lets few through.
    async fn select_people(
        &self,
        store: &TenantStore,
        query: &Query<'_>,
        metadata: &Metadata,
    ) -> Result<PeopleSelection, CommandError> {
        let own = query.store_filter(&ResolvedReferences::default());
        let companies = match &self.companies {
            Some(companies) => store.build_company_filter(companies, metadata).await?,
            None => None,
        };
        let filters = companies.or(own).into_iter().collect();
        Ok(PeopleSelection { filters, ..PeopleSelection::default() })
    }

    async fn read_pages(
        &self,
        store: &TenantStore,
        (query, metadata): (&Query<'_>, &Metadata),
        bar: &PassProgress,
        on_page: &mut OnPage<'_>,
    ) -> Result<(), CommandError> {
        let partitions = (0..store.people_partition_count()).map(|partition| (partition, None));
        let mut associated = AssociatedRecords::default();
        let selection = self.select_people(store, query, metadata).await?;
        let mut pages = store.stream_people(partitions.collect(), &selection);
        while let Some(page) = pages.try_next().await? {
            bar.add_people(page.people.len() as u64, page.partition, page.next.as_ref());
            let mut people = page.people;
            people.retain(|person| query.may_match(View::Person(person)));
            if let Some(companies) = &self.companies {
                store.read_associated_records(&people, &mut associated).await?;
                people.retain(|person| has_company(person, companies, &associated, store));
            }
            let wanted =
                people.iter().flat_map(|person| query.match_dependencies(View::Person(person)));
            let related = store.read_related_rows(wanted).await?;
            let matches =
                people.iter().filter(|person| query.matches(View::Person(person), &related));
            if !on_page(query, matches.collect(), &related) {
                break;
            }
        }
        Ok(())
    }
}

/// Whether a person has one of these companies, as readers of its associations see it.
fn has_company(
    person: &Person,
    companies: &[String],
    associated: &AssociatedRecords,
    store: &TenantStore,
) -> bool {
    let own = view::list_companies(person, associated.records(), store.ids());
    own.iter().any(|company| companies.contains(&company.record.gsid))
}

/// The companies that a Gsid or a name stands for.
async fn find_companies(
    company: &str,
    store: &TenantStore,
    metadata: &Metadata,
) -> Result<Vec<String>, CommandError> {
    let object = metadata.standard_object(object::COMPANY);
    for field in ["Name", "Gsid"] {
        let found = store.find_records(object, field, company, COMPANIES_MAX).await?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Err(CommandError::Refused(format!(
        "tenant {} has no company with the name or Gsid {company:?}; a name is compared exactly",
        store.tenant().id
    )))
}

/// A person as a query of the API answers it.
pub(super) fn render_match(query: &Query<'_>, person: &Person, related: &RelatedRows) -> Json {
    query.row_to_json(query.read_cells(View::Person(person)), related)
}
