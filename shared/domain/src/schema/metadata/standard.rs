//! The standard fields (contract: fields#standard-fields-of-each-object,
//! fields#types-of-standard-fields), each a line of a table.

use super::{Default, Field, Source, object};
use crate::values::{FieldType, Value};

use FieldType::{
    Boolean, Currency, Date, DateTime, Email, Gsid, Number, Picklist, RichTextArea, String as Text,
    Url,
};

/// The one category that serves the Role of Company Person and Relationship Person.
pub const ROLE: &str = "role";

/// The category of Company's CompanyType.
pub const COMPANY_TYPE: &str = "companytype";

/// The code under which an association keeps whether its company is the primary one.
pub const IS_PRIMARY: &str = "ip";

/// Name, type, storage code.
type Line = (&'static str, FieldType, &'static str);

const PERSON: &[Line] = &[
    ("Name", Text, "nm"),
    ("FirstName", Text, "fn"),
    ("MiddleName", Text, "mn"),
    ("LastName", Text, "ln"),
    ("LinkedinUrl", Url, "li"),
    ("Location", Text, "lo"),
    ("Timezone", Text, "tz"),
    ("Comments", RichTextArea, "co"),
    ("EmailOptOut", Boolean, "eo"),
    ("ExternalRecordID__gc", Text, "xr"),
    ("DynamicResolutionKey", Text, "dk"),
    ("MasterRecordID", Text, "mr"),
    ("MasterAvatarTypeCode", Number, "ma"),
];

const ASSOCIATION: &[Line] = &[
    ("Role", Picklist, "ro"),
    ("Title", Text, "ti"),
    ("Manager", Gsid, "mg"),
    ("IsPrimaryCompany", Boolean, IS_PRIMARY),
    ("Active", Boolean, "ac"),
];

const COMPANY: &[Line] = &[
    ("Name", Text, "nm"),
    ("Industry", Text, "in"),
    ("ARR", Currency, "ar"),
    ("MRR", Currency, "mr"),
    ("Employees", Number, "em"),
    ("Users", Number, "us"),
    ("LifecycleInWeeks", Number, "lw"),
    ("OriginalContractDate", Date, "oc"),
    ("RenewalDate", Date, "rd"),
    ("Stage", Text, "sg"),
    ("Status", Text, "st"),
    ("CSM", Text, "cs"),
    ("ParentCompany", Text, "pc"),
    ("BillingAddress", Text, "ba"),
    ("Summary", RichTextArea, "su"),
    ("Tags", Text, "tg"),
    ("TickerSymbol", Text, "ts"),
    ("SfdcAccountId", Text, "sf"),
    ("CSMFirstName", Text, "cf"),
    ("CSMLastName", Text, "cl"),
    ("ParentCompanyName", Text, "pn"),
    ("CompanyType", Picklist, "ct"),
    ("ManagedAs", Text, "ms"),
    ("IndustryNew", Text, "iw"),
    ("CustomerlifetimeInMonths", Number, "lm"),
    ("ScorecardId", Gsid, "sc"),
    ("CurrentScore", Number, "cc"),
    ("PreviousScore", Number, "ps"),
    ("Trend", Text, "td"),
    ("NPS", Number, "np"),
];

const RELATIONSHIP: &[Line] = &[
    ("Name", Text, "nm"),
    ("Company_ID", Gsid, "ci"),
    ("Relationship_Type_ID", Gsid, "rt"),
    ("ARR", Currency, "ar"),
    ("MRR", Currency, "mr"),
    ("Stage", Text, "sg"),
    ("Status", Text, "st"),
    ("RenewalDate", Date, "rd"),
];

/// A currency that nobody sent is the one that the vendor's tenants begin with (contract:
/// bulk#echoed-defaults).
fn currency_iso_code() -> Field {
    let usd = Some(Value::Text("USD".to_owned()));
    let defaults = vec![Default { from: None, value: usd }];
    Field { defaults, ..stored(&("CurrencyIsoCode", Text, "cu")) }
}

