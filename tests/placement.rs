//! Products that keep each tenant in a schema or a database of its own: only this tenant's, all of it, never another's.

mod checking;
mod databases;
mod desk;
mod hostile;
mod inferring;
mod schemas;
mod service;
