//! Checks a file to import before a byte of it is sent.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::file_format::{self, ForeignFormat};
use crate::error::CommandError;

pub(super) const BYTES_PER_MB: u64 = 1024 * 1024;

/// First bytes of gzip.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Bytes that are read at a time.
const READ_BUFFER_BYTES: usize = 64 * 1024;

const STDIN_REFUSED: &str = "FILE must be a file, since its size is sent before its bytes: write what comes \
    through the pipe into a file first";

/// A file that has passed the checks.
#[derive(Debug)]
pub(super) struct PayloadFile {
    /// Positioned at its first byte.
    pub(super) file: File,
    /// Bytes of the file as it is sent, at least 1.
    pub(super) size: u64,
}

impl PayloadFile {
    /// Opens and checks a file; `limit` is the largest size in MB once it is unpacked.
    pub(super) fn open(path: &Path, limit: u32) -> Result<Self, CommandError> {
        if path.as_os_str() == "-" {
            return Err(CommandError::Usage(STDIN_REFUSED));
        }
        let payload = inspect_file(path, limit);
        payload.map_err(|why| CommandError::Refused(format!("{}: {why}", path.display())))
    }
}

fn inspect_file(path: &Path, limit: u32) -> Result<PayloadFile, String> {
    let read_error = |error: io::Error| format!("can't be read: {error}");
    let mut file = File::open(path).map_err(read_error)?;
    let metadata = file.metadata().map_err(read_error)?;
    if !metadata.is_file() {
        return Err("is no file".to_owned());
    }
    let size = metadata.len();
    if size == 0 {
        return Err("is empty".to_owned());
    }
    let limit_bytes = u64::from(limit) * BYTES_PER_MB;
    let (head, unpacked_size) = if is_gzip(&mut file).map_err(read_error)? {
        measure_gzip(&file, limit_bytes).map_err(|error| describe_gzip_error(&error))?
    } else {
        (read_head(&file).map_err(read_error)?, size)
    };
    file.rewind().map_err(read_error)?;
    if let Some(form) = ForeignFormat::detect_format(&head) {
        return Err(form.to_string());
    }
    if size.max(unpacked_size) > limit_bytes {
        return Err(format!(
            "has more than {limit} MB, plain; a payload has at most so many (PayloadLimitMb of the \
             stack, --payload-limit-mb here): cut it into several files"
        ));
    }
    Ok(PayloadFile { file, size })
}

fn is_gzip(file: &mut File) -> io::Result<bool> {
    let mut head = Vec::new();
    file.take(GZIP_MAGIC.len() as u64).read_to_end(&mut head)?;
    file.rewind()?;
    Ok(head == GZIP_MAGIC)
}

/// Reads the first bytes of an unpacked stream.
fn read_head(plain: impl Read) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    plain.take(file_format::HEAD_BYTES_MAX).read_to_end(&mut head)?;
    Ok(head)
}

/// Returns the first bytes of a gzip stream and its unpacked size over all members. Stops one byte
/// over `limit_bytes`. The size in gzip's trailer is not usable: it covers the last member only and
/// is missing from a truncated file.
fn measure_gzip(gzip: impl Read, limit_bytes: u64) -> io::Result<(Vec<u8>, u64)> {
    let mut plain = MultiGzDecoder::new(BufReader::with_capacity(READ_BUFFER_BYTES, gzip))
        .take(limit_bytes + 1);
    let head = read_head(&mut plain)?;
    let rest = io::copy(&mut plain, &mut io::sink())?;
    let size = head.len() as u64 + rest;
    Ok((head, size))
}

fn describe_gzip_error(error: &io::Error) -> String {
    let why = match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            "it is cut off, or something else follows its end".to_owned()
        }
        _ => error.to_string(),
    };
    format!("begins like gzip but is not valid gzip: {why}; pack it anew (`gzip -t` checks it)")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn gzip_is_as_large_as_what_it_unpacks_to() {
        let (one, two) = (gzip(&[b' '; 3_000]), gzip(b"[]"));
        let both = [one.as_slice(), &two].concat();
        let size = |limit_bytes| measure_gzip(&both[..], limit_bytes).unwrap().1;
        assert_eq!((size(5_000), size(3_001)), (3_002, 3_002));
        assert_eq!(size(100), 101, "the rest is not read");
        let (head, size) = measure_gzip(&gzip(&[b'x'; 100_000])[..], 200_000).unwrap();
        assert_eq!((head.len() as u64, size), (file_format::HEAD_BYTES_MAX, 100_000));
    }

    #[test]
    fn gzip_that_is_none_is_told() {
        let complete = gzip(&[b'x'; 3_000]);
        let trailing = [complete.as_slice(), b"rubbish"].concat();
        let mut corrupt = complete.clone();
        corrupt[complete.len() - 5] ^= 1;
        for (bytes, expected) in [
            (&complete[..complete.len() - 1], "it is cut off"),
            (&complete[..complete.len() - 9], "it is cut off"),
            (&complete[..5], "it is cut off"),
            (&trailing, "not valid gzip"),
            (&corrupt, "not valid gzip"),
        ] {
            let why = describe_gzip_error(&measure_gzip(bytes, 5_000).unwrap_err());
            assert!(why.contains(expected), "{why}");
        }
    }
}
