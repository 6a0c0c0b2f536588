//! `people object`: list, show.

use std::sync::Arc;

use people_domain::schema::metadata::{Metadata, Object};
use people_storage::Store;
use serde::Serialize;

use crate::args::schema::ObjectCommand;
use crate::error::CommandError;
use crate::field;
use crate::output::{CommandOutput, format_table};
use crate::schema::find_tenant_store;

#[derive(Debug, Serialize)]
struct ObjectSummary {
    name: String,
    label: String,
    custom: bool,
    fields: usize,
}

#[derive(Debug, Serialize)]
struct ObjectDetails {
    name: String,
    label: String,
    custom: bool,
    fields: Vec<field::FieldSummary>,
}

pub(crate) async fn run(
    store: &Store,
    command: ObjectCommand,
) -> Result<CommandOutput, CommandError> {
    match command {
        ObjectCommand::List { tenant } => Ok(list_objects(
            &*find_tenant_store(store, tenant.as_str()).await?.read_metadata().await?,
        )),
        ObjectCommand::Show { tenant, object } => {
            let metadata = read_metadata(store, tenant.as_str()).await?;
            Ok(show_object(find_object(&metadata, tenant.as_str(), &object)?))
        }
    }
}

pub(crate) async fn read_metadata(
    store: &Store,
    tenant: &str,
) -> Result<Arc<Metadata>, CommandError> {
    Ok(find_tenant_store(store, tenant).await?.read_metadata().await?)
}

/// Finds an object by name; an unknown name is an error.
pub(crate) fn find_object<'m>(
    metadata: &'m Metadata,
    tenant: &str,
    name: &str,
) -> Result<&'m Object, CommandError> {
    metadata.object(name).ok_or_else(|| {
        CommandError::Refused(format!(
            "tenant {tenant} has no object {name}; `people object list {tenant}` shows its objects"
        ))
    })
}

fn list_objects(metadata: &Metadata) -> CommandOutput {
    let mut objects: Vec<_> = metadata.objects().map(ObjectSummary::from_object).collect();
    objects.sort_by(|a, b| (a.custom, &a.name).cmp(&(b.custom, &b.name)));
    let text = format_objects(&objects);
    CommandOutput::new(objects, text)
}

fn show_object(object: &Object) -> CommandOutput {
    let fields: Vec<_> = object.fields().iter().map(field::FieldSummary::from_field).collect();
    let text = format!(
        "{}\n\n{}",
        format_objects(&[ObjectSummary::from_object(object)]),
        field::format_fields(&fields)
    );
    let (name, label) = (object.spelling.clone(), object.label.clone());
    CommandOutput::new(ObjectDetails { name, label, custom: object.custom, fields }, text)
}

impl ObjectSummary {
    fn from_object(object: &Object) -> Self {
        let (name, label) = (object.spelling.clone(), object.label.clone());
        Self { name, label, custom: object.custom, fields: object.fields().len() }
    }

    fn to_cells(&self) -> [String; 4] {
        let kind = if self.custom { "custom" } else { "standard" };
        [self.name.clone(), kind.to_owned(), self.fields.to_string(), self.label.clone()]
    }
}

fn format_objects(objects: &[ObjectSummary]) -> String {
    format_table(
        ["OBJECT", "KIND", "FIELDS", "LABEL"],
        objects.iter().map(ObjectSummary::to_cells).collect(),
    )
}
