//! The vault as an S3 bucket.

/// A bucket that holds archives.
#[derive(Clone)]
pub struct Bucket {}

/// A multipart upload under way.
pub struct Multipart {}
