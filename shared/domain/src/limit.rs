//! Limits on input and output, each named once (contract: envelope, keys; ADR 31).

mod rate_limit;

pub use rate_limit::{RateLimitClass, RateLimitStatus, RateLimitWindow, RateLimits};

/// Bytes of a request's body after decompression. Lambda limits an event to 6 MiB.
pub const BODY_BYTES_MAX: usize = 6 * 1024 * 1024;

/// Levels of nesting in a body (contract: envelope#nesting).
pub const NESTING_LEVELS_MAX: usize = 32;

/// Scalars, lists and objects in a body, the body included (contract: envelope#values-in-a-body).
pub const BODY_VALUES_MAX: usize = 300_000;

/// Records in one synchronous batch (contract: envelope#unusable-bodies).
pub const BATCH_RECORDS_MAX: usize = 50;

/// People that one call may delete (contract: delete#delete-body).
pub const DELETE_IDS_MAX: usize = 5_000;

/// Companies and relationships of one person in one request: a person is one item, and an item is
/// limited to 400 KB.
pub const PERSON_ASSOCIATIONS_MAX: usize = 1_000;

/// Members of one item of a record; no known object has as many fields.
pub const RECORD_MEMBERS_MAX: usize = 500;

/// Faults that are reported for one item, and for one row.
pub const ROW_FAULTS_MAX: usize = 100;

/// Characters of a refused value that an answer shows.
pub const ERROR_VALUE_CHARS_MAX: usize = 2_000;

/// Lookups for one kind of item.
pub const LOOKUPS_MAX: usize = 50;

/// Fields that one lookup may combine.
pub const LOOKUP_FIELDS_MAX: usize = 10;