/// Every standard object with its fields.
pub(super) fn objects(multi_currency: bool) -> Vec<(&'static str, Vec<Field>)> {
    let currency = |lines: &[Line]| {
        let own = multi_currency.then(currency_iso_code);
        lines.iter().map(stored).chain(own).collect::<Vec<_>>()
    };
    let person_id = derived("Person_ID", Gsid, Source::PersonId);
    let company_id = derived("Company_ID", Gsid, Source::CompanyId);
    let mut relationship_person = currency(ASSOCIATION);
    relationship_person.extend([
        derived("Relationship_ID", Gsid, Source::RelationshipId),
        derived("Relationship_Type_ID", Gsid, Source::RelationshipTypeId("rt".to_owned())),
        derived("Company_Person_ID", Gsid, Source::CompanyPersonId),
    ]);
    vec![
        (object::PERSON, person(currency(PERSON))),
        (
            object::COMPANY_PERSON,
            with_system(currency(ASSOCIATION), [person_id.clone(), company_id.clone()]),
        ),
        (object::RELATIONSHIP_PERSON, with_system(relationship_person, [person_id, company_id])),
        (
            object::COMPANY,
            keys(with_people_dates(currency(COMPANY)), &["Name"], &["Name", "SfdcAccountId"]),
        ),
        (
            object::RELATIONSHIP,
            keys(
                with_people_dates(currency(RELATIONSHIP)),
                &["Name", "Company_ID"],
                &["Name", "Company_ID"],
            ),
        ),
    ]
}

fn keys(mut fields: Vec<Field>, required: &[&str], indexed: &[&str]) -> Vec<Field> {
    for field in &mut fields {
        field.required = required.contains(&field.name.as_str());
        field.indexed = indexed.contains(&field.name.as_str());
    }
    fields
}

fn person(mut fields: Vec<Field>) -> Vec<Field> {
    fields.push(derived("Email", Email, Source::Email));
    with_people_dates(fields)
}

fn with_people_dates(fields: Vec<Field>) -> Vec<Field> {
    let nobody = |name| derived(name, Gsid, Source::Nobody);
    with_system(fields, [nobody("CreatedBy"), nobody("ModifiedBy")])
}

fn with_system<const N: usize>(mut fields: Vec<Field>, more: [Field; N]) -> Vec<Field> {
    fields.insert(0, derived("Gsid", Gsid, Source::Gsid));
    fields.extend(more);
    fields.push(derived("CreatedDate", DateTime, Source::Created));
    fields.push(derived("ModifiedDate", DateTime, Source::Modified));
    fields
}

/// How people call a standard object.
pub(super) fn label(name: &str) -> &str {
    match name {
        object::PERSON => "Person",
        object::COMPANY_PERSON => "Company Person",
        object::RELATIONSHIP_PERSON => "Relationship Person",
        object::COMPANY => "Company",
        object::RELATIONSHIP => "Relationship",
        own => own,
    }
}

/// What every object of a tenant's own has beside its fields.
pub(super) fn own_object(fields: Vec<Field>) -> Vec<Field> {
    with_people_dates(fields)
}

fn stored((name, kind, code): &Line) -> Field {
    derived(name, *kind, Source::Stored((*code).to_owned()))
}

fn derived(name: &str, kind: FieldType, source: Source) -> Field {
    let always = |value| vec![Default { from: None, value: Some(Value::Bool(value)) }];
    Field {
        name: name.to_owned(),
        label: name.to_owned(),
        kind,
        max_length: kind.default_max_length(),
        source,
        required: false,
        indexed: false,
        indexing: false,
        closed: false,
        lookup: match name {
            "Company_ID" => Some(object::COMPANY.to_owned()),
            "Relationship_ID" => Some(object::RELATIONSHIP.to_owned()),
            "Person_ID" => Some(object::PERSON.to_owned()),
            "Company_Person_ID" => Some(object::COMPANY_PERSON.to_owned()),
            _ => None,
        },
        category: match name {
            "Role" => Some(ROLE.to_owned()),
            "CompanyType" => Some(COMPANY_TYPE.to_owned()),
            _ => None,
        },
        defaults: match name {
            "EmailOptOut" => always(false),
            "Active" => always(true),
            _ => Vec::new(),
        },
    }
}
