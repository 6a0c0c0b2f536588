//! Generations: they invalidate the cached companies and relationships of all processes. A
//! generation is a number in the rate-limit counter of synchronous calls, incremented after each
//! change of cached values.
//!
//! A call updates that item anyway and gets it back, so reading the generation at the start of a
//! call costs nothing. This would end if processes leased counts, many at a time: most calls would
//! then not touch the item, and would have to read the number.

use people_domain::limit::RateLimitClass;
use people_domain::objects::record::{COMPANY_ID_CODE, NAME_CODE, RELATIONSHIP_TYPE_CODE};
use people_domain::schema::metadata::{Object, object};

use crate::objects::records::ObjectChange;
use crate::table::convert::{TableItem, item_number};
use crate::table::keys::{self, ItemKey};
use crate::table::update::ItemUpdate;
use crate::{Result, TenantStore};

/// Attribute of the counter's item that holds the generation; absent before the first change.
const GENERATION: &str = "gen";

/// The storage codes of the fields that calls use of a cached record.
const CACHED_FIELDS: [&str; 3] = [NAME_CODE, COMPANY_ID_CODE, RELATIONSHIP_TYPE_CODE];

/// The number of changes of companies and relationships so far. A record that was read under a
/// generation is valid for calls that start under the same one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Generation(u64);

impl Generation {
    /// Parses the item of a rate-limit counter.
    pub(crate) fn from_item(item: &TableItem) -> Self {
        Self(item_number(item, GENERATION).unwrap_or_default())
    }
}

impl TenantStore {
    /// A handle to this store for a call that started under this generation. Without a generation
    /// it uses no cached companies and relationships.
    #[must_use]
    pub fn with_generation(self, generation: Option<Generation>) -> Self {
        Self { generation, ..self }
    }

    /// A handle to this store under the current generation. A counted call has it already; for
    /// others it is read, which costs a read unit.
    pub(crate) async fn with_current_generation(&self) -> Result<Self> {
        if self.generation.is_some() {
            return Ok(self.clone());
        }
        let item = self.read_item(&self.sync_counter_key()).await?.unwrap_or_default();
        Ok(self.clone().with_generation(Some(Generation::from_item(&item))))
    }

    /// Invalidates cached companies and relationships for every call that starts from now on. It
    /// follows the write that changed them and precedes the answer to that write. A retry of the
    /// write repeats it, because the first attempt may have been killed in between.
    pub(crate) async fn advance_generation(&self) -> Result<()> {
        let update = ItemUpdate::default().increment(GENERATION);
        self.store.send_update(&self.sync_counter_key(), update).await?;
        Ok(())
    }

    fn sync_counter_key(&self) -> ItemKey {
        keys::rate_limit_key(&self.tenant.id, RateLimitClass::Sync.as_str())
    }
}

/// Whether records of an object are cached.
pub(crate) fn is_cached_object(object: &Object) -> bool {
    [object::COMPANY, object::RELATIONSHIP].contains(&object.name.as_str())
}

/// Whether an update by `keys` (canonical names) may change cached values. A value counts even if
/// the record has it already, because an earlier attempt may have written it. A key by which the
/// record was found does not count.
pub(crate) fn changes_cached_values(
    object: &Object,
    keys: &[String],
    changes: &[ObjectChange],
) -> bool {
    let is_key = |code: &str| {
        keys.iter().any(|key| object.field(key).and_then(|field| field.code()) == Some(code))
    };
    let changes_cached = |change: &ObjectChange| {
        let mut values = change.write.values.iter();
        let has_value = |code, value| change.record.attributes.get(code) == Some(value);
        values.any(|(code, value)| {
            CACHED_FIELDS.contains(&code.as_str()) && !(is_key(code) && has_value(code, value))
        })
    };
    is_cached_object(object) && changes.iter().any(changes_cached)
}
