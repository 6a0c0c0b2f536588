//! A tenant's schema: read as a whole, changed one change at a time.

use std::collections::BTreeMap;

use people_domain::schema::metadata::{Category, CustomField, CustomObject, standard};
use people_domain::schema::{Change, Dropdown, Field, Object, Schema};
use serde_json::Value as Json;

use crate::people::resolve::LABEL;
use crate::table::keys;
use crate::table::transact::Transacted;
use crate::{Result, StoreError, TenantStore};

/// How often another code is tried when somebody else took it at the same moment.
const TRIES: usize = 20;

impl TenantStore {
    /// All that the tenant has of its own, as a schema file says it.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn schema(&self) -> Result<Schema> {
        let own = self.definition().await?;
        let mut schema = Schema::default();
        for category in &own.categories {
            let mut items = self.labels(&category.name).await?;
            items.sort();
            schema
                .dropdowns
                .insert(category.name.clone(), Dropdown { closed: category.closed, items });
        }
        for object in own.objects {
            let shown = Object { label: object.label, fields: BTreeMap::new() };
            schema.objects.insert(object.name, shown);
        }
        for field in own.fields.into_iter().filter(|field| !field.removed) {
            let spelled = schema
                .objects
                .keys()
                .find(|name| name.eq_ignore_ascii_case(&field.object))
                .cloned();
            let object =
                schema.objects.entry(spelled.unwrap_or_else(|| field.object.clone())).or_default();
            object.fields.insert(field.name.clone(), shown(field));
        }
        Ok(schema)
    }

    /// The labels of a dropdown category.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn labels(&self, category: &str) -> Result<Vec<String>> {
        let items = self.partition(&keys::dropdown(&self.tenant.id, category)).await?;
        let label = |item: crate::table::convert::Item| item.get(LABEL)?.as_s().ok().cloned();
        Ok(items.into_iter().filter_map(label).collect())
    }

    /// Does one change. Running processes see it within 60 s.
    ///
    /// # Errors
    /// When the store fails, or the change can't be done.
    pub async fn change_schema(&self, change: &Change) -> Result<()> {
        match change {
            Change::PutDropdown(name, list, _) => self.put_dropdown(name, list).await,
            Change::RemoveDropdown(name) => self.remove_dropdown(name).await,
            Change::PutObject(name, label, _) => {
                let object = CustomObject { name: name.clone(), label: label.clone() };
                self.define(keys::OBJECT, name, &object).await
            }
            Change::RemoveObject(name) => self.undefine(keys::OBJECT, name).await,
            Change::PutField(object, name, field, true) => {
                self.add_field(object, name, field).await
            }
            Change::PutField(object, name, field, false) => {
                self.change_field(object, name, field).await
            }
            Change::RemoveField(object, name) => {
                let field = self.own_field(object, name).await?;
                self.put_field(&CustomField {
                    removed: true,
                    indexed: false,
                    indexing: false,
                    ..field
                })
                .await
            }
            Change::Forbidden(text) => Err(StoreError::Unexpected(text.clone())),
        }
    }

    /// Stores a field as it is given.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn put_field(&self, field: &CustomField) -> Result<()> {
        self.define(keys::FIELD, &field_name(&field.object, &field.name), field).await
    }

    pub(crate) async fn own_field(&self, object: &str, name: &str) -> Result<CustomField> {
        let same = |field: &CustomField| {
            field.object.eq_ignore_ascii_case(object) && field.name.eq_ignore_ascii_case(name)
        };
        let found = self.definition().await?.fields.into_iter().find(same);
        found.ok_or_else(|| StoreError::Unexpected("a field that is gone".to_owned()))
    }

    /// A new field takes a storage code that no field of the object ever had.
    async fn add_field(&self, object: &str, name: &str, field: &Field) -> Result<()> {
        let object = object.to_ascii_lowercase();
        let prefix = format!("{}{object}#z", keys::CODE);
        for _ in 0..TRIES {
            let taken = self.partition(&keys::metadata(&self.tenant.id)).await?;
            let taken = taken.iter().filter_map(|item| {
                item.get(keys::SK)?.as_s().ok()?.strip_prefix(&prefix)?.parse().ok()
            });
            let code = format!("z{}", taken.max().map_or(0_u32, |last: u32| last + 1));
            let mut own = CustomField::new(&object, name, field.kind, &code);
            // No row has a value of a field that is new, so its index is complete from the start.
            own.indexed = field.indexed;
            self.describe(&mut own, field);
            let claim =
                keys::metadata_item(&self.tenant.id, keys::CODE, &field_name(&object, &code))
                    .attributes();
            let definition = self.defined(keys::FIELD, &field_name(&object, name), &own)?;
            let claim = self.store.new_item(claim)?;
            if self.store.transact(vec![claim, self.store.any_item(definition)?]).await?
                == Transacted::Done
            {
                self.forget_metadata();
                return Ok(());
            }
        }
        Err(StoreError::Unavailable("a schema that others keep changing".to_owned()))
    }

    async fn change_field(&self, object: &str, name: &str, field: &Field) -> Result<()> {
        let mut own = self.own_field(object, name).await?;
        let begins = field.indexed && !own.indexed && !own.indexing;
        own.indexing = field.indexed && !own.indexed;
        own.indexed &= field.indexed;
        self.describe(&mut own, field);
        if begins {
            self.forget_place(&own).await?;
        }
        self.put_field(&own).await?;
        if begins { self.mark_indexing(&own).await } else { Ok(()) }
    }

    /// What a schema says of a field; a new default begins now, and older rows keep what they had.
    fn describe(&self, own: &mut CustomField, field: &Field) {
        own.label.clone_from(&field.label);
        own.max_length = field.max_length;
        own.required = field.required;
        own.category = field.dropdown.as_ref().map(|name| name.to_ascii_lowercase());
        own.lookup = field.lookup.as_ref().map(|name| name.to_ascii_lowercase());
        let default = own.defaults.last().map_or(&Json::Null, |(_, value)| value);
        if *default != field.default {
            own.defaults.push((self.store.stamp().as_str().to_owned(), field.default.clone()));
        }
    }

    async fn put_dropdown(&self, name: &str, list: &Dropdown) -> Result<()> {
        let known = self.labels(name).await?;
        let new = list.items.iter().filter(|label| !known.contains(label));
        let category = name.to_ascii_lowercase();
        self.learn(&new.map(|label| (category.clone(), label.clone())).collect::<Vec<_>>()).await?;
        if list.closed {
            self.remove_labels(name, known.iter().filter(|label| !list.items.contains(label)))
                .await?;
        }
        self.define(keys::CATEGORY, name, &Category { name: name.to_owned(), closed: list.closed })
            .await
    }

    async fn remove_dropdown(&self, name: &str) -> Result<()> {
        self.undefine(keys::CATEGORY, name).await?;
        // The standard lists are open again, with what they learned.
        let standard = [standard::ROLE, standard::COMPANY_TYPE]
            .iter()
            .any(|own| own.eq_ignore_ascii_case(name));
        match standard {
            true => Ok(()),
            false => self.remove_labels(name, self.labels(name).await?.iter()).await,
        }
    }

    async fn remove_labels(
        &self,
        category: &str,
        labels: impl Iterator<Item = &String>,
    ) -> Result<()> {
        let category = category.to_ascii_lowercase();
        for label in labels {
            let gsid = self.mint().dropdown_item(&category, label);
            let key = keys::dropdown_item(&self.tenant.id, &category, &gsid);
            self.store.delete_item(&key).await?;
            self.forget_label(&category, &gsid);
        }
        Ok(())
    }

    pub(crate) async fn undefine(&self, prefix: &str, name: &str) -> Result<()> {
        let key = keys::metadata_item(&self.tenant.id, prefix, name);
        self.store.delete_item(&key).await?;
        self.forget_metadata();
        Ok(())
    }
}

pub(crate) fn field_name(object: &str, name: &str) -> String {
    format!("{object}#{name}")
}

/// A stored field as a schema says it.
fn shown(field: CustomField) -> Field {
    Field {
        kind: field.kind,
        label: field.label,
        max_length: field.max_length,
        required: field.required,
        indexed: field.indexed || field.indexing,
        default: field.defaults.last().map_or(Json::Null, |(_, value)| value.clone()),
        dropdown: field.category,
        lookup: field.lookup,
    }
}
