//! Tells whether what a process remembers of companies and relationships is out of date: by a
//! number in the counter of synchronous calls, one more after each change of what is remembered.
//!
//! A call updates that item anyway and is given it back, so that it costs nothing to know the number
//! as it is when the call begins. This ends once processes lease counts, many at a time: then most
//! calls don't touch the item, and have to read the number.

use people_domain::limit::RateLimitClass;
use people_domain::objects::record::{COMPANY_ID_CODE, NAME_CODE, RELATIONSHIP_TYPE_CODE};
use people_domain::schema::metadata::{Object, object};

use crate::objects::records::ObjectChange;
use crate::table::convert::TableItem;
use crate::table::keys::{self, ItemKey};
use crate::table::update::ItemUpdate;
use crate::{Result, TenantStore};

/// Attribute of the counter that holds the number; absent before the first change.
const GENERATION: &str = "gen";

/// The storage codes of what calls believe of a remembered record, beside that it is there.
const CACHED_FIELDS: [&str; 3] = [NAME_CODE, COMPANY_ID_CODE, RELATIONSHIP_TYPE_CODE];

/// How many changes of companies and relationships there have been. What was read under a number
/// holds for calls that begin under the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Generation(u64);

impl Generation {
    /// From a counter's item.
    pub(crate) fn from_item(item: &TableItem) -> Self {
        let number = item.get(GENERATION).and_then(|number| number.as_n().ok()?.parse().ok());
        Self(number.unwrap_or_default())
    }
}

impl TenantStore {
    /// A handle to this store for a call that began under this generation. Under none it does not
    /// use what is remembered of companies and relationships.
    #[must_use]
    pub fn with_generation(self, generation: Option<Generation>) -> Self {
        Self { generation, ..self }
    }

    /// A handle to this store under a generation. A counted call has one; for others it is read,
    /// which costs a read unit.
    pub(crate) async fn with_current_generation(&self) -> Result<Self> {
        if self.generation.is_some() {
            return Ok(self.clone());
        }
        let item = self.read_item(&self.sync_counter_key()).await?.unwrap_or_default();
        Ok(self.clone().with_generation(Some(Generation::from_item(&item))))
    }

    /// Makes what processes remember out of date for every call that begins from now on. It comes
    /// after the write that it tells of and before the answer to that; a retry does it again, for
    /// the first try may have died in between.
    pub(crate) async fn advance_generation(&self) -> Result<()> {
        let update = ItemUpdate::default().increment(GENERATION);
        self.store.send_update(&self.sync_counter_key(), update).await?;
        Ok(())
    }

    fn sync_counter_key(&self) -> ItemKey {
        keys::rate_limit_key(&self.tenant.id, RateLimitClass::Sync.as_str())
    }
}

/// Whether records of an object are remembered.
pub(crate) fn is_cached_object(object: &Object) -> bool {
    [object::COMPANY, object::RELATIONSHIP].contains(&object.name.as_str())
}

/// Whether an update by `keys` (canonical names) may change what is believed of remembered records.
/// A value counts though the record holds it already: an earlier try may have written it. Not so a
/// key that found the record as it stands.
pub(crate) fn changes_cached_values(
    object: &Object,
    keys: &[String],
    changes: &[ObjectChange],
) -> bool {
    let is_key = |code: &str| {
        keys.iter().any(|key| object.field(key).and_then(|field| field.code()) == Some(code))
    };
    let changes_believed = |change: &ObjectChange| {
        let mut values = change.write.values.iter();
        let holds = |code, value| change.record.attributes.get(code) == Some(value);
        values.any(|(code, value)| {
            CACHED_FIELDS.contains(&code.as_str()) && !(is_key(code) && holds(code, value))
        })
    };
    is_cached_object(object) && changes.iter().any(changes_believed)
}
