//! Catalogs drafted from live schemas: never a wrong certainty, and never a person's decision lost.

mod desk;
mod examples;
mod hostile;
mod large;
mod merging;
mod readings;
mod secrets;
