//! The worker: reads a tenant's slice, writes the archive, uploads it, mails the link.
