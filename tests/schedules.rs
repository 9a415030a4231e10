//! Schedules: a due run is exported once by whichever worker is there, through whatever happens to it.

mod api;
mod desk;
mod listing;
mod mails;
mod running;
mod walk;
