//! The places of the workspace that commands read and write.

use std::path::{Path, PathBuf};

/// The root of the workspace: where it stands now, also after a move of the built binary's source.
pub(crate) fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.parent().unwrap_or(&here).to_owned()
}

/// Ignored folder of the running stacks: descriptions, locks and logs.
pub(crate) fn local() -> PathBuf {
    root().join("target/local")
}

/// Ignored folder of the installed tools.
pub(crate) fn tools() -> PathBuf {
    root().join("target/tools")
}

/// The path as a reader of messages wants it: seen from the root.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}
