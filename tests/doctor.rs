//! What `handover doctor` finds, on servers that are well and on servers that are not.

mod desk;
mod parts;
mod vault;
