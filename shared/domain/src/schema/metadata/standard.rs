//! The standard fields, each a line of a table (contract: fields#standard-fields-of-each-object,
//! fields#types-of-standard-fields).

use super::{Field, FieldDefault, FieldOrigin, object};
use crate::values::{FieldType, Value};

use FieldType::{
    Boolean, Currency, Date, DateTime, Email, Gsid, Number, Picklist, RichTextArea, String as Text,
    Url,
};

/// The dropdown category of Role in Company Person and Relationship Person.
pub const ROLE_CATEGORY: &str = "role";

/// The dropdown category of Company's CompanyType.
pub const COMPANY_TYPE_CATEGORY: &str = "companytype";

/// The storage code of an association's IsPrimaryCompany.
pub const IS_PRIMARY_CODE: &str = "ip";

/// Name, type, storage code.
type FieldSpec = (&'static str, FieldType, &'static str);

const PERSON_FIELDS: &[FieldSpec] = &[
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

const ASSOCIATION_FIELDS: &[FieldSpec] = &[
    ("Role", Picklist, "ro"),
    ("Title", Text, "ti"),
    ("Manager", Gsid, "mg"),
    ("IsPrimaryCompany", Boolean, IS_PRIMARY_CODE),
    ("Active", Boolean, "ac"),
];

const COMPANY_FIELDS: &[FieldSpec] = &[
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

const RELATIONSHIP_FIELDS: &[FieldSpec] = &[
    ("Name", Text, "nm"),
    ("Company_ID", Gsid, "ci"),
    ("Relationship_Type_ID", Gsid, "rt"),
    ("ARR", Currency, "ar"),
    ("MRR", Currency, "mr"),
    ("Stage", Text, "sg"),
    ("Status", Text, "st"),
    ("RenewalDate", Date, "rd"),
];

/// CurrencyIsoCode defaults to USD, as in the vendor's new tenants (contract:
/// bulk#echoed-defaults).
fn currency_iso_code_field() -> Field {
    let usd = Some(Value::Text("USD".to_owned()));
    let defaults = vec![FieldDefault { from: None, value: usd }];
    Field { defaults, ..stored_field(&("CurrencyIsoCode", Text, "cu")) }
}

/// Every standard object with its fields.
pub(super) fn build_standard_objects(multi_currency: bool) -> Vec<(&'static str, Vec<Field>)> {
    let currency = |lines: &[FieldSpec]| {
        let own = multi_currency.then(currency_iso_code_field);
        lines.iter().map(stored_field).chain(own).collect::<Vec<_>>()
    };
    let person_id = derived_field("Person_ID", Gsid, FieldOrigin::PersonId);
    let company_id = derived_field("Company_ID", Gsid, FieldOrigin::CompanyId);
    let mut relationship_person = currency(ASSOCIATION_FIELDS);
    relationship_person.extend([
        derived_field("Relationship_ID", Gsid, FieldOrigin::RelationshipId),
        derived_field(
            "Relationship_Type_ID",
            Gsid,
            FieldOrigin::RelationshipTypeId("rt".to_owned()),
        ),
        derived_field("Company_Person_ID", Gsid, FieldOrigin::CompanyPersonId),
    ]);
    vec![
        (object::PERSON, with_person_fields(currency(PERSON_FIELDS))),
        (
            object::COMPANY_PERSON,
            with_system_fields(
                currency(ASSOCIATION_FIELDS),
                [person_id.clone(), company_id.clone()],
            ),
        ),
        (
            object::RELATIONSHIP_PERSON,
            with_system_fields(relationship_person, [person_id, company_id]),
        ),
        (
            object::COMPANY,
            mark_keys(
                with_audit_fields(currency(COMPANY_FIELDS)),
                &["Name"],
                &["Name", "SfdcAccountId"],
            ),
        ),
        (
            object::RELATIONSHIP,
            mark_keys(
                with_audit_fields(currency(RELATIONSHIP_FIELDS)),
                &["Name", "Company_ID"],
                &["Name", "Company_ID"],
            ),
        ),
    ]
}

fn mark_keys(mut fields: Vec<Field>, required: &[&str], indexed: &[&str]) -> Vec<Field> {
    for field in &mut fields {
        field.required = required.contains(&field.name.as_str());
        field.indexed = indexed.contains(&field.name.as_str());
    }
    fields
}

fn with_person_fields(mut fields: Vec<Field>) -> Vec<Field> {
    fields.push(derived_field("Email", Email, FieldOrigin::Email));
    with_audit_fields(fields)
}

fn with_audit_fields(fields: Vec<Field>) -> Vec<Field> {
    let always_null = |name| derived_field(name, Gsid, FieldOrigin::AlwaysNull);
    with_system_fields(fields, [always_null("CreatedBy"), always_null("ModifiedBy")])
}

fn with_system_fields<const N: usize>(mut fields: Vec<Field>, more: [Field; N]) -> Vec<Field> {
    fields.insert(0, derived_field("Gsid", Gsid, FieldOrigin::Gsid));
    fields.extend(more);
    fields.push(derived_field("CreatedDate", DateTime, FieldOrigin::Created));
    fields.push(derived_field("ModifiedDate", DateTime, FieldOrigin::Modified));
    fields
}

/// The name of a standard object that people see.
pub(super) fn object_label(name: &str) -> &str {
    match name {
        object::PERSON => "Person",
        object::COMPANY_PERSON => "Company Person",
        object::RELATIONSHIP_PERSON => "Relationship Person",
        object::COMPANY => "Company",
        object::RELATIONSHIP => "Relationship",
        own => own,
    }
}

/// Adds the fields that every custom object has.
pub(super) fn with_custom_object_fields(fields: Vec<Field>) -> Vec<Field> {
    with_audit_fields(fields)
}

fn stored_field((name, kind, code): &FieldSpec) -> Field {
    derived_field(name, *kind, FieldOrigin::Stored((*code).to_owned()))
}

fn derived_field(name: &str, kind: FieldType, origin: FieldOrigin) -> Field {
    let always = |value| vec![FieldDefault { from: None, value: Some(Value::Bool(value)) }];
    Field {
        name: name.to_owned(),
        label: name.to_owned(),
        kind,
        max_length: kind.default_max_length(),
        origin,
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
            "Role" => Some(ROLE_CATEGORY.to_owned()),
            "CompanyType" => Some(COMPANY_TYPE_CATEGORY.to_owned()),
            _ => None,
        },
        defaults: match name {
            "EmailOptOut" => always(false),
            "Active" => always(true),
            _ => Vec::new(),
        },
    }
}
