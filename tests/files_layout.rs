//! Archives that are laid out as files: the same content as a ZIP, complete with their manifest or not there at all.

mod installed;
mod links;
mod terminal;
