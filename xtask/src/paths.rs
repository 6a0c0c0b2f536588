//! Folders of the workspace that the commands read and write.

use std::path::{Path, PathBuf};

/// The root of the workspace, which is found even if it was moved after this binary was built.
pub(crate) fn workspace_root() -> PathBuf {
    let manifest_dir = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest_dir.parent().unwrap_or(&manifest_dir).to_owned()
}

/// Ignored folder of the running stacks: descriptions, locks and logs.
pub(crate) fn state_dir() -> PathBuf {
    workspace_root().join("target/local")
}

/// Ignored folder of the installed tools.
pub(crate) fn tools_dir() -> PathBuf {
    workspace_root().join("target/tools")
}

/// The path relative to the root, for messages.
pub(crate) fn relative_to_root(path: &Path) -> String {
    path.strip_prefix(workspace_root()).unwrap_or(path).display().to_string()
}
