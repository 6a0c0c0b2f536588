//! Echoes a record that is refused as a whole as if it had been read (contract: bulk#echo,
//! lookups#own-lookups-of-a-wrong-shape).

use serde_json::{Map, Value as Json};

use super::{Row, RowPart};
use crate::lookup::{self, Lookups};
use crate::schema::metadata::Metadata;

impl<'m> Row<'m> {
    /// Keeps what was sent, in canonical spelling and without sources, and the person that the
    /// record names: an existing person is shown without defaults. Nothing else of the record is
    /// kept.
    pub(super) fn echo_unread(&mut self, raw: &'m Json, shared: &Lookups, metadata: &'m Metadata) {
        let Some(map) = raw.as_object() else { return };
        let own =
            lookup::get_member(map, "lookups").map(Lookups::parse_lenient).unwrap_or_default();
        let mut read = Self::unreadable(metadata);
        read.read_record(map, &own.merge_over(shared), metadata);
        self.echoed_lists = Some(read.echo_lists());
        self.person_ref = read.person_ref;
        self.person.sent = read.person.sent;
    }

    /// `companies` and `relationships`, if lists of them were sent.
    fn echo_lists(&self) -> Map<String, Json> {
        let companies = self.companies.iter().map(|companies| {
            let company = |company: &super::CompanyPart<'_>| {
                let mut fields = company.part.sent_fields();
                let nested = company.relationships.as_ref();
                fields.extend(nested.map(|nested| ("relationships".to_owned(), echo_list(nested))));
                Json::Object(fields)
            };
            ("companies".to_owned(), companies.iter().map(company).collect())
        });
        let relationships = self.relationships.iter();
        companies
            .chain(relationships.map(|all| ("relationships".to_owned(), echo_list(all))))
            .collect()
    }
}

fn echo_list(parts: &[RowPart<'_>]) -> Json {
    parts.iter().map(|part| Json::Object(part.sent_fields())).collect()
}
