//! The file: people with a company and a relationship each, some invalid, some twice, one mailbox many times.

use super::client::World;
use crate::progress::say;
use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

/// One row in so many is invalid, one repeats an earlier email, one is of the mailbox.
const INVALID: u64 = 100;
const REPEATED: u64 = 100;
const MAILBOX: u64 = 1_000;

/// What the file has, and what must be there when its job is done.
pub(crate) struct Payload {
    pub(crate) rows: u64,
    pub(crate) invalid: u64,
    /// The last row of each person, by email.
    pub(crate) last: BTreeMap<String, u64>,
    /// People with more than one row.
    pub(crate) repeated: Vec<String>,
}

/// Writes a file of about this size.
pub(crate) fn write(path: &Path, megabytes: u64, world: &World) -> Result<Payload> {
    say("writing the file");
    let bar = ProgressBar::new(megabytes * 1_000_000);
    bar.set_style(ProgressStyle::with_template("    {bar:40} {bytes}/{total_bytes}")?);
    let mut out = BufWriter::new(File::create(path)?);
    let mut payload = Payload { rows: 0, invalid: 0, last: BTreeMap::new(), repeated: Vec::new() };
    let mut bytes = out.write(b"{\"records\":[")? as u64;
    while bytes < megabytes * 1_000_000 - 500 {
        payload.rows += 1;
        let text = row(payload.rows, world, &mut payload).to_string();
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

fn row(n: u64, world: &World, payload: &mut Payload) -> serde_json::Value {
    let own = |n: u64| format!("person{n}@example.com");
    let email = match n {
        _ if n % INVALID == 7 => "nobody@".to_owned(),
        _ if n % MAILBOX == 11 => "mailbox@example.com".to_owned(),
        // Some other row of the file, anywhere before: strewn as a hash strews.
        _ if n % REPEATED == 13 => own(1 + (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11) % n),
        _ => own(n),
    };
    if email.ends_with('@') {
        payload.invalid += 1;
    } else if payload.last.insert(email.clone(), n).is_some() {
        payload.repeated.push(email.clone());
    }
    let (company, relationship) = &world.companies[(n % world.companies.len() as u64) as usize];
    json!({ "Name": format!("John Smith {n}"), "FirstName": "John", "LastName": "Smith", "Email": email,
        "Location": format!("row {n}"),
        "companies": [{ "Company_ID": company, "IsPrimaryCompany": "true", "Role": "Power User", "relationships": [
            { "Relationship_ID": relationship, "Role": "Admin" }] }] })
}
