//! Gzip is decompressed as it arrives. A slice of input is so small that its output, at most a
//! thousand times as large, is small too: a bomb takes little memory, and is refused at the limit
//! of plain bytes.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;

/// Bytes of input taken at a time.
pub(crate) const INPUT_SLICE_BYTES_MAX: usize = 2 * 1024;

/// The first bytes of every gzip stream.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Whether bytes begin like gzip. No JSON does.
pub(crate) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&GZIP_MAGIC)
}

/// A decompression in progress.
pub(crate) struct GzipDecoder(MultiGzDecoder<Vec<u8>>);

impl GzipDecoder {
    pub(crate) fn new() -> Self {
        Self(MultiGzDecoder::new(Vec::new()))
    }

    /// Takes at most [`INPUT_SLICE_BYTES_MAX`] bytes and returns what they decompress to.
    pub(crate) fn decode_slice(&mut self, slice: &[u8]) -> io::Result<Vec<u8>> {
        self.0.write_all(slice)?;
        Ok(std::mem::take(self.0.get_mut()))
    }

    /// Returns the rest of the output, or an error when the stream is incomplete.
    pub(crate) fn finish(mut self) -> io::Result<Vec<u8>> {
        self.0.try_finish()?;
        Ok(std::mem::take(self.0.get_mut()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn gunzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let (mut gunzip, mut plain) = (GzipDecoder::new(), Vec::new());
        for slice in bytes.chunks(INPUT_SLICE_BYTES_MAX) {
            plain.extend(gunzip.decode_slice(slice)?);
        }
        plain.extend(gunzip.finish()?);
        Ok(plain)
    }

    #[test]
    fn a_slice_of_a_bomb_is_small() {
        let bomb = gzip(&vec![b' '; 32 << 20]);
        let mut gunzip = GzipDecoder::new();
        for slice in bomb.chunks(INPUT_SLICE_BYTES_MAX) {
            assert!(gunzip.decode_slice(slice).unwrap().len() <= 1_100 * INPUT_SLICE_BYTES_MAX);
        }
    }

    #[test]
    fn members_follow_each_other_and_an_end_is_an_end() {
        let (one, two) = (gzip(b"{\"records\":"), gzip(b"[]}"));
        let both = [one.as_slice(), &two].concat();
        assert_eq!(gunzip(&both).unwrap(), b"{\"records\":[]}");
        assert!(is_gzip(&both) && !is_gzip(b"{") && !is_gzip(b"\x1f"));
        assert!(gunzip(&one[..one.len() - 1]).is_err());
        assert!(gunzip(&both[..both.len() - 4]).is_err());
        let mut spoiled = one.clone();
        spoiled[one.len() - 5] ^= 1;
        assert!(gunzip(&spoiled).is_err());
        assert!(gunzip(&[&one[..], b"rubbish"].concat()).is_err());
    }
}
