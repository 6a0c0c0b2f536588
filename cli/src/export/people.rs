//! The pass over people and their associations.

use futures::TryStreamExt;
use people_domain::export::{render_person_payloads, render_row};
use people_domain::people::Person;
use people_domain::people::view::{self, CompanyView, View};
use people_domain::schema::metadata::object;
use people_storage::{AssociatedRecords, PeoplePosition, PeopleSelection};
use serde_json::Value as Json;

use super::pass::ExportPass;
use super::rows::Rows;
use super::state::{ExportState, Progress};
use super::writer::{ExportWriter, PageProgress, RenderedPage};
use crate::args::export::ExportFormat;
use crate::error::CommandError;
use crate::pass_progress::PassProgress;

impl ExportPass<'_> {
    pub(super) async fn read_people(
        &self,
        state: &ExportState,
        writer: &ExportWriter,
        bar: &PassProgress,
        associated: &mut AssociatedRecords,
    ) -> Result<(), CommandError> {
        bar.begin_people();
        let selection = PeopleSelection { since: state.since(), ..PeopleSelection::default() };
        let mut pages = self.store.stream_people(list_unread_partitions(state), &selection);
        while let Some(page) = pages.try_next().await? {
            if self.needs_associations(state) {
                self.store.read_associated_records(&page.people, associated).await?;
            }
            let rows = self.render_people(state, &page.people, associated);
            bar.add_people(page.people.len() as u64, page.partition, page.next.as_ref());
            let progress = Progress::after_page(page.next);
            let progress = PageProgress::People(page.partition, progress);
            if !writer.send(RenderedPage { rows, progress }).await {
                return Ok(());
            }
        }
        Ok(())
    }

    fn needs_associations(&self, state: &ExportState) -> bool {
        state.format == ExportFormat::Payload
            || state.has_object(object::COMPANY_PERSON)
            || state.has_object(object::RELATIONSHIP_PERSON)
    }

    fn render_people(
        &self,
        state: &ExportState,
        people: &[Person],
        associated: &AssociatedRecords,
    ) -> Vec<Rows> {
        let new_rows = |name| self.new_rows(state, name);
        let mut rows = PeopleRows {
            people: new_rows(object::PERSON),
            companies: new_rows(object::COMPANY_PERSON),
            relationships: new_rows(object::RELATIONSHIP_PERSON),
        };
        for person in people {
            let companies = view::list_companies(person, associated.records(), self.store.ids());
            match state.format {
                ExportFormat::Jsonl => self.push_person(state, &mut rows, person, &companies),
                ExportFormat::Payload => {
                    let records = render_person_payloads(person, &companies, self.metadata);
                    records.iter().for_each(|record| rows.people.push(record));
                }
            }
        }
        vec![rows.people, rows.companies, rows.relationships]
    }

    /// Adds the rows of a person and of its associations, as far as they are wanted.
    fn push_person(
        &self,
        state: &ExportState,
        rows: &mut PeopleRows,
        person: &Person,
        companies: &[CompanyView<'_>],
    ) {
        let render = |name: &'static str, view| {
            let is_wanted = state.has_object(name);
            is_wanted.then(|| Json::Object(render_row(self.metadata.standard_object(name), view)))
        };
        let row = render(object::PERSON, View::Person(person));
        row.iter().for_each(|row| rows.people.push(row));
        for company in companies {
            let row = render(object::COMPANY_PERSON, View::Company(person, company));
            row.iter().for_each(|row| rows.companies.push(row));
            for relationship in &company.relationships {
                let view = View::Relationship(person, company, relationship);
                let row = render(object::RELATIONSHIP_PERSON, view);
                row.iter().for_each(|row| rows.relationships.push(row));
            }
        }
    }
}

/// The rows of a page of people.
struct PeopleRows {
    people: Rows,
    companies: Rows,
    relationships: Rows,
}

/// The partitions that are not read to their ends, and where each goes on.
fn list_unread_partitions(state: &ExportState) -> Vec<(usize, Option<PeoplePosition>)> {
    let unread = state.people.iter().enumerate().filter_map(|(partition, progress)| {
        Some((
            partition,
            match progress {
                Progress::Unread => None,
                Progress::At(position) => Some(position.clone()),
                Progress::Done => return None,
            },
        ))
    });
    unread.collect()
}
