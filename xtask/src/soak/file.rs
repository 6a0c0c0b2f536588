//! Writes the file: people with a company and a relationship each, some of them invalid, some twice, and one mailbox many
//! times.

use super::client::Companies;
use crate::progress::print_step;
use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// One row in so many is invalid, repeats an earlier email, or belongs to the mailbox.
const INVALID_PERIOD: u64 = 100;
const REPEATED_PERIOD: u64 = 100;
const MAILBOX_PERIOD: u64 = 1_000;

/// The contents of the file, and what its job must have written.
pub(crate) struct SoakFile {
    pub(crate) rows: u64,
    pub(crate) invalid: u64,
    /// The last row of each person, by email.
    pub(crate) last: BTreeMap<String, u64>,
    /// People with more than one row.
    pub(crate) repeated: Vec<String>,
}

/// Writes a file of about this size.
pub(crate) fn write_file(path: &Path, megabytes: u64, companies: &Companies) -> Result<SoakFile> {
    print_step("writing the file");
    let bar = ProgressBar::new(megabytes * 1_000_000);
    bar.set_style(ProgressStyle::with_template("    {bar:40} {bytes}/{total_bytes}")?);
    let mut out = BufWriter::new(File::create(path)?);
    let mut payload = SoakFile { rows: 0, invalid: 0, last: BTreeMap::new(), repeated: Vec::new() };
    let mut bytes = out.write(b"{\"records\":[")? as u64;
    while bytes < megabytes * 1_000_000 - 500 {
        payload.rows += 1;
        let text = build_row(payload.rows, companies, &mut payload).to_string();
        if payload.rows > 1 {
            out.write_all(b",\n")?;
        }
        out.write_all(text.as_bytes())?;
        bytes += text.len() as u64 + 2;
        bar.set_position(bytes);
    }
    out.write_all(b"]}")?;
    out.flush()?;
    bar.finish_and_clear();
    Ok(payload)
}

fn build_row(n: u64, companies: &Companies, payload: &mut SoakFile) -> serde_json::Value {
    let own = |n: u64| format!("person{n}@example.com");
    let email = match n {
        _ if n % INVALID_PERIOD == 7 => "nobody@".to_owned(),
        _ if n % MAILBOX_PERIOD == 11 => "mailbox@example.com".to_owned(),
        // An earlier row of the file, spread like a hash.
        _ if n % REPEATED_PERIOD == 13 => {
            own(1 + (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11) % n)
        }
        _ => own(n),
    };
    if email.ends_with('@') {
        payload.invalid += 1;
    } else if payload.last.insert(email.clone(), n).is_some() {
        payload.repeated.push(email.clone());
    }
    let (company, relationship) = &companies[(n % companies.len() as u64) as usize];
    json!({ "Name": format!("John Smith {n}"), "FirstName": "John", "LastName": "Smith", "Email": email,
        "Location": format!("row {n}"),
        "companies": [{ "Company_ID": company, "IsPrimaryCompany": "true", "Role": "Power User", "relationships": [
            { "Relationship_ID": relationship, "Role": "Admin" }] }] })
}
