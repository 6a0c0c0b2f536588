//! Scans, validates and plans 80 MB as the splitter does, from a file in pieces of 64 KB:
//! `cargo run --release -p people-domain --example scan_speed -- [MB]`.
#![allow(clippy::print_stdout, reason = "a tool talks on its standard output")]

use std::fs::File;
use std::io::{BufWriter, Error, Read, Result, Seek, Write};
use std::time::Instant;

use people_domain::jobs::{ChunkSizes, PayloadPlan, ScanLimits, Scanner, plan_chunks};

const RUNS: usize = 5;
const PIECE: usize = 64 * 1024;

fn main() -> Result<()> {
    let megabytes = std::env::args().nth(1).map_or(Ok(80), |argument| argument.parse::<u32>());
    let bytes = megabytes.map_err(Error::other)?.saturating_mul(1024 * 1024);
    let limits = ScanLimits { bytes, ..ScanLimits::default() };
    let path = std::env::temp_dir().join(format!("scan_speed.{}.json", std::process::id()));
    let mut file =
        File::options().create(true).truncate(true).read(true).write(true).open(&path)?;
    std::fs::remove_file(&path)?;
    write_payload(&file, limits)?;
    let before = peak()?;
    let mut best = f64::MAX;
    for _ in 0..RUNS {
        file.rewind()?;
        let start = Instant::now();
        let plan = split(&mut file, limits)?;
        let seconds = start.elapsed().as_secs_f64();
        best = best.min(seconds);
        println!("{seconds:.3} s, {} rows, {} chunks", plan.rows, plan.chunks.len());
    }
    let megabytes = file.metadata()?.len() as f64 / 1024.0 / 1024.0;
    let grown = peak()? - before;
    println!("least of {RUNS}: {best:.3} s for {megabytes:.1} MB, peak memory + {grown} KB");
    Ok(())
}

fn split(file: &mut File, limits: ScanLimits) -> Result<PayloadPlan> {
    let mut scanner = Scanner::new(limits);
    let mut piece = vec![0; PIECE];
    loop {
        let read = file.read(&mut piece)?;
        let Some(bytes) = piece.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        scanner.push(bytes).map_err(Error::other)?;
    }
    let scanned = scanner.finish().map_err(Error::other)?;
    Ok(plan_chunks(scanned, ChunkSizes::default()))
}

/// People with a company and a relationship each: 1 % invalid, 1 % with the address of an earlier
/// row, 0.1 % with one and the same address.
fn write_payload(file: &File, limits: ScanLimits) -> Result<()> {
    let mut out = BufWriter::new(file);
    let mut written = out.write(br#"{"records":["#)?;
    let mut row = 0_u64;
    loop {
        let comma = if row == 0 { "" } else { "," };
        let text = format!("{comma}{}", person(row));
        if written + text.len() + 2 > limits.bytes as usize {
            break;
        }
        out.write_all(text.as_bytes())?;
        written += text.len();
        row += 1;
    }
    out.write_all(b"]}")?;
    out.flush()
}

fn person(row: u64) -> String {
    let email = match row {
        row if row % 1_000 == 7 => "info@example.com".to_owned(),
        row if row % 100 == 50 => format!("person{}@example.com", row / 2),
        row => format!("person{row}@example.com"),
    };
    let active = if row % 100 == 3 { "\"perhaps\"" } else { "true" };
    format!(
        concat!(
            r#"{{"Email":"{email}","FirstName":"Jos\u00e9","LastName":"Müller {row}","#,
            r#""Comments":"Met at \"Summit\", row {row}","#,
            r#""companies":[{{"Company_ID":"1P02{row:0>32}","Title":"Head of {row}","#,
            r#""Active":{active},"ARR":{row}.25,"IsPrimaryCompany":true,"#,
            r#""relationships":[{{"Relationship_ID":"1P05{row:0>32}","Role":"Sponsor"}}]}}]}}"#
        ),
        email = email,
        row = row,
        active = active,
    )
}

/// The process's peak of resident memory in KB.
fn peak() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.ok_or_else(|| Error::other("no VmHWM in /proc/self/status"))
}
