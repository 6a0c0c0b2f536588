//! Locks that keep a second process of a kind away. The kernel releases a lock with its process, so none is ever stale.

use anyhow::{Context, Result, bail};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::Duration;

/// Interval of the attempts to acquire a lock that another process holds.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// A lock that is held until it is dropped.
pub(crate) struct FileLock {
    _file: File,
}

impl FileLock {
    /// Acquires the lock, or fails with the id of the process that holds it.
    pub(crate) fn try_acquire(path: &Path, what: &str) -> Result<Self> {
        let mut file = open_file(path)?;
        match file.try_lock() {
            Ok(()) => write_own_id(&mut file)?,
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder)?;
                bail!("{what} already runs as process {}; end it first", holder.trim());
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        Ok(Self { _file: file })
    }

    /// Waits until the lock is free and acquires it.
    pub(crate) async fn acquire(path: &Path) -> Result<Self> {
        let file = open_file(path)?;
        let mut ticks = tokio::time::interval(POLL_INTERVAL);
        loop {
            ticks.tick().await;
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
        }
    }
}

fn open_file(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    options.open(path).with_context(|| format!("can't open {}", path.display()))
}

fn write_own_id(file: &mut File) -> Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())?;
    Ok(())
}
