//! A file to import: what can be told of it before a byte is sent.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use crate::failure::Failure;

const MB: u64 = 1024 * 1024;

/// What gzip begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

const STDIN: &str = "FILE must be a file, since its size is sent before its bytes: write what comes \
    through the pipe into a file first";

/// A file that may be sent.
#[derive(Debug)]
pub(super) struct Payload {
    /// At its first byte.
    pub(super) file: File,
    /// Its bytes, more than none.
    pub(super) size: u64,
}

impl Payload {
    /// Opens a file that is a payload as far as can be told; `limit`: MB that it may have, plain.
    pub(super) fn open(path: &Path, limit: u32) -> Result<Self, Failure> {
        if path.as_os_str() == "-" {
            return Err(Failure::Usage(STDIN));
        }
        let payload = look(path, limit);
        payload.map_err(|why| Failure::Refused(format!("{}: {why}", path.display())))
    }
}

fn look(path: &Path, limit: u32) -> Result<Payload, String> {
    let unread = |error: io::Error| format!("can't be read: {error}");
    let mut file = File::open(path).map_err(unread)?;
    let about = file.metadata().map_err(unread)?;
    if !about.is_file() {
        return Err("is no file".to_owned());
    }
    let size = about.len();
    if size == 0 {
        return Err("is empty".to_owned());
    }
    let plain = plain_size(&mut file, size).map_err(unread)?.unwrap_or(size);
    if size.max(plain) > u64::from(limit) * MB {
        return Err(format!(
            "has {} bytes, plain; a payload has at most {limit} MB (PayloadLimitMb of the stack, \
             --payload-limit-mb here): cut it into several files",
            size.max(plain)
        ));
    }
    Ok(Payload { file, size })
}

/// What gzip says at its end of the size before: of more than 4 GB, or of several parts, too
/// little. None of what is no gzip.
fn plain_size(file: &mut File, size: u64) -> io::Result<Option<u64>> {
    let mut head = [0; 2];
    if size < 18 || file.read_exact(&mut head).is_err() || head != GZIP {
        file.rewind()?;
        return Ok(None);
    }
    let mut tail = [0; 4];
    file.seek(SeekFrom::End(-4))?;
    file.read_exact(&mut tail)?;
    file.rewind()?;
    Ok(Some(u32::from_le_bytes(tail).into()))
}
