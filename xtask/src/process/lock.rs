//! One of a kind at a time. The kernel holds the lock and lets it go with the process, so none is ever stale.

use anyhow::{Context, Result, bail};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::Duration;

/// How often a lock that is waited for is tried.
const LOOK: Duration = Duration::from_millis(100);

/// Held until it is dropped.
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, or says which process has it.
    pub(crate) fn take(path: &Path, what: &str) -> Result<Self> {
        let mut file = open(path)?;
        match file.try_lock() {
            Ok(()) => write_own_id(&mut file)?,
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder)?;
                bail!("{what} runs already, as process {}; end it first", holder.trim());
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        Ok(Self { _file: file })
    }

    /// Waits until the lock is free.
    pub(crate) async fn wait(path: &Path) -> Result<Self> {
        let file = open(path)?;
        let mut ticks = tokio::time::interval(LOOK);
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

fn open(path: &Path) -> Result<File> {
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
