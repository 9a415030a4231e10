//! The vault as a folder.

/// A folder that holds archives.
#[derive(Clone)]
pub struct Directory {}

/// A file being written.
pub struct Writing {}
