//! Limits on what comes from outside, each named once (contract: envelope, keys; ADR 31).

mod calls;

pub use calls::{Class, Limits, Standing, Window};

/// Bytes of a request's body, after decompression. Lambda ends an event at 6 MiB.
pub const BODY: usize = 6 * 1024 * 1024;

/// Levels of nesting in a body (contract: envelope#nesting).
pub const NESTING: usize = 32;

/// Scalars, lists and objects in a body, the body itself too (contract: envelope#values-in-a-body).
pub const BODY_VALUES: usize = 300_000;

/// Records in one synchronous batch (contract: envelope#unusable-bodies).
pub const RECORDS: usize = 50;

/// People that one call may erase (contract: delete#delete-body).
pub const ERASED: usize = 5_000;

/// Companies and relationships of one person in one request: a person is one item, and an
/// item ends at 400 KB.
pub const ASSOCIATIONS: usize = 1_000;

/// Members of one item of a record: more is no record of any object that we know.
pub const MEMBERS: usize = 500;

/// Faults that are told of one item, and of one row.
pub const FAULTS: usize = 100;

/// Characters of a refused value that are shown.
pub const SHOWN: usize = 2_000;

/// Lookups for one kind of item.
pub const LOOKUPS: usize = 50;

/// Fields that one lookup may combine.
pub const LOOKUP_FIELDS: usize = 10;

/// Bytes that one transaction takes; the records of a batch are one.
pub const TRANSACTION: usize = 4 * 1024 * 1024;

/// Keys in `?keys=` of an object update (contract: objects#insert-and-update).
pub const UPDATE_KEYS: usize = 3;

/// Records that one update by keys may change: one transaction holds no more.
pub const UPDATED: usize = 100;

/// Objects of a tenant's own.
pub const OBJECTS: usize = 100;

/// Fields that a tenant adds to one object.
pub const FIELDS: usize = 300;

/// Objects that one call describes.
pub const DESCRIBED: usize = 25;

/// Dropdown lists of a tenant.
pub const DROPDOWNS: usize = 300;

/// Items of one dropdown list in a schema.
pub const ITEMS: usize = 2_000;

/// Characters of a name in a schema.
pub const NAME: usize = 80;

/// The longest `maxLength` of a text field, in code points.
pub const TEXT: usize = 4_000;

/// The same of a RICHTEXTAREA.
pub const LONG_TEXT: usize = 32_000;

/// Rows in one answer of a query, and how many there are when none is asked for (contract:
/// query#row-limit).
pub const QUERY_ROWS: usize = 5_000;

/// Rows that a query may skip.
pub const QUERY_OFFSET: usize = 100_000;

/// Names in a `select`.
pub const QUERY_COLUMNS: usize = 500;

/// Conditions of one query.
pub const QUERY_CONDITIONS: usize = 100;

/// Values of one condition.
pub const QUERY_VALUES: usize = 1_000;

/// Bytes of an expression.
pub const QUERY_EXPRESSION: usize = 4_000;

/// Fields in an `orderBy`.
pub const QUERY_ORDER: usize = 10;

/// Bytes that one query may read. A function with 512 MB reads them within [`QUERY_SECONDS`].
pub const QUERY_READ: usize = 64 * 1024 * 1024;

/// Seconds after which a query stops reading: below the deadline of a request.
pub const QUERY_SECONDS: u64 = 6;

/// Cells (rows by columns) that one query may hold while it sorts.
pub const QUERY_CELLS: usize = 1_000_000;

/// Bytes of an answer's body as [`crate::json::escaped_len`] counts it. Lambda takes 6 MB, with the
/// headers, in which the body is a text within JSON; `cargo lambda watch` loses some answers that are
/// larger than this.
pub const ANSWER: usize = ANSWER_MB * 1024 * 1024;

/// [`ANSWER`] in MB, for messages.
pub const ANSWER_MB: usize = 5;

/// Bytes of the results of a chunk, counted likewise, from which on its rows are told without what
/// was merely sent and without defaults: a worker holds them several times.
pub const RESULTS: usize = 32 * 1024 * 1024;

/// Bytes of a field's name in an answer that would be too large otherwise, as
/// [`crate::json::escaped_len`] counts them: with [`SHORT_MESSAGE`], 5,000 faults take 2 MB.
pub const SHORT_NAME: usize = 100;

/// Bytes of a message in such an answer.
pub const SHORT_MESSAGE: usize = 200;

/// Companies and relationships of all records of a synchronous batch: so many ids and errors are an
/// answer, whatever else is left out of it.
pub const BATCH_ASSOCIATIONS: usize = 7_500;

/// Bytes of the plain payload of a job, where the template says nothing else.
pub const PAYLOAD: u32 = 80 * 1024 * 1024;

/// Rows of one payload: row numbers have 24 bits in the splitter's keys.
pub const PAYLOAD_ROWS: u32 = (1 << 24) - 1;

/// Keys of people in one payload, 8 bytes each while it is planned. Rows that say who they are
/// about stay below it; only addresses strewn over records with lookups of their own reach it.
pub const PAYLOAD_KEYS: usize = 1 << 23;

/// Addresses in one row that has lookups of its own: each may be a key.
pub const ROW_KEYS: usize = 1 << 16;

/// Bytes of a payload's `lookups`: they go along in the job's item.
pub const LOOKUPS_TEXT: usize = 64 * 1024;

/// Rows of one chunk of a job, as long as the job stays within [`CHUNKS`].
pub const CHUNK_ROWS: u32 = 500;

/// Bytes of one chunk of a job, under the same proviso; a larger row is a chunk of its own.
pub const CHUNK_BYTES: u32 = 1024 * 1024;

/// Chunks of one job: above, rows and bytes of each grow.
pub const CHUNKS: u32 = 1_000;

/// Bytes between two rows of a chunk that are read along rather than asked for apart.
pub const CHUNK_GAP: u32 = 64 * 1024;
