//! A tenant's schema: it is exported as a whole and changed one step at a time (ADR 33).

use std::collections::BTreeMap;

use people_domain::people::AssociationIndex;
use people_domain::schema::metadata::{CustomField, CustomObject, DropdownCategory, standard};
use people_domain::schema::{DropdownSchema, FieldSchema, ObjectSchema, SchemaChange, SchemaFile};
use serde_json::Value as Json;

use crate::people::resolve::LABEL;
use crate::table::convert::{TableItem, item_text};
use crate::table::keys;
use crate::table::transaction::TransactionOutcome;
use crate::{Result, StoreError, TenantStore};

/// Attempts to claim a storage code while others claim codes at the same time.
const CODE_ATTEMPTS_MAX: usize = 20;

impl TenantStore {
    /// Exports the tenant's own fields, objects and dropdowns as a schema file.
    pub async fn export_schema(&self) -> Result<SchemaFile> {
        let own = self.read_tenant_schema().await?;
        let mut schema = SchemaFile::default();
        for category in &own.categories {
            let mut items = self.list_labels(&category.name).await?;
            items.sort();
            schema
                .dropdowns
                .insert(category.name.clone(), DropdownSchema { closed: category.closed, items });
        }
        for object in own.objects {
            let exported = ObjectSchema { label: object.label, fields: BTreeMap::new() };
            schema.objects.insert(object.name, exported);
        }
        for field in own.fields.into_iter().filter(|field| !field.removed) {
            let mut names = schema.objects.keys();
            let name = names.find(|name| name.eq_ignore_ascii_case(&field.object)).cloned();
            let object =
                schema.objects.entry(name.unwrap_or_else(|| field.object.clone())).or_default();
            object.fields.insert(field.name.clone(), to_schema_field(field));
        }
        Ok(schema)
    }

    /// Lists the labels of a dropdown category.
    pub async fn list_labels(&self, category: &str) -> Result<Vec<String>> {
        let items =
            self.read_partition(&keys::dropdown_partition(&self.tenant.id, category)).await?;
        let label = |item: &TableItem| item_text(item, LABEL).map(str::to_owned);
        Ok(items.iter().filter_map(label).collect())
    }

    /// Applies one change. Running processes see it within 60 s.
    ///
    /// # Errors
    /// [`StoreError::Unexpected`] when the change is forbidden, or names a field that does not
    /// exist.
    pub async fn apply_schema_change(&self, change: &SchemaChange) -> Result<()> {
        match change {
            SchemaChange::PutDropdown(name, list, _) => self.write_dropdown(name, list).await,
            SchemaChange::RemoveDropdown(name) => self.delete_dropdown(name).await,
            SchemaChange::PutObject(name, label, _) => {
                let object = CustomObject { name: name.clone(), label: label.clone() };
                self.write_definition(keys::OBJECT_PREFIX, name, &object).await
            }
            SchemaChange::RemoveObject(name) => {
                self.delete_definition(keys::OBJECT_PREFIX, name).await
            }
            SchemaChange::PutField(object, name, field, true) => {
                self.add_field(object, name, field).await
            }
            SchemaChange::PutField(object, name, field, false) => {
                self.change_field(object, name, field).await
            }
            SchemaChange::RemoveField(object, name) => {
                let field = self.read_field(object, name).await?;
                self.write_field(&CustomField {
                    removed: true,
                    indexed: false,
                    indexing: false,
                    ..field
                })
                .await
            }
            SchemaChange::Forbidden(text) => Err(StoreError::Unexpected(text.clone())),
        }
    }

    /// Stores a field unchanged.
    pub async fn write_field(&self, field: &CustomField) -> Result<()> {
        let name = qualify_field_name(&field.object, &field.name);
        self.write_definition(keys::FIELD_PREFIX, &name, field).await
    }

    pub(crate) async fn read_field(&self, object: &str, name: &str) -> Result<CustomField> {
        let same = |field: &CustomField| {
            field.object.eq_ignore_ascii_case(object) && field.name.eq_ignore_ascii_case(name)
        };
        let found = self.read_tenant_schema().await?.fields.into_iter().find(same);
        found.ok_or_else(|| {
            StoreError::Unexpected(format!("the object {object} has no field {name}"))
        })
    }

