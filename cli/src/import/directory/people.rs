//! Imports people by bulk jobs: the records of the export are packed into payloads with the ids of
//! the importing tenant.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufWriter, Seek, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use people_domain::limit;
use people_domain::schema::metadata::object;
use serde_json::Value as Json;

use super::DirectoryImport;
use super::person_refs::PersonRefs;
use super::records_file::{Place, PlacedRecord};
use super::result::ImportResult;
use crate::error::CommandError;
use crate::import::file::{BYTES_PER_MB, PayloadFile};
use crate::import::send_payload;
use crate::job;

const HEAD: &[u8] = b"{\"records\":[";
const TAIL: &[u8] = b"]}";

/// A payload that is being packed into a temporary file.
struct PayloadBuilder {
    out: GzEncoder<BufWriter<File>>,
    plain_bytes: u64,
    /// Where its rows come from.
    places: Vec<Place>,
}

impl PayloadBuilder {
    fn new() -> std::io::Result<Self> {
        let mut out = GzEncoder::new(BufWriter::new(tempfile::tempfile()?), Compression::fast());
        out.write_all(HEAD)?;
        Ok(Self { out, plain_bytes: (HEAD.len() + TAIL.len()) as u64, places: Vec::new() })
    }

    fn push(&mut self, place: Place, record: &[u8]) -> std::io::Result<()> {
        if !self.places.is_empty() {
            self.out.write_all(b",")?;
        }
        self.out.write_all(record)?;
        self.plain_bytes += record.len() as u64 + 1;
        self.places.push(place);
        Ok(())
    }

    fn finish(mut self) -> std::io::Result<PayloadFile> {
        self.out.write_all(TAIL)?;
        let file = self.out.finish()?.into_inner();
        let mut file = file.map_err(std::io::IntoInnerError::into_error)?;
        let size = file.stream_position()?;
        file.rewind()?;
        Ok(PayloadFile { file, size })
    }
}

fn describe_packing_error(error: &std::io::Error) -> CommandError {
    CommandError::Refused(format!("a payload can't be packed into a temporary file: {error}"))
}

impl DirectoryImport<'_> {
    /// Imports all people, without the ids of people in their fields. Returns those who were not
    /// written whole.
    pub(super) async fn import_people(
        &self,
        refs: &mut PersonRefs,
        result: &mut ImportResult,
    ) -> Result<HashSet<Place>, CommandError> {
        self.send_people(result, async |_, record| {
            refs.split_record(record, &self.ids);
            Ok(true)
        })
        .await
    }

    /// Writes the ids of people into fields of people and of their associations. Of people who were
    /// not written whole, only into what the tenant has.
    pub(super) async fn import_people_refs(
        &self,
        unwritten: &HashSet<Place>,
        refs: &mut PersonRefs,
        result: &mut ImportResult,
    ) -> Result<(), CommandError> {
        let mut again = ImportResult::default();
        let failed = self
            .send_people(&mut again, async |place, record| {
                let Some(mut own) = refs.split_record(record, &self.ids) else { return Ok(false) };
                refs.fill_record(&mut own, &self.ids);
                *record = own;
                Ok(!unwritten.contains(&place) || self.keep_stored(record).await?)
            })
            .await?;
        result.add_second_step(again, failed.difference(unwritten).count() as u64);
        Ok(())
    }

    /// Sends the people that `prepare` keeps, in payloads one after the other. Returns those who
    /// were not written whole.
    async fn send_people(
        &self,
        result: &mut ImportResult,
        mut prepare: impl AsyncFnMut(Place, &mut Json) -> Result<bool, CommandError>,
    ) -> Result<HashSet<Place>, CommandError> {
        let limit_bytes = u64::from(self.args.new.payload_limit_mb) * BYTES_PER_MB;
        let limit_bytes = limit_bytes.min(limit::EXPORT_PAYLOAD_BYTES_MAX);
        let new_payload = || PayloadBuilder::new().map_err(|error| describe_packing_error(&error));
        let (mut payload, mut unwritten) = (new_payload()?, HashSet::new());
        for file in self.files_of(object::PERSON) {
            for record in file.read()? {
                let PlacedRecord { place, mut record } = record?;
                if !prepare(place, &mut record).await? {
                    continue;
                }
                if let Some(members) = record.as_object_mut() {
                    // People are found by their emails: their ids are those of another tenant.
                    members.shift_remove("Gsid");
                }
                self.ids.map_document(&mut record);
                let record = record.to_string();
                if !payload.places.is_empty()
                    && payload.plain_bytes + record.len() as u64 > limit_bytes
                {
                    let full = std::mem::replace(&mut payload, new_payload()?);
                    unwritten.extend(self.send_job(full, result).await?);
                }
                payload
                    .push(place, record.as_bytes())
                    .map_err(|error| describe_packing_error(&error))?;
            }
        }
        if !payload.places.is_empty() {
            unwritten.extend(self.send_job(payload, result).await?);
        }
        Ok(unwritten)
    }

    /// Sends a payload as a job and waits for it. Returns the rows that were not written whole.
    async fn send_job(
        &self,
        mut payload: PayloadBuilder,
        result: &mut ImportResult,
    ) -> Result<Vec<Place>, CommandError> {
        let places = std::mem::take(&mut payload.places);
        let payload = payload.finish().map_err(|error| describe_packing_error(&error))?;
        let id = send_payload(&self.store, &self.jobs, payload, &self.args.tenant).await?;
        let summary = job::wait_for_job(&self.store, Some(&self.jobs), &id, self.args.wait).await?;
        result.add_job(&summary);
        let Some(rows) = job::find_unwritten_rows(&self.jobs, &self.store, &id).await? else {
            return Ok(places);
        };
        let place = |row: u32| places.get((row as usize).checked_sub(1)?).copied();
        Ok(rows.into_iter().filter_map(place).collect())
    }
}
