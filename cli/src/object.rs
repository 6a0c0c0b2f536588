//! `people object`: list, show.

use std::sync::Arc;

use people_domain::schema::metadata::{Metadata, Object};
use people_storage::Store;
use serde::Serialize;

use crate::args::schema::ObjectCommand;
use crate::failure::Failure;
use crate::field;
use crate::output::{Answer, table};
use crate::schema::of;

/// What is shown of an object.
#[derive(Debug, Serialize)]
struct Summary {
    name: String,
    label: String,
    custom: bool,
    fields: usize,
}

/// An object and its fields.
#[derive(Debug, Serialize)]
struct Whole {
    name: String,
    label: String,
    custom: bool,
    fields: Vec<field::Summary>,
}

pub(crate) async fn run(store: &Store, command: ObjectCommand) -> Result<Answer, Failure> {
    match command {
        ObjectCommand::List { tenant } => {
            Ok(list(&*of(store, tenant.as_str()).await?.metadata().await?))
        }
        ObjectCommand::Show { tenant, object } => {
            let metadata = metadata(store, tenant.as_str()).await?;
            Ok(show(find(&metadata, tenant.as_str(), &object)?))
        }
    }
}

/// A tenant's metadata.
pub(crate) async fn metadata(store: &Store, tenant: &str) -> Result<Arc<Metadata>, Failure> {
    Ok(of(store, tenant).await?.metadata().await?)
}

/// The object of a name; that there is none is a failure.
pub(crate) fn find<'m>(
    metadata: &'m Metadata,
    tenant: &str,
    name: &str,
) -> Result<&'m Object, Failure> {
    metadata.object(name).ok_or_else(|| {
        Failure::Refused(format!(
            "tenant {tenant} has no object {name}; `people object list {tenant}` shows its objects"
        ))
    })
}

fn list(metadata: &Metadata) -> Answer {
    let mut objects: Vec<_> = metadata.objects().map(Summary::of).collect();
    objects.sort_by(|a, b| (a.custom, &a.name).cmp(&(b.custom, &b.name)));
    let text = rows(&objects);
    Answer::new(objects, text)
}

fn show(object: &Object) -> Answer {
    let fields: Vec<_> = object.fields().iter().map(field::Summary::of).collect();
    let text = format!("{}\n\n{}", rows(&[Summary::of(object)]), field::rows(&fields));
    let (name, label) = (object.spelled.clone(), object.label.clone());
    Answer::new(Whole { name, label, custom: object.custom, fields }, text)
}

impl Summary {
    fn of(object: &Object) -> Self {
        let (name, label) = (object.spelled.clone(), object.label.clone());
        Self { name, label, custom: object.custom, fields: object.fields().len() }
    }

    fn row(&self) -> [String; 4] {
        let kind = if self.custom { "custom" } else { "standard" };
        [self.name.clone(), kind.to_owned(), self.fields.to_string(), self.label.clone()]
    }
}

fn rows(objects: &[Summary]) -> String {
    table(["OBJECT", "KIND", "FIELDS", "LABEL"], objects.iter().map(Summary::row).collect())
}