    /// Adds a field under a storage code that no field of the object ever had.
    async fn add_field(&self, object: &str, name: &str, field: &FieldSchema) -> Result<()> {
        if let Some(index) = AssociationIndex::of_field(object, name) {
            // Unlike a new field, it has values already.
            let own = CustomField::new(index.object(), index.field(), field.kind, "");
            return self.store_changed_field(own, field).await;
        }
        let object = object.to_ascii_lowercase();
        let prefix = format!("{}{object}#z", keys::CODE_PREFIX);
        for _ in 0..CODE_ATTEMPTS_MAX {
            let taken = self.read_partition(&keys::metadata_partition(&self.tenant.id)).await?;
            let taken = taken
                .iter()
                .filter_map(|item| item_text(item, keys::SK)?.strip_prefix(&prefix)?.parse().ok());
            let code = format!("z{}", taken.max().map_or(0_u32, |last: u32| last + 1));
            let mut own = CustomField::new(&object, name, field.kind, &code);
            // No row has a value of a new field, so its index is complete from the start.
            own.indexed = field.indexed;
            self.apply_field_settings(&mut own, field);
            let code_name = qualify_field_name(&object, &code);
            let claim = keys::metadata_item_key(&self.tenant.id, keys::CODE_PREFIX, &code_name);
            let field_name = qualify_field_name(&object, name);
            let definition = self.build_definition_item(keys::FIELD_PREFIX, &field_name, &own)?;
            let actions = vec![
                self.store.build_insert(claim.to_attributes())?,
                self.store.build_put(definition)?,
            ];
            if self.store.run_transaction(actions).await? == TransactionOutcome::Committed {
                self.invalidate_metadata();
                return Ok(());
            }
        }
        Err(StoreError::contended("a schema"))
    }

    async fn change_field(&self, object: &str, name: &str, field: &FieldSchema) -> Result<()> {
        self.store_changed_field(self.read_field(object, name).await?, field).await
    }

    async fn store_changed_field(&self, mut own: CustomField, field: &FieldSchema) -> Result<()> {
        let starts_indexing = field.indexed && !own.indexed && !own.indexing;
        own.indexing = field.indexed && !own.indexed;
        own.indexed &= field.indexed;
        self.apply_field_settings(&mut own, field);
        if starts_indexing {
            self.delete_index_progress(&own).await?;
        }
        self.write_field(&own).await?;
        if starts_indexing { self.write_indexing_start(&own).await } else { Ok(()) }
    }

    /// Applies a schema's settings to a field. A new default starts now; older rows keep the
    /// default of their creation.
    fn apply_field_settings(&self, own: &mut CustomField, field: &FieldSchema) {
        own.label.clone_from(&field.label);
        own.max_length = field.max_length;
        own.required = field.required;
        own.category = field.dropdown.as_ref().map(|name| name.to_ascii_lowercase());
        own.lookup = field.lookup.as_ref().map(|name| name.to_ascii_lowercase());
        let default = own.defaults.last().map_or(&Json::Null, |(_, value)| value);
        if *default != field.default {
            own.defaults.push((self.store.new_stamp().as_str().to_owned(), field.default.clone()));
        }
    }

    async fn write_dropdown(&self, name: &str, list: &DropdownSchema) -> Result<()> {
        let known = self.list_labels(name).await?;
        let category = name.to_ascii_lowercase();
        let new = list.items.iter().filter(|label| !known.contains(label));
        let new: Vec<_> = new.map(|label| (category.clone(), label.clone())).collect();
        self.add_dropdown_items(&new).await?;
        if list.closed {
            self.delete_labels(name, known.iter().filter(|label| !list.items.contains(label)))
                .await?;
        }
        let definition = DropdownCategory { name: name.to_owned(), closed: list.closed };
        self.write_definition(keys::CATEGORY_PREFIX, name, &definition).await
    }

    async fn delete_dropdown(&self, name: &str) -> Result<()> {
        self.delete_definition(keys::CATEGORY_PREFIX, name).await?;
        // The standard lists are open again, and keep the labels that were added to them.
        let is_standard = [standard::ROLE_CATEGORY, standard::COMPANY_TYPE_CATEGORY]
            .iter()
            .any(|own| own.eq_ignore_ascii_case(name));
        if is_standard {
            return Ok(());
        }
        self.delete_labels(name, self.list_labels(name).await?.iter()).await
    }

    async fn delete_labels(
        &self,
        category: &str,
        labels: impl Iterator<Item = &String>,
    ) -> Result<()> {
        let category = category.to_ascii_lowercase();
        for label in labels {
            let gsid = self.ids().dropdown_item_gsid(&category, label);
            let key = keys::dropdown_item_key(&self.tenant.id, &category, &gsid);
            self.store.delete_item(&key).await?;
            self.invalidate_label(&category, &gsid);
        }
        Ok(())
    }

    pub(crate) async fn delete_definition(&self, prefix: &str, name: &str) -> Result<()> {
        let key = keys::metadata_item_key(&self.tenant.id, prefix, name);
        self.store.delete_item(&key).await?;
        self.invalidate_metadata();
        Ok(())
    }
}

pub(crate) fn qualify_field_name(object: &str, name: &str) -> String {
    format!("{object}#{name}")
}

/// A stored field in the form of a schema file.
fn to_schema_field(field: CustomField) -> FieldSchema {
    FieldSchema {
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