/// Bytes of one transaction; the records of a batch are one.
pub const TRANSACTION_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Keys in `?keys=` of an object update (contract: objects#insert-and-update).
pub const UPDATE_KEYS_MAX: usize = 3;

/// Records that one update by keys may change, as many as one transaction may.
pub const UPDATE_RECORDS_MAX: usize = 100;

/// Custom objects of a tenant.
pub const CUSTOM_OBJECTS_MAX: usize = 100;

/// Fields that a tenant adds to one object.
pub const CUSTOM_FIELDS_MAX: usize = 300;

/// Objects that one call describes.
pub const DESCRIBE_OBJECTS_MAX: usize = 25;

/// Dropdown lists of a tenant.
pub const DROPDOWN_LISTS_MAX: usize = 300;

/// Items of one dropdown list in a schema.
pub const DROPDOWN_ITEMS_MAX: usize = 2_000;

/// Characters of a name in a schema.
pub const SCHEMA_NAME_CHARS_MAX: usize = 80;

/// The longest `maxLength` of a text field, in code points.
pub const TEXT_CHARS_MAX: usize = 4_000;

/// The longest `maxLength` of a RICHTEXTAREA, in code points.
pub const RICH_TEXT_CHARS_MAX: usize = 32_000;

/// Rows in one answer of a query, also the default (contract: query#row-limit).
pub const QUERY_ROWS_MAX: usize = 5_000;

/// Names in a `select`.
pub const QUERY_COLUMNS_MAX: usize = 500;

/// Conditions of one query.
pub const QUERY_CONDITIONS_MAX: usize = 100;

/// Values of one condition.
pub const QUERY_CONDITION_VALUES_MAX: usize = 1_000;

/// Bytes of an expression.
pub const QUERY_EXPRESSION_BYTES_MAX: usize = 4_000;

/// Companies and relationships whose lookup entries one query reads side by side; for more of them
/// all people are read.
pub const QUERY_INDEXED_TARGETS_MAX: usize = 100;

/// Fields in an `orderBy`.
pub const QUERY_ORDER_FIELDS_MAX: usize = 10;

/// Read units that one query may use: 2.4 million people of 500 bytes. A new table gives 12,000 a
/// second.
pub const QUERY_UNITS_MAX: u32 = 300_000;

/// Seconds after which a query stops reading. API Gateway waits 30 s for an answer.
pub const QUERY_SECONDS_MAX: u64 = 25;

/// Seconds after which a function that answers queries gives up, what it waits for included.
pub const QUERY_DEADLINE_SECONDS: u64 = 28;

/// Seconds after which a function that answers calls about one user or account gives up: a public
/// client gives up after 8.
pub const IDENTIFY_DEADLINE_SECONDS: u64 = 7;

/// Rows that one query may put in order.
pub const QUERY_RANKED_ROWS_MAX: usize = 2_000_000;

/// Bytes of memory that the ranks of those rows may take.
pub const QUERY_RANKED_BYTES_MAX: usize = 600 * 1024 * 1024;

/// Rows that a query keeps of those that its rows refer to, before it reads them again.
pub const QUERY_RELATED_ROWS_MAX: usize = 20_000;

/// Queries of a tenant that may read more than [`QUERY_PASS_UNITS`] at the same time: a pass over all
/// people takes what other tenants read with.
pub const QUERY_PASSES_MAX: usize = 2;

/// Read units from which a query counts as a pass. A page of 5,000 people takes 620.
pub const QUERY_PASS_UNITS: u32 = 1_500;

/// Hours for which the service remembers where a page of a query ended (contract: query#paging).
pub const QUERY_POSITION_HOURS: u64 = 24;

/// Bytes that the searches of one call by fields without an index may read.
pub const SEARCH_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Seconds after which such searches end, below the deadline of a request.
pub const SEARCH_SECONDS_MAX: u64 = 6;

/// Items that one call of an export reads, matching or not: the store answers such a call well
/// within its timeout, and eight answers at a time fit the memory of an export. A call costs at most
/// a unit more than its share of the items.
pub const EXPORT_PAGE_ITEMS_MAX: usize = 250;

/// Companies and relationships that an export remembers while it reads people.
pub const EXPORT_RECORDS_KEPT_MAX: usize = 20_000;

/// Plain bytes after which an export begins the next payload: below [`PAYLOAD_BYTES_MAX`].
pub const EXPORT_PAYLOAD_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Bytes of an answer's body that is not compressed, as [`crate::json::escaped_len`] counts it.
/// Lambda limits an answer to 6 MB with its headers, in which the body is a text within JSON;
/// `cargo lambda watch` loses some answers that are larger than this.
pub const RESPONSE_BYTES_MAX: usize = RESPONSE_MB_MAX * 1024 * 1024;

/// [`RESPONSE_BYTES_MAX`] in MB, for messages.
pub const RESPONSE_MB_MAX: usize = 5;

/// Bytes of an answer's body from which on it is compressed for callers that accept gzip: below,
/// compressing takes more time than it saves (contract: envelope#compressed-answers).
pub const COMPRESSION_BYTES_MIN: u16 = 8 * 1024;

/// Bytes of a compressed body. Within Lambda's 6 MB it is base64, which is a third longer, next to
/// its headers.
pub const COMPRESSED_RESPONSE_BYTES_MAX: usize = 4_600_000;

/// Bytes of a body before it is compressed, which a function holds several times: 6 KB for each of
/// [`QUERY_ROWS_MAX`] rows.
pub const PLAIN_RESPONSE_BYTES_MAX: usize = PLAIN_RESPONSE_MB_MAX * 1024 * 1024;

/// [`PLAIN_RESPONSE_BYTES_MAX`] in MB, for messages.
pub const PLAIN_RESPONSE_MB_MAX: usize = 32;

/// Bytes of the results of a chunk, counted in the same way, above which its rows are shown without
/// fields that were only sent and without defaults: a worker holds the results several times.
pub const CHUNK_RESULTS_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Bytes of a field's name in an answer that would be too large otherwise, as
/// [`crate::json::escaped_len`] counts them: with [`SHORT_MESSAGE_BYTES_MAX`], 5,000 faults take 2
/// MB.
pub const SHORT_NAME_BYTES_MAX: usize = 100;

/// Bytes of a message in such an answer.
pub const SHORT_MESSAGE_BYTES_MAX: usize = 200;

/// Companies and relationships of all records of a synchronous batch: the ids and errors of so many
/// fit an answer, whatever else is left out of it.
pub const BATCH_ASSOCIATIONS_MAX: usize = 7_500;

/// Jobs in one answer of the list of jobs (contract: jobs#job-list-parameters).
pub const LISTED_JOBS_MAX: usize = 100;

/// Jobs in one answer of the list of jobs, unless the caller asks for another number.
pub const LISTED_JOBS_DEFAULT: usize = 50;

/// Lines of the list of jobs that one call reads, matching or not (contract: jobs#job-list-pages).
pub const JOB_LINES_MAX: usize = 1_000;

/// Bytes of the plain payload of a job, unless the template sets another limit.
pub const PAYLOAD_BYTES_MAX: u32 = 80 * 1024 * 1024;

/// Rows of one payload: the splitter's keys have 24 bits for a row number.
pub const PAYLOAD_ROWS_MAX: u32 = (1 << 24) - 1;

/// Keys of people in one payload, 8 bytes each while it is planned. Rows that name their person
/// stay below it; only addresses all over records with lookups of their own reach it.
pub const PAYLOAD_KEYS_MAX: usize = 1 << 23;

/// Addresses in one row that has lookups of its own: each may be a key.
pub const ROW_KEYS_MAX: usize = 1 << 16;

/// Bytes of a payload's `lookups`, which are stored in the job's item.
pub const LOOKUPS_BYTES_MAX: usize = 64 * 1024;

/// Rows of one chunk of a job, unless the job would exceed [`JOB_CHUNKS_MAX`].
pub const CHUNK_ROWS_DEFAULT: u32 = 500;

/// Bytes of one chunk of a job, unless the job would exceed [`JOB_CHUNKS_MAX`]; a larger row is a
/// chunk of its own.
pub const CHUNK_BYTES_DEFAULT: u32 = 1024 * 1024;

/// Chunks of one job; for more, rows and bytes of each chunk grow.
pub const JOB_CHUNKS_MAX: u32 = 1_000;

/// Bytes between two rows of a chunk up to which both are read with one range.
pub const CHUNK_GAP_BYTES_MAX: u32 = 64 * 1024;
